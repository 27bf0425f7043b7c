"""A person's own page: what stands there, that its buttons work, and that it keeps up with what concerns them."""

import re
from collections.abc import Callable

from bot.changes.record import Status
from bot.sandbox.person import Json
from tests.dialogs.stage import APPROVER, GUEST, REQUESTER, SECOND_APPROVER, Stage, change_id, is_card

ENABLE = "/flag enable dark-mode in prod because the fix is out"


def shown(view: Json | None) -> str:
    """Return everything that a page says."""
    return str(view["blocks"]) if view else ""


async def page(stage: Stage, who: str, wanted: Callable[[str], bool]) -> Json:
    """Wait until somebody's page says what is wanted, and return it."""

    async def look() -> Json | None:
        home: Json | None = (await stage.people.state(who))["home"]
        return home if wanted(shown(home)) else None

    async def instead() -> str:
        return shown((await stage.people.state(who))["home"])

    return await stage.until(look, instead)


async def opened(stage: Stage, who: str, fragment: str) -> Json:
    """Somebody opens their page, and it says something."""
    await stage.people.act("home", **{"as": who})
    return await page(stage, who, lambda text: fragment in text)


async def pressed(stage: Stage, who: str, view: Json, block: str, action: str) -> None:
    """Somebody presses a button of their page."""
    outcome = await stage.people.act("press", **{"as": who}, view_id=view["id"], action_id=action, block_id=block)
    assert outcome["outcome"] == "acked", outcome


async def test_an_empty_page_teaches(stage: Stage) -> None:
    """Who has nothing yet reads what would be here, and three lines that work as they stand; a guest reads why not."""
    home = shown(await opened(stage, APPROVER, "Three things to try"))
    for taught in (
        "Nothing waits for your signature. When",
        "You have no open requests.",
        "No time box is running.",
        "Nothing is frozen or locked.",
        "No after-review is open.",
        "Nothing took effect in the last 24 hours.",
    ):
        assert taught in home
    await opened(stage, GUEST, "Guests cannot act")
    assert stage.calls() == (0, 0)
    plan, change, policy = re.findall(r"[1-3]\. [^`]*`([^`]*)`", home)
    await stage.say(APPROVER, plan)
    await stage.hear(APPROVER, "Dry run, nothing was done.")
    card = await stage.ask(APPROVER, change)
    await stage.press(APPROVER, card, "Confirm")
    await stage.ends(card, Status.APPLIED)
    await stage.say(APPROVER, policy)
    await stage.hear(APPROVER, "What you may do, and what it takes")
    await page(stage, APPROVER, lambda text: "Three things to try" not in text and "Time boxes running (1)" in text)


async def test_signing_from_the_page(stage: Stage) -> None:
    """An open page shows a request as it is made; [Approve] signs it there, and both pages follow to the end."""
    await opened(stage, APPROVER, "Nothing waits for your signature.")
    await opened(stage, REQUESTER, "You have no open requests.")
    card = await stage.ask(REQUESTER, ENABLE)
    id_ = change_id(card)
    home = await page(stage, APPROVER, lambda text: "To sign (1)" in text)
    mine = await page(stage, REQUESTER, lambda text: "Your requests (1)" in text)
    assert "change.approve" not in shown(mine)
    assert "change.cancel" not in shown(home)
    await pressed(stage, REQUESTER, mine, f"mine.{id_}", "change.remind")
    assert "reminded in its thread" in str((await stage.people.see_form(REQUESTER))["blocks"])
    await pressed(stage, APPROVER, home, f"sign.{id_}", "change.approve")
    await stage.ends(card, Status.APPLIED)
    after = await page(stage, APPROVER, lambda text: "Recent changes (1)" in text and "Nothing waits" in text)
    assert "signed by <@" in shown(after)
    await page(stage, REQUESTER, lambda text: "You have no open requests." in text and "Recent changes (1)" in text)


async def test_rejecting_cancelling_and_undoing_from_the_page(stage: Stage) -> None:
    """[Reject…] opens its form, [Cancel] takes back, [Undo…] asks for the opposite; a refusal opens as a sentence."""
    card = await stage.ask(REQUESTER, ENABLE)
    home = await opened(stage, APPROVER, "To sign (1)")
    await pressed(stage, APPROVER, home, f"sign.{change_id(card)}", "change.reject")
    await stage.fill(APPROVER, "the fix is not out")
    await stage.ends(card, Status.REJECTED)
    await page(stage, APPROVER, lambda text: "Nothing waits for your signature." in text)

    card = await stage.ask(REQUESTER, "/flag disable new-search in prod for 2h because cart errors")
    mine = await opened(stage, REQUESTER, "Your requests (1)")
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    await pressed(stage, REQUESTER, mine, f"mine.{change_id(card)}", "change.cancel")
    assert "Your press changed nothing." in str((await stage.people.see_form(REQUESTER))["blocks"])
    boxed = await page(stage, REQUESTER, lambda text: "Time boxes running (1)" in text)
    block = next(one for one in boxed["blocks"] if one.get("accessory", {}).get("action_id") == "change.undo")
    await pressed(stage, REQUESTER, boxed, block["block_id"], "change.undo")
    await page(stage, REQUESTER, lambda text: "Enable flag `new-search`" in text and "Your requests (1)" in text)


async def test_freezes_and_after_reviews_on_the_page(stage: Stage) -> None:
    """What is frozen stands there; [Close…] is for whoever may close a review, and tells the channel."""
    await stage.say(APPROVER, "/ops freeze prod for 2h because the launch")
    await stage.see(REQUESTER, "*PROD is frozen*")
    await stage.say(REQUESTER, "/flag disable new-search in prod --break-glass because checkout is down")
    card = await stage.people.see(APPROVER, "#deploys", lambda m: is_card(m))
    await stage.ends(card, Status.APPLIED)
    mine = await opened(stage, REQUESTER, "After-reviews (1)")
    assert "review.close" not in shown(mine)
    home = await opened(stage, SECOND_APPROVER, "After-reviews (1)")
    assert "*PROD is frozen* by <@" in shown(home)
    block = next(one for one in home["blocks"] if one.get("accessory", {}).get("action_id") == "review.close")
    await pressed(stage, SECOND_APPROVER, home, block["block_id"], "review.close")
    await stage.fill(SECOND_APPROVER, "it was right")
    await stage.see(REQUESTER, f"*After-review of {change_id(card)} closed* by")
    await page(stage, SECOND_APPROVER, lambda text: "No after-review is open." in text)
