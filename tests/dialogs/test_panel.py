"""The incident panel as people meet it: begun, bound, pressed, tripped, restarted, and ended."""

import pytest

from bot.changes.record import Status
from bot.sandbox.person import Json
from bot.sandbox.slack.records import Channel
from bot.sandbox.slack.seed import GUEST_ID, REQUESTER_ID, SECOND_APPROVER_ID
from tests.dialogs.conftest import Opening
from tests.dialogs.messages import buttons
from tests.dialogs.stage import APPROVER, GUEST, REQUESTER, SECOND_APPROVER, Stage, is_card

INCIDENT = "#inc-checkout"
OPERATOR = SECOND_APPROVER
RUNNING, PAUSED = "(rule checkout-v2-gradual): running (inferred)", "(rule checkout-v2-gradual): paused (inferred)"
GUARDED = "(rule checkout-v2-gradual): paused by a guardrail"
FAST = {"PANEL_EVERY": "0.1", "PANEL_READ": "0.1", "PANEL_INDEX": "0.5", "PANEL_BUDGET": "100000"}
TRIP = {"flag": "checkout-v2", "environment": "prod", "guardrail": "PAUSE", "metric": "checkout.p99"}


@pytest.fixture
async def stage(opening: Opening) -> Stage:
    """Give a stage whose panels are quick."""
    return await opening(**FAST)


async def panel(stage: Stage, *said: str, channel: str = INCIDENT) -> Json:
    """Wait for the channel's panel to say all of this, and return it."""

    def wanted(message: Json) -> bool:
        text = message["text"] + str(message["blocks"])
        return (
            not message["ephemeral"] and message["text"].startswith("Incident panel") and all(s in text for s in said)
        )

    return await stage.people.see(REQUESTER, channel, wanted)


def button(message: Json, label: str, about: str) -> tuple[str, str]:
    """Return the action of the button with this label that is about something, and its block."""
    found = [
        (str(one["action_id"]), str(block["block_id"]))
        for block in message["blocks"]
        for one in block.get("elements", ())
        if one.get("type") == "button" and one["text"]["text"] == label and about in one["accessibility_label"]
    ]
    assert len(found) == 1, [b["accessibility_label"] for b in buttons(message)]
    return found[0]


async def press(stage: Stage, who: str, message: Json, label: str, about: str = "rollout checkout-v2 ") -> None:
    """Press one row's button."""
    outcome = await stage.people.press(who, message, *button(message, label, about))
    assert outcome["outcome"] == "acked", outcome


async def card(stage: Stage, *said: str, channel: str = INCIDENT) -> Json:
    """Wait for a card that says all of this."""
    return await stage.people.see(REQUESTER, channel, lambda m: is_card(m) and all(s in m["text"] for s in said))


async def test_pausing_from_the_panel_takes_two_clicks(stage: Stage) -> None:
    """One press and Slack's own question: paused, on record, told, and seen on the panel."""
    await stage.say(REQUESTER, "/ops panel in prod", INCIDENT)
    shown = await panel(stage, RUNNING, "Deployments: abc-def-ghi running", "Last actions: none")
    pause = next(b for b in buttons(shown) if "Pause: rollout checkout-v2 " in b["accessibility_label"])
    clicks = 1 + ("confirm" in pause)
    assert clicks == 2
    assert "checkout-v2 (checkout-v2-gradual) in PROD" in pause["confirm"]["text"]["text"]
    await press(stage, REQUESTER, shown, "Pause")
    change = await stage.ends(await card(stage, "Pause rollout checkout-v2"), Status.APPLIED, INCIDENT)
    assert change.origin.surface == "panel"
    assert change.requester.id == REQUESTER_ID
    assert stage.rollout("checkout-v2-gradual") == "paused"
    assert stage.calls() == (1, 1)
    shown = await panel(stage, PAUSED, "Paused rollout checkout-v2 by <@")
    assert change.id in str(shown["blocks"])

    await press(stage, GUEST, shown, "Resume…")
    await stage.hear(GUEST, "Guests cannot act", INCIDENT)
    await press(stage, REQUESTER, shown, "Resume…")
    waiting = await card(stage, "Resume rollout checkout-v2", "waiting for")
    await panel(stage, "Waiting for signatures: Resume rollout checkout-v2, 0 of 1, until ")
    await stage.press(APPROVER, waiting, "Approve")
    await stage.ends(waiting, Status.APPLIED, INCIDENT)
    shown = await panel(stage, RUNNING, "Resumed rollout checkout-v2")

    await press(stage, REQUESTER, shown, "Stop…")
    stopping = await card(stage, "Stop rollout checkout-v2")
    assert "Type the name…" in [b["text"]["text"] for b in buttons(stopping)]
    assert stage.rollout("checkout-v2-gradual") == "running"


