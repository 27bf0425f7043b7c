"""The worker: takes jobs, keeps their leases, puts off what must wait, buries what cannot be worked."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest

from bot.adapters.memory.outbox import MemoryOutbox
from bot.adapters.memory.queue import MemoryQueue
from bot.adapters.memory.state import State
from bot.errors import CountersignError, DirectoryUnavailable, NotRecorded, Tampered
from bot.model import Due, Job
from bot.ports import Delivery
from bot.worker import Pace, Worker
from tests.core.fakes import FakeClock, FakeNotifier
from tests.waiting import others_have_run, running, until

LEASE_MS = 60
PACE = Pace(lease=LEASE_MS, at_once=4, block=5, sweep=5, redraw=5, most_times=5, janitor=5)
JOB = Job(kind="run", id="cs-aaaaaa")
DEADLINE_S = 5


class CountingQueue(MemoryQueue):
    """The queue in memory, which also tells how often leases were renewed."""

    renewed = 0

    async def renew(self, consumer: str, delivery: Delivery) -> bool:
        """Count and pass on."""
        self.renewed += 1
        return await super().renew(consumer, delivery)


@dataclass
class Shop:
    """A worker with everything it works on."""

    clock: FakeClock = field(default_factory=FakeClock)
    worked: list[str] = field(default_factory=list)
    given_up: list[tuple[str, str]] = field(default_factory=list)
    swept: int = 0
    sweep_fails: CountersignError | None = None
    fails: Exception | None = None

    def __post_init__(self) -> None:
        self.state = State(self.clock)
        self.queue = CountingQueue(self.state, LEASE_MS)
        self.notifier = FakeNotifier()
        self.gate = asyncio.Event()
        self.gate.set()

    def worker(self, work: Callable[[Job], Awaitable[None]] | None = None) -> Worker:
        """Return a worker of this shop."""
        outbox = MemoryOutbox(self.state)
        return Worker(
            "worker-1",
            self.queue,
            outbox,
            work or self.work,
            self.notifier,
            self.clock.now,
            PACE,
            given_up=self.give_up,
            janitor=self.sweep,
        )

    async def work(self, job: Job) -> None:
        """Fail as told, or note the job once the gate is open."""
        self.worked.append(job.id)
        await self.gate.wait()
        if self.fails is not None:
            raise self.fails

    async def worked_times(self, times: int) -> None:
        """Wait until that many jobs were begun."""
        await until(lambda: len(self.worked) >= times)

    async def renewed_again(self) -> None:
        """Wait for another renewal."""
        before = self.queue.renewed
        await until(lambda: self.queue.renewed > before)

    async def give_up(self, job: Job, why: str) -> None:
        """Note what was given up."""
        self.given_up.append((job.id, why))

    async def sweep(self) -> None:
        """Count the janitor's rounds."""
        self.swept += 1
        if self.sweep_fails is not None:
            raise self.sweep_fails


async def test_a_job_is_worked_and_taken_off_the_queue() -> None:
    """A job that succeeds is gone from the queue."""
    shop = Shop()
    await shop.queue.add(JOB)
    async with running(shop.worker()):
        await until(lambda: shop.worked and not shop.state.entries)
    assert shop.worked == [JOB.id]


async def test_a_deadline_that_has_come_becomes_a_job() -> None:
    """A worker brings what is due into the queue and works it."""
    shop = Shop()
    await shop.queue.defer(Due(job=JOB, at=shop.clock.now() + 1000))
    async with running(shop.worker()):
        await until(lambda: shop.swept > 2)
        assert shop.worked == []
        shop.clock.advance(1000)
        await until(lambda: shop.worked)


async def test_deadlines_of_one_moment_are_all_begun_in_time() -> None:
    """Hundreds of time boxes that end together are begun well within five seconds, at the pace of production."""
    shop = Shop()
    pace = replace(Pace(), block=5)
    worker = Worker("worker-1", shop.queue, MemoryOutbox(shop.state), shop.work, shop.notifier, shop.clock.now, pace)
    boxes = [Job(kind="take_back", id=f"cs-{n:06}") for n in range(300)]
    for job in boxes:
        await shop.queue.defer(Due(job=job, at=shop.clock.now() + 1000))
    async with running(worker):
        shop.clock.advance(1000)
        began = time.monotonic()
        await shop.worked_times(len(boxes))
        assert time.monotonic() - began < 5
    assert sorted(shop.worked) == [job.id for job in boxes]


