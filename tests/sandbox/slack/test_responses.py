"""Response URLs post, replace and delete, five times within thirty minutes."""

from __future__ import annotations

from typing import Any

from slack_sdk.webhook import WebhookResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.sandbox.slack.stage import Clock, Stage, actions, button, section


def for_command(stage: Stage) -> str:
    """Return the response URL of a command by the requester in #deploys."""
    issued = stage.workspace.response_urls.issue(stage.id("Requester"), stage.channel("deploys"), command="/flag x")
    return f"{stage.url}/response/{issued.token}"


def for_message(stage: Stage, ts: str) -> str:
    """Return the response URL of a press on a message in #deploys."""
    issued = stage.workspace.response_urls.issue(stage.id("Requester"), stage.channel("deploys"), message_ts=ts)
    return f"{stage.url}/response/{issued.token}"


async def respond(stage: Stage, url: str, **body: Any) -> WebhookResponse:
    """Answer by a response URL as Bolt's respond does."""
    return await AsyncWebhookClient(url, session=stage.http).send_dict(body)


async def test_an_answer_is_private_unless_it_says_otherwise(stage: Stage) -> None:
    """A response is ephemeral by default and in_channel where asked."""
    url = for_command(stage)
    assert (await respond(stage, url, text="for you")).body == "ok"
    await respond(stage, url, text="for all", response_type="in_channel")
    private, public = stage.messages("deploys")
    assert (private.text, private.ephemeral_to) == ("for you", stage.id("Requester"))
    assert (public.text, public.ephemeral_to, public.command) == ("for all", None, "/flag x")


async def test_it_works_where_the_bot_is_not(stage: Stage) -> None:
    """A response URL needs no membership, which is how the bot can ask to be invited."""
    issued = stage.workspace.response_urls.issue(stage.id("Requester"), stage.channel("random"))
    await respond(stage, f"{stage.url}/response/{issued.token}", text="/invite me")
    assert stage.messages("random")[0].text == "/invite me"


async def test_five_uses_and_no_sixth(stage: Stage) -> None:
    """The sixth answer gets 404 used_url, an unknown token 404."""
    url = for_command(stage)
    for _ in range(5):
        assert (await respond(stage, url, text="x")).status_code == 200
    sixth = await respond(stage, url, text="x")
    assert sixth.status_code == 404
    assert "used_url" in sixth.body
    assert (await respond(stage, f"{stage.url}/response/none", text="x")).status_code == 404
    assert len(stage.messages("deploys")) == 5


async def test_it_expires_after_thirty_minutes(timed_stage: Stage, clock: Clock) -> None:
    """At thirty minutes an answer still arrives, afterwards it is refused."""
    url = for_command(timed_stage)
    clock.time += 30 * 60
    assert (await respond(timed_stage, url, text="x")).status_code == 200
    clock.time += 1
    late = await respond(timed_stage, url, text="x")
    assert late.status_code == 404
    assert "expired_url" in late.body


async def test_the_original_is_replaced_or_deleted(stage: Stage) -> None:
    """replace_original edits the message in place, also an ephemeral one; delete_original takes it away."""
    channel = stage.channel("deploys")
    note = await stage.client.chat_postEphemeral(
        channel=channel, user=stage.id("Requester"), text="sure?", blocks=[actions(button())]
    )
    url = for_message(stage, note["message_ts"])
    await respond(stage, url, text="done", blocks=[section("Done")], replace_original=True)
    message = stage.messages("deploys")[0]
    assert (message.text, message.blocks[0]["text"]["text"], message.ephemeral_to) == (
        "done",
        "Done",
        stage.id("Requester"),
    )
    await respond(stage, url, delete_original=True)
    assert stage.messages("deploys") == []


async def test_a_foreign_original_is_left_alone(stage: Stage) -> None:
    """An answer to a shortcut on a person's message posts beside it and cannot delete it."""
    message = stage.workspace.post(stage.channel("deploys"), stage.id("Approver"), "mine")
    url = for_message(stage, message.ts)
    await respond(stage, url, text="note", replace_original=True)
    assert (await respond(stage, url, delete_original=True)).status_code == 400
    assert [one.text for one in stage.messages("deploys")] == ["mine", "note"]


async def test_an_answer_can_go_into_a_thread(stage: Stage) -> None:
    """thread_ts puts the response under that message."""
    root = stage.workspace.post(stage.channel("deploys"), stage.id("Approver"), "root")
    await respond(stage, for_command(stage), text="x", thread_ts=root.ts)
    assert stage.messages("deploys")[1].thread_ts == root.ts
    assert (await respond(stage, for_command(stage), text="x", thread_ts="1.2")).status_code == 400


async def test_limits_hold_here_too(stage: Stage) -> None:
    """Blocks and texts beyond a limit, and no content, are refused."""
    for body in ({"blocks": [section("x" * 3001)]}, {"text": "x" * 4001}, {"response_type": "in_channel"}):
        assert (await respond(stage, for_command(stage), **body)).status_code == 400
    assert stage.messages("deploys") == []
