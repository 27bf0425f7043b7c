"""The changes over the generic commit: places, indexes, keeping, and everybody's turn."""

import pytest

from bot.adapters.memory.state import Record
from bot.audit import AuditEntry
from bot.changes import deciding
from bot.changes.record import ChangeRequest, Status, Step
from bot.errors import NotRecorded, Tampered, TooLate
from bot.store import ACTIVE, PENDING, TRIES, UNKNOWNS, ChangeStore, parse, state_digest
from tests.builders import APPROVER, REQUESTER, SECOND_APPROVER, TERMS, a_decision, a_plan
from tests.core.fakes import SIGNER, House


def a_request(house: House, id_: str = "cs-aaaaaa", approvals: int = 1) -> Step:
    """Return the step that opens a request."""
    plan = a_plan()
    decision = a_decision(plan, approvals=approvals)
    return deciding.open_change(id_, plan, decision, REQUESTER, house.clock.now(), TERMS)


def indexes(house: House, id_: str) -> set[str]:
    """Return the indexes a change is in."""
    return {name for name, members in house.state.indexes.items() if id_ in members}


async def test_a_change_is_in_the_indexes_of_its_state() -> None:
    """A change is listed as pending, active and its requester's own, until it is no longer so."""
    house = House()
    change = await house.submit()
    mine = f"by:{REQUESTER.id}"
    assert indexes(house, change.id) == {PENDING, ACTIVE, mine}
    await house.service.approve(change.id, APPROVER.id, "p1")
    assert indexes(house, change.id) == {ACTIVE, mine}
    await house.drain()
    assert indexes(house, change.id) == set()
    assert house.state.slots == {}


async def test_an_end_is_kept_for_its_time() -> None:
    """What has ended is kept for thirty days, what is open for as long as it is."""
    house = House()
    done, waiting = await house.approved("flag.disable"), await house.submit("rollout.resume")
    await house.drain()
    house.state.deadlines.clear()
    house.clock.advance(TERMS.keep - 1)
    assert await house.changes.find(done.id) is not None
    house.clock.advance(1)
    assert await house.changes.find(done.id) is None
    assert await house.changes.find(waiting.id) is not None
    with pytest.raises(TooLate, match="no request"):
        await house.changes.get(done.id)


async def test_an_unknown_outcome_is_kept_until_it_is_settled() -> None:
    """What nobody could tell stays listed and kept, and holds neither its place nor its requester."""
    house = House()
    change = await house.approved("rollout.resume")
    held = await house.changes.get(change.id)
    lost = held.change.model_copy(update={"status": Status.UNKNOWN})
    event = (await house.changes.trail(change.id))[-1].event
    await house.changes.advance(held, Step(change=lost, event=event))
    assert indexes(house, change.id) == {ACTIVE, UNKNOWNS}
    assert house.state.slots == {}
    house.clock.advance(2 * TERMS.keep)
    assert await house.changes.find(change.id) is not None


async def test_a_step_on_an_older_version_writes_nothing() -> None:
    """Of two steps decided on one version, the second is told that it is no longer as read."""
    house = House()
    held, _ = await house.changes.open(a_request(house, approvals=2))
    first = deciding.approve(held.change, APPROVER, house.clock.now(), TERMS)
    second = deciding.approve(held.change, SECOND_APPROVER, house.clock.now(), TERMS)
    assert await house.changes.advance(held, first) is not None
    assert await house.changes.advance(held, second) is None
    assert len(await house.changes.trail(held.change.id)) == 2


async def test_a_repeated_commit_is_recognised() -> None:
    """The very same step written again, as after a lost reply, is answered as written and is in the chain once."""
    house = House()
    held, _ = await house.changes.open(a_request(house))
    step = deciding.approve(held.change, APPROVER, house.clock.now(), TERMS)
    assert await house.changes.advance(held, step) == await house.changes.advance(held, step)
    assert len(await house.changes.trail(held.change.id)) == 2
    assert [entry.job.kind for entry in house.state.entries.values()] == ["run"]


