"""A change for a while: asked, signed once for both ways, and taken back by itself."""

from bot.changes.record import Status
from bot.execution.timeboxes import leg_id
from tests.dialogs.conftest import Opening
from tests.dialogs.stage import APPROVER, REQUESTER, Stage

DISABLE = "/flag disable new-search in prod for 2s because a short look"


async def test_is_taken_back_by_itself(stage: Stage) -> None:
    """The card says for how long; then the flag is enabled again under the first signature, and both are told."""
    card = await stage.ask(REQUESTER, DISABLE)
    assert "For 2 s" in card["text"]
    await stage.press(APPROVER, card, "Approve")
    boxed = await stage.ends(card, Status.APPLIED)
    assert stage.status("new-search") == "DISABLED"
    await stage.see(REQUESTER, "Enable flag new-search in PROD: done")
    leg = (await stage.store.get(leg_id(boxed.id))).change
    assert (leg.warrant, leg.status) == (boxed.id, Status.APPLIED)
    assert stage.status("new-search") == "ENABLED"
    assert boxed.reverts_at is not None
    assert leg.ended_at is not None
    assert leg.ended_at >= boxed.reverts_at
    assert stage.calls() == (2, 2)


async def test_is_done_after_a_restart(opening: Opening) -> None:
    """A time box that ended while nobody worked is taken back by the next worker."""
    stage = await opening(work=False)
    card = await stage.ask(REQUESTER, DISABLE)
    await stage.press(APPROVER, card, "Approve")
    async with stage.worker():
        await stage.ends(card, Status.APPLIED)
    async with stage.worker():
        await stage.see(REQUESTER, "Enable flag new-search in PROD: done")
    assert stage.status("new-search") == "ENABLED"
