"""The front: what it lets through, what it refuses and how, and what it never says in a log."""

import asyncio
import gzip
import io
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode

import pytest
import structlog
from aiohttp import StreamReader, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request
from hypothesis import example, given
from hypothesis import strategies as st
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.errors import Misconfigured
from handlers.decoding import decode_form
from handlers.ingress import MAX_BODY_BYTES, REMEMBERED_SECONDS, Dispatcher, Ingress
from handlers.payloads import Slash
from handlers.routing import Ack, Routes
from tests.handlers.slack_stage import (
    APP_ID,
    FORM,
    JSON,
    MARK,
    NEXT_SECRET,
    NOW,
    OTHER_TEAM,
    SECRET,
    TEAM,
    TOKEN,
    Body,
    Clock,
    Stage,
    as_form,
    command,
    event,
    ok,
    press,
    raw_of,
    sign,
    staged,
    submit,
)

SAID: Body = {"response_type": "ephemeral", "text": "hello"}


class Seen:
    """A handler of slash commands that keeps what it was given."""

    def __init__(self) -> None:
        self.commands: list[Slash] = []

    async def __call__(self, slash: Slash) -> Ack:
        """Answer with one sentence."""
        self.commands.append(slash)
        return Ack(SAID)

    @property
    def routes(self) -> Routes:
        """A table with this handler in it."""
        return Routes(
            commands={"/ops": self}, actions={"change.approve": ok}, views={"reject": ok}, events={"app_mention": ok}
        )


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """Give all that was logged, by structlog and by every standard logger, down to DEBUG."""
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as entries:
        yield lambda: f"{entries}\n{caplog.text}"


async def test_lets_a_signed_command_through_and_gives_its_answer() -> None:
    """A signed, fresh slash command reaches its handler, whose message is the response."""
    seen = Seen()
    async with staged(seen.routes) as stage:
        answer = await stage.send(command("pause é 😀 & <b>"))
    assert (answer.status, answer.json) == (200, SAID)
    assert [slash.text for slash in seen.commands] == ["pause é 😀 & <b>"]


@pytest.mark.parametrize("body", [press(), submit(), event()], ids=["press", "submit", "event"])
async def test_answers_every_other_kind_with_an_empty_200(body: Body) -> None:
    """A press, a form and an event that are handled get an empty 200."""
    async with staged(Seen().routes) as stage:
        answer = await stage.send(body)
    assert (answer.status, answer.text) == (200, "")


async def test_accepts_each_secret_in_force() -> None:
    """A delivery signed with the secret that replaces another is as good."""
    seen = Seen()
    async with staged(seen.routes) as stage:
        assert (await stage.send(command(), secret=NEXT_SECRET)).status == 200
        assert (await stage.send(command(), secret="another")).status == 401
    assert len(seen.commands) == 1


def _headers(raw: bytes, **changes: str) -> dict[str, str]:
    return {"Content-Type": FORM, **sign(raw), **changes}


COMMAND = urlencode(command()).encode()
UNSIGNED = {
    "forged": _headers(COMMAND, **{"X-Slack-Signature": "v0=" + "0" * 64}),
    "another version": _headers(COMMAND, **{"X-Slack-Signature": "v1=" + sign(COMMAND)["X-Slack-Signature"][3:]}),
    "of another body": _headers(COMMAND, **sign(COMMAND + b"x")),
    "not ASCII": _headers(COMMAND, **{"X-Slack-Signature": "v0=é"}),
    "no signature": {"Content-Type": FORM, "X-Slack-Request-Timestamp": str(NOW)},
    "no timestamp": {"Content-Type": FORM, "X-Slack-Signature": sign(COMMAND)["X-Slack-Signature"]},
    "nothing": {"Content-Type": FORM},
    "stale": {"Content-Type": FORM, **sign(COMMAND, at=str(NOW - 301))},
    "future": {"Content-Type": FORM, **sign(COMMAND, at=str(NOW + 301))},
    "not a number": {"Content-Type": FORM, **sign(COMMAND, at="abc")},
    "a fraction": {"Content-Type": FORM, **sign(COMMAND, at=f"{NOW}.0")},
    "negative": {"Content-Type": FORM, **sign(COMMAND, at=f"-{NOW}")},
    "huge": {"Content-Type": FORM, **sign(COMMAND, at="9" * 5000)},
}


