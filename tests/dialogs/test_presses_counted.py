"""How much a person has to do: every press, every question of Slack's and every form of the main stories, counted."""

from typing import Any

import pytest

from bot.changes.record import Status
from bot.sandbox.person import Json
from tests.dialogs.conftest import Opening
from tests.dialogs.messages import buttons
from tests.dialogs.modal import Modal
from tests.dialogs.stage import APPROVER, REQUESTER, Stage

INCIDENT = "#inc-checkout"
FAST = {"PANEL_EVERY": "0.1", "PANEL_READ": "0.1", "PANEL_INDEX": "0.5", "PANEL_BUDGET": "100000"}


@pytest.fixture
async def stage(opening: Opening) -> Stage:
    """Give a stage whose panels are quick."""
    return await opening(**FAST)


class Counted:
    """Presses for people, and counts: a press is one, and Slack's own question before it one more."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.acts = 0

    async def press(self, who: str, message: Json, label: str, about: str = "") -> None:
        """Press the one button with this label that is about something."""
        found: list[Any] = [
            one
            for one in buttons(message)
            if one["text"]["text"] == label and about in one.get("accessibility_label", "")
        ]
        assert len(found) == 1, found
        self.acts += 1 + ("confirm" in found[0])
        outcome = await self.stage.people.press(who, message, found[0]["action_id"])
        assert outcome["outcome"] == "acked", outcome

    def taken(self) -> int:
        """Return how many acts it took since the last count."""
        acts, self.acts = self.acts, 0
        return acts


async def panel(stage: Stage) -> Json:
    """Wait for the channel's panel to show what runs."""

    def wanted(message: Json) -> bool:
        return str(message["text"]).startswith("Incident panel") and "Resume…" in str(message["blocks"])

    return await stage.people.see(REQUESTER, INCIDENT, wanted)


async def test_what_the_main_stories_take(stage: Stage) -> None:
    """Approve 2 (press, and yes), undo 1, confirm 1, pause from the panel 2, and the guide one form."""
    count, taken = Counted(stage), dict[str, int]()
    card = await stage.ask(REQUESTER, "/flag disable new-search in prod because cart errors")
    await count.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    taken["approve"] = count.taken()

    await count.press(REQUESTER, await stage.see(REQUESTER, "Disable flag new-search in PROD: done"), "Undo")
    asked = await stage.see(REQUESTER, "Enable flag new-search in PROD: waiting for 1 signature")
    taken["undo, asked for"] = count.taken()
    await count.press(REQUESTER, asked, "Cancel request")
    await stage.ends(asked, Status.CANCELLED)
    taken["cancel"] = count.taken()

    card = await stage.ask(REQUESTER, "/flag disable new-search in staging because cleaning up")
    await count.press(REQUESTER, card, "Confirm")
    await stage.ends(card, Status.APPLIED)
    taken["confirm"] = count.taken()

    await stage.say(REQUESTER, "/ops panel in prod", INCIDENT)
    await count.press(REQUESTER, await panel(stage), "Pause", "rollout checkout-v2 ")
    paused = await stage.see(REQUESTER, "Pause rollout checkout-v2", INCIDENT)
    await stage.ends(paused, Status.APPLIED, INCIDENT)
    taken["pause from the panel"] = count.taken()
    assert stage.rollout("checkout-v2-gradual") == "paused"

    await stage.say(REQUESTER, "/ops")
    modal = Modal(stage, REQUESTER)
    for label, choice in (("What should happen", "Disable flag"), ("In which environment", "PROD")):
        await modal.pick(label, choice)
        count.acts += 1
    await modal.pick("Which flag", "payments-kill-switch")
    await modal.reads("It needs 1 signature")
    await modal.send()
    count.acts += 2
    await stage.see(REQUESTER, "Disable flag payments-kill-switch in PROD: waiting")
    taken["guided"] = count.taken()

    assert taken == {
        "approve": 2,
        "undo, asked for": 1,
        "cancel": 1,
        "confirm": 1,
        "pause from the panel": 2,
        "guided": 4,
    }
