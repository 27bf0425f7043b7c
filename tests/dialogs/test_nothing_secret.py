"""Nothing secret, and nothing people said, gets out: not by logs, metrics, the audit's export or the store."""

import json
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from bot.adapters.redis.connection import connected
from bot.adapters.redis.link import Link
from bot.adapters.redis.records import RedisRecords
from bot.auditing.exporting import export
from bot.changes.record import Status
from bot.errors import Misconfigured
from bot.sandbox.slack.deliveries import Ack, Delivery, Retry, Transport
from bot.sandbox.town import API_KEY, APP_KEY, BOT_TOKEN, SIGNING_SECRET
from bot.settings import load
from tests.dialogs.conftest import Opening
from tests.dialogs.pages import free_port, served
from tests.dialogs.stage import APPROVER, REQUESTER, Stage
from tests.logged import Log, logged
from tests.redis_proxy import Fault, Proxy, proxy

REASON: Final = "zanzibar-reason"
PASSWORD: Final = "swordfish-of-redis"
NOTE: Final = "quagmire-note"
EARLIER_KEYS: Final = ("the key before this one and nobody's business", "the one before that and nobody's either")
_TOKEN_FIELDS: Final = ("response_url", "trigger_id", "token")


class Recording:
    """Slack's way to the bot, which keeps every secret it hands over."""

    def __init__(self, way: Transport) -> None:
        self._way = way
        self.handed: set[str] = set()

    async def deliver(self, delivery: Delivery, seconds: float, retry: Retry | None = None) -> Ack:
        """Keep the secrets of a delivery and pass it on."""
        self._keep(delivery.payload)
        return await self._way.deliver(delivery, seconds, retry)

    def _keep(self, said: Any) -> None:
        if isinstance(said, dict | list):
            for one in said.values() if isinstance(said, dict) else said:
                self._keep(one)
        if hasattr(said, "items"):
            self.handed |= {str(value) for name, value in said.items() if name in _TOKEN_FIELDS and len(str(value)) > 8}


@asynccontextmanager
async def with_password(redis_url: str) -> AsyncIterator[None]:
    """Give the server a user with a password, for a while."""
    async with connected(redis_url) as link:
        await link.call("ACL", "SETUSER", "bot", "on", f">{PASSWORD}", "~*", "&*", "+@all")
        try:
            yield
        finally:
            await link.call("ACL", "DELUSER", "bot")


async def forged_deliveries(stage: Stage) -> None:
    """Deliver what nobody signed, what is no form, and what belongs to no route."""
    url = stage.town.slack.settings.request_url
    async with aiohttp.ClientSession() as session:
        for body in (f"text={REASON}&token={BOT_TOKEN}", "payload={", "%%%"):
            headers = {"X-Slack-Signature": f"v0={SIGNING_SECRET}", "X-Slack-Request-Timestamp": "1"}
            async with session.post(url, data=body, headers=headers) as answer:
                assert answer.status == (404 if stage.town.socket_mode else 401)


async def everything(stage: Stage, between: Proxy) -> None:
    """Play every path: commands, presses, forms, mentions, refusals, and trouble with everything outside."""
    because = f"because {REASON}"
    card = await stage.ask(REQUESTER, f"/flag disable new-search in prod {because}")
    await stage.press(REQUESTER, card, "Approve")
    await stage.hear(REQUESTER, "Whoever asked")
    await stage.fault("500", "flag", method="POST")
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    other = await stage.ask(REQUESTER, f"/flag disable checkout-v2 in prod {because}")
    await stage.press(APPROVER, other, "Reject…")
    await stage.fill(APPROVER, NOTE)
    await stage.ends(other, Status.REJECTED)
    for line in (f"/flag disable {REASON} in prod", f"/ops {REASON}", f"@Countersign pause {REASON} in prod"):
        told = len(await stage.heard(REQUESTER))
        await stage.say(REQUESTER, line)
        await stage.answered(REQUESTER, told + 1)
    await stage.slack(faults={"chat.postMessage": {"kind": "http", "status": 503}})
    await stage.say(REQUESTER, f"/rollout pause checkout-v2 in prod {because}")
    await stage.hear(REQUESTER, "its card is on its way")
    await stage.slack(faults=None)
    await stage.caught_up()
    between.fault = Fault.CUT
    told = len(await stage.heard(REQUESTER))
    await stage.say(REQUESTER, f"/flag enable eu-pricing in prod {because}")
    await stage.answered(REQUESTER, told + 1)
    between.fault = Fault.NONE
    await forged_deliveries(stage)


async def stored(link: Link) -> str:
    """Return everything in the store, names and values."""
    found = []
    reads: dict[str, tuple[str | int, ...]] = {
        "string": ("GET",),
        "hash": ("HGETALL",),
        "stream": ("XRANGE", "-", "+"),
        "list": ("LRANGE", 0, -1),
        "zset": ("ZRANGE", 0, -1),
    }
    for name in await link.call("KEYS", "*"):
        command, *rest = reads[await link.call("TYPE", name)]
        found.append(f"{name} {await link.call(str(command), name, *rest)}")
    return "\n".join(found)


