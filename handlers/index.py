"""
What there is to choose from, kept for a minute at most, so that a select has its suggestions at once.

Suggestions only help to name a target: what is named is looked up afresh when it is planned. Each list is read once
however many ask for it, and read again before it is a minute old where somebody asks; who cannot wait for that is
given what was there before.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog
from structlog.typing import FilteringBoundLogger

from bot.errors import CountersignError
from bot.model import Environment, Noun, Target
from bot.ports import Provider

_log: FilteringBoundLogger = structlog.get_logger("countersign.index")

KEEP_SECONDS = 60.0
AGED_SECONDS = 40.0
WAIT_SECONDS = 1.5
MOST_LISTS = 64
MOST_KEPT = 5000
_ENVIRONMENTS = "environments"

One = TypeVar("One")
Key = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class _List(Generic[One]):
    things: tuple[One, ...]
    read_at: float


class _Lists(Generic[One]):
    """Lists by key: read once at a time, the longest unused ones forgotten."""

    def __init__(self, clock: Callable[[], float], wait: float) -> None:
        self._clock = clock
        self._wait = wait
        self._kept: OrderedDict[Key, _List[One]] = OrderedDict()
        self._reading: dict[Key, asyncio.Task[None]] = {}

    async def get(self, key: Key, read: Callable[[], Awaitable[tuple[One, ...]]]) -> tuple[One, ...]:
        """Return a list at most a minute old, or what was there before where reading takes too long or fails."""
        age = self._age(key)
        if age < KEEP_SECONDS:
            self._kept.move_to_end(key)
            if age >= AGED_SECONDS:
                self._start(key, read)
            return self._kept[key].things
        await asyncio.wait({self._start(key, read)}, timeout=self._wait)
        kept = self._kept.get(key)
        return kept.things if kept else ()

    def seen(self) -> tuple[One, ...]:
        """Return everything in every list that is kept."""
        return tuple(thing for kept in self._kept.values() for thing in kept.things)

    async def close(self) -> None:
        """Stop what is being read."""
        reading = tuple(self._reading.values())
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)

    def _age(self, key: Key) -> float:
        kept = self._kept.get(key)
        return self._clock() - kept.read_at if kept else KEEP_SECONDS

    def _start(self, key: Key, read: Callable[[], Awaitable[tuple[One, ...]]]) -> asyncio.Task[None]:
        task = self._reading.get(key)
        if task is None:
            task = asyncio.create_task(self._read(key, read), name=f"index:{key[0]}")
            self._reading[key] = task
            task.add_done_callback(lambda done: self._ended(key, done))
        return task

    def _ended(self, key: Key, task: asyncio.Task[None]) -> None:
        self._reading.pop(key, None)
        if not task.cancelled():
            task.exception()  # one read when the bot had closed its connections; nobody waits for it any more

    async def _read(self, key: Key, read: Callable[[], Awaitable[tuple[One, ...]]]) -> None:
        began = self._clock()
        try:
            things = await read()
        except CountersignError as away:
            _log.warning("index.unread", what=key[0], why=away.code)
            return
        self._kept[key] = _List(things[:MOST_KEPT], began)
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_LISTS:
            self._kept.popitem(last=False)


class TargetIndex:
    """Environments and targets, for suggestions; never raises what the provider raises."""

    def __init__(
        self, provider: Provider, *, clock: Callable[[], float] = time.monotonic, wait: float = WAIT_SECONDS
    ) -> None:
        """Take the provider, and how many seconds somebody who types can wait for a list."""
        self._provider = provider
        self._environments: _Lists[Environment] = _Lists(clock, wait)
        self._targets: _Lists[Target] = _Lists(clock, wait)

    async def environments(self) -> tuple[Environment, ...]:
        """Return all environments, as far as they are known."""
        return await self._environments.get((_ENVIRONMENTS, "", False), self._provider.environments)

    async def environment(self, id_: str) -> Environment | None:
        """Return an environment by its id."""
        return next((one for one in await self.environments() if one.id == id_), None) if id_ else None

    async def targets(
        self, noun: Noun, environment: Environment | None = None, *, archived: bool = False
    ) -> tuple[Target, ...]:
        """
        Return what there is of a kind, archived instead of live ones on request.

        Rollouts are those of the environment, none without one; all others are the same everywhere. Of deployments
        only those that run are returned: nothing can be done to the others.
        """
        within = environment if noun is Noun.ROLLOUT else None
        if noun is Noun.ROLLOUT and within is None:
            return ()
        key = (noun.value, within.id if within else "", archived)
        text = "running" if noun is Noun.DEPLOYMENT else ""

        async def read() -> tuple[Target, ...]:
            return await self._provider.find(noun, text, within, archived=archived)

        return await self._targets.get(key, read)

    def name(self, id_: str, noun: Noun | None = None) -> str:
        """Return what a target of a kind is called, by its id; the id itself where it was never seen."""
        found = next((one for one in self._targets.seen() if one.id == id_ and noun in (None, one.noun)), None)
        return found.key if found else id_

    async def warm(self) -> None:
        """Read what people will ask for first; rollouts, which cost a read for each flag, wait until they are asked."""
        await self.environments()
        for noun in (Noun.FLAG, Noun.TEST, Noun.DEPLOYMENT, Noun.ENVIRONMENT):
            await self.targets(noun)

    async def close(self) -> None:
        """Stop what is being read."""
        await self._environments.close()
        await self._targets.close()
