"""What every implementation of Queue keeps: each job at least once, under one lease at a time."""

import asyncio

from bot.model import Due, Job
from bot.ports import Delivery
from tests.contract.worlds import LEASE_MS, World

JOB = Job(kind="run", id="cs-a")
OTHER = Job(kind="run", id="cs-b")
MINUTE = 60_000


async def one(world: World, consumer: str) -> Delivery:
    """Take the one job that is queued."""
    (delivery,) = await world.queue.take(consumer, 10, 0)
    return delivery


async def test_a_job_goes_to_one_consumer(world: World) -> None:
    """A job taken by one is not handed to another."""
    await world.queue.add(JOB)
    delivery = await one(world, "first")
    assert (delivery.job, delivery.times) == (JOB, 1)
    assert await world.queue.take("second", 10, 0) == ()


async def test_jobs_come_in_order_and_no_more_than_asked_for(world: World) -> None:
    """The oldest come first, up to the count."""
    jobs = [Job(kind="run", id=f"cs-{n}") for n in range(3)]
    for job in jobs:
        await world.queue.add(job)
    assert [delivery.job for delivery in await world.queue.take("first", 2, 0)] == jobs[:2]
    assert [delivery.job for delivery in await world.queue.take("second", 2, 0)] == jobs[2:]


async def test_a_waiting_consumer_gets_the_job_as_it_comes(world: World) -> None:
    """Who waits is handed a job that is queued meanwhile."""
    waiting = asyncio.create_task(world.queue.take("first", 1, 20_000))
    await asyncio.wait({waiting}, timeout=0.02)
    await world.queue.add(JOB)
    deliveries = await asyncio.wait_for(waiting, 10)
    assert [delivery.job for delivery in deliveries] == [JOB]


async def test_waiting_for_nothing_ends(world: World) -> None:
    """A wait ends empty when no job comes."""
    assert await world.queue.take("first", 1, 20) == ()