async def test_the_lease_is_renewed_while_a_job_is_worked() -> None:
    """A job that takes longer than its lease is not handed to anybody else."""
    shop = Shop()
    shop.gate.clear()
    await shop.queue.add(JOB)
    async with running(shop.worker()):
        await until(lambda: shop.worked)
        for round_ in range(1, 5):
            shop.clock.advance(LEASE_MS - 1)
            await shop.renewed_again()
            assert await shop.queue.reclaim("worker-2", 1) == (), round_
        shop.gate.set()
        await until(lambda: not shop.state.entries)
    assert shop.worked == [JOB.id]


async def test_an_absent_directory_puts_a_job_off_for_as_long_as_it_takes() -> None:
    """A job that wants the directory is tried again later, and never buried for it."""
    shop = Shop(fails=DirectoryUnavailable("Slack did not answer."))
    await shop.queue.add(JOB)
    async with running(shop.worker()):
        for times in range(1, 9):
            await until(lambda: JOB in shop.state.deadlines and not shop.state.entries)
            assert len(shop.worked) == times
            shop.clock.advance(shop.state.deadlines[JOB] - shop.clock.now())
            await shop.worked_times(times + 1)
    assert shop.state.dead == []
    assert shop.given_up == []


async def test_a_store_that_is_away_leaves_the_job_under_its_lease() -> None:
    """A job whose record could not be written comes again when its lease has run out."""
    shop = Shop(fails=NotRecorded("Redis is away."))
    await shop.queue.add(JOB)
    async with running(shop.worker()):
        await until(lambda: shop.worked)
        shop.fails = None
        shop.clock.advance(LEASE_MS)
        await until(lambda: not shop.state.entries)
    assert len(shop.worked) == 2


@pytest.mark.parametrize("fault", [ValueError("a bug"), Tampered("The record was altered.")])
async def test_a_fault_is_tried_five_times_and_buried(fault: Exception) -> None:
    """A job that fails on every try goes to the dead letters after five, and what it was for is told."""
    shop = Shop(fails=fault)
    await shop.queue.add(JOB)
    async with running(shop.worker()):
        for times in range(1, 6):
            await shop.worked_times(times)
            shop.clock.advance(LEASE_MS)
        await until(lambda: shop.state.dead)
    assert len(shop.worked) == 5
    assert [job for job, _, _ in shop.state.dead] == [JOB]
    assert [id_ for id_, _ in shop.given_up] == [JOB.id]


async def test_a_job_that_kills_its_workers_is_buried_unworked() -> None:
    """A job that was handed out five times, and ended in nobody's hands, is not worked a sixth time."""
    shop = Shop()
    await shop.queue.add(JOB)
    for _ in range(5):
        (await shop.queue.take("dies", 1, 0)) or (await shop.queue.reclaim("dies", 1))
        shop.clock.advance(LEASE_MS)
    async with running(shop.worker()):
        await until(lambda: shop.state.dead)
    assert shop.worked == []
    assert [id_ for id_, _ in shop.given_up] == [JOB.id]


async def test_one_fault_does_not_end_the_worker() -> None:
    """After a job that failed, the worker works the next."""
    shop = Shop(fails=ValueError("a bug"))
    await shop.queue.add(JOB)
    async with running(shop.worker()):
        await until(lambda: shop.worked)
        shop.fails = None
        await shop.queue.add(Job(kind="run", id="cs-bbbbbb"))
        await until(lambda: "cs-bbbbbb" in shop.worked)


async def test_a_store_that_is_away_is_waited_for() -> None:
    """A worker whose store is away does not end, and works when it is back."""
    shop = Shop()
    shop.state.away = True
    async with running(shop.worker()) as task:
        await others_have_run()
        assert not task.done()
        shop.state.away = False
        await shop.queue.add(JOB)
        await until(lambda: shop.worked)


