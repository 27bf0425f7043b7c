"""Approvers are reminded at half time, shortly before the end and by hand, at most three times."""

import pytest

from bot.changes.record import Status
from bot.errors import NotASigner, TooLate
from tests.builders import APPROVER, MINUTE, REQUESTER
from tests.core.fakes import House


async def test_at_half_time_and_shortly_before_the_end() -> None:
    """Without an answer there are two reminders by time, and none after the end."""
    house = House()
    change = await house.submit()
    await house.later(14 * MINUTE)
    assert (await house.get(change.id)).reminded == ()
    await house.later(MINUTE)
    assert len((await house.get(change.id)).reminded) == 1
    await house.service.remind_due(change.id)
    assert len((await house.get(change.id)).reminded) == 1
    await house.later(10 * MINUTE)
    assert len((await house.get(change.id)).reminded) == 2
    await house.later(5 * MINUTE)
    ended = await house.get(change.id)
    assert (ended.status, len(ended.reminded)) == (Status.EXPIRED, 2)
    await house.service.remind_due(change.id)
    trail = [entry.event.name for entry in await house.changes.trail(change.id)]
    assert trail == ["requested", "reminded", "reminded", "expired"]


async def test_what_was_answered_is_not_reminded_of() -> None:
    """A change that was signed, or that needs no signature, has no reminder waiting."""
    house = House()
    change = await house.approved()
    paused = await house.submit("rollout.pause")
    assert not [job for job in house.state.deadlines if job.kind == "remind"]
    await house.drain()
    await house.service.remind_due(change.id)
    assert (await house.get(change.id)).reminded == (await house.get(paused.id)).reminded == ()


async def test_by_hand() -> None:
    """Whoever asked may remind, a minute apart and three times in all; an approver may not."""
    house = House()
    change = await house.submit()
    with pytest.raises(NotASigner, match="Only whoever asked"):
        await house.service.remind(change.id, APPROVER.id, "d0")
    for n in range(3):
        await house.service.remind(change.id, REQUESTER.id, f"d{n + 1}")
        with pytest.raises(TooLate):
            await house.service.remind(change.id, REQUESTER.id, f"e{n + 1}")
        house.clock.advance(MINUTE)
    with pytest.raises(TooLate, match="reminded 3 times"):
        await house.service.remind(change.id, REQUESTER.id, "d9")
    await house.later(15 * MINUTE)
    assert len((await house.get(change.id)).reminded) == 3
    await house.service.cancel(change.id, REQUESTER.id, "")
    with pytest.raises(TooLate, match="does not wait"):
        await house.service.remind(change.id, REQUESTER.id, "d10")


async def test_after_a_struck_vote_it_begins_anew() -> None:
    """A change that waits again has its reminders again."""
    house = House()
    change = await house.approved()
    house.directory.groups = {"S0APPROVERS": set()}
    await house.drain()
    assert (await house.get(change.id)).status is Status.PENDING
    await house.later(15 * MINUTE)
    assert len((await house.get(change.id)).reminded) == 1
