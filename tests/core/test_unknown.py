"""What nobody can tell: a person says that it happened, or asks again and so says that it did not."""

import pytest

from bot.asking import Asking, NothingToDo, Opened
from bot.changes.record import ChangeRequest, Status
from bot.errors import CountersignError, NotASigner, OutcomeUnknown, TooLate
from bot.model import Noun
from tests.builders import APPROVER, REQUESTER, SECOND_APPROVER
from tests.core.fakes import LEASE_MS, ORIGIN, House, Outcome


async def unknown(house: House, *, lands: bool = False, action: str = "rollout.resume") -> ChangeRequest:
    """Return a change of which nobody can tell what came."""
    house.provider.script.append(Outcome(lands=lands, error=OutcomeUnknown("Datadog did not answer.")))
    change = await house.approved(action)
    await house.drain()
    await house.later(LEASE_MS + 1)
    change = await house.get(change.id)
    assert change.status is Status.UNKNOWN
    return change


def pressed(person: str, delivery: str = "again") -> Asking:
    """Return somebody's press."""
    return Asking(person=person, origin=ORIGIN, delivery=delivery)


async def test_asking_again_settles_it_as_not_happened_and_opens_a_follower() -> None:
    """One press closes it and opens a request with it as parent, which neither of the two who asked may sign."""
    house = House()
    change = await unknown(house)
    opened = await house.service.again(change.id, pressed(SECOND_APPROVER.id))
    assert isinstance(opened, Opened)
    settled = await house.get(change.id)
    assert settled.status is Status.FAILED
    assert "found that it did not happen" in settled.note
    assert (opened.change.parent, opened.change.status) == (change.id, Status.PENDING)
    assert opened.change.reason == change.reason
    for asked in (REQUESTER, SECOND_APPROVER):
        with pytest.raises(NotASigner):
            await house.service.approve(opened.change.id, asked.id, f"sign {asked.id}")
    await house.service.approve(opened.change.id, APPROVER.id, "sign")
    await house.drain()
    assert (await house.get(opened.change.id)).status is Status.APPLIED
    assert len(house.provider.calls) == 2


async def test_the_same_press_delivered_twice_opens_one() -> None:
    """A redelivered press finds it settled, and the request it opened."""
    house = House()
    change = await unknown(house)
    first = await house.service.again(change.id, pressed(SECOND_APPROVER.id))
    second = await house.service.again(change.id, pressed(SECOND_APPROVER.id))
    assert isinstance(first, Opened)
    assert isinstance(second, Opened)
    assert (second.change.id, first.new, second.new) == (first.change.id, True, False)
    assert [entry.event.name for entry in await house.changes.trail(change.id)].count("failed") == 1


@pytest.mark.parametrize("who", [REQUESTER.id, "U0STRANGER"])
async def test_who_may_not_settle_it_may_not_ask_again_by_it(who: str) -> None:
    """Whoever asked, and whoever could not have signed, changes nothing."""
    house = House()
    change = await unknown(house)
    house.directory.add("U0STRANGER")
    with pytest.raises(NotASigner):
        await house.service.again(change.id, pressed(who))
    assert (await house.get(change.id)).status is Status.UNKNOWN
    assert await house.changes.pending() == ()


async def test_what_a_fresh_look_shows_in_effect_is_not_settled_as_not_happened() -> None:
    """Where it is in effect by now, asking again says so and leaves the question open."""
    house = House()
    change = await unknown(house)
    disabled = await house.submit("flag.disable")
    house.provider.facts(Noun.FLAG)["status"] = "DISABLED"
    stored = house.state.records["change", change.id]
    record = (await house.get(disabled.id)).model_copy(
        update={"id": change.id, "status": Status.UNKNOWN, "ended_at": change.ended_at}
    )
    stored.data = record.model_dump_json(exclude_defaults=True)
    told = await house.service.again(change.id, pressed(SECOND_APPROVER.id))
    assert isinstance(told, NothingToDo)
    assert (await house.get(change.id)).status is Status.UNKNOWN


async def test_a_follower_that_is_refused_leaves_a_card_to_ask_from() -> None:
    """Where the target is held by another request by now, it is settled all the same, and that is said."""
    house = House()
    change = await unknown(house)
    await house.submit("rollout.resume", delivery="meanwhile")
    with pytest.raises(CountersignError, match="already has an open request"):
        await house.service.again(change.id, pressed(SECOND_APPROVER.id))
    assert (await house.get(change.id)).status is Status.FAILED


async def test_what_is_still_open_cannot_be_asked_for_again() -> None:
    """A change that waits or runs is not asked for a second time."""
    house = House()
    change = await house.submit("flag.disable")
    with pytest.raises(TooLate, match="still pending"):
        await house.service.again(change.id, pressed(SECOND_APPROVER.id))
