"""Retention: trails outlive their records, and what is trimmed leaves a signed checkpoint."""

from bot.audit import AuditEntry
from bot.auditing.retention import AT_ONCE, checkpoint_id
from bot.ledger import Ledger
from bot.ports import Commit, Verdict
from bot.store import KEEP_TRAIL
from tests.builders import REQUESTER
from tests.core.audit_stage import DAY, MINUTE, AuditedHouse, bound
from tests.core.fakes import SIGNER


async def ended(house: AuditedHouse) -> str:
    """Return the id of a change that was cancelled."""
    change = await house.submit()
    await house.service.cancel(change.id, REQUESTER.id, f"c {change.id}")
    return change.id


async def test_a_trail_outlives_its_record_and_verifies() -> None:
    """After thirty days the record is gone, and its trail is sound without it."""
    house = AuditedHouse()
    id_ = await ended(house)
    house.clock.advance(31 * DAY)
    assert await house.changes.find(id_) is None
    assert len(await house.changes.trail(id_)) == 2
    assert await house.faults() == []


async def test_what_was_kept_long_enough_is_trimmed_with_a_checkpoint() -> None:
    """A closed chain goes after its time, a signed checkpoint says where it ended, and seals agree."""
    house = AuditedHouse()
    id_ = await ended(house)
    last = (await house.changes.trail(id_))[-1]
    await house.seal()
    house.clock.advance(KEEP_TRAIL - 2 * MINUTE)
    assert await house.retention().trim() == 0
    house.clock.advance(2 * MINUTE)
    assert await house.retention().trim() == 1
    assert await house.changes.trail(id_) == ()
    (checkpoint,) = await house.records.trail("audit", checkpoint_id(house.clock.now()))
    assert checkpoint.event.data == {"chains": {f"change:{id_}": f"2 {last.mac}"}}
    assert await house.faults() == []
    assert await house.faults(house.outside.lines()) == []
    assert await house.retention().trim() == 0


async def test_a_forged_or_removed_checkpoint_excuses_nothing() -> None:
    """What a seal names is missing unless a checkpoint that verifies says it was trimmed."""
    house = AuditedHouse()
    id_ = await ended(house)
    await house.seal()
    house.clock.advance(KEEP_TRAIL)
    await house.retention().trim()
    place = ("audit", checkpoint_id(house.clock.now()))
    record = house.state.records[place]
    (entry,) = record.trail
    record.trail = (entry.model_copy(update={"key_id": "00000000"}),)
    assert (f"change:{id_}", "missing") in await house.faults(house.outside.lines())
    house.remove(place[1], kind="audit")
    assert await house.faults(house.outside.lines()) == [(f"change:{id_}", "missing")]


async def test_many_are_trimmed_in_several_checkpoints() -> None:
    """Each checkpoint names a bounded number, and all of one month make a chain that verifies."""
    house = AuditedHouse()
    await bound(house, AT_ONCE + 2)
    for n in range(AT_ONCE + 2):
        await house.ledger.remove("binding", f"C{n}", REQUESTER, keep=DAY)
    house.clock.advance(KEEP_TRAIL + MINUTE)
    assert await house.retention().trim() == AT_ONCE + 2
    entries = await house.records.trail("audit", checkpoint_id(house.clock.now()))
    assert [len(named(entry)) for entry in entries] == [AT_ONCE, 2]
    assert await house.faults() == []


def named(entry: AuditEntry) -> dict[str, object]:
    """Return what a checkpoint names."""
    chains = entry.event.data["chains"]
    assert isinstance(chains, dict)
    return dict(chains)


async def test_what_stands_or_is_broken_is_not_trimmed() -> None:
    """A record that never ended keeps its trail however old, and a chain that does not verify is evidence."""
    house = AuditedHouse()
    await bound(house, 1)
    id_ = await ended(house)
    trail = house.state.records["change", id_].trail
    house.state.records["change", id_].trail = trail[::-1]
    house.clock.advance(KEEP_TRAIL)
    assert await house.retention().trim() == 0
    assert await house.ledger.get("binding", "C0") is not None
    assert await house.faults() == [(f"change:{id_}", "reordered")]


async def test_nobody_can_make_a_young_chain_look_old() -> None:
    """When a chain ended is what its signed entry says, not its place in the order."""
    house = AuditedHouse()
    house.clock.advance(KEEP_TRAIL)
    id_ = await ended(house)
    house.state.chains["change", id_] = 1
    assert await house.retention().trim() == 0
    assert len(await house.changes.trail(id_)) == 2


async def test_a_binding_put_again_begins_a_new_chain_after_its_trimming() -> None:
    """A chain may begin again under its old name once the old one was trimmed, and old seals agree."""
    house = AuditedHouse()
    await bound(house, 1)
    await house.ledger.remove("binding", "C0", REQUESTER, keep=DAY)
    await house.seal()
    house.clock.advance(KEEP_TRAIL)
    await house.retention().trim()
    house.ledger = Ledger(house.records, SIGNER)  # a process of a later year
    await bound(house, 1)
    assert await house.faults(house.outside.lines()) == []
    assert (await house.records.trail("binding", "C0"))[0].seq == 1


async def test_a_removed_binding_put_again_in_time_goes_on_in_its_chain() -> None:
    """Before its trimming a record that comes back continues its chain, whatever it was to be kept for."""
    house = AuditedHouse()
    await bound(house, 1)
    await house.ledger.remove("binding", "C0", REQUESTER, keep=DAY)
    house.clock.advance(2 * DAY)
    await bound(house, 1)
    assert [entry.seq for entry in await house.records.trail("binding", "C0")] == [1, 2, 3]
    assert await house.faults() == []


async def test_an_id_whose_trail_is_kept_is_not_used_again() -> None:
    """A new record cannot be written over the trail of one that is gone."""
    house = AuditedHouse()
    id_ = await ended(house)
    house.clock.advance(31 * DAY)
    entry = (await house.records.trail("change", id_))[0]
    done = await house.records.commit(Commit(kind="change", id=id_, expected=0, data="{}", entries=(entry,)))
    assert done.verdict is Verdict.CONFLICT
