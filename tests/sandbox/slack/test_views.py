"""Modals and homes: triggers, stacks and hashes."""

from __future__ import annotations

from typing import Any

from tests.sandbox.slack.stage import Clock, Stage, actions, answering, button, modal, receiving, section, text_input
from tests.sandbox.slack.test_webapi import refusal


def trigger(stage: Stage, role: str = "Requester", view_id: str | None = None) -> str:
    """Return a trigger as an interaction of this person would bring."""
    return stage.workspace.triggers.issue(stage.id(role), view_id=view_id)


async def test_a_trigger_opens_one_modal(stage: Stage) -> None:
    """A trigger serves once; a second use and an unknown one are refused."""
    given = trigger(stage)
    opened = await stage.client.views_open(trigger_id=given, view=modal())
    assert opened["view"]["root_view_id"] == opened["view"]["id"]
    again = await refusal(stage.client.views_open(trigger_id=given, view=modal()))
    assert again["error"] == "exchanged_trigger_id"
    unknown = await refusal(stage.client.views_open(trigger_id="1.2.3", view=modal()))
    assert unknown["error"] == "invalid_trigger_id"


async def test_a_trigger_is_good_for_three_seconds(timed_stage: Stage, clock: Clock) -> None:
    """At three seconds a trigger still serves, later it has expired."""
    in_time, late = trigger(timed_stage), trigger(timed_stage)
    clock.time += 3.0
    await timed_stage.client.views_open(trigger_id=in_time, view=modal())
    clock.time += 0.1
    body = await refusal(timed_stage.client.views_open(trigger_id=late, view=modal()))
    assert body["error"] == "expired_trigger_id"


async def test_a_wrong_view_is_explained_and_keeps_the_trigger(stage: Stage) -> None:
    """A view beyond a limit is refused with its place, and the trigger still serves."""
    given = trigger(stage)
    title = {"type": "plain_text", "text": "x" * 25}
    body = await refusal(stage.client.views_open(trigger_id=given, view=modal(title=title)))
    assert body["error"] == "invalid_arguments"
    assert body["response_metadata"]["messages"] == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    ]
    assert (await stage.client.views_open(trigger_id=given, view=modal()))["ok"]


async def test_an_update_with_an_old_hash_is_refused(stage: Stage) -> None:
    """views.update checks the hash it is given, and changes it."""
    view = (await stage.client.views_open(trigger_id=trigger(stage), view=modal()))["view"]
    update = stage.client.views_update
    changed = (await update(view_id=view["id"], hash=view["hash"], view=modal(section("Ready"))))["view"]
    assert changed["hash"] != view["hash"]
    body = await refusal(update(view_id=view["id"], hash=view["hash"], view=modal()))
    assert body["error"] == "hash_conflict"
    assert (await refusal(update(view_id="V0", view=modal())))["error"] == "not_found"
    assert stage.workspace.views.find(view["id"]).blocks[0]["text"]["text"] == "Ready"


async def test_an_external_id_names_one_view(stage: Stage) -> None:
    """A view is found by its external id, which a second view may not take."""
    await stage.client.views_open(trigger_id=trigger(stage), view=modal(external_id="cs-1"))
    await stage.client.views_update(external_id="cs-1", view=modal(section("Ready"), external_id="cs-1"))
    other = stage.client.views_open(trigger_id=trigger(stage, "Approver"), view=modal(external_id="cs-1"))
    assert (await refusal(other))["error"] == "duplicate_external_id"


async def test_three_modals_may_be_stacked(stage: Stage) -> None:
    """A push needs a trigger from a modal, and a fourth modal is refused."""
    root = (await stage.client.views_open(trigger_id=trigger(stage), view=modal()))["view"]
    push = stage.client.views_push
    assert (await refusal(push(trigger_id=trigger(stage), view=modal())))["error"] == "invalid_trigger_id"
    for _ in range(2):
        top = (await push(trigger_id=trigger(stage, view_id=root["id"]), view=modal()))["view"]
    assert top["root_view_id"] == root["id"]
    body = await refusal(push(trigger_id=trigger(stage, view_id=root["id"]), view=modal()))
    assert body["error"] == "push_limit_reached"
    assert (await stage.look("state", role="Requester"))["modal_depth"] == 3


async def test_a_home_is_published_with_its_hash(stage: Stage) -> None:
    """views.publish replaces what the person sees, unless the hash is old."""
    home = {"type": "home", "blocks": [section("One")]}
    user = stage.id("Approver")
    first = (await stage.client.views_publish(user_id=user, view=home))["view"]
    second = (await stage.client.views_publish(user_id=user, view=home, hash=first["hash"]))["view"]
    assert second["id"] == first["id"]
    old = stage.client.views_publish(user_id=user, view=home, hash=first["hash"])
    assert (await refusal(old))["error"] == "hash_conflict"
    assert (await refusal(stage.client.views_publish(user_id="U0", view=home)))["error"] == "user_not_found"
    assert (await refusal(stage.client.views_publish(user_id=user, view=modal())))["error"] == "invalid_arguments"


