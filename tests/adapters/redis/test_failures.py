"""When Redis fails, nothing is done twice, nothing hangs, and the caller is told."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import redis

from bot.adapters.redis import keys
from bot.adapters.redis.connection import connected
from bot.adapters.redis.link import Link
from bot.adapters.redis.outbox import RedisOutbox
from bot.adapters.redis.queue import RedisQueue
from bot.adapters.redis.records import RedisRecords
from bot.errors import NotRecorded
from bot.model import Due, Job
from bot.ports import Commit, Delivery, Verdict
from tests.contract.worlds import entry
from tests.redis_proxy import Fault, Proxy, proxy
from tests.waiting import eventually

JOB = Job(kind="run", id="cs-a")
GONE = Delivery(entry="1-0", job=JOB, times=1)
ASKED = Commit(kind="change", id="cs-a", expected=0, data="{}", entries=(entry("cs-a", 1),), jobs=(JOB,))


@pytest.fixture
async def between(redis_url: str, tmp_path: Path) -> AsyncIterator[tuple[Proxy, Link]]:
    """Give a link that goes through a proxy, and the proxy."""
    async with proxy(redis_url, tmp_path / "p") as (made, url), connected(url, timeout_s=0.2) as link:
        yield made, link


async def test_a_lost_reply_does_not_run_a_command_twice(redis_url: str, between: tuple[Proxy, Link]) -> None:
    """The client itself never repeats what may have run."""
    made, link = between
    await link.call("PING")
    made.fault = Fault.LOSE_REPLY
    with pytest.raises(NotRecorded):
        await link.call("INCR", "count")
    with redis.Redis.from_url(redis_url) as client:
        assert client.get("count") == b"1"


async def test_a_commit_with_a_lost_reply_can_be_asked_again(between: tuple[Proxy, Link]) -> None:
    """The commit stands although the caller heard nothing, and asking again says so without a second job."""
    made, link = between
    records = RedisRecords(link)
    await records.ping()
    await records.commit(Commit(kind="other", id="cs-z", expected=0, data="{}"))
    made.fault = Fault.LOSE_REPLY
    with pytest.raises(NotRecorded, match="nothing was recorded"):
        await records.read("change", "cs-a")
    with pytest.raises(NotRecorded, match="it is not known whether this was recorded"):
        await records.commit(ASKED)
    made.fault = Fault.NONE
    assert (await records.commit(ASKED)).verdict is Verdict.WRITTEN
    assert len(await RedisQueue(link, 10_000).take("worker", 10, 0)) == 1


@pytest.mark.parametrize("fault", [Fault.BLACK_HOLE, Fault.CUT])
async def test_a_server_that_does_not_answer_costs_no_more_than_the_time_out(
    between: tuple[Proxy, Link], fault: Fault
) -> None:
    """A press is answered soon even when Redis is not, and goes through once Redis is back."""
    made, link = between
    records = RedisRecords(link)
    await records.ping()
    made.fault = fault
    started = time.monotonic()
    with pytest.raises(NotRecorded):
        await records.commit(ASKED)
    assert time.monotonic() - started < 2
    made.fault = Fault.NONE
    assert (await records.commit(ASKED)).verdict is Verdict.WRITTEN


CALLS: dict[str, Callable[[Link], Awaitable[object]]] = {
    "ping": lambda link: RedisRecords(link).ping(),
    "commit": lambda link: RedisRecords(link).commit(ASKED),
    "read": lambda link: RedisRecords(link).read("change", "cs-a"),
    "read_many": lambda link: RedisRecords(link).read_many("change", ("cs-a",)),
    "trail": lambda link: RedisRecords(link).trail("change", "cs-a"),
    "verified": lambda link: RedisRecords(link).verified("change", "cs-a"),
    "raw": lambda link: RedisRecords(link).raw("change", "cs-a"),
    "chains": lambda link: RedisRecords(link).chains(1),
    "members": lambda link: RedisRecords(link).members("open", 1),
    "holder": lambda link: RedisRecords(link).holder("slot"),
    "take": lambda link: RedisQueue(link, 1).take("worker", 1, 10),
    "reclaim": lambda link: RedisQueue(link, 1).reclaim("worker", 1),
    "renew": lambda link: RedisQueue(link, 1).renew("worker", GONE),
    "finish": lambda link: RedisQueue(link, 1).finish("worker", GONE),
    "hand_back": lambda link: RedisQueue(link, 1).hand_back("worker", GONE),
    "bury": lambda link: RedisQueue(link, 1).bury("worker", GONE, "why"),
    "promote": lambda link: RedisQueue(link, 1).promote(1),
    "add": lambda link: RedisQueue(link, 1).add(JOB),
    "defer": lambda link: RedisQueue(link, 1).defer(Due(job=JOB, at=1)),
    "due": lambda link: RedisOutbox(link).due(1, 1),
    "hold": lambda link: RedisOutbox(link).hold("cs-a", 1),
    "settle": lambda link: RedisOutbox(link).settle("cs-a", 1),
    "postpone": lambda link: RedisOutbox(link).postpone("cs-a", 1),
    "placement": lambda link: RedisOutbox(link).placement("cs-a"),
    "place": lambda link: RedisOutbox(link).place("cs-a", "{}", 1),
    "keep": lambda link: RedisOutbox(link).keep("home:U1", "{}", 1),
}


@pytest.mark.parametrize("call", CALLS)
async def test_every_call_says_when_the_server_is_away(tmp_path: Path, call: str) -> None:
    """Whatever is asked of a server that is not there is NotRecorded, and no error of the client's library."""
    async with connected(f"unix://{tmp_path}/nobody", timeout_s=0.2) as link:
        with pytest.raises(NotRecorded) as told:
            await CALLS[call](link)
    assert told.value.next_step


