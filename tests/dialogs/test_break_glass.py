"""Break-glass as people see it: it runs at once, everybody is told, and somebody else has to look afterwards."""

from bot.changes.record import Status
from tests.dialogs.stage import APPROVER, REQUESTER, Stage, change_id, is_card


async def test_break_glass(stage: Stage) -> None:
    """It runs without a signature, the thread calls the group, and the after-review wants somebody else and a note."""
    await stage.say(REQUESTER, "/flag disable new-search in prod --break-glass")
    await stage.hear(REQUESTER, "Break-glass wants a reason")
    await stage.say(APPROVER, "/flag disable new-search in prod --break-glass because fire")
    await stage.hear(APPROVER, "You are not among those who may break the glass here")
    await stage.say(REQUESTER, "/flag disable new-search in prod --break-glass because checkout is down")
    card = await stage.people.see(APPROVER, "#deploys", lambda m: is_card(m))
    await stage.ends(card, Status.APPLIED)
    assert stage.calls() == (1, 1)
    first = (await stage.thread(card, 2))[0]
    assert first.startswith("<!subteam^")
    assert "broke the glass to disable flag" in first
    id_ = change_id(card)
    await stage.say(APPROVER, "/ops approvals")
    await stage.hear(APPROVER, f"After-reviews to close: {id_}.")
    await stage.say(REQUESTER, f"/ops close {id_} because it was right")
    await stage.hear(REQUESTER, "Whoever acted cannot also close the after-review.")
    await stage.say(APPROVER, f"/ops close {id_} because it was right")
    await stage.see(REQUESTER, f"*After-review of {id_} closed* by")
