"""A real Bolt app runs unchanged against the workspace."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp

from tests.sandbox.slack.stage import Stage, actions, bolted, button, modal, section, text_input

Payload = dict[str, Any]


async def test_a_command_is_acked_and_its_post_appears(stage: Stage) -> None:
    """A slash command is answered privately and the card appears for all."""

    def listen(app: AsyncApp) -> None:
        @app.command("/flag")
        async def flag(ack: Any, body: Payload, client: Any) -> None:
            await ack("reading…")
            await client.chat_postMessage(channel=body["channel_id"], text=f"{body['user_name']}: {body['text']}")

    async with bolted(stage, listen):
        result = await stage.do("say", role="Requester", channel="#deploys", text="/flag disable a&b in prod")
        await stage.workspace.wait_for(lambda: len(stage.messages("deploys")) == 2)
    assert (result["outcome"], result["status"], result["shown"]) == ("acked", 200, "reading…")
    private, public = sorted(stage.messages("deploys"), key=lambda one: one.ephemeral_to is None)
    assert private.ephemeral_to == stage.id("Requester")
    assert public.text == "requester: disable a&amp;b in prod"
    assert [one.text for one in stage.messages("deploys", role="Approver")] == [public.text]


async def test_a_press_updates_the_card_in_place(stage: Stage) -> None:
    """A button press reaches the app with the whole message, and the card changes where it stands."""
    pressed: list[Payload] = []

    def listen(app: AsyncApp) -> None:
        @app.action("approve")
        async def approve(ack: Any, body: Payload, client: Any) -> None:
            await ack()
            pressed.append(body)
            await client.chat_update(
                channel=body["channel"]["id"], ts=body["message"]["ts"], text="signed", blocks=[section("Signed")]
            )

    async with bolted(stage, listen):
        posted = await stage.client.chat_postMessage(
            channel=stage.channel("approvals"), text="sign?", blocks=[actions(button("approve", value="cs-1"))]
        )
        await stage.do("press", role="Approver", channel="approvals", ts=posted["ts"], action_id="approve")
        card = stage.messages("approvals")[0]
        await stage.workspace.wait_for(lambda: card.text == "signed")
    assert pressed[0]["actions"][0]["value"] == "cs-1"
    assert pressed[0]["message"]["blocks"][0]["elements"][0]["action_id"] == "approve"
    assert pressed[0]["user"]["id"] == stage.id("Approver")
    assert [version.text for version in card.versions] == ["sign?", "signed"]


async def test_a_modal_is_refused_then_accepted(stage: Stage) -> None:
    """A submission that the app finds wrong stays open with its sentence, a right one closes."""

    def listen(app: AsyncApp) -> None:
        @app.action("reject")
        async def reject(ack: Any, body: Payload, client: Any) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=modal())

        @app.view("form")
        async def submitted(ack: Any, view: Payload, client: Any) -> None:
            reason = view["state"]["values"]["reason"]["text"]["value"]
            if reason == "no":
                await ack(response_action="errors", errors={"reason": "Say more."})
                return
            await ack()
            await client.chat_postMessage(channel=stage.channel("approvals"), text=reason)

    async with bolted(stage, listen):
        posted = await stage.client.chat_postMessage(
            channel=stage.channel("approvals"), text="sign?", blocks=[actions(button("reject"))]
        )
        await stage.do("press", role="Approver", channel="approvals", ts=posted["ts"], action_id="reject")
        view = await stage.workspace.wait_for(lambda: stage.workspace.views.top(stage.id("Approver")))
        act = {"role": "Approver", "view_id": view.id}
        empty = await stage.do("submit", **act, values={})
        wrong = await stage.do("submit", **act, values={"reason": {"text": "no"}})
        right = await stage.do("submit", **act, values={"reason": {"text": "not in the freeze"}})
        await stage.workspace.wait_for(lambda: stage.messages("approvals")[-1].text == "not in the freeze")
    assert empty["outcome"] == "not_delivered"
    assert empty["errors"] == {"reason": "Please complete this required field."}
    assert (wrong["response_action"], wrong["errors"]) == ("errors", {"reason": "Say more."})
    assert wrong["open"]["errors"] == {"reason": "Say more."}
    assert (right["errors"], right["open"]) == ({}, None)


async def test_a_mention_in_a_thread_is_answered_there(stage: Stage) -> None:
    """An app_mention carries the thread and resolved names, and the reply lands under the same message."""
    heard: list[Payload] = []

    def listen(app: AsyncApp) -> None:
        @app.event("app_mention")
        async def mentioned(event: Payload, client: Any) -> None:
            heard.append(event)
            await client.chat_postMessage(channel=event["channel"], thread_ts=event["thread_ts"], text="here")

    async with bolted(stage, listen):
        root = stage.workspace.post(stage.channel("inc-checkout"), stage.id("Approver"), "what broke?")
        text = "@countersign pause <x> for @approver"
        await stage.do("say", role="Requester", channel="inc-checkout", text=text, thread_ts=root.ts)
        await stage.workspace.wait_for(lambda: len(stage.messages("inc-checkout")) == 3)
    bot, approver = stage.workspace.app.bot_user_id, stage.id("Approver")
    assert heard[0]["text"] == f"<@{bot}> pause &lt;x&gt; for <@{approver}>"
    state = await stage.look("state", role="Guest")
    incident = next(one for one in state["channels"] if one["name"] == "inc-checkout")
    assert [reply["text"] for reply in incident["messages"][0]["replies"]] == [heard[0]["text"], "here"]


async def test_direct_messages_and_ephemerals_reach_one_person(stage: Stage) -> None:
    """A message to a person's id is a DM, an ephemeral is seen by its addressee alone."""
    requester, guest = stage.id("Requester"), stage.id("Guest")
    sent = await stage.client.chat_postMessage(channel=requester, text="it ran")
    await stage.client.chat_postEphemeral(channel=stage.channel("deploys"), user=guest, text="not for guests")
    mine = await stage.look("state", role="Requester")
    theirs = await stage.look("state", role="Guest")
    dms = [one for one in mine["channels"] if one["is_im"]]
    assert [(one["id"], one["messages"][0]["text"]) for one in dms] == [(sent["channel"], "it ran")]
    assert not [one for one in theirs["channels"] if one["is_im"]]
    assert [one["text"] for one in theirs["channels"][0]["messages"]] == ["not for guests"]
    assert mine["channels"][0]["messages"] == []


