"""Socket Mode: addresses, envelopes, acks and endings, before Slack's own client and bare web sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.seed import APP_ID
from bot.sandbox.slack.tickets import TICKET_SECONDS
from tests.sandbox.slack.stage import Clock, Stage, actions, answering, button, modal, receiving, staged
from tests.sandbox.slack.wires import APP_TOKEN, Body, address, connected, greeted, say, turn_on, wired


@pytest.fixture
async def sockets() -> AsyncIterator[Stage]:
    """A sandbox that delivers over web sockets."""
    async with staged() as stage:
        turn_on(stage)
        yield stage


async def card(stage: Stage) -> dict[str, str]:
    """Post a card with a button and return where it stands."""
    posted = await stage.client.chat_postMessage(channel="#deploys", text="card", blocks=[actions(button())])
    return {"channel": "deploys", "ts": str(posted["ts"])}


TOKENS = {"xapp-of-another-app": "invalid_auth", "xoxb-for-tests": "not_allowed_token_type"}


@pytest.mark.parametrize("token", TOKENS)
async def test_only_the_apps_own_token_opens_a_connection(sockets: Stage, token: str) -> None:
    """A wrong token is refused, and so is the bot's."""
    with pytest.raises(SlackApiError) as caught:
        await address(sockets, token)
    assert caught.value.response["error"] == TOKENS[token]


async def test_the_apps_own_token_opens_nothing_else(sockets: Stage) -> None:
    """An app-level token cannot post."""
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        await sockets.client.chat_postMessage(channel="#deploys", text="x", token=APP_TOKEN)
    assert sockets.messages("deploys") == []


async def test_an_address_serves_once_and_not_for_long(clock: Clock) -> None:
    """A second connection by the same address is refused, and so is a late one."""
    async with staged(clock=clock) as stage:
        turn_on(stage)
        url, late = await address(stage), await address(stage)
        async with stage.http.ws_connect(url):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await stage.http.ws_connect(url)
        clock.time += TICKET_SECONDS + 1
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await stage.http.ws_connect(late)


async def test_a_connection_is_greeted(sockets: Stage) -> None:
    """The hello tells the app, how many connections there are and how long this one will last."""
    async with wired(sockets) as first, wired(sockets) as second:
        hello, other = await first.next(), await second.next()
        assert sockets.sandbox.sockets.open == 2
    assert (hello["type"], hello["connection_info"]) == ("hello", {"app_id": APP_ID})
    assert (hello["num_connections"], other["num_connections"]) == (1, 2)
    assert set(hello["debug_info"]) == {"host", "started", "build_number", "approximate_connection_time"}


async def test_a_ping_is_answered(sockets: Stage) -> None:
    """A pong carries what the ping did."""
    async with sockets.http.ws_connect(await address(sockets), autoping=False) as socket:
        await socket.receive_json()
        await socket.ping(b"sdk-ping-pong:1")
        async with asyncio.timeout(5):
            pong = await socket.receive()
    assert (pong.type, pong.data) == (aiohttp.WSMsgType.PONG, b"sdk-ping-pong:1")


async def test_every_kind_of_delivery_reaches_slacks_client(sockets: Stage) -> None:
    """A command, a press and an event come in their envelopes, the command's answer is shown."""

    def answer(request: SocketModeRequest) -> Body | None:
        return {"text": f"heard {request.payload['text']}"} if request.type == "slash_commands" else None

    place = await card(sockets)
    async with connected(sockets, answer) as sdk:
        said = await say(sockets, "/flag a&b")
        pressed = await sockets.do("press", role="Requester", **place, action_id="go")
        await sockets.do("home", role="Requester")
    assert (said["outcome"], said["shown"], said["status"]) == ("acked", "heard a&amp;b", None)
    assert pressed["outcome"] == "acked"
    assert [(one.type, one.accepts_response_payload) for one in sdk.given] == [
        ("slash_commands", True),
        ("interactive", True),
        ("events_api", False),
    ]
    assert sdk.given[1].payload["actions"][0]["action_id"] == "go"
    assert sdk.given[2].payload["event"]["type"] == "app_home_opened"
    assert (sdk.given[2].retry_attempt, sdk.given[2].retry_reason) == (0, "")


