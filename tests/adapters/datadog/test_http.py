"""The one door to HTTP sends once, keeps its time, and follows nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from aiohttp import web

from bot.adapters.http import Request, build_http
from bot.errors import NeverSent, OutcomeUnknown, Rejected
from tests.adapters.datadog.scripted import Script, answer
from tests.waiting import passed


@asynccontextmanager
async def _serving(handler: web.RequestHandler | object) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)  # type: ignore[arg-type]  # any aiohttp handler
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_answer_that_trickles_is_cut_off() -> None:
    """An answer that keeps coming, byte by byte, is given up when the whole time is over."""

    async def trickle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x")
            await passed(0.01)

    async with _serving(trickle) as base:
        http = build_http(base, {}, name="Datadog")
        with pytest.raises(OutcomeUnknown, match="did not answer"):
            await http.send(Request("GET", "/"), within=0.3)
        await http.close()


async def test_query_body_and_headers_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked arrives as it is, on loopback past any proxy, and the answer comes back whole."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    async def echo(request: web.Request) -> web.Response:
        told = {"key": request.headers["DD-API-KEY"], "query": dict(request.query), "body": await request.json()}
        return web.json_response(told, status=418, headers={"X-RateLimit-Reset": "7"})

    async with _serving(echo) as base:
        http = build_http(base, {"DD-API-KEY": "k"}, name="Datadog")
        got = await http.send(Request("POST", "/x", (("page[limit]", "1"),), {"a": [1]}), within=2)
        await http.close()
    assert got.status == 418
    assert got.headers["x-ratelimit-reset"] == "7"
    assert got.content == b'{"key": "k", "query": {"page[limit]": "1"}, "body": {"a": [1]}}'


async def test_redirect_is_not_followed() -> None:
    """A redirect is an answer like any other, so that keys are never carried elsewhere."""
    script = Script([answer(302, None, location="https://elsewhere.test/")])
    http = build_http("https://api.test", {"K": "k"}, name="Datadog", transport=httpx.MockTransport(script))
    assert (await http.send(Request("GET", "/"), within=1)).status == 302
    assert [each.url.host for each in script.requests] == ["api.test"]


async def test_nobody_listening_is_never_sent(unused_tcp_port: int) -> None:
    """Where nobody listens, nothing left."""
    http = build_http(f"http://127.0.0.1:{unused_tcp_port}", {}, name="Datadog")
    with pytest.raises(NeverSent, match="Datadog could not be reached"):
        await http.send(Request("POST", "/"), within=2)
    await http.close()


@pytest.mark.parametrize(("base", "path"), [("ftp://127.0.0.1", "/"), ("http://127.0.0.1", "/\x00")])
async def test_request_that_cannot_be_formed_is_rejected(base: str, path: str) -> None:
    """An address that is no address is refused, and is not taken for a failure of the other side."""
    http = build_http(base, {}, name="Datadog")
    with pytest.raises(Rejected):
        await http.send(Request("GET", path), within=1)
    await http.close()


async def test_cancelling_is_not_an_error_of_the_other_side() -> None:
    """Somebody who cancels a call gets the cancellation, not an unknown outcome."""
    reached = asyncio.Event()

    async def silence(_request: web.Request) -> web.Response:
        reached.set()
        await asyncio.Event().wait()
        return web.Response()

    async with _serving(silence) as base:
        http = build_http(base, {}, name="Datadog")
        call = asyncio.create_task(http.send(Request("GET", "/"), within=5))
        await asyncio.wait_for(reached.wait(), 5)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await http.close()
