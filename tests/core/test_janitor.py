"""The janitor: whatever stands still gets the job it waits for."""

import pytest

from bot.breakglass import DAY, REMIND, REVIEW
from bot.changes.record import ChangeRequest, Status
from bot.errors import OutcomeUnknown
from bot.execution.janitor import GRACE, POLL_AGAIN, Janitor
from bot.execution.timeboxes import leg_id
from bot.model import Job, Proof, Receipt
from tests.builders import APPROVER, MINUTE, TERMS
from tests.core.fakes import LEASE_MS, House, Outcome
from tests.core.test_breakglass import a_policy, smash


def lose_everything(house: House) -> None:
    """Lose every job and deadline, as when the stream is deleted by hand."""
    house.state.entries.clear()
    house.state.deadlines.clear()


async def swept(house: House, janitor: Janitor | None = None) -> list[Job]:
    """Return what one round of the janitor adds."""
    house.state.entries.clear()
    await (janitor or Janitor(house.changes, house.queue, LEASE_MS, house.ledger)).sweep()
    return [entry.job for entry in house.state.entries.values()]


async def test_an_approval_whose_job_was_lost_is_run() -> None:
    """An approved change without a job is given one after a while, and runs."""
    house = House()
    change = await house.approved("flag.disable")
    lose_everything(house)
    house.clock.advance(GRACE - 1)
    assert await swept(house) == []
    house.clock.advance(1)
    assert await swept(house) == [Job(kind="run", id=change.id)]
    await house.drain()
    assert (await house.get(change.id)).status is Status.APPLIED


async def test_an_approval_past_its_time_expires() -> None:
    """An approved change without a job or deadline is ended once its run-by time is over."""
    house = House()
    change = await house.approved("flag.disable")
    lose_everything(house)
    house.clock.advance(TERMS.run_by)
    await swept(house)
    await house.drain()
    assert (await house.get(change.id)).status is Status.EXPIRED


async def test_a_request_whose_deadline_was_lost_expires() -> None:
    """A request without its deadline is ended a little after its time."""
    house = House()
    change = await house.submit("flag.disable")
    lose_everything(house)
    house.clock.advance(change.expires_at - house.clock.now() + GRACE - 1)
    assert await swept(house) == []
    house.clock.advance(1)
    await swept(house)
    await house.drain()
    assert (await house.get(change.id)).status is Status.EXPIRED


async def test_a_reminder_whose_deadline_was_lost_is_given() -> None:
    """Approvers are reminded a little after the time, once, and by the next deadline that is written with it."""
    house = House()
    change = await house.submit("flag.disable")
    lose_everything(house)
    half = (change.expires_at - change.created_at) // 2
    house.clock.advance(half + GRACE - 1)
    assert await swept(house) == []
    house.clock.advance(1)
    assert await swept(house) == [Job(kind="remind", id=change.id)]
    await house.drain()
    assert len((await house.get(change.id)).reminded) == 1
    assert await swept(house) == []
    assert [job.kind for job in house.state.deadlines] == ["remind"]


async def test_an_after_review_whose_job_was_lost_is_opened_and_reminded_of() -> None:
    """Of a change for which the glass was broken, the after-review is opened although it has ended, and nags on."""
    house = House(policy=a_policy())
    change = await smash(house)
    await house.execution().work(Job(kind="run", id=change.id))
    lose_everything(house)
    house.clock.advance(GRACE - 1)
    assert await swept(house) == []
    house.clock.advance(1)
    assert await swept(house) == [Job(kind=REVIEW, id=change.id)]
    await house.drain()
    assert [one.change.id for one in await house.reviews.standing()] == [change.id]
    lose_everything(house)
    house.clock.advance(DAY)
    assert await swept(house) == []
    house.clock.advance(GRACE)
    assert await swept(house) == [Job(kind=REMIND, id=change.id)]
    await house.drain()
    assert house.reminded == [change.id]
    await house.reviews.close(change.id, APPROVER.id, "it was right")
    house.clock.advance(3 * DAY)
    assert await swept(house) == []


async def test_a_time_box_whose_end_was_lost_is_taken_back() -> None:
    """A change for two hours is taken back a little late, and once, when its deadline is gone."""
    house = House()
    change = await house.approved("flag.disable", seconds=7200)
    await house.drain()
    lose_everything(house)
    house.clock.advance(7200 * 1000 + GRACE)
    assert await swept(house) == [Job(kind="take_back", id=change.id)]
    await house.drain()
    assert (await house.get(leg_id(change.id))).status is Status.APPLIED


async def test_a_call_in_doubt_is_settled() -> None:
    """A change whose read-back was lost is looked at again."""
    house = House()
    house.provider.script.append(Outcome(lands=True, error=OutcomeUnknown("No answer.")))
    change = await house.approved("flag.disable")
    await house.drain()
    lose_everything(house)
    house.clock.advance(LEASE_MS)
    assert await swept(house) == []
    house.clock.advance(10 * MINUTE)
    await swept(house)
    await house.drain()
    assert (await house.get(change.id)).status is Status.APPLIED
    assert len(house.provider.calls) == 1


async def test_what_waits_inside_datadog_is_looked_at_now_and_then() -> None:
    """A change that waits inside Datadog is polled at long intervals only, as its own deadline does the rest."""
    house = House()
    waits = Receipt(proof=Proof.SUBMITTED, status=202)
    house.provider.script.append(Outcome(facts={"pending_suggestion": "sg-41"}, receipt=waits))
    change = await house.approved("flag.disable")
    await house.drain()
    janitor = Janitor(house.changes, house.queue, LEASE_MS, house.ledger)
    assert await swept(house, janitor) == []
    house.clock.advance(POLL_AGAIN)
    assert await swept(house, janitor) == [Job(kind="poll", id=change.id)]
    house.clock.advance(MINUTE)
    assert await swept(house, janitor) == []


@pytest.mark.parametrize("end", ["applied", "unknown"])
async def test_what_has_come_to_an_end_is_left_alone(end: str) -> None:
    """Nothing is added for what has ended, or for what waits for a person."""
    house = House()
    change = await ended(house, end)
    house.clock.advance(20 * MINUTE)
    assert change.status is not Status.APPLYING
    assert await swept(house) == []


async def ended(house: House, end: str) -> ChangeRequest:
    """Return a change that came to an end."""
    if end == "unknown":
        house.provider.script.append(Outcome(lands=False, error=OutcomeUnknown("No answer.")))
    change = await house.approved("rollout.resume")
    await house.drain()
    await house.later(LEASE_MS + 1)
    return await house.get(change.id)
