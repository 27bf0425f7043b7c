"""What reaches the running bot's one address and is not Slack's, not fresh, not whole, or not of a known shape."""

import hmac
import io
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.sandbox.slack.seed import APP_ID, OTHER_TEAM_ID, REQUESTER_ID, TEAM
from bot.sandbox.town import SIGNING_SECRET
from tests.dialogs.stage import REQUESTER, Stage

SECRET_WORD: Final = "sesame3141"
FORM: Final = "application/x-www-form-urlencoded"
COMMAND: Final = urlencode(
    {"command": "/flag", "text": f"disable {SECRET_WORD} in prod", "user_id": REQUESTER_ID, "team_id": TEAM.id}
).encode()


def headers(body: bytes, *, secret: str = SIGNING_SECRET, age: float = 0, kind: str = FORM) -> dict[str, str]:
    """Return the headers of a delivery of this age, signed with this secret."""
    stamp = str(int(time.time() - age))
    signature = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, "sha256").hexdigest()
    return {"Content-Type": kind, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signature}"}


@dataclass(frozen=True, slots=True)
class Door:
    """The bot's one address."""

    stage: Stage
    session: aiohttp.ClientSession

    async def post(self, body: bytes, given: dict[str, str]) -> int:
        """Post a body and return the status."""
        url = self.stage.town.slack.settings.request_url
        async with self.session.post(url, data=io.BytesIO(body), headers=given) as answer:
            return answer.status


@pytest.fixture
async def door(stage: Stage) -> AsyncIterator[Door]:
    """Give the way to the running bot's address."""
    if stage.town.socket_mode:
        pytest.skip("in Socket Mode the bot has no address for Slack")
    async with aiohttp.ClientSession() as session:
        yield Door(stage, session)


def _payload(**body: object) -> bytes:
    return urlencode({"payload": json.dumps({"note": SECRET_WORD, **body})}).encode()


OURS: Final = {"api_app_id": APP_ID, "team": {"id": TEAM.id}}
PRESS: Final = {**OURS, "type": "block_actions", "user": {"id": REQUESTER_ID, "team_id": TEAM.id}}


def _not_slacks() -> dict[str, tuple[int, bytes, dict[str, str]]]:
    return {
        "no signature": (401, COMMAND, {"Content-Type": FORM}),
        "another secret": (401, COMMAND, headers(COMMAND, secret="not-the-secret")),
        "a signature of another body": (401, COMMAND + b"x", headers(COMMAND)),
        "a signature cut short": (401, COMMAND, {**headers(COMMAND), "X-Slack-Signature": "v0="}),
        "a signature that is no text": (401, COMMAND, {**headers(COMMAND), "X-Slack-Signature": "v0=é"}),
        "a timestamp that is no number": (401, COMMAND, {**headers(COMMAND), "X-Slack-Request-Timestamp": "now"}),
        "six minutes old": (401, COMMAND, headers(COMMAND, age=360)),
        "six minutes ahead": (401, COMMAND, headers(COMMAND, age=-360)),
    }


async def test_what_is_not_slacks(door: Door, capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever is unsigned, wrongly signed or stale gets a 401, does nothing, and leaves nothing of it in the log."""
    refused = _not_slacks()
    found = {name: await door.post(body, given) for name, (_, body, given) in refused.items()}
    assert found == {name: status for name, (status, _, _) in refused.items()}
    await _unmoved(door, capfd)


def _signed() -> dict[str, tuple[int, bytes, str]]:
    deep = b'{"type":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    other_app = _payload(**{**PRESS, "api_app_id": "A0000000000"}, actions=[])
    other_team = json.dumps(
        {
            "type": "event_callback",
            "api_app_id": APP_ID,
            "authorizations": [{"team_id": OTHER_TEAM_ID}],
            "event": {"type": "app_mention", "text": SECRET_WORD},
        }
    ).encode()
    return {
        "a body larger than any of Slack's": (413, b"x" * (1024 * 1024 + 1), FORM),
        "nothing at all": (400, b"", FORM),
        "no JSON": (400, b'{"type": ' + SECRET_WORD.encode(), "application/json"),
        "a list": (400, json.dumps([SECRET_WORD]).encode(), "application/json"),
        "a payload that is no JSON": (400, b"payload=" + SECRET_WORD.encode(), FORM),
        "a payload that is a number": (400, b"payload=7", FORM),
        "no text": (400, b"\xff\xfe\x00" + SECRET_WORD.encode(), "application/json"),
        "a nest without end": (400, deep, "application/json"),
        "another app": (401, other_app, FORM),
        "another workspace": (401, other_team, "application/json"),
    }


async def test_what_is_signed_and_wrong(door: Door, capfd: pytest.CaptureFixture[str]) -> None:
    """What is signed and too large, of no shape, or of another installation is refused by its own status."""
    expected = _signed()
    found = {name: await door.post(body, headers(body, kind=kind)) for name, (_, body, kind) in expected.items()}
    assert found == {name: status for name, (status, _, _) in expected.items()}
    await _unmoved(door, capfd)


ODD = {
    "a press of nothing": _payload(**PRESS, actions=[]),
    "a press of what is no button": _payload(**PRESS, actions=["x"]),
    "a button nobody knows": _payload(**PRESS, actions=[{"action_id": SECRET_WORD, "type": "button"}]),
    "a value of no change": _payload(**PRESS, actions=[{"action_id": "change.approve", "value": SECRET_WORD}]),
    "a change nobody asked for": _payload(
        **PRESS, actions=[{"action_id": "change.approve", "value": "cs-aaaaaa.000000000000"}]
    ),
    "a choice that is no command": _payload(**PRESS, actions=[{"action_id": "pick.0", "value": SECRET_WORD}]),
    "a form nobody opened": _payload(
        **{**PRESS, "type": "view_submission"}, view={"id": "V1", "callback_id": "reject", "private_metadata": "x"}
    ),
    "a kind of tomorrow": _payload(**OURS, type="block_dreams"),
    "an event without an event": json.dumps({"type": "event_callback", "note": SECRET_WORD}).encode(),
    "a command without a person": urlencode(
        {"command": "/flag", "text": SECRET_WORD, "api_app_id": APP_ID, "team_id": TEAM.id}
    ).encode(),
    "half a character": urlencode({"payload": '{"type": "\\ud800", "note": "' + SECRET_WORD + '"}'}).encode(),
}


async def test_what_is_signed_and_odd(door: Door, capfd: pytest.CaptureFixture[str]) -> None:
    """A signed delivery of a shape nobody expects is answered 200 or 400, and changes nothing."""
    for name, body in ODD.items():
        kind = "application/json" if body.startswith(b"{") else FORM
        assert await door.post(body, headers(body, kind=kind)) in (200, 400), name
    await _unmoved(door, capfd)


async def test_only_posts_are_taken(door: Door) -> None:
    """Other methods are refused, and other paths are not there."""
    url = door.stage.town.slack.settings.request_url
    async with door.session.get(url) as got, door.session.put(url, data=COMMAND) as put:
        assert (got.status, put.status) == (405, 405)
    async with door.session.post(url + "/more", data=COMMAND, headers=headers(COMMAND)) as lost:
        assert lost.status == 404


async def _unmoved(door: Door, capfd: pytest.CaptureFixture[str]) -> None:
    """Check that nothing was recorded or told, and that the bot still serves."""
    assert await door.stage.store.active() == ()
    assert door.stage.calls() == (0, 0)
    await door.stage.ask(REQUESTER, "/flag disable new-search in prod because cart errors")
    said = capfd.readouterr()
    assert SECRET_WORD not in said.out + said.err
