"""The same dialog however Slack delivers: over HTTP, over Socket Mode, and while Slack renews the connection."""

from pathlib import Path

import pytest

from bot.changes.record import Status
from bot.sandbox.person import Json
from tests.dialogs.modal import Modal
from tests.dialogs.stage import APPROVER, OUTSIDER, REQUESTER, WAYS, Stage, Way, open_stage

LINE = "/flag disable new-search in prod because cart errors"


async def home_of(stage: Stage, who: str) -> Json | None:
    """Return somebody's own page, once there is one."""
    home: Json | None = (await stage.people.state(who))["home"]
    return home


@pytest.mark.parametrize(
    "way", [pytest.param(way, marks=[pytest.mark.soak] if way == "renewed" else []) for way in WAYS]
)
async def test_every_kind_of_delivery(tmp_path: Path, redis_url: str, way: Way) -> None:
    """A command, a mention, a press, a form, suggestions, a shortcut and the App Home come and are answered."""
    async with open_stage(tmp_path, redis_url, way) as stage:
        assert (await stage.people.state(REQUESTER))["settings"]["socket_mode"] is (way != "http")
        card = await stage.ask(REQUESTER, LINE)
        await stage.press(REQUESTER, card, "Approve")
        await stage.hear(REQUESTER, "Whoever asked cannot also sign")
        await stage.press(APPROVER, card, "Reject…")
        await stage.fill(APPROVER, "not during the sale")
        await stage.ends(card, Status.REJECTED)

        again = await stage.ask(REQUESTER, "@countersign disable flag new-search in prod because cart errors")
        await stage.press(APPROVER, again, "Approve")
        await stage.ends(again, Status.APPLIED)
        assert stage.calls() == (1, 1)

        await stage.people.act("shortcut", **{"as": REQUESTER}, callback_id="ask_for_a_change")
        modal = Modal(stage, REQUESTER)
        await modal.pick("What should happen", "Enable flag")
        await modal.pick("In which environment", "PROD")
        await modal.pick("Which flag", "new-search")
        await modal.reads("It needs 1 signature")
        await stage.people.act("home", **{"as": APPROVER})
        await stage.until(lambda: home_of(stage, APPROVER), stage.nothing)

        await stage.say(OUTSIDER, LINE, "#partners")
        assert await stage.answered(OUTSIDER, 1, "#partners")
        assert stage.calls() == (1, 1)