async def test_a_server_without_memory_takes_nothing_by_halves(redis_url: str) -> None:
    """Out of memory refuses the whole commit."""
    with redis.Redis.from_url(redis_url) as client:
        async with connected(redis_url) as link:
            records = RedisRecords(link)
            try:
                client.config_set("maxmemory", 1)
                with pytest.raises(NotRecorded):
                    await records.commit(ASKED)
            finally:
                client.config_set("maxmemory", 0)
            assert client.keys("*") == []
            assert (await records.commit(ASKED)).verdict is Verdict.WRITTEN


async def test_a_server_that_forgot_the_scripts_gets_them_again(redis_url: str) -> None:
    """Scripts flushed or a server restarted are no failure."""
    async with connected(redis_url) as link:
        await RedisRecords(link).ping()
        await link.call("SCRIPT", "FLUSH")
        await RedisRecords(link).ping()


async def test_a_stream_deleted_by_hand_is_made_again(redis_url: str) -> None:
    """Work goes on after somebody deleted the stream; what was handed out of it is lost to its holder."""
    async with connected(redis_url) as link:
        queue = RedisQueue(link, 10_000)
        await queue.add(JOB)
        (delivery,) = await queue.take("worker", 1, 0)
        await link.call("DEL", keys.JOBS)
        assert not await queue.renew("worker", delivery)
        assert not await queue.finish("worker", delivery)
        assert await queue.reclaim("worker", 1) == ()
        await queue.add(JOB)
        assert [d.job for d in await queue.take("worker", 1, 0)] == [JOB]


async def test_an_entry_deleted_by_hand_is_not_handed_out_again(redis_url: str) -> None:
    """An entry that is gone from the stream is dropped from the leases too."""
    async with connected(redis_url) as link:
        queue = RedisQueue(link, 0)
        await queue.add(JOB)
        (delivery,) = await queue.take("worker", 1, 0)
        await link.call("XDEL", keys.JOBS, delivery.entry)
        assert not await queue.finish("worker", delivery)
        assert await queue.reclaim("worker", 1) == ()


async def test_a_stream_deleted_under_a_waiting_consumer_is_no_error(redis_url: str) -> None:
    """Who waits on a stream that is deleted gets the next job all the same."""
    async with connected(redis_url) as link:
        queue = RedisQueue(link, 10_000)
        await queue.take("worker", 1, 0)
        waiting = asyncio.create_task(queue.take("worker", 1, 500))
        with redis.Redis.from_url(redis_url) as client:
            await asyncio.to_thread(eventually, lambda: client.info("clients")["blocked_clients"] == 1)
            client.delete(keys.JOBS)
        await queue.add(JOB)
        assert [d.job for d in await waiting] == [JOB]


async def test_what_is_finished_and_drawn_leaves_nothing_behind(redis_url: str) -> None:
    """Neither the stream, nor its leases, nor the outbox grow with the work that was done."""
    async with connected(redis_url) as link:
        queue, outbox = RedisQueue(link, 10_000), RedisOutbox(link)
        await RedisRecords(link).commit(ASKED.model_copy(update={"redraw": True}))
        (delivery,) = await queue.take("worker", 1, 0)
        await outbox.hold("cs-a", 1000)
        assert await queue.finish("worker", delivery)
        assert await outbox.settle("cs-a", 1)
        assert await link.call("XLEN", keys.JOBS) == 0
        assert (await link.call("XPENDING", keys.JOBS, "workers"))["pending"] == 0
        assert await link.call("EXISTS", keys.WAITING, keys.VERSIONS, keys.HOLDS) == 0


async def test_consumers_that_are_gone_are_forgotten(redis_url: str) -> None:
    """A consumer without jobs that was not seen for long is removed; one that holds a job stays."""
    async with connected(redis_url) as link:
        queue = RedisQueue(link, 10_000, forget_consumer_ms=-1)
        await queue.add(JOB)
        await queue.take("holds a job", 1, 0)
        await queue.take("idle", 1, 0)
        await queue.reclaim("worker", 1)
        known = {name for _, name, *_ in await link.call("XINFO", "CONSUMERS", keys.JOBS, "workers")}
        assert known - {"worker"} == {"holds a job"}


async def test_the_stores_time_is_the_servers(redis_url: str) -> None:
    """After any answer the time is that of the server, to the tenth of a second."""
    async with connected(redis_url) as link:
        records = RedisRecords(link)
        await records.ping()
        with redis.Redis.from_url(redis_url) as client:
            seconds, micros = client.time()
        assert abs(records.now() - (seconds * 1000 + micros // 1000)) < 100
