"""
Memory and Redis answer the same to any sequence of commits and work.

Times in the sequences are whole and half steps of many minutes, so the milliseconds that pass on the real server
while a sequence runs decide nothing.
"""

import asyncio
from typing import Any

import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.adapters.embedded import EmbeddedServer
from bot.model import Due, Job
from bot.ports import Commit, Delivery
from tests.contract.worlds import World, entry, world_of

STEP = 400_000
IDS = ("cs-a", "cs-b", "cs-c")
KINDS = ("run", "expire")

ids = st.sampled_from(IDS)
names = st.lists(st.sampled_from(("one", "two")), max_size=2, unique=True)
jobs = st.builds(Job, kind=st.sampled_from(KINDS), id=ids)
half_steps = st.integers(-1, 4).map(lambda n: n * STEP + STEP // 2)
commits = st.fixed_dictionaries(
    {"id": ids, "version": st.sampled_from((0, 0, 0, 0, -1, 1)), "entries": st.integers(0, 2)},
    optional={
        "take": names,
        "free": names,
        "unindex": names,
        "index": st.lists(st.tuples(st.sampled_from(("one", "two")), st.integers(0, 3)), max_size=2),
        "caps": st.lists(st.tuples(st.sampled_from(("one", "two")), st.integers(1, 3)), max_size=1),
        "jobs": st.lists(jobs, max_size=2),
        "cancel": st.lists(jobs, max_size=2),
        "due": st.lists(st.tuples(jobs, half_steps), max_size=2, unique_by=lambda due: due[0]),
        "redraw": st.just(True),
        "before": half_steps,
        "dedupe": st.sampled_from(("token-1", "token-2")),
        "keep": st.just(STEP * 3 // 2),
        "keep_trail": st.sampled_from((STEP // 2, STEP * 5 // 2)),
        "drop": ids,
    },
)
operations = st.one_of(
    st.tuples(st.just("commit"), commits),
    st.tuples(st.just("commit"), commits),
    st.tuples(st.just("commit"), commits),
    st.tuples(st.just("again"), st.just(None)),
    st.tuples(st.just("pass"), st.integers(1, 2)),
    st.tuples(st.sampled_from(("promote", "take", "reclaim", "due")), st.just(None)),
    st.tuples(st.sampled_from(("renew", "finish", "hand_back", "bury")), st.integers(0, 5)),
    st.tuples(st.sampled_from(("hold", "other_hold", "postpone")), ids),
    st.tuples(st.just("settle"), st.tuples(ids, st.integers(0, 3))),
)


class Player:
    """Does the operations in one world and says what could be seen of each."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.other = world.another_outbox()
        self.versions: dict[str, int] = {}
        self.held: list[Delivery] = []
        self.last: Commit | None = None
        self.written = 0

    async def do(self, act: str, what: Any) -> object:
        """Do one operation and return what it answered."""
        if act == "commit":
            return await self.commit(dict(what))
        if act == "again":
            return (await self.world.records.commit(self.last)).verdict if self.last else None
        if act == "pass":
            await self.world.pass_time(what * STEP)
            self.last = None  # its times were absolute, and on Redis it is not the clock that moves
            return None
        if act in ("promote", "take", "reclaim"):
            return await self.work(act)
        if act in ("renew", "finish", "hand_back", "bury"):
            return await self.lease(act, what)
        return await self.draw(act, what)

    async def commit(self, what: dict[str, Any]) -> object:
        """Commit as asked, relative to the version the record has and to the world's own time."""
        id_, now = what.pop("id"), self.world.records.now()
        stored = await self.world.records.read("change", id_)
        self.written += 1
        entries = tuple(entry(id_, n, name=f"commit {self.written}") for n in range(what.pop("entries")))
        expected = max(0, (stored.version if stored else 0) + what.pop("version"))
        due = tuple(Due(job=job, at=now + offset) for job, offset in what.pop("due", ()))
        if "before" in what:
            what["before"] += now
        if "drop" in what:
            what["drop"] = tuple(c for c in await self.world.records.chains(9) if c.id == what["drop"] != id_)
        self.last = Commit(kind="change", id=id_, expected=expected, data="{}", entries=entries, due=due, **what)
        done = await self.world.records.commit(self.last)
        return done.verdict, done.holder

    async def work(self, act: str) -> object:
        """Move jobs along, and remember what was handed out in an order both worlds agree on."""
        if act == "promote":
            return await self.world.queue.promote(100)
        if act == "take":
            handed_out = await self.world.queue.take("worker", 100, 0)
        else:
            handed_out = await self.world.queue.reclaim("worker", 100)
        seen = sorted(handed_out, key=lambda d: (d.job.kind, d.job.id, d.times))
        self.held = seen + self.held
        return [(d.job, d.times) for d in seen]

    async def lease(self, act: str, place: int) -> object:
        """Act on one of the deliveries handed out so far, still held or not."""
        if place >= len(self.held):
            return None
        delivery, queue = self.held[place], self.world.queue
        if act == "renew":
            return await queue.renew("worker", delivery)
        if act == "finish":
            return await queue.finish("worker", delivery)
        if act == "bury":
            await queue.bury("worker", delivery, "why")
        else:
            await queue.hand_back("worker", delivery)
        return None

    async def draw(self, act: str, what: Any) -> object:
        """Act on the outbox, as one of two drawers."""
        hold_ms = STEP * 3 // 2
        if act == "due":
            return sorted(await self.world.outbox.due(100, hold_ms))
        if act == "settle":
            return await self.world.outbox.settle(*what)
        if act == "postpone":
            await self.world.outbox.postpone(what, STEP // 2)
            return None
        return await (self.other if act == "other_hold" else self.world.outbox).hold(what, hold_ms)

    async def seen(self) -> object:
        """Return everything that can be read."""
        records = self.world.records
        stored = await records.read_many("change", IDS)
        return (
            [(one.version, one.data, one.head) if one else None for one in stored],
            [await records.trail("change", id_) for id_ in IDS],
            [await records.raw("change", id_) for id_ in IDS],
            [[c.id for c in await records.chains(n, newest_first=newest)] for n, newest in ((2, False), (9, True))],
            [await records.members(name, 10) for name in ("one", "two")],
            [await records.holder(name) for name in ("one", "two")],
            sorted((job.kind, job.id, times) for job, times, _ in await self.world.dead()),
        )


async def told(kind: str, url: str, sequence: list[tuple[str, Any]]) -> list[object]:
    """Run a sequence in one kind of world and return what was answered and seen."""
    async with world_of(kind, url) as world:
        player = Player(world)
        answers: list[object] = []
        for act, what in sequence:
            answers += [(act, await player.do(act, what)), await player.seen()]
        return answers


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(sequence=st.lists(operations, max_size=25))
def test_memory_and_redis_answer_alike(redis_server: EmbeddedServer, sequence: list[tuple[str, Any]]) -> None:
    """Whatever is asked in whatever order, both worlds answer and look the same after each step."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    with asyncio.Runner() as runner:
        in_memory = runner.run(told("memory", "", sequence))
        on_redis = runner.run(told("redis", redis_server.url, sequence))
    assert on_redis == in_memory
