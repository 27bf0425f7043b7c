"""A change of which nobody can tell stands on the pages of those who may settle it, until somebody does."""

from bot.changes.record import Status
from tests.dialogs.conftest import Opening
from tests.dialogs.stage import APPROVER, REQUESTER, SECOND_APPROVER, Stage, change_id, is_card, labels
from tests.dialogs.test_home import opened, page, pressed, shown


async def test_settled_from_the_page(opening: Opening) -> None:
    """[It happened] is on an approver's page and not on the requester's, and pressing it there ends the matter."""
    stage = await opening(DATADOG_TIMEOUT="0.3", LEASE="0.7", SETTLE="0.2")
    await stage.fault("stall", "/stop", seconds=30)
    card = await stage.ask(REQUESTER, "/rollout stop checkout-v2 in prod because wrong cohort")
    await stage.press(REQUESTER, card, "Type the name…")
    await stage.fill(REQUESTER, "checkout-v2")
    card = await stage.people.see(REQUESTER, "#deploys", lambda m: is_card(m) and "Approve" in labels(m))
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.UNKNOWN)
    home = await opened(stage, SECOND_APPROVER, "Outcome unknown (1)")
    assert "Stop rollout `checkout-v2`" in shown(home)
    assert "change.happened" not in shown(await opened(stage, REQUESTER, "Recent changes"))
    await pressed(stage, SECOND_APPROVER, home, f"settle.{change_id(card)}", "change.happened")
    await stage.ends(card, Status.APPLIED)
    await page(stage, SECOND_APPROVER, lambda text: "change.happened" not in text)


async def test_already_done_says_by_whom(stage: Stage) -> None:
    """Who asks for what was done from here reads since when it is so, and by whom."""
    card = await stage.ask(REQUESTER, "/flag disable new-search in prod because cart errors")
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    await stage.say(APPROVER, "/flag disable new-search in prod because cart errors")
    told = await stage.hear(APPROVER, "already disabled")
    assert "So since <!date^" in told["text"]
    assert "by <@" in told["text"]
