"""Deliveries are signed like Slack's, acked within seconds, and may come twice."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from bot.sandbox.slack.records import SLACKBOT
from bot.sandbox.slack.seed import APP_ID
from tests.sandbox.slack.stage import (
    SIGNING_SECRET,
    Clock,
    Received,
    Stage,
    actions,
    answering,
    button,
    receiving,
    section,
)


def payload(received: Received) -> dict[str, Any]:
    """Return the JSON of an interaction."""
    found: dict[str, Any] = json.loads(received.form["payload"])
    return found


async def card(stage: Stage, *elements: dict[str, Any], channel: str = "deploys") -> dict[str, str]:
    """Post a card with these elements and return where it stands."""
    blocks = [actions(*elements or (button(),))]
    posted = await stage.client.chat_postMessage(channel=f"#{channel}", text="card", blocks=blocks)
    return {"channel": channel, "ts": str(posted["ts"])}


async def test_every_kind_of_delivery_is_signed(stage: Stage) -> None:
    """Slack's own verifier accepts a command, an interaction and an event, and no altered body."""
    place = await card(stage)
    verifier = SignatureVerifier(SIGNING_SECRET)
    async with receiving(stage) as receiver:
        await stage.do("say", role="Requester", channel="deploys", text="/ops help")
        await stage.do("press", role="Requester", **place, action_id="go")
        await stage.do("home", role="Requester")
    assert len(receiver.received) == 3
    for one in receiver.received:
        assert verifier.is_valid_request(one.body, one.headers)
        assert not verifier.is_valid_request(one.body + b"x", one.headers)


async def test_a_command_is_a_form_with_escaped_text(stage: Stage) -> None:
    """A slash command brings who, where and what, with names resolved to ids."""
    async with receiving(stage) as receiver:
        await stage.do("say", role="Requester", channel="#inc-checkout", text="/ops history @approver <&> #deploys")
    form = receiver.received[0].form
    approver, deploys = stage.id("Approver"), stage.channel("deploys")
    assert form["text"] == f"history <@{approver}|approver> &lt;&amp;&gt; <#{deploys}|deploys>"
    assert (form["command"], form["api_app_id"]) == ("/ops", APP_ID)
    assert (form["user_id"], form["user_name"]) == (stage.id("Requester"), "requester")
    assert (form["channel_id"], form["channel_name"]) == (stage.channel("inc-checkout"), "inc-checkout")
    assert form["response_url"].startswith(f"{stage.url}/response/")


async def test_a_press_names_the_persons_own_team(stage: Stage) -> None:
    """A press in a shared channel tells whose company the presser belongs to."""
    place = await card(stage, channel="partners")
    async with receiving(stage) as receiver:
        await stage.do("press", role="Outsider", **place, action_id="go")
    found = payload(receiver.received[0])
    assert found["user"]["team_id"] != found["team"]["id"]
    assert found["container"] == {
        "type": "message",
        "message_ts": place["ts"],
        "channel_id": stage.channel("partners"),
        "is_ephemeral": False,
    }


async def test_a_select_in_a_message_brings_its_state(stage: Stage) -> None:
    """Choosing an option delivers it as the action and in state.values."""
    option = {"text": {"type": "plain_text", "text": "Two"}, "value": "2"}
    place = await card(stage, {"type": "static_select", "action_id": "pick", "options": [option]})
    async with receiving(stage) as receiver:
        await stage.do("press", role="Requester", **place, action_id="pick", value="2")
    found = payload(receiver.received[0])
    assert found["actions"][0]["selected_option"]["value"] == "2"
    assert found["state"]["values"]["row"]["pick"]["selected_option"]["text"]["text"] == "Two"


async def test_a_message_shortcut_brings_the_message(stage: Stage) -> None:
    """A shortcut on a message delivers message_action with the message and a trigger."""
    message = stage.workspace.post(stage.channel("deploys"), stage.id("Approver"), "look here")
    async with receiving(stage) as receiver:
        await stage.do("shortcut", role="Requester", callback_id="look", channel="deploys", ts=message.ts)
    found = payload(receiver.received[0])
    assert (found["type"], found["message"]["text"]) == ("message_action", "look here")
    assert stage.workspace.triggers.spend(found["trigger_id"]).user == stage.id("Requester")