async def test_the_home_is_published_when_it_is_opened(stage: Stage) -> None:
    """Opening the App Home tells the app, and what it publishes is what the person sees."""

    def listen(app: AsyncApp) -> None:
        @app.event("app_home_opened")
        async def opened(event: Payload, client: Any) -> None:
            await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section("To sign")]})

    async with bolted(stage, listen):
        await stage.do("home", role="Approver")
        await stage.workspace.wait_for(lambda: stage.workspace.views.homes)
    state = await stage.look("state", role="Approver")
    assert state["home"]["blocks"][0]["text"]["text"] == "To sign"


async def test_suggestions_and_a_select_in_a_modal(stage: Stage) -> None:
    """An external select asks the app, and the option picked from its answer is what is submitted."""
    option = {"text": {"type": "plain_text", "text": "new-search"}, "value": "f-1"}
    submitted: list[Payload] = []
    chooser = {
        **text_input("flag"),
        "element": {"type": "external_select", "action_id": "pick", "min_query_length": 1},
    }

    def listen(app: AsyncApp) -> None:
        @app.shortcut("start")
        async def start(ack: Any, body: Payload, client: Any) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=modal(chooser))

        @app.options("pick")
        async def options(ack: Any, payload: Payload) -> None:
            await ack(options=[option] if payload["value"] == "new" else [])

        @app.view("form")
        async def done(ack: Any, view: Payload) -> None:
            submitted.append(view["state"]["values"])
            await ack()

    async with bolted(stage, listen):
        await stage.do("shortcut", role="Requester", callback_id="start")
        view = await stage.workspace.wait_for(lambda: stage.workspace.views.top(stage.id("Requester")))
        act = {"role": "Requester", "view_id": view.id}
        before = await stage.do("submit", **act, values={"flag": {"pick": "f-1"}})
        offered = await stage.do("suggest", **act, action_id="pick", query="new")
        after = await stage.do("submit", **act, values={"flag": {"pick": "f-1"}})
    assert before["error"] == "no_such_option"
    assert offered["options"] == [option]
    assert after["outcome"] == "acked"
    assert submitted[0]["flag"]["pick"]["selected_option"]["value"] == "f-1"
