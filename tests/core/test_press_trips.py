"""How often a press goes to the store: once to read and once to commit, and more only where something moved."""

import pytest

from bot.adapters.memory.state import Record
from bot.changes.record import Cause, ChangeRequest, Status
from bot.errors import Guarded, Tampered
from bot.guards import ALL, FREEZE, Guards
from bot.ledger import Ledger
from bot.model import Noun
from tests.builders import APPROVER, PRODUCTION, REQUESTER, a_target
from tests.core.fakes import SIGNER, House, nothing


@pytest.fixture
def house() -> House:
    """Give a house in whose production the flag is disabled, so that it can be enabled."""
    house = House()
    house.provider.facts(Noun.FLAG)["status"] = "DISABLED"
    return house


def elsewhere(house: House) -> Guards:
    """Return the guards as another process has them, on the same store."""
    return Guards(Ledger(house.records, SIGNER))


async def asked(house: House) -> ChangeRequest:
    """Ask for what a freeze and a lock both keep away, and forget the trips it took."""
    change = await house.submit("flag.enable")
    house.records.trips.clear()
    return change


async def test_an_approval_takes_two_trips(house: House) -> None:
    """A press reads the record and commits the vote; freeze and lock are checked by that commit."""
    change = await asked(house)
    signed = await house.service.approve(change.id, APPROVER.id, "press")
    assert signed.status is Status.APPROVED
    assert house.records.trips == ["read change", "commit change"]


async def test_a_rejection_and_a_cancellation_take_two_trips(house: House) -> None:
    """Whatever is pressed takes no more than an approval."""
    change = await asked(house)
    await house.service.reject(change.id, APPROVER.id, "press", "not now")
    assert house.records.trips == ["read change", "commit change"]
    change = await asked(house)
    await house.service.cancel(change.id, REQUESTER.id, "another press")
    assert house.records.trips == ["read change", "commit change"]


async def test_a_freeze_of_another_process_stops_the_commit(house: House) -> None:
    """A freeze this process never heard of is met in the commit itself, looked up, and said."""
    change = await asked(house)
    await elsewhere(house).freeze(PRODUCTION, APPROVER, "the launch", None)
    with pytest.raises(Guarded, match="PRODUCTION is frozen by Approver"):
        await house.service.approve(change.id, APPROVER.id, "press")
    assert (await house.changes.get(change.id)).change.status is Status.PENDING


async def test_a_lock_set_while_somebody_presses_stops_the_commit(house: House) -> None:
    """A lock that comes between the look and the commit of a press is not missed."""
    change = await asked(house)
    locking = elsewhere(house).lock(a_target(Noun.FLAG), APPROVER, "it is being mended", None)

    def lock() -> None:
        house.records.before = nothing
        with pytest.raises(StopIteration):  # in memory nothing waits, so one step carries it to its end
            locking.send(None)

    house.records.before = lock
    with pytest.raises(Guarded, match="is locked by Approver"):
        await house.service.approve(change.id, APPROVER.id, "press")
    assert (await house.changes.get(change.id)).change.status is Status.PENDING


async def test_a_freeze_that_was_lifted_elsewhere_does_not_linger(house: House) -> None:
    """What this process believes to be frozen is looked up before anybody is refused."""
    change = await asked(house)
    await house.guards.freeze(PRODUCTION, APPROVER, "the launch", None)
    await elsewhere(house).unfreeze(PRODUCTION, APPROVER)
    signed = await house.service.approve(change.id, APPROVER.id, "press")
    assert signed.status is Status.APPROVED


async def test_a_freeze_of_another_place_costs_one_look(house: House) -> None:
    """A freeze elsewhere moves the record of freezes: it is read once, and known from then on."""
    staging = house.provider.places[1]
    first = await asked(house)
    await elsewhere(house).freeze(staging, APPROVER, "cleaning", None)
    house.records.trips.clear()
    await house.service.approve(first.id, APPROVER.id, "press")
    assert house.records.trips.count("verify freeze") == 1
    assert house.ledger.believed(FREEZE, ALL)[1].version == 1


async def test_a_freeze_taken_out_of_the_store_is_found_out(house: House) -> None:
    """Whoever deletes the record of a freeze behind the bot's back gets no signature through."""
    change = await asked(house)
    await elsewhere(house).freeze(PRODUCTION, APPROVER, "the launch", None)
    with pytest.raises(Guarded):
        await house.service.approve(change.id, APPROVER.id, "press")
    record: Record = house.state.records.pop((FREEZE, ALL))
    assert record.version == 1
    with pytest.raises(Tampered, match="was taken away"):
        await house.service.approve(change.id, APPROVER.id, "again")


async def test_from_the_press_to_the_call_it_is_five_trips(house: House) -> None:
    """A press reads and commits; the worker verifies, claims, and marks the call, and then calls."""
    change = await asked(house)
    before_the_call: list[str] = []
    house.provider.on_apply = lambda: before_the_call.extend(house.records.trips)
    await house.service.approve(change.id, APPROVER.id, "press")
    await house.drain()
    assert before_the_call == ["read change", "commit change", "verify change", "commit change", "commit change"]


async def test_a_freeze_at_the_last_moment_stops_the_claim(house: House) -> None:
    """A freeze that comes after rights were read, and before the claim is written, keeps the call from being made."""
    change = await asked(house)
    await house.service.approve(change.id, APPROVER.id, "press")
    freezing = elsewhere(house).freeze(PRODUCTION, APPROVER, "the launch", None)

    def freeze() -> None:
        house.records.before = nothing
        with pytest.raises(StopIteration):  # in memory nothing waits, so one step carries it to its end
            freezing.send(None)

    house.records.before = freeze
    await house.drain()
    ended = (await house.changes.get(change.id)).change
    assert (ended.status, ended.cause) == (Status.STALE, Cause.FREEZE)
    assert house.provider.calls == []