FAILURES = {
    "an error": (answering(500), "http_error", "dispatch_failed"),
    "no route": (answering(404), "http_error", "dispatch_failed"),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_a_failed_command_is_told_by_slackbot(stage: Stage, name: str) -> None:
    """A command that the app does not ack with 200 shows Slack's own note to the person alone."""
    answer, outcome, word = FAILURES[name]
    async with receiving(stage, answer):
        result = await stage.do("say", role="Requester", channel="deploys", text="/flag x")
    note = stage.messages("deploys")[0]
    assert result["outcome"] == outcome
    assert result["shown"] == note.text == f'/flag failed with the error "{word}"'
    assert (note.user, note.ephemeral_to) == (SLACKBOT, stage.id("Requester"))


async def test_a_late_ack_is_a_timeout(stage: Stage) -> None:
    """An ack after the limit counts as none."""
    gate = asyncio.Event()

    async def late(received: Received) -> web.StreamResponse:
        del received
        await gate.wait()
        return web.Response()

    assert stage.sandbox.settings.ack_seconds == 3.0
    async with receiving(stage, late):
        await stage.do("settings", ack_seconds=0.05)
        result = await stage.do("say", role="Requester", channel="deploys", text="/flag x")
        gate.set()
    assert (result["outcome"], result["status"]) == ("timeout", None)
    assert result["shown"] == '/flag failed with the error "operation_timeout"'


async def test_an_unreachable_app_is_told(stage: Stage) -> None:
    """Without anybody at the address a press leaves a notice and a command a note."""
    place = await card(stage)
    async with receiving(stage):
        pass
    pressed = await stage.do("press", role="Requester", **place, action_id="go")
    said = await stage.do("say", role="Requester", channel="deploys", text="/flag x")
    assert (pressed["outcome"], said["outcome"]) == ("unreachable", "unreachable")
    notices = (await stage.look("state", role="Requester"))["notices"]
    assert [(one["text"], one["ts"]) for one in notices] == [(pressed["shown"], place["ts"])]


ACKS: dict[str, tuple[Any, str | None, bool]] = {
    "text": ({"text": "private"}, "private", True),
    "in the channel": ({"text": "for all", "response_type": "in_channel"}, "for all", False),
    "blocks": ({"text": "fallback", "blocks": [section("x")]}, "fallback", True),
    "blocks beyond a limit": (
        {"text": "x", "blocks": [section("x" * 3001)]},
        '/flag failed with the error "invalid_blocks"',
        True,
    ),
}


@pytest.mark.parametrize("name", ACKS)
async def test_the_body_of_a_commands_ack_is_shown(stage: Stage, name: str) -> None:
    """What the ack of a command says appears to the person, or to all where it asks so."""
    body, shown, private = ACKS[name]
    async with receiving(stage, answering(200, body)):
        result = await stage.do("say", role="Requester", channel="deploys", text="/flag x")
    message = stage.messages("deploys")[0]
    assert result["shown"] == message.text == shown
    assert (message.ephemeral_to == stage.id("Requester")) is private
    assert message.command == (None if private else "/flag x")


async def test_a_switch_delivers_everything_twice(stage: Stage) -> None:
    """With deliver_twice the same body arrives two times and is acked as one."""
    async with receiving(stage) as receiver:
        await stage.do("settings", deliver_twice=True)
        result = await stage.do("say", role="Requester", channel="deploys", text="/flag x")
    assert result["deliveries"] == 2
    assert receiver.received[0].body == receiver.received[1].body


async def test_the_last_delivery_can_be_repeated(stage: Stage) -> None:
    """redeliver sends the same body again with a valid signature; before any delivery it is refused."""
    assert (await stage.do("redeliver"))["error"] == "nothing_to_redeliver"
    async with receiving(stage) as receiver:
        await stage.do("say", role="Requester", channel="deploys", text="@countersign hello")
        result = await stage.do("redeliver")
    first, second = receiver.received
    assert result["outcome"] == "acked"
    assert first.body == second.body
    assert "x-slack-retry-num" not in first.headers
    assert second.headers["x-slack-retry-num"] == "1"
    assert SignatureVerifier(SIGNING_SECRET).is_valid_request(second.body, second.headers)


async def test_an_event_that_failed_is_tried_again(stage: Stage) -> None:
    """An event is redelivered with a rising number and the reason until it is acked."""

    async def third_time(received: Received) -> web.StreamResponse:
        return web.Response(status=200 if received.headers.get("x-slack-retry-num") == "2" else 500)

    async with receiving(stage, third_time) as receiver:
        result = await stage.do("say", role="Requester", channel="deploys", text="@countersign hello")
        await receiver.count(3)
    assert result["outcome"] == "http_error"
    headers = [one.headers for one in receiver.received]
    assert [one.get("x-slack-retry-num") for one in headers] == [None, "1", "2"]
    assert headers[1]["x-slack-retry-reason"] == "http_error"
    assert len({json.loads(one.body)["event_id"] for one in receiver.received}) == 1


async def test_the_events_url_is_verified_by_a_challenge(stage: Stage) -> None:
    """An app that says the challenge back is verified, one that does not is not."""

    async def echo(received: Received) -> web.StreamResponse:
        return web.json_response({"challenge": json.loads(received.body)["challenge"]})

    async with receiving(stage, echo):
        assert (await stage.sandbox.deliverer.verify_url()).ok
    async with receiving(stage, answering(200, {"challenge": "x"})):
        assert not (await stage.sandbox.deliverer.verify_url()).ok


async def test_inviting_the_bot_tells_it(stage: Stage) -> None:
    """A mention where the bot is absent is explained; /invite brings it in and it is told."""
    async with receiving(stage) as receiver:
        absent = await stage.do("say", role="Requester", channel="random", text="@countersign hello")
        await stage.do("say", role="Requester", channel="random", text="/invite @countersign")
        await stage.do("say", role="Requester", channel="random", text="@countersign hello")
    assert "/invite @countersign" in absent["shown"]
    events = [json.loads(one.body)["event"] for one in receiver.received]
    assert [one["type"] for one in events] == ["member_joined_channel", "app_mention"]
    assert events[0]["user"] == stage.workspace.app.bot_user_id
    assert (await stage.client.chat_postMessage(channel="#random", text="thanks"))["ok"]


async def test_what_is_not_for_the_app_is_not_delivered(stage: Stage) -> None:
    """Plain words, unknown commands and commands in threads stay within Slack."""
    root = stage.workspace.post(stage.channel("deploys"), stage.id("Approver"), "hm")
    async with receiving(stage) as receiver:
        plain = await stage.do("say", role="Requester", channel="deploys", text="we should disable it")
        unknown = await stage.do("say", role="Requester", channel="deploys", text="/flug x")
        threaded = await stage.do("say", role="Requester", channel="deploys", text="/flag x", thread_ts=root.ts)
    assert [one["outcome"] for one in (plain, unknown, threaded)] == ["not_delivered"] * 3
    assert receiver.received == []
    assert "is not a valid command" in unknown["shown"]
    assert threaded["shown"] == "/flag is not supported in threads. Sorry!"


async def test_the_timestamp_follows_the_clock(timed_stage: Stage, clock: Clock) -> None:
    """Requests carry the time of the workspace's clock."""
    async with receiving(timed_stage) as receiver:
        await timed_stage.do("say", role="Requester", channel="deploys", text="/flag x")
        clock.time += 400
        await timed_stage.do("redeliver")
    first, second = (int(one.headers["x-slack-request-timestamp"]) for one in receiver.received)
    assert second - first == 400