def leaks(text: str, secret: set[str]) -> list[str]:
    """Return what of the secrets stands in a text."""
    return sorted(one for one in secret if one in text)


async def test_nothing_gets_out(opening: Opening, redis_url: str, tmp_path: Path) -> None:
    """After every path was played no token, key, password, address, command or reason is anywhere outside."""
    port, path = free_port(), tmp_path / "p.sock"
    async with with_password(redis_url), proxy(redis_url, path) as (between, _):
        with logged("DEBUG") as log:
            numbers = {"METRICS_PORT": str(port), "REDIS_TIMEOUT": "0.3", "AUDIT_FILE": str(tmp_path / "audit.jsonl")}
            numbers["AUDIT_KEY_PREVIOUS"] = ",".join(EARLIER_KEYS)
            stage = await opening(REDIS_URL=f"unix://bot:{PASSWORD}@{path}", **numbers)
            deliverer = stage.town.slack.deliverer
            if stage.town.socket_mode:
                way = deliverer.sockets = Recording(deliverer.sockets)
            else:
                way = deliverer.http = Recording(deliverer.http)
            await everything(stage, between)
            page = await served(port)
        key = stage.settings.audit_key.get_secret_value()
        opening_all = {BOT_TOKEN, SIGNING_SECRET, API_KEY, APP_KEY, key, *EARLIER_KEYS, PASSWORD, *way.handed}
        assert len(way.handed) > 5
        await stage.redis.aclose()
        async with connected(redis_url) as link:
            held = await stored(link)
            told = "".join([line async for line in export(RedisRecords(link), "jsonl")])
        audit = (tmp_path / "audit.jsonl").read_text(encoding="utf-8") + told
    _judge_log(log, opening_all | {REASON, NOTE})
    assert stage.town.socket_mode or all(line["reason"] for line in log.of("ingress.refused") or [{"reason": ""}])
    assert leaks(held, opening_all) == []
    assert leaks(audit, opening_all) == []
    assert "cs-" in audit
    assert leaks(page, opening_all | {REASON, NOTE, "new-search", 'prod"', "cs-", "U0", "C0"}) == []
    assert re.search(
        r'countersign_changes_total{action="flag.disable",environment="production",outcome="applied"} 1', page
    )


def _judge_log(log: Log, secret: set[str]) -> None:
    assert leaks(log.text, secret) == []
    assert len(log.of("delivery.acked")) > 8
    assert {line["code"] for line in log.of("person.refused")} >= {"not_a_signer", "not_recorded"}
    assert not [line for line in log.lines if not re.fullmatch(r"[\w.]+\.[\w]+", line["event"])]
    assert not [line for line in log.of("person.refused") if len(line["delivery"]) != 12]
    assert [line for line in log.of("notifier.failed") if line["change"].startswith("cs-")]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("AUDIT_KEY", "short-{}"),
        ("AUDIT_KEY_PREVIOUS", "short-{}"),
        ("DD_SITE", "{}.example"),
        ("DD_API_URL", "http://user:{}@datadog.example/"),
        ("SLACK_API_URL", "http://user:{}@slack.example/"),
        ("REDIS_URL", "http://:{}@127.0.0.1"),
        ("PORT", "{}"),
    ],
)
def test_wrong_settings_repeat_nothing(name: str, wrong: str) -> None:
    """What is wrong with the settings is told without their values."""
    secret = secrets.token_hex(8)
    given = dict.fromkeys(("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "DD_API_KEY", "DD_APP_KEY"), secret)
    with pytest.raises(Misconfigured) as raised:
        load({**given, "AUDIT_KEY": secret * 4, name: wrong.format(secret)})
    assert secret not in json.dumps([str(raised.value), *raised.value.problems])


@pytest.mark.parametrize(
    "wrong",
    [
        "redis://:{}/more@127.0.0.1:6379",
        "redis://:word@127.0.0.1:{}/0",
        "redis+sentinel://:{}@127.0.0.1:26379",
        "redis+sentinel://:word@127.0.0.1:{}/service",
        "redis+cluster://:{}/x@127.0.0.1:7000",
        "redis://127.0.0.1:6379/0?socket_timeout={}",
        "redis+{}://127.0.0.1",
    ],
)
async def test_an_address_of_redis_is_not_repeated(wrong: str) -> None:
    """An address that cannot be read, as of a password that is not escaped, is told without any of it."""
    secret = "swordfish"
    with pytest.raises(Misconfigured) as raised:
        async with connected(wrong.format(secret)):
            pytest.fail("it was read")
    assert secret not in str(raised.value)
