"""
Each implementation of the store's ports, behind one face that can let time pass.

In memory a clock is moved. On Redis, whose own time counts, everything that is stored with a time is moved back.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from bot.adapters.breaker import Circuit, Terms
from bot.adapters.memory.circuit import MemoryCircuit
from bot.adapters.memory.intake import MemoryIntake
from bot.adapters.memory.outbox import MemoryOutbox
from bot.adapters.memory.pulse import MemoryPulse
from bot.adapters.memory.queue import MemoryQueue
from bot.adapters.memory.records import MemoryRecords
from bot.adapters.memory.state import State
from bot.adapters.redis import keys
from bot.adapters.redis.circuit import RedisCircuit
from bot.adapters.redis.connection import connected
from bot.adapters.redis.intake import RedisIntake
from bot.adapters.redis.link import Link
from bot.adapters.redis.outbox import RedisOutbox
from bot.adapters.redis.pulse import RedisPulse
from bot.adapters.redis.queue import GROUP, RedisQueue
from bot.adapters.redis.records import RedisRecords
from bot.audit import AuditEntry, AuditEvent, Signer
from bot.model import Actor, Job
from bot.ports import Intake, Outbox, Pulse, Queue, Records

LEASE_MS = 10_000
CIRCUIT = Terms()
SIGNER = Signer(b"a key of the tests")
AGE_LEASES = """
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], '-', '+', 1000)
for _, one in ipairs(pending) do
  redis.call('XCLAIM', KEYS[1], ARGV[1], one[2], 0, one[1], 'IDLE', one[3] + ARGV[2], 'JUSTID')
end
"""


class World(Protocol):
    """The three ports over one store, and its time."""

    @property
    def records(self) -> Records: ...
    @property
    def queue(self) -> Queue: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def intake(self) -> Intake: ...
    @property
    def circuit(self) -> Circuit: ...
    @property
    def pulse(self) -> Pulse: ...

    def another_outbox(self) -> Outbox:
        """Return the outbox as another process has it."""
        ...

    async def pass_time(self, ms: int) -> None:
        """Let everything stored grow older."""
        ...

    async def dead(self) -> list[tuple[Job, int, str]]:
        """Return the dead letters: the job, how often it was handed out, and why it was buried."""
        ...


class SetClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: int = 1_800_000_000_000) -> None:
        self._now = now

    def now(self) -> int:
        """Return the set time."""
        return self._now

    def advance(self, ms: int) -> None:
        """Move on."""
        self._now += ms


class MemoryWorld:
    """Everything in memory."""

    def __init__(self) -> None:
        self.clock = SetClock()
        self.state = State(self.clock)
        self.records: Records = MemoryRecords(self.state)
        self.queue: Queue = MemoryQueue(self.state, LEASE_MS)
        self.outbox: Outbox = MemoryOutbox(self.state)
        self.intake: Intake = MemoryIntake(self.state)
        self.circuit: Circuit = MemoryCircuit(self.state, CIRCUIT)
        self.pulse: Pulse = MemoryPulse(self.state)

    def another_outbox(self) -> Outbox:
        """Return the outbox as another process has it."""
        return MemoryOutbox(self.state)

    async def pass_time(self, ms: int) -> None:
        """Move the clock."""
        self.clock.advance(ms)

    async def dead(self) -> list[tuple[Job, int, str]]:
        """Return the dead letters."""
        return list(self.state.dead)


class RedisWorld:
    """Everything on a server."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.records: Records = RedisRecords(link)
        self.queue: Queue = RedisQueue(link, LEASE_MS)
        self.outbox: Outbox = RedisOutbox(link)
        self.intake: Intake = RedisIntake(link)
        self.circuit: Circuit = RedisCircuit(link, CIRCUIT)
        self.pulse: Pulse = RedisPulse(link)

    def another_outbox(self) -> Outbox:
        """Return the outbox as another process has it."""
        return RedisOutbox(self.link)

    async def pass_time(self, ms: int) -> None:
        """Move back all deadlines, holds, leases and times to live."""
        await age_sets(self.link, ms)
        await age_holds(self.link, ms)
        await age_leases(self.link, ms)
        await age_circuits(self.link, ms)
        await age_keys(self.link, ms)

    async def dead(self) -> list[tuple[Job, int, str]]:
        """Return the dead letters."""
        entries = await self.link.call("XRANGE", keys.DEAD, "-", "+")
        return [(Job(kind=f["kind"], id=f["id"]), int(f["times"]), f["why"]) for _, f in entries]


async def age_sets(link: Link, ms: int) -> None:
    """Move back whatever a sorted set has with a time."""
    for key in (keys.DEADLINES, keys.WAITING, keys.INTAKE, keys.CHAINS, keys.WORKERS):
        for member in await link.call("ZRANGE", key, 0, -1):
            await link.call("ZINCRBY", key, -ms, member)


async def age_holds(link: Link, ms: int) -> None:
    """Move back the ends of holds."""
    held: dict[str, str] = await link.call("HGETALL", keys.HOLDS)
    for id_, hold in held.items():
        ends, token = hold.split(" ")
        await link.call("HSET", keys.HOLDS, id_, f"{int(ends) - ms} {token}")


async def age_leases(link: Link, ms: int) -> None:
    """Move back the start of leases, without counting a hand-out."""
    await link.call("EVAL", AGE_LEASES, 1, keys.JOBS, GROUP, ms)


async def age_circuits(link: Link, ms: int) -> None:
    """Move back the ends of pauses."""
    for name in await link.call("KEYS", keys.circuit("*")):
        if ends := await link.call("HGET", name, "until"):
            await link.call("HSET", name, "until", int(ends) - ms)


async def age_keys(link: Link, ms: int) -> None:
    """Shorten what is left of every key's time to live."""
    names: list[str] = await link.call("KEYS", "*")
    for name in names:
        left: int = await link.call("PTTL", name)
        if 0 <= left <= ms:
            await link.call("DEL", name)
        elif left > ms:
            await link.call("PEXPIRE", name, left - ms)


@asynccontextmanager
async def world_of(kind: str, redis_url: str) -> AsyncIterator[World]:
    """Give a fresh world; the server behind `redis_url` is expected to be empty."""
    if kind == "memory":
        yield MemoryWorld()
        return
    async with connected(redis_url, timeout_s=5) as link:
        yield RedisWorld(link)


def entry(record: str, seq: int, prev: str = "genesis", name: str = "happened") -> AuditEntry:
    """Return a signed audit entry."""
    event = AuditEvent(name=name, by=Actor(id="UREQUESTER"), at=seq)
    return SIGNER.sign(record, seq, event, "a state", prev)