async def test_stop_lets_begun_jobs_finish() -> None:
    """A worker that is stopped finishes what it began, keeps its leases meanwhile, and takes nothing new."""
    shop = Shop()
    shop.gate.clear()
    await shop.queue.add(JOB)
    worker = shop.worker()
    task = asyncio.create_task(worker.run())
    await until(lambda: shop.worked)
    stopping = asyncio.create_task(worker.stop(DEADLINE_S))
    await until(task.done)
    await shop.queue.add(Job(kind="run", id="cs-bbbbbb"))
    before = shop.queue.renewed
    await until(lambda: shop.queue.renewed > before)
    shop.gate.set()
    await stopping
    assert shop.worked == [JOB.id]
    assert [entry.job.id for entry in shop.state.entries.values()] == ["cs-bbbbbb"]


async def test_stop_hands_on_what_does_not_finish() -> None:
    """What is not finished in time is cancelled, has ended when `stop` returns, and is free for the next worker."""
    shop = Shop()
    ended: list[str] = []

    async def never(job: Job) -> None:
        shop.worked.append(job.id)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(job.id)

    await shop.queue.add(JOB)
    worker = shop.worker(never)
    task = asyncio.create_task(worker.run())
    await until(lambda: shop.worked)
    await worker.stop(0.01)
    assert ended == [JOB.id]
    assert [d.job for d in await shop.queue.take("worker-2", 1, 0)] == [JOB]
    await task


async def test_a_job_taken_in_the_moment_of_stopping_is_handed_back() -> None:
    """A job that arrives while the worker stops is not begun, and is free for the next worker at once."""
    shop = Shop()
    arrived = asyncio.Event()
    go_on = asyncio.Event()
    take = shop.queue.take

    class SlowQueue(CountingQueue):
        async def take(self, consumer: str, count: int, wait_ms: int) -> tuple[Delivery, ...]:
            found = await take(consumer, count, wait_ms)
            if found:
                arrived.set()
                await go_on.wait()
            return found

    await shop.queue.add(JOB)
    shop.queue = SlowQueue(shop.state, LEASE_MS)
    worker = shop.worker()
    task = asyncio.create_task(worker.run())
    await arrived.wait()
    await worker.stop(1)
    go_on.set()
    async with asyncio.timeout(DEADLINE_S):
        await task
    assert shop.worked == []
    assert [d.job for d in await take("worker-2", 1, 0)] == [JOB]


async def test_what_waits_to_be_drawn_is_handed_to_the_notifier() -> None:
    """A record whose drawing is overdue is brought to the notifier."""
    shop = Shop()
    outbox = MemoryOutbox(shop.state)
    await outbox.postpone("cs-aaaaaa", 10)
    async with running(shop.worker()):
        shop.clock.advance(10)
        await until(lambda: "cs-aaaaaa" in shop.notifier.told)


async def test_the_janitor_is_called_again_and_again() -> None:
    """The janitor has its rounds beside the work, also after one that found the store away."""
    shop = Shop()
    shop.sweep_fails = NotRecorded("Redis is away.")
    async with running(shop.worker()):
        await until(lambda: shop.swept)
        shop.sweep_fails = None
        await until(lambda: shop.swept > 2)


async def test_a_worker_says_again_and_again_that_it_is_there() -> None:
    """A running worker beats, goes on where the store was away for a beat, and is silent once it has stopped."""
    shop, heard = Shop(), 0

    async def beat() -> None:
        nonlocal heard
        heard += 1
        if heard == 1:
            raise NotRecorded("away")

    pace = replace(PACE, beat=5)
    outbox = MemoryOutbox(shop.state)
    worker = Worker("worker-1", shop.queue, outbox, shop.work, shop.notifier, shop.clock.now, pace, beat=beat)
    async with running(worker):
        await until(lambda: heard > 3)
    stopped = heard
    await others_have_run()
    assert heard == stopped