async def test_a_modals_ack_is_obeyed(sockets: Stage) -> None:
    """A submission's payload keeps the modal open with its errors; an empty one closes it."""
    payloads: list[Body | None] = [{"response_action": "errors", "errors": {"reason": "Say more."}}, None]
    async with greeted(sockets) as wire:
        act = asyncio.create_task(sockets.do("shortcut", role="Requester", callback_id="start"))
        shortcut = await wire.next()
        await sockets.client.views_open(trigger_id=shortcut["payload"]["trigger_id"], view=modal())
        await wire.ack(shortcut, {"ignored": True})
        await act
        view = sockets.workspace.views.top(sockets.id("Requester"))
        assert view is not None
        results = []
        for payload in payloads:
            values = {"reason": {"text": "no"}}
            act = asyncio.create_task(sockets.do("submit", role="Requester", view_id=view.id, values=values))
            await wire.ack(await wire.next(), payload)
            results.append(await act)
    assert shortcut["accepts_response_payload"] is False
    assert (results[0]["response_action"], results[0]["errors"]) == ("errors", {"reason": "Say more."})
    assert results[0]["open"]["id"] == view.id
    assert (results[1]["errors"], results[1]["open"]) == ({}, None)


@pytest.mark.parametrize(("kind", "heard"), [("view_submission", {"a": 1}), ("view_closed", "")])
async def test_a_payload_counts_where_it_is_accepted(sockets: Stage, kind: str, heard: object) -> None:
    """The payload of an ack is taken where the envelope said so, and is left aside elsewhere."""
    async with greeted(sockets) as wire:
        act = asyncio.create_task(sockets.sandbox.deliverer.send(Delivery.of_payload({"type": kind})))
        envelope = await wire.next()
        await wire.ack(envelope, {"a": 1})
        ack = await act
    assert envelope["accepts_response_payload"] is bool(heard)
    assert (ack.outcome, ack.body) == ("acked", heard)


async def test_connections_take_turns(sockets: Stage) -> None:
    """With two connections each gets every other delivery."""
    async with connected(sockets) as first, connected(sockets) as second:
        for number in range(4):
            assert (await say(sockets, f"/flag {number}"))["outcome"] == "acked"
        heard = [[one.payload["text"] for one in sdk.given] for sdk in (first, second)]
    assert sorted(heard) == [["0", "2"], ["1", "3"]]


async def test_a_command_without_an_ack_is_a_timeout(sockets: Stage) -> None:
    """What is no ack of this envelope does not count; the person is told, and a late ack changes nothing."""
    async with greeted(sockets) as wire:
        await sockets.do("settings", ack_seconds=0.1)
        act = asyncio.create_task(say(sockets))
        envelope = await wire.next()
        for wrong in ("no JSON", "[1]", "{}", '{"envelope_id": "another"}'):
            await wire.socket.send_str(wrong)
        result = await act
        await wire.ack(envelope, {"text": "late"})
        await sockets.do("settings", ack_seconds=3)
        act = asyncio.create_task(say(sockets))
        await wire.ack(await wire.next())
        assert (await act)["outcome"] == "acked"
    assert (result["outcome"], result["shown"]) == ("timeout", '/flag failed with the error "operation_timeout"')
    assert [one.text for one in sockets.messages("deploys")] == [result["shown"]]


async def test_without_a_connection_a_command_fails(sockets: Stage) -> None:
    """With nobody connected the person is told at once."""
    async with connected(sockets):
        pass
    result = await say(sockets)
    assert (result["outcome"], result["shown"]) == ("unreachable", '/flag failed with the error "dispatch_failed"')


async def test_an_event_without_an_ack_comes_again(sockets: Stage) -> None:
    """An event that was not acked is sent again, with the number and the reason, until it is."""
    async with greeted(sockets) as wire:
        await sockets.do("settings", ack_seconds=0.1)
        act = asyncio.create_task(say(sockets, "@countersign hello"))
        envelopes = [await wire.next() for _ in range(3)]
        await wire.ack(envelopes[-1])
        assert (await act)["outcome"] == "timeout"
    assert [(one["retry_attempt"], one["retry_reason"]) for one in envelopes] == [
        (0, ""),
        (1, "timeout"),
        (2, "timeout"),
    ]
    assert len({one["payload"]["event_id"] for one in envelopes}) == 1
    assert len({one["envelope_id"] for one in envelopes}) == 3


async def test_an_event_waits_for_a_connection(sockets: Stage) -> None:
    """An event that found nobody connected is sent to whoever connects before the last retry."""
    sockets.sandbox.settings.retry_delays = (0.05,) * 60
    result = await say(sockets, "@countersign hello")
    async with greeted(sockets) as wire:
        envelope = await wire.next()
        await wire.ack(envelope)
    assert result["outcome"] == "unreachable"
    assert envelope["retry_attempt"] >= 1
    assert envelope["retry_reason"] == "connection_failed"