@pytest.mark.parametrize("headers", UNSIGNED.values(), ids=UNSIGNED.keys())
async def test_refuses_what_is_not_signed_or_not_fresh(headers: dict[str, str]) -> None:
    """A missing, forged, stale or future signature gets 401 and reaches no handler."""
    seen = Seen()
    async with staged(seen.routes) as stage:
        answer = await stage.post(COMMAND, headers)
    assert (answer.status, answer.text, seen.commands) == (401, "", [])


@pytest.mark.parametrize("late", [-300, 300])
async def test_accepts_a_signature_of_five_minutes(late: int) -> None:
    """A delivery exactly five minutes off is still taken."""
    async with staged(Seen().routes) as stage:
        assert (await stage.send(command(), at=NOW + late)).status == 200


MALFORMED = {
    "JSON that is a list": (b"[]", JSON),
    "JSON that is broken": (b'{"type":', JSON),
    "JSON that is a number": (b"1", JSON),
    "JSON of no type": (b"{}", JSON),
    "JSON too deep": (b"[" * 200_000, JSON),
    "JSON with half a surrogate": (json.dumps({"type": "app_rate_limited", "x": "\ud800"}).encode(), JSON),
    "JSON in UTF-16": ('{"type":"x"}'.encode("utf-16"), JSON),
    "a number too long": (b'{"type":"x","n":' + b"1" * 5000 + b"}", JSON),
    "an event that is text": (b'{"type":"event_callback","event":"x"}', JSON),
    "an event of no type": (b'{"type":"event_callback","event":{}}', JSON),
    "a type that is a list": (b'{"type":[]}', JSON),
    "not UTF-8": (b'{"type":"\xff"}', JSON),
    "a form with a list": (b"payload=[]", FORM),
    "a form with null": (b"payload=null", FORM),
    "a form with nothing": (b"payload=", FORM),
    "a form with broken JSON": (b"payload=%7B", FORM),
    "a form not UTF-8": (b"payload=%FF%FE", FORM),
    "a form of raw bytes": (b"payload=\xff\xfe", FORM),
    "a form of no payload": (b"a=1&b=2", FORM),
    "a form of many fields": (b"&".join(b"f%d=1" % n for n in range(500)) + b"&command=/ops", FORM),
    "an empty form": (b"", FORM),
    "an empty body": (b"", JSON),
    "another content type": (b'{"type":"event_callback"}', "text/plain"),
    "multipart": (b"--x--", "multipart/form-data; boundary=x"),
}


@pytest.mark.parametrize(("raw", "kind"), MALFORMED.values(), ids=MALFORMED.keys())
async def test_refuses_what_has_not_the_shape_of_a_delivery(raw: bytes, kind: str) -> None:
    """A signed body that Slack would not send gets 400."""
    async with staged(Seen().routes) as stage:
        answer = await stage.post(raw, {"Content-Type": kind, **sign(raw)})
    assert (answer.status, answer.text) == (400, "")


async def test_verifies_before_it_parses() -> None:
    """An unsigned body that cannot be parsed is refused for its signature."""
    async with staged(Seen().routes) as stage:
        assert (await stage.post(b"\xff[", {"Content-Type": JSON})).status == 401


async def test_refuses_a_body_over_a_mebibyte() -> None:
    """A body over the cap gets 413, whether it says so or grows to it."""
    raw = b"payload=" + b"a" * MAX_BODY_BYTES

    async def in_parts() -> AsyncIterator[bytes]:
        yield raw[:10]
        yield raw[10:]

    async with staged(Seen().routes) as stage:
        large = await stage.post(io.BytesIO(raw), {"Content-Type": FORM, **sign(raw)})
        headers = {"Content-Type": FORM, **sign(raw)}
        async with stage.http.post(f"{stage.url}/slack/events", data=in_parts(), headers=headers) as grown:
            assert grown.status == 413
    assert large.status == 413