async def test_an_invitation_brings_a_panel_and_a_button_binds_it(stage: Stage) -> None:
    """Only a full member's invitation into a matching channel does it, and only an operator binds production."""
    bot, workspace = stage.town.workspace.app.bot_user_id, stage.town.workspace
    members = [REQUESTER_ID, SECOND_APPROVER_ID, GUEST_ID]
    workspace.channels["C08INCSHAR2"] = Channel("C08INCSHAR2", "inc-shared", members, is_ext_shared=True)
    await stage.people.say(REQUESTER, "#inc-shared", f"/invite @{workspace.people[bot].name}")
    await stage.people.say(REQUESTER, "#random", f"/invite @{workspace.people[bot].name}")
    await stage.people.say(REQUESTER, "#inc-search", f"/invite @{workspace.people[bot].name}")
    shown = await panel(stage, "shows no environment yet", channel="#inc-search")
    await press(stage, REQUESTER, shown, "Bind to PROD", "this channel")
    await stage.hear(REQUESTER, "Only operators bind a channel to production", "#inc-search")
    await press(stage, OPERATOR, shown, "Bind to PROD", "this channel")
    await panel(stage, "Incident panel of PROD", RUNNING, channel="#inc-search")
    for elsewhere in ("#inc-shared", "#random"):
        assert not [m for m in await stage.people.messages(REQUESTER, elsewhere) if "panel" in m["text"]]
    await stage.say(REQUESTER, "/ops panel in prod", "#inc-shared")
    await stage.hear(REQUESTER, "shared with another company", "#inc-shared")


async def test_a_guardrail_is_announced_once_and_a_restart_changes_nothing(opening: Opening) -> None:
    """The announcement names the metric and has what to do; another process says it no second time."""
    stage = await opening(work=False, **FAST)
    async with stage.worker():
        await stage.say(REQUESTER, "/ops panel in prod", INCIDENT)
        await panel(stage, RUNNING)
        await stage.people.tell_datadog("drift", **TRIP)
        said = await stage.see(REQUESTER, "guardrail paused it", INCIDENT)
        assert "metric checkout.p99" in said["text"]
        assert [b["text"]["text"] for b in buttons(said)] == ["Keep paused", "Resume…", "Stop…"]
        await panel(stage, GUARDED, "metric checkout.p99")
    async with stage.worker():
        await stage.say(REQUESTER, "/ops freeze prod because the guardrail tripped", INCIDENT)
        await panel(stage, "PROD, frozen", GUARDED)
        await stage.people.press(REQUESTER, said, *button(said, "Keep paused", "checkout-v2"))
        kept = await stage.see(REQUESTER, "keeps it paused", INCIDENT)
        assert [b["text"]["text"] for b in buttons(kept)] == ["Resume…", "Stop…"]
        told = [m for m in await stage.people.messages(REQUESTER, INCIDENT) if "guardrail paused it" in m["text"]]
        assert len(told) == 1
        await stage.people.press(REQUESTER, kept, *button(kept, "Resume…", "checkout-v2"))
        await stage.hear(REQUESTER, "PROD is frozen by", INCIDENT)
    assert stage.calls() == (0, 0)


async def test_the_panel_ends_with_its_channel(stage: Stage) -> None:
    """Once the channel is archived nothing is drawn nor read for it any more."""
    await stage.say(REQUESTER, "/ops panel in prod", INCIDENT)
    await panel(stage, RUNNING)
    await stage.slack(faults={"chat.update": {"kind": "error", "error": "is_archived"}})
    await stage.people.tell_datadog("drift", **TRIP)

    async def gone() -> bool | None:
        return None if await stage.redis.zcard("{countersign}:index:ledger:panel") else True

    await stage.until(gone, stage.nothing)
    await stage.slack(faults=None)
    await stage.say(REQUESTER, "/ops panel in prod", INCIDENT)
    await panel(stage, GUARDED)


async def test_a_flag_and_a_deployment_are_acted_on_from_the_panel(stage: Stage) -> None:
    """What was changed lately can be undone, and what is being deployed cancelled, by the ordinary request."""
    asked = await stage.ask(REQUESTER, "/flag disable new-search in prod because cart errors", INCIDENT)
    await stage.press(APPROVER, asked, "Approve")
    await stage.ends(asked, Status.APPLIED, INCIDENT)
    await stage.say(REQUESTER, "/ops panel in prod", INCIDENT)
    shown = await panel(stage, "Flags changed in the last hour: Disabled flag new-search")
    await press(stage, REQUESTER, shown, "Undo…", "new-search")
    undone = await card(stage, "Enable flag new-search", "waiting for")
    await stage.press(APPROVER, undone, "Approve")
    await stage.ends(undone, Status.APPLIED, INCIDENT)
    shown = await panel(stage, "Flags changed in the last hour: Enabled flag new-search", "Disable…")
    await press(stage, APPROVER, shown, "Disable…", "new-search")
    await card(stage, "Disable flag new-search", "waiting for")
    await press(stage, REQUESTER, shown, "Cancel…", "abc-def-ghi")
    cancelled = await card(stage, "Cancel deployment abc-def-ghi", "waiting for")
    await stage.press(APPROVER, cancelled, "Approve")
    await stage.ends(cancelled, Status.APPLIED, INCIDENT)

    def without(message: Json) -> bool:
        text = str(message["text"])
        return text.startswith("Incident panel") and "abc-def-ghi running" not in text and "Cancelled" in text

    await stage.people.see(REQUESTER, INCIDENT, without)