async def opened(stage: Stage, view: dict[str, Any]) -> dict[str, Any]:
    """Open a modal for the requester."""
    answer = await stage.client.views_open(trigger_id=trigger(stage), view=view)
    found: dict[str, Any] = answer["view"]
    return found


async def submitted(stage: Stage, ack: Any, status: int = 200) -> dict[str, Any]:
    """Submit an open form that the app acks like this, and return what came of it."""
    view = await opened(stage, modal())
    async with receiving(stage, answering(status, ack)):
        values = {"reason": {"text": "because"}}
        return await stage.do("submit", role="Requester", view_id=view["id"], values=values)


async def test_a_submission_can_update_and_push_and_clear(stage: Stage) -> None:
    """Each response_action does to the stack what Slack's does."""
    updated = await submitted(stage, {"response_action": "update", "view": modal(section("Checked"))})
    assert updated["open"]["blocks"][0]["text"]["text"] == "Checked"
    pushed = await submitted(stage, {"response_action": "push", "view": modal(section("Sure?"))})
    assert pushed["open"]["blocks"][0]["text"]["text"] == "Sure?"
    assert (await stage.look("state", role="Requester"))["modal_depth"] == 2
    cleared = await submitted(stage, {"response_action": "clear"})
    assert (cleared["open"], cleared["response_action"]) == (None, "clear")


async def test_a_bad_ack_of_a_submission_keeps_the_modal(stage: Stage) -> None:
    """A failure, a wrong view, or errors for no input leave the modal with Slack's trouble sentence."""
    bad: tuple[tuple[Any, int], ...] = (
        (None, 500),
        ({"response_action": "update", "view": modal(section("x" * 3001))}, 200),
        ({"response_action": "errors", "errors": {"nowhere": "x"}}, 200),
        ({"response_action": "dance"}, 200),
    )
    for ack, status in bad:
        result = await submitted(stage, ack, status)
        assert result["shown"] == "We had some trouble connecting. Try again?"
        assert result["open"] is not None
    notices = (await stage.look("state", role="Requester"))["notices"]
    assert len(notices) == len(bad)


async def test_inputs_are_checked_before_the_app_is_asked(stage: Stage) -> None:
    """Missing, short, long and malformed inputs are refused without a delivery."""
    number = {"type": "number_input", "action_id": "text", "is_decimal_allowed": False, "max_value": "5"}
    blocks = (
        text_input("short", min_length=3),
        text_input("long", max_length=3),
        {**text_input("mail"), "element": {"type": "email_text_input", "action_id": "text"}},
        {**text_input("number"), "element": number},
        {**text_input("free"), "optional": True},
    )
    view = await opened(stage, modal(*blocks))
    given = {"short": "ab", "long": "abcd", "mail": "nobody", "number": "6"}
    async with receiving(stage) as receiver:
        values = {block_id: {"text": value} for block_id, value in given.items()}
        result = await stage.do("submit", role="Requester", view_id=view["id"], values=values)
        assert set(result["errors"]) == set(given)
        right = {"short": "abc", "long": "abc", "mail": "a@b.example", "number": "5"}
        values = {block_id: {"text": value} for block_id, value in right.items()}
        result = await stage.do("submit", role="Requester", view_id=view["id"], values=values)
        assert result["errors"] == {}
        assert len(receiver.received) == 1


async def test_closing_tells_the_app_only_where_it_asked(stage: Stage) -> None:
    """view_closed is delivered for a view with notify_on_close and for no other."""
    async with receiving(stage) as receiver:
        quiet = await opened(stage, modal())
        first = await stage.do("close", role="Requester", view_id=quiet["id"])
        telling = await opened(stage, modal(notify_on_close=True))
        second = await stage.do("close", role="Requester", view_id=telling["id"], all=True)
    assert (first["outcome"], second["outcome"]) == ("not_delivered", "acked")
    assert len(receiver.received) == 1
    assert '"is_cleared": true' in receiver.received[0].form["payload"]
    assert (await stage.look("state", role="Requester"))["modal"] is None


async def test_a_press_in_a_modal_carries_the_whole_form(stage: Stage) -> None:
    """block_actions in a modal brings the state of all inputs and a trigger that may push."""
    view = await opened(stage, modal(text_input(), actions(button("more"))))
    async with receiving(stage) as receiver:
        values = {"reason": {"text": "half writ"}}
        await stage.do("press", role="Requester", view_id=view["id"], action_id="more", values=values)
    payload = receiver.received[0].form["payload"]
    assert "half writ" in payload
    assert '"view_id": "' + view["id"] in payload