@pytest.mark.parametrize("raw", [gzip.compress(COMMAND), COMMAND], ids=["packed", "broken"])
async def test_refuses_every_encoding(raw: bytes) -> None:
    """A body that claims to be packed gets 400, whether it is or not: Slack packs none."""
    seen = Seen()
    async with staged(seen.routes) as stage:
        answer = await stage.post(raw, {"Content-Type": FORM, "Content-Encoding": "gzip", **sign(COMMAND)})
    assert (answer.status, seen.commands) == (400, [])


def without(body: Body, *names: str) -> Body:
    """Return a body without some of its fields."""
    return {name: value for name, value in body.items() if name not in names}


@pytest.mark.parametrize(
    "body",
    [
        *(without(one, "api_app_id") for one in (command(), press(), submit(), event())),
        *(one | {"api_app_id": ""} for one in (command(), press(), event())),
        press(api_app_id=None),
        press(api_app_id=[APP_ID]),
        *(without(one, "team_id", "team") for one in (command(), press(), submit(), event())),
        press(team=None),
        press(team={}),
        command(team_id=""),
    ],
)
async def test_refuses_what_does_not_say_what_it_was_made_for(body: Body) -> None:
    """A signed delivery that names no app, or no workspace, gets 400 and reaches no handler."""
    seen = Seen()
    async with staged(seen.routes) as stage:
        assert (await stage.send(body)).status == 400
    assert seen.commands == []


@pytest.mark.parametrize(
    "body",
    [
        {"type": "shortcut", "callback_id": "s", "team": {"id": TEAM}, "user": {"id": "U1"}, "trigger_id": "1"},
        {"type": "message_action", "callback_id": "s", "team": {"id": TEAM}, "user": {"id": "U1"}, "trigger_id": "1"},
        press(team=None, enterprise={"id": "E0ORG"}, is_enterprise_install=True),
    ],
    ids=["shortcut", "shortcut on a message", "installed for an organisation"],
)
async def test_takes_what_slack_names_in_another_way(body: Body) -> None:
    """Shortcuts name no app in Slack's documentation, and an organisation stands in place of its workspaces."""
    async with staged(Routes(actions={"change.approve": ok}, shortcuts={"s": ok})) as stage:
        assert (await stage.send(body)).status == 200


@pytest.mark.parametrize(
    "body",
    [
        command(api_app_id="A0OTHER"),
        press(api_app_id="A0OTHER"),
        event() | {"api_app_id": "A0OTHER"},
        event() | {"authorizations": [{"team_id": OTHER_TEAM}]},
        submit(view={"id": "V", "app_installed_team_id": OTHER_TEAM}),
    ],
    ids=["command", "press", "event", "event of another installation", "form of another installation"],
)
async def test_refuses_another_app_and_another_installation(body: Body) -> None:
    """A signed delivery that was made for another app or installation gets 401."""
    seen = Seen()
    async with staged(seen.routes) as stage:
        assert (await stage.send(body)).status == 401
    assert seen.commands == []


async def test_lets_people_of_another_team_through() -> None:
    """A press by somebody of another organisation goes on to its handler, which has a sentence for them."""
    presses = []

    async def keep(payload: Any) -> Ack:
        presses.append(payload)
        return Ack()

    outsider = {"id": "U0OUT", "team_id": OTHER_TEAM}
    async with staged(Routes(actions={"change.approve": keep})) as stage:
        assert (await stage.send(press(user=outsider, team={"id": OTHER_TEAM}))).status == 200
    assert [one.user_team for one in presses] == [OTHER_TEAM]


