"""A port that is taken is said by the setting's name; a body that claims to be packed ends in a quiet refusal."""

import logging
import socket

import aiohttp
import pytest
from aiohttp import web

from bot.errors import Misconfigured
from handlers.ingress import Dispatcher, Ingress
from handlers.listening import listening
from tests.handlers.slack_stage import FORM, MARK, SECRET, sign
from tests.handlers.test_ingress import BrokenApp


@pytest.mark.parametrize("setting", ["PORT", "METRICS_PORT"])
async def test_a_port_that_is_taken(setting: str) -> None:
    """One sentence names the port and the setting that chooses it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Misconfigured) as raised:
            async with listening(web.Application(), "127.0.0.1", port, setting=setting):
                pass
    assert str(raised.value) == f"Something else listens on port {port} of 127.0.0.1. Set {setting} to a free port."


async def test_an_address_that_is_not_here() -> None:
    """Whatever else keeps from listening is one sentence too, with both settings."""
    with pytest.raises(Misconfigured, match=r"EADDRNOTAVAIL.*METRICS_HOST and METRICS_PORT"):
        async with listening(web.Application(), "192.0.2.1", 0, setting="METRICS_PORT"):
            pass


async def test_a_broken_packing_is_refused_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    """What claims to be packed gets 400 and no error in any log, and the connection serves the next delivery."""
    caplog.set_level(logging.INFO)
    app = web.Application()
    app.router.add_post("/", Ingress(Dispatcher(BrokenApp()), (SECRET,)).handle)
    raw = f"payload={MARK}".encode()
    headers = {"Content-Type": FORM, "Content-Encoding": "gzip", **sign(raw)}
    async with listening(app, "127.0.0.1", 0) as port, aiohttp.ClientSession() as session:
        for _ in range(2):
            async with session.post(f"http://127.0.0.1:{port}/", data=raw, headers=headers) as answer:
                assert answer.status == 400
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert MARK not in caplog.text