async def test_a_switch_delivers_everything_twice(sockets: Stage) -> None:
    """With deliver_twice the same payload comes in two envelopes; redeliver repeats it once more."""
    async with connected(sockets) as sdk:
        await sockets.do("settings", deliver_twice=True)
        result = await say(sockets)
        await sockets.do("redeliver")
    assert result["deliveries"] == 2
    assert [one.payload for one in sdk.given] == [sdk.given[0].payload] * 3
    assert len({one.envelope_id for one in sdk.given}) == 3


async def test_an_eleventh_connection_is_turned_away(sockets: Stage) -> None:
    """Ten connections are served; one more is told so and gets nothing."""
    async with contextlib.AsyncExitStack() as opened:
        for _ in range(10):
            await opened.enter_async_context(greeted(sockets))
        async with wired(sockets) as wire:
            told = await wire.next()
            assert sockets.sandbox.sockets.open == 10
    assert (told["type"], told["reason"]) == ("disconnect", "too_many_websockets")


@pytest.mark.parametrize("reason", ["refresh_requested", "too_many_websockets"])
async def test_a_connection_that_is_to_end_still_acks(sockets: Stage, reason: str) -> None:
    """What was under way is acked, new deliveries go elsewhere, and the connection is closed."""
    sockets.sandbox.sockets.linger_seconds = 0.1
    async with greeted(sockets) as wire:
        act = asyncio.create_task(say(sockets))
        envelope = await wire.next()
        await sockets.do("settings", sockets=reason)
        told = await wire.next()
        await wire.ack(envelope, {"text": "still here"})
        assert (await act)["shown"] == "still here"
        assert (await say(sockets))["outcome"] == "unreachable"
        async with asyncio.timeout(5):
            assert (await wire.socket.receive()).type is aiohttp.WSMsgType.CLOSE
    assert told == {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-sandbox"}}


async def test_a_warned_connection_gets_deliveries_until_its_end(sockets: Stage) -> None:
    """After a warning deliveries still come; later the end is announced."""
    async with greeted(sockets) as wire:
        await sockets.do("settings", sockets="warning")
        assert (await wire.next())["reason"] == "warning"
        act = asyncio.create_task(say(sockets))
        await wire.ack(await wire.next())
        assert (await act)["outcome"] == "acked"
        sockets.sandbox.sockets.warned_seconds = 0.01
        await sockets.do("settings", sockets="warning")
        assert [(await wire.next())["reason"] for _ in range(2)] == ["warning", "refresh_requested"]
        assert sockets.sandbox.sockets.open == 0


@pytest.mark.parametrize("change", [{"sockets": "link_disabled"}, {"socket_mode": False}])
async def test_turned_off_it_delivers_over_http(sockets: Stage, change: Body) -> None:
    """Turning Socket Mode off ends all connections, turns new ones away, and the request URL is used again."""
    async with receiving(sockets, answering(200, {"text": "by HTTP"})), greeted(sockets) as wire:
        before = (await sockets.look("state", role="Requester"))["settings"]
        after = (await sockets.do("settings", **change))["settings"]
        assert (await wire.next())["reason"] == "link_disabled"
        result = await say(sockets)
        async with wired(sockets) as late:
            assert (await late.next())["reason"] == "link_disabled"
    assert (before["socket_mode"], before["connections"]) == (True, 1)
    assert (after["socket_mode"], after["connections"]) == (False, 0)
    assert (result["status"], result["shown"]) == (200, "by HTTP")


async def test_an_unknown_ending_is_refused(sockets: Stage) -> None:
    """A reason that is none of Slack's changes nothing."""
    answer = await sockets.do("settings", sockets="tired", deliver_twice=True)
    assert answer["error"] == "bad_request"
    assert sockets.sandbox.settings.deliver_twice is False


async def test_slacks_client_connects_anew_without_losing_a_delivery(sockets: Stage) -> None:
    """What was under way when the connection was refreshed is acked over the new one, which then gets the next."""
    async with connected(sockets, lambda _: {"text": "kept"}) as sdk:
        sdk.gate.clear()
        act = asyncio.create_task(say(sockets, "/flag 1"))
        await sdk.arrived.wait()
        await sockets.do("settings", sockets="refresh_requested")
        await sdk.greeted()
        sdk.gate.set()
        assert (await act)["shown"] == "kept"
        assert (await say(sockets, "/flag 2"))["shown"] == "kept"
    assert [one.payload["text"] for one in sdk.given] == ["1", "2"]
    assert sockets.workspace.calls["apps.connections.open"] == 2