async def test_a_job_within_its_lease_is_not_reclaimed(world: World) -> None:
    """Before the lease runs out nobody else gets the job."""
    await world.queue.add(JOB)
    await one(world, "first")
    await world.pass_time(LEASE_MS // 2)
    assert await world.queue.reclaim("second", 10) == ()


async def test_a_job_whose_lease_ran_out_goes_to_another_and_is_counted(world: World) -> None:
    """After the lease the job is handed over, and the deliveries count how often."""
    await world.queue.add(JOB)
    await world.queue.add(OTHER)
    taken = await world.queue.take("first", 10, 0)
    await world.pass_time(LEASE_MS)
    reclaimed = await world.queue.reclaim("second", 10)
    assert [(d.entry, d.job, d.times) for d in reclaimed] == [(d.entry, d.job, 2) for d in taken]
    await world.pass_time(LEASE_MS)
    assert [d.times for d in await world.queue.reclaim("first", 10)] == [3, 3]


async def test_no_more_is_reclaimed_than_asked_for(world: World) -> None:
    """A consumer is handed as many lapsed jobs as it has room for; the others stay to be had."""
    for n in range(5):
        await world.queue.add(Job(kind="run", id=f"cs-{n}"))
    await world.queue.take("first", 10, 0)
    await world.pass_time(LEASE_MS)
    assert len(await world.queue.reclaim("second", 2)) == 2
    assert len(await world.queue.reclaim("third", 10)) == 3


async def test_nothing_is_reclaimed_before_anything_was_taken(world: World) -> None:
    """A queue nobody has read from yet has no lapsed jobs."""
    assert await world.queue.reclaim("first", 10) == ()
    await world.queue.add(JOB)
    assert await world.queue.reclaim("first", 10) == ()


async def test_a_renewed_lease_starts_anew(world: World) -> None:
    """Who renews in time keeps the job, without it counting as handed out again."""
    await world.queue.add(JOB)
    delivery = await one(world, "first")
    await world.pass_time(LEASE_MS * 3 // 4)
    assert await world.queue.renew("first", delivery)
    await world.pass_time(LEASE_MS * 3 // 4)
    assert await world.queue.reclaim("second", 10) == ()
    await world.pass_time(LEASE_MS)
    assert [d.times for d in await world.queue.reclaim("second", 10)] == [2]


async def test_who_lost_a_job_can_neither_renew_nor_finish_it(world: World) -> None:
    """Renewing and finishing are refused once another has the job, who keeps it."""
    await world.queue.add(JOB)
    lost = await one(world, "first")
    await world.pass_time(LEASE_MS)
    (held,) = await world.queue.reclaim("second", 10)
    assert not await world.queue.renew("first", lost)
    assert not await world.queue.finish("first", lost)
    await world.queue.hand_back("first", lost)
    await world.queue.bury("first", lost, "not mine to bury")
    assert await world.dead() == []
    assert await world.queue.finish("second", held)


async def test_a_delivery_serves_only_the_consumer_it_was_made_to(world: World) -> None:
    """Nobody renews, finishes or gives up what another holds."""
    await world.queue.add(JOB)
    delivery = await one(world, "first")
    assert not await world.queue.renew("second", delivery)
    assert not await world.queue.finish("second", delivery)
    await world.queue.hand_back("second", delivery)
    assert await world.queue.take("second", 1, 0) == ()
    assert await world.queue.finish("first", delivery)


async def test_an_older_delivery_to_the_same_consumer_counts_for_nothing(world: World) -> None:
    """A consumer that reclaimed its own job holds it by the new delivery alone."""
    await world.queue.add(JOB)
    old = await one(world, "first")
    await world.pass_time(LEASE_MS)
    (new,) = await world.queue.reclaim("first", 10)
    assert not await world.queue.renew("first", old)
    assert not await world.queue.finish("first", old)
    assert await world.queue.finish("first", new)


async def test_a_finished_job_is_gone(world: World) -> None:
    """What was finished is never handed out again, and finishing twice is refused."""
    await world.queue.add(JOB)
    delivery = await one(world, "first")
    assert await world.queue.finish("first", delivery)
    assert not await world.queue.finish("first", delivery)
    assert not await world.queue.renew("first", delivery)
    await world.pass_time(LEASE_MS)
    assert await world.queue.reclaim("second", 10) == ()
    assert await world.queue.take("second", 10, 0) == ()


async def test_a_job_handed_back_is_taken_at_once_and_still_counted(world: World) -> None:
    """Another consumer need not wait for the lease; the count goes on."""
    await world.queue.add(JOB)
    given_up = await one(world, "first")
    await world.queue.hand_back("first", given_up)
    delivery = await one(world, "second")
    assert (delivery.job, delivery.times) == (JOB, 2)
    assert not await world.queue.finish("first", given_up)
    assert await world.queue.finish("second", delivery)
    assert await world.queue.take("second", 10, 0) == ()


async def test_a_count_goes_on_over_handing_back_and_reclaiming(world: World) -> None:
    """However a job comes back, its deliveries are counted in one row, and only the last one holds it."""
    await world.queue.add(JOB)
    await world.queue.hand_back("first", await one(world, "first"))
    second = await one(world, "first")
    await world.pass_time(LEASE_MS)
    (third,) = await world.queue.reclaim("first", 10)
    assert (second.times, third.times) == (2, 3)
    assert not await world.queue.finish("first", second)
    assert await world.queue.renew("first", third)
    assert await world.queue.finish("first", third)


async def test_a_buried_job_is_a_dead_letter_with_its_reason(world: World) -> None:
    """A buried job leaves the queue and is kept with why and how often it was tried."""
    await world.queue.add(JOB)
    await world.queue.bury("first", await one(world, "first"), "it cannot be read")
    assert await world.dead() == [(JOB, 1, "it cannot be read")]
    await world.pass_time(LEASE_MS)
    assert await world.queue.reclaim("second", 10) == ()
    assert await world.queue.take("second", 10, 0) == ()


async def test_a_deadline_queues_its_job_once(world: World) -> None:
    """A job is queued when its time has come, not before, and only once."""
    await world.queue.defer(Due(job=JOB, at=world.records.now() + MINUTE))
    assert await world.queue.promote(10) == 0
    await world.pass_time(MINUTE)
    assert await world.queue.promote(10) == 1
    assert await world.queue.promote(10) == 0
    assert (await one(world, "first")).job == JOB


async def test_a_later_deadline_replaces_the_earlier(world: World) -> None:
    """A job has one deadline: the one that was set last."""
    now = world.records.now()
    await world.queue.defer(Due(job=JOB, at=now + MINUTE))
    await world.queue.defer(Due(job=JOB, at=now + 3 * MINUTE))
    await world.pass_time(2 * MINUTE)
    assert await world.queue.promote(10) == 0
    await world.pass_time(2 * MINUTE)
    assert await world.queue.promote(10) == 1


async def test_the_longest_due_come_first_up_to_the_limit(world: World) -> None:
    """A promotion takes the oldest deadlines and leaves the rest for the next."""
    now = world.records.now()
    await world.queue.defer(Due(job=OTHER, at=now - 1))
    await world.queue.defer(Due(job=JOB, at=now - 2))
    await world.queue.defer(Due(job=Job(kind="run", id="cs-c"), at=now + MINUTE))
    assert await world.queue.promote(1) == 1
    assert (await one(world, "first")).job == JOB
    assert await world.queue.promote(10) == 1
    assert (await one(world, "first")).job == OTHER


async def test_two_that_promote_at_once_queue_each_job_once(world: World) -> None:
    """Every worker may look for deadlines; each job is queued by one of them."""
    now = world.records.now()
    for n in range(20):
        await world.queue.defer(Due(job=Job(kind="run", id=f"cs-{n}"), at=now - 1))
    counts = await asyncio.gather(*(world.queue.promote(3) for _ in range(10)))
    assert sum(counts) == 20
    assert len(await world.queue.take("first", 100, 0)) == 20