async def test_somebody_faster_is_decided_after() -> None:
    """A transition that lost the race is decided again on what the other left."""
    house = House()
    held, _ = await house.changes.open(a_request(house, approvals=2))
    seen: list[int] = []

    async def decide(change: ChangeRequest) -> Step:
        seen.append(len(change.approvals))
        if len(seen) == 1:
            await house.service.approve(change.id, SECOND_APPROVER.id, "faster")
        return deciding.approve(change, APPROVER, house.clock.now(), TERMS)

    change, wrote = await house.changes.transact(held.change.id, decide)
    assert seen == [0, 1]
    assert (wrote, change.status) == (True, Status.APPROVED)


async def test_a_race_without_end_is_given_up() -> None:
    """After a few lost races a person is told that nothing was recorded."""
    house = House()
    held, _ = await house.changes.open(a_request(house, approvals=5))
    tries = 0

    async def decide(change: ChangeRequest) -> Step:
        nonlocal tries
        tries += 1
        stored = house.state.records["change", change.id]
        house.state.records["change", change.id] = Record(stored.version + 1, stored.data, "", stored.trail, None)
        return deciding.approve(change, APPROVER, house.clock.now(), TERMS)

    with pytest.raises(NotRecorded, match="at once"):
        await house.changes.transact(held.change.id, decide)
    assert tries == TRIES


async def test_what_cannot_be_read_as_a_change_is_told() -> None:
    """A record that is no change, or another one's, is an error in one sentence."""
    house = House()
    change = await house.submit()
    stored = house.state.records["change", change.id]
    sound = stored.data
    for broken in ("", "{}", "null", sound.replace(change.id, "cs-zzzzzz")):
        stored.data = broken
        with pytest.raises(Tampered, match=change.id):
            await house.changes.get(change.id)


async def test_a_field_of_a_later_version_is_no_obstacle() -> None:
    """A record with a field that this version does not know can be read."""
    house = House()
    change = await house.submit()
    stored = house.state.records["change", change.id]
    stored.data = stored.data[:-1] + ',"a_later_field":1}'
    assert await house.get(change.id) == change


async def test_lists_are_in_order() -> None:
    """What waits is listed by urgency, one's own newest first, and what is open oldest first."""
    house = House()
    slow = await house.submit(environment="staging")
    house.clock.advance(1000)
    quick = await house.submit()
    assert [change.id for change in await house.changes.pending()] == [quick.id, slow.id]
    assert [change.id for change in await house.changes.active()] == [slow.id, quick.id]
    assert [change.id for change in await house.changes.of(REQUESTER.id)] == [quick.id, slow.id]


async def test_every_committed_entry_reaches_the_sinks() -> None:
    """A further audit log gets each entry that was written, and none that was not."""
    house = House()
    written: list[AuditEntry] = []

    class Sink:
        def written(self, entry: AuditEntry) -> None:
            """Take an entry."""
            written.append(entry)

    changes = ChangeStore(house.records, SIGNER, TERMS, (Sink(),))
    held, _ = await changes.open(a_request(house))
    step = deciding.approve(held.change, APPROVER, house.clock.now(), TERMS)
    await changes.advance(held, step)
    assert await changes.advance(held, deciding.cancel(held.change, REQUESTER, house.clock.now())) is None
    assert tuple(written) == await changes.trail(held.change.id)
    stored = house.state.records["change", held.change.id]
    SIGNER.verify(held.change.id, written, stored.head, state_digest(stored.data))


async def test_a_newer_versions_record_is_left_alone() -> None:
    """A record of a newer schema is not read by halves: whoever wrote it carries it on."""
    house = House()
    change = await house.submit("flag.disable")
    newer = change.model_copy(update={"schema_version": change.schema_version + 1})
    with pytest.raises(NotRecorded, match="newer version"):
        parse(change.id, newer.model_dump_json())