async def test_answers_the_challenge_of_a_new_request_url() -> None:
    """Slack's verification of the URL gets its challenge back, when it is signed."""
    raw = json.dumps({"type": "url_verification", "token": "t", "challenge": "abc"}).encode()
    async with staged(Seen().routes) as stage:
        assert (await stage.post(raw, {"Content-Type": JSON, **sign(raw)})).json == {"challenge": "abc"}
        assert (await stage.post(raw, {"Content-Type": JSON})).status == 401
        empty = b'{"type": "url_verification", "challenge": 5}'
        assert (await stage.post(empty, {"Content-Type": JSON, **sign(empty)})).status == 400


async def test_answers_the_check_of_the_certificate() -> None:
    """Slack's check of the certificate, which is not signed, gets 200; any other GET gets 405."""
    async with staged(Seen().routes) as stage:
        assert (await stage.post(b"ssl_check=1&token=t", {"Content-Type": FORM})).status == 200
        async with stage.http.get(f"{stage.url}/slack/events", params={"ssl_check": "1"}) as answer:
            assert answer.status == 200
        async with stage.http.get(f"{stage.url}/slack/events") as answer:
            assert answer.status == 405


async def test_dispatches_an_answered_delivery_once() -> None:
    """The very same delivery again gets 200 and no second dispatch, within ten minutes; then it is stale."""
    seen, clock = Seen(), Clock()
    async with staged(seen.routes, clock=clock) as stage:
        first = await stage.send(command(), at=NOW)
        again = await stage.send(command(), at=NOW)
        other = await stage.send(command("other"), at=NOW)
        clock.now += 301
        late = await stage.send(command(), at=NOW)
    assert (first.json, again.status, again.text, other.json, late.status) == (SAID, 200, "", SAID, 401)
    assert len(seen.commands) == 2
    assert REMEMBERED_SECONDS >= 2 * 300


async def test_dispatches_again_what_was_not_answered() -> None:
    """A delivery that broke on the way is tried again when it comes again."""
    app = BrokenApp(times=1)
    front = Ingress(Dispatcher(app), (SECRET,), now=Clock())
    first, second = await _deliver(front, command()), await _deliver(front, command())
    assert "went wrong on our side" in str(first.text)
    assert (second.status, second.text, app.requests) == (200, "fine", 2)


async def test_does_not_trust_the_header_of_a_retry() -> None:
    """A header that says this is a retry changes nothing."""
    seen = Seen()
    async with staged(seen.routes) as stage:
        await stage.post(COMMAND, {**_headers(COMMAND), "X-Slack-Retry-Num": "1", "X-Slack-Bolt-Lazy-Only": "1"})
    assert len(seen.commands) == 1


