"""What follows a request: time running out, making way, undoing, asking again, and work that was lost."""

from bot.adapters.redis import keys
from bot.changes.record import Cause, Status
from tests.dialogs.conftest import Opening
from tests.dialogs.stage import APPROVER, REQUESTER, SECOND_APPROVER, Stage, labels

DISABLE = "/flag disable new-search in prod because cart errors"


async def test_a_request_expires(opening: Opening) -> None:
    """A request nobody answers ends by itself; its card says so and decides nothing any more."""
    stage = await opening(EXPIRY_PRODUCTION="0.4")
    card = await stage.ask(REQUESTER, DISABLE)
    change = await stage.ends(card, Status.EXPIRED)
    assert change.note == "nobody answered in time"
    now = await stage.see(REQUESTER, "Disable flag new-search in PROD: expired")
    assert labels(now) == ["Ask again"]
    await stage.late_press(APPROVER, card, "Approve")
    told = await stage.hear(APPROVER, "Your press changed nothing.")
    assert "*Expired*" in told["text"]
    assert stage.calls() == (0, 0)


async def test_containing_makes_way(stage: Stage) -> None:
    """A pause is not held up by another request for the same rollout: that one makes way, and says to whom."""
    stop = await stage.ask(REQUESTER, "/rollout stop checkout-v2 in prod because wrong cohort")
    pause = await stage.ask(APPROVER, "/rollout pause checkout-v2 in prod because p99 up")
    ended = await stage.ends(stop, Status.STALE)
    assert ended.cause is Cause.SUPERSEDED
    assert (await stage.record(pause)).id in ended.note
    await stage.press(APPROVER, pause, "Confirm")
    await stage.ends(pause, Status.APPLIED)
    assert stage.calls() == stage.calls("/pause") == (1, 1)


async def test_undo(stage: Stage) -> None:
    """[Undo] asks for the opposite under its own policy, in which whoever asked first may not sign either."""
    card = await stage.ask(REQUESTER, DISABLE)
    await stage.press(APPROVER, card, "Approve")
    done = await stage.ends(card, Status.APPLIED)
    card = await stage.see(REQUESTER, "Disable flag new-search in PROD: done")
    assert labels(card) == ["Undo"]

    await stage.press(SECOND_APPROVER, card, "Undo")
    undo = await stage.see(REQUESTER, "Enable flag new-search in PROD: waiting")
    for who in (REQUESTER, SECOND_APPROVER):
        await stage.press(who, undo, "Approve")
        await stage.hear(who, "Whoever asked cannot also sign.")
    await stage.press(APPROVER, undo, "Approve")
    undone = await stage.ends(undo, Status.APPLIED)
    assert undone.parent == done.id
    assert undone.reason == "cart errors"
    assert stage.calls() == (2, 2)
    assert stage.status("new-search") == "ENABLED"


async def test_undo_twice(stage: Stage) -> None:
    """A second [Undo] while the first is open is told which request that is."""
    card = await stage.ask(REQUESTER, DISABLE)
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    card = await stage.see(REQUESTER, "Disable flag new-search in PROD: done")
    await stage.press(REQUESTER, card, "Undo")
    undo = await stage.see(REQUESTER, "Enable flag new-search in PROD: waiting")
    await stage.press(REQUESTER, card, "Undo")
    told = await stage.hear(REQUESTER, "already has an open request")
    assert (await stage.record(undo)).id in told["text"]


async def test_undo_of_what_is_undone(stage: Stage) -> None:
    """[Undo] where the flag is enabled again already says that there is nothing to do."""
    card = await stage.ask(REQUESTER, DISABLE)
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    await stage.people.tell_datadog("drift", flag="new-search", environment="prod", status="ENABLED")
    card = await stage.see(REQUESTER, "Disable flag new-search in PROD: done")
    await stage.press(REQUESTER, card, "Undo")
    await stage.hear(REQUESTER, "Nothing was sent to Datadog.")
    assert stage.calls() == (1, 1)


async def test_ask_again_after_cancelling(stage: Stage) -> None:
    """A request taken back can be asked for again, on a fresh plan."""
    card = await stage.ask(REQUESTER, DISABLE)
    await stage.press(REQUESTER, card, "Cancel request")
    cancelled = await stage.ends(card, Status.CANCELLED)
    card = await stage.see(REQUESTER, "Disable flag new-search in PROD: cancelled")
    await stage.press(REQUESTER, card, "Ask again")
    again = await stage.see(REQUESTER, "Disable flag new-search in PROD: waiting")
    await stage.press(APPROVER, again, "Approve")
    following = await stage.ends(again, Status.APPLIED)
    assert following.parent == cancelled.id
    assert stage.calls() == (1, 1)


async def test_whoever_asked_has_left(stage: Stage) -> None:
    """What somebody asked for does not run once their account is gone, and the card ends all the same."""
    card = await stage.ask(REQUESTER, DISABLE)
    stage.deactivate(REQUESTER)
    await stage.press(APPROVER, card, "Approve")
    change = await stage.ends(card, Status.STALE, who=APPROVER)
    assert change.note == "whoever asked is no longer a full member"
    await stage.caught_up()
    assert stage.calls() == (0, 0)


async def test_a_signature_that_no_longer_counts(stage: Stage) -> None:
    """A signature whose giver lost their account before the change ran is struck, and another is asked for."""
    stop_asking = "/flag disable checkout-v2 in prod because audit"
    card = await stage.ask(REQUESTER, stop_asking)
    await stage.press(APPROVER, card, "Cancel request")  # lets the bot learn who the approver is
    await stage.hear(APPROVER, "Only the person who asked can cancel this.")
    stage.deactivate(APPROVER)
    await stage.late_press(APPROVER, card, "Approve")
    change = await stage.ends(card, Status.PENDING)
    assert change.approvals == ()
    await stage.press(SECOND_APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    assert stage.calls() == (1, 1)


async def test_work_that_was_handed_out_too_often(stage: Stage) -> None:
    """A job that goes to the dead letters is told on the card, not left in silence."""
    card = await stage.ask(REQUESTER, DISABLE)
    await stage.fault("503", method="GET", times=50)
    await stage.press(APPROVER, card, "Approve")
    await stage.see(REQUESTER, "Disable flag new-search in PROD: waiting to run")
    id_ = (await stage.record(card)).id
    await stage.redis.xadd(keys.JOBS, {"kind": "run", "id": id_, "times": "5"})
    change = await stage.ends(card, Status.FAILED)
    assert "handed out too often" in change.note
    assert stage.calls() == (0, 0)


async def test_work_that_was_lost(opening: Opening) -> None:
    """A job and a deadline that vanished from the store are made again from the record."""
    stage = await opening(RUN_BY="0.01", work=False)
    card = await stage.ask(REQUESTER, DISABLE)
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPROVED)
    await stage.redis.delete(keys.JOBS, keys.DEADLINES)
    async with stage.worker():
        await stage.ends(card, Status.EXPIRED)
    assert stage.calls() == (0, 0)
