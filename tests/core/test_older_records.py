"""
Records of other releases: those before are read, listed, worked and drawn; those after are left to whoever wrote them.

The files in `older` are records as releases of version 1 wrote them, each with its signed chain, byte for byte. They
are never written anew: a change to the code that cannot read them is one that strands what is open in production.
"""

import json
from pathlib import Path

import pytest

from bot.adapters.memory.state import Record
from bot.audit import AuditEntry
from bot.changes.record import SCHEMA, ChangeRequest, Status
from bot.errors import NotRecorded, Tampered, WrittenByNewer
from bot.execution.janitor import GRACE, Janitor
from bot.model import Job
from bot.worker import Pace, Worker
from handlers.cards.card import card
from tests.builders import APPROVER, SECOND_APPROVER
from tests.core.fakes import LEASE_MS, House
from tests.waiting import running, until

FOLDER = Path(__file__).parent / "older"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
OPEN_TO = {"pending": Status.PENDING, "approved": Status.APPROVED, "approved_with_more": Status.APPROVED}
NEWER = {"schema_version": SCHEMA + 1, "status": "paused", "cause": "moonlight"}


def put(house: House, name: str, **other: object) -> str:
    """Put a record of another release into a house's store, with what differs in it, and return its id."""
    kept = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    trail = tuple(AuditEntry.model_validate_json(line) for line in kept["trail"])
    data = json.dumps({**json.loads(kept["data"]), **other}) if other else kept["data"]
    id_ = trail[0].record
    house.state.records["change", id_] = Record(len(trail), data, kept["head"], trail, None)
    indexes = ("pending", "active") if name == "pending" else ("active",)
    for index in indexes:
        house.state.indexes.setdefault(index, {})[id_] = house.clock.now()
    return id_


@pytest.mark.parametrize("name", NAMES)
async def test_it_is_read_listed_and_drawn(name: str) -> None:
    """Its chain verifies, its votes and plan hold, it stands in the lists, and its card names what it is about."""
    house = House()
    id_ = put(house, name)
    held = await house.changes.verified(id_)
    assert held is not None
    assert held.change.status is OPEN_TO.get(name, Status.APPLYING)
    assert [change.id for change in await house.changes.active()] == [id_]
    assert [change.id for change in await house.changes.pending()] == ([id_] if name == "pending" else [])
    drawn = card(held.change)
    assert held.change.plan.target.key in drawn.text
    assert id_ in json.dumps(drawn.blocks)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "called"])
async def test_it_is_carried_to_its_end(name: str) -> None:
    """What waits is signed, what is signed is called once, what another worker left is taken over; all verify."""
    house = House()
    id_ = put(house, name)
    if name == "pending":
        await house.service.approve(id_, APPROVER.id, "press")
    else:
        await house.queue.add(Job(kind="run", id=id_))
    await house.drain()
    change = await house.get(id_)
    assert (change.status, len(house.provider.calls)) == (Status.APPLIED, 1)
    assert await house.changes.verified(id_) is not None


async def test_a_call_that_an_older_release_began_is_not_made_again() -> None:
    """The mark of a call is heeded, whichever release set it."""
    house = House()
    id_ = put(house, "called")
    house.clock.advance(LEASE_MS + 1)
    await house.queue.add(Job(kind="settle", id=id_))
    await house.drain()
    assert ((await house.get(id_)).status, house.provider.calls) == (Status.UNKNOWN, [])


async def test_the_janitor_tends_it() -> None:
    """An approved change of an older release whose job was lost is given one."""
    house = House()
    id_ = put(house, "approved")
    house.clock.advance(GRACE)
    await Janitor(house.changes, house.queue, LEASE_MS, house.ledger).sweep()
    await house.drain()
    assert (await house.get(id_)).status is Status.APPLIED


@pytest.mark.parametrize("other", [{"status": "paused"}, {"cause": "moonlight"}, {"requester": "nobody"}])
async def test_what_makes_no_sense_in_its_own_version_is_tampering(other: dict[str, object]) -> None:
    """A word that version 1 never had, in a record of version 1, was not written by the bot."""
    house = House()
    id_ = put(house, "approved", **other)
    with pytest.raises(Tampered, match="cannot be read"):
        await house.changes.get(id_)


@pytest.mark.parametrize("other", [NEWER, {"schema_version": SCHEMA + 1}])
async def test_a_newer_releases_record_is_refused_with_a_sentence(other: dict[str, object]) -> None:
    """Neither a press nor a job touches it, even if it could be read; people are told whose turn it is."""
    house = House()
    id_ = put(house, "pending", **other)
    before = house.state.records["change", id_]
    sentence = "written by a newer version of the bot, and this process is still an older one. Nothing was done"
    with pytest.raises(NotRecorded, match=sentence):
        await house.service.approve(id_, APPROVER.id, "press")
    for kind in ("run", "settle", "poll", "expire", "run_by", "remind", "take_back"):
        with pytest.raises(WrittenByNewer):
            await house.execution().work(Job(kind=kind, id=id_))
    assert house.state.records["change", id_] is before
    assert house.provider.calls == []


async def test_a_newer_releases_record_keeps_nobody_from_the_others() -> None:
    """Lists, inbox and janitor pass over it and serve the rest."""
    house = House()
    put(house, "approved", **NEWER)
    mine = await house.submit("rollout.resume")
    assert [change.id for change in await house.changes.active()] == [mine.id]
    waiting, _ = await house.service.inbox(SECOND_APPROVER.id)
    assert [change.id for change in waiting] == [mine.id]
    house.clock.advance(mine.expires_at - house.clock.now() + GRACE)
    await Janitor(house.changes, house.queue, LEASE_MS, house.ledger).sweep()
    await house.drain()
    assert (await house.get(mine.id)).status is Status.EXPIRED


async def test_an_older_worker_leaves_the_job_to_a_newer_one() -> None:
    """Its job is put off again and again, never counted and never buried, until a newer worker takes it."""
    house = House()
    id_ = put(house, "approved", **NEWER)
    execution, job = house.execution(), Job(kind="run", id=id_)
    worker = Worker(
        "older", house.queue, house.outbox, execution.work, house.notifier, house.clock.now, Pace(block=5, sweep=5)
    )
    await house.queue.add(job)
    async with running(worker):
        for _ in range(8):
            await until(lambda: house.state.deadlines.get(job, 0) > house.clock.now() and not house.state.entries)
            house.clock.advance(house.state.deadlines[job] - house.clock.now())
        await until(lambda: house.state.deadlines.get(job, 0) > house.clock.now() and not house.state.entries)
    assert house.state.dead == []
    house.clock.advance(10_000)
    await house.queue.promote(10)
    (delivery,) = await house.queue.take("newer", 1, 0)
    assert (delivery.job, delivery.times) == (job, 1)


async def test_a_change_written_today_is_of_this_version() -> None:
    """Every record says which version wrote it, so that the rules above can hold tomorrow."""
    house = House()
    change = await house.approved("flag.disable")
    assert json.loads(house.state.records["change", change.id].data)["schema_version"] == SCHEMA
    assert ChangeRequest.model_fields["schema_version"].is_required()
