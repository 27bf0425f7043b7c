"""The port Pulse, over every implementation: who is at work, and how much there is to do."""

import pytest

from bot.errors import NotRecorded
from bot.model import Due, Job
from bot.ports import ALIVE_MS, FORGOTTEN_MS, Commit
from bot.store import ACTIVE, PENDING, UNKNOWNS
from tests.contract.worlds import MemoryWorld, World

JOB = Job(kind="run", id="cs-aaaaaa")


async def test_nothing_has_happened(world: World) -> None:
    """A new store stands at nothing, at its own time."""
    standing = await world.pulse.standing()
    assert standing.model_copy(update={"at": 0}).model_dump(exclude_defaults=True) == {"at": 0}
    assert abs(standing.at - world.records.now()) < 1000


async def test_workers_are_heard_of(world: World) -> None:
    """A worker counts as alive for a while after its last beat, is known longer, and is forgotten at last."""
    await world.pulse.beat("one")
    await world.pulse.beat("two")
    assert {beat.worker for beat in (await world.pulse.standing()).alive} == {"one", "two"}
    await world.pass_time(ALIVE_MS)
    await world.pulse.beat("two")
    standing = await world.pulse.standing()
    assert [beat.worker for beat in standing.alive] == ["two"]
    assert [beat.worker for beat in standing.beats] == ["one", "two"]
    await world.pass_time(FORGOTTEN_MS - ALIVE_MS + 1)
    await world.pulse.beat("three")
    assert {beat.worker for beat in (await world.pulse.standing()).beats} == {"two", "three"}


async def test_an_orderly_end_is_forgotten_at_once(world: World) -> None:
    """A worker that has left is not there, and leaving twice is no harm."""
    await world.pulse.beat("one")
    await world.pulse.leave("one")
    await world.pulse.leave("one")
    assert (await world.pulse.standing()).beats == ()


async def test_jobs_that_wait(world: World) -> None:
    """A job counts until it is finished, also while it is worked, and a deadline from when it has come."""
    await world.queue.add(JOB)
    now = (await world.pulse.standing()).at
    await world.queue.defer(Due(job=Job(kind="expire", id="cs-bbbbbb"), at=now + 60_000))
    assert (await world.pulse.standing()).jobs == 1
    (delivery,) = await world.queue.take("worker", 5, 0)
    assert (await world.pulse.standing()).jobs == 1
    await world.queue.finish("worker", delivery)
    assert ((await world.pulse.standing()).jobs, (await world.pulse.standing()).oldest_ms) == (0, 0)
    await world.pass_time(90_000)
    standing = await world.pulse.standing()
    assert standing.jobs == 1
    assert 29_000 < standing.oldest_ms < 40_000


async def test_what_was_given_up(world: World) -> None:
    """A buried job is a dead one and waits no more."""
    await world.queue.add(JOB)
    (delivery,) = await world.queue.take("worker", 1, 0)
    await world.queue.bury("worker", delivery, "for a test")
    standing = await world.pulse.standing()
    assert (standing.jobs, standing.dead) == (0, 1)


async def test_what_is_open(world: World) -> None:
    """Changes are counted by the indexes they are in, and a card from its commit until it is drawn."""
    index = ((PENDING, 1), (ACTIVE, 1), (UNKNOWNS, 1))
    await world.records.commit(Commit(kind="change", id="cs-aaaaaa", expected=0, data="{}", index=index, redraw=True))
    standing = await world.pulse.standing()
    assert (standing.pending, standing.active, standing.unknown, standing.behind) == (1, 1, 1, 1)
    assert await world.outbox.hold("cs-aaaaaa", 1000)
    assert await world.outbox.settle("cs-aaaaaa", 1)
    await world.records.commit(Commit(kind="change", id="cs-aaaaaa", expected=1, data="{}", unindex=(UNKNOWNS,)))
    standing = await world.pulse.standing()
    assert (standing.pending, standing.active, standing.unknown, standing.behind) == (1, 1, 0, 0)


async def test_a_store_that_is_away_says_so(world: World) -> None:
    """Every method raises NotRecorded while the store is away."""
    if not isinstance(world, MemoryWorld):
        pytest.skip("for Redis itself, tests/dialogs/test_store_away.py takes it away")
    world.state.away = True
    for ask in (world.pulse.standing(), world.pulse.beat("one"), world.pulse.leave("one")):
        with pytest.raises(NotRecorded):
            await ask