class BrokenApp(AsyncApp):
    """A Bolt that raises, then answers; or one that answers 500."""

    def __init__(self, *, times: int = 1, status: int = 0) -> None:
        self.times, self.status, self.requests = times, status, 0

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Break as many times as asked."""
        self.requests += 1
        if self.status:
            return BoltResponse(status=self.status, body=str(req.body))
        if self.requests <= self.times:
            raise ValueError(f"quoting {req.body}")
        return BoltResponse(status=200, body="fine")


async def _deliver(front: Ingress, body: Body) -> web.Response:
    raw, kind = raw_of(body)
    headers = {"Content-Type": kind, **sign(raw)}
    protocol = BaseProtocol(asyncio.get_running_loop())
    content = StreamReader(protocol, len(raw) + 1, loop=asyncio.get_running_loop())
    content.feed_data(raw)
    content.feed_eof()
    return await front.handle(make_mocked_request("POST", "/slack/events", headers=headers, payload=content))


@pytest.mark.parametrize("app", [BrokenApp(times=9), BrokenApp(status=500)], ids=["raises", "answers 500"])
@pytest.mark.parametrize("body", [command(), press(), submit(), event()], ids=["command", "press", "form", "event"])
async def test_turns_whatever_breaks_into_a_200(app: BrokenApp, body: Body, logged: Callable[[], str]) -> None:
    """When Bolt breaks, a person who can be told in the answer is told; no log has a word of it."""
    answer = await _deliver(Ingress(Dispatcher(app), (SECRET,), now=Clock()), body)
    assert answer.status == 200
    told = "may not have been recorded" in str(answer.text)
    assert told is (body.get("type") in (None, "view_submission"))
    assert logged().count("'event': 'slack.dispatch_") == 1
    assert MARK not in logged()


async def test_turns_its_own_failure_into_a_200(logged: Callable[[], str]) -> None:
    """Even when the front itself breaks, no exception leaves it."""

    def broken() -> float:
        raise RuntimeError(MARK)

    answer = await _deliver(Ingress(Dispatcher(BrokenApp()), (SECRET,), now=broken), command())
    assert answer.status == 200
    assert "ingress.failed" in logged()
    assert MARK not in logged()


@pytest.mark.parametrize("secrets", [(), ("",), ("a", " ")])
def test_needs_a_signing_secret(secrets: tuple[str, ...]) -> None:
    """An empty signing secret is refused when the front is made."""
    with pytest.raises(Misconfigured):
        Ingress(Dispatcher(BrokenApp()), secrets)


async def _raise(payload: Any) -> Ack:
    raise ValueError(f"quoting {payload.user} {MARK} {TOKEN}")


async def test_says_nothing_of_a_delivery_in_any_log(
    logged: Callable[[], str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Good, refused, broken, unknown and failing deliveries leave no body, URL, trigger or token in a log."""
    failing = Routes(commands={"/ops": ok, "/fail": _raise}, actions={"fail": _raise}, views={"fail": _raise})
    async with staged(failing) as stage:
        await _send_everything(stage)
    found = logged() + "".join(capsys.readouterr())
    assert "slack.handler_failed" in found
    for secret in (MARK, TOKEN, SECRET, "hooks.slack"):
        assert secret not in found


async def _send_everything(stage: Stage) -> None:
    bodies = [command(), command(command="/fail"), command(command="/none"), event("app_mention"), event("strange")]
    bodies += [press("fail"), press("none"), submit("fail"), submit("none"), command(api_app_id="A0OTHER")]
    for body in bodies:
        await stage.send(body)
        await stage.send(body, secret="forged")
    for raw in (f"payload=[{MARK}".encode(), f"{MARK}=%FF".encode()):
        await stage.post(raw, {"Content-Type": FORM, **sign(raw)})
    await stage.background.drain(5)


_FORMS = st.lists(
    st.one_of(
        st.sampled_from(["%", "%4", "%zz", "%%41", "%\n", "%\r\n", "=", "==", "&", "+", "=3D", "%3d"]), st.text()
    ),
    max_size=12,
).map("".join)


@given(_FORMS)
@example("%\n")
@example("a=%\r\n")
@example("a=%\rx\n&b=1")
@example("a=%3D%")
@example("é=%C3é")
@example("a=%C3")
@example("payload=" + quote_plus('{"a": "é😀 +&=%\\n"}'))
def test_decodes_any_form_as_the_standard_library_does(form: str) -> None:
    """Whatever text a form is, it decodes to what `parse_qsl` makes of it, or both refuse it."""
    raw = form.encode(errors="ignore")
    try:
        expected = dict(parse_qsl(raw.decode(), keep_blank_values=True, errors="strict"))
    except ValueError:
        with pytest.raises(ValueError, match="decode"):
            decode_form(raw)
    else:
        assert decode_form(raw) == expected


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=8))
def test_decodes_what_was_encoded(fields: dict[str, str]) -> None:
    """Fields of any text come out of a form as they went in."""
    try:
        raw = urlencode(fields).encode()
    except UnicodeEncodeError:
        return
    assert decode_form(raw) == fields


def test_reads_a_press_of_every_character() -> None:
    """A press with all the characters a form escapes keeps them."""
    text = "".join(map(chr, range(32, 0x250))) + "日本😀"
    assert json.loads(decode_form(as_form(press(text=text)))["payload"])["text"] == text
