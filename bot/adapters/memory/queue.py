"""The queue in memory: jobs in order, leases by the clock."""

import asyncio
import time

from bot.adapters.memory.state import Entry, State
from bot.model import Due, Job
from bot.ports import Delivery


class MemoryQueue:
    """The port Queue, over a state in memory."""

    def __init__(self, state: State, lease_ms: int) -> None:
        self._state = state
        self._lease_ms = lease_ms

    async def take(self, consumer: str, count: int, wait_ms: int) -> tuple[Delivery, ...]:
        """Hand out new jobs to `consumer`, waiting up to `wait_ms` (of real time) for the first."""
        ends = time.monotonic() + wait_ms / 1000
        while True:
            now = self._state.reached()
            new = [name for name, entry in self._state.entries.items() if entry.consumer is None][:count]
            if new or time.monotonic() >= ends:
                return tuple(self._hand_out(name, consumer, now) for name in new)
            self._state.arrival.clear()
            try:
                await asyncio.wait_for(self._state.arrival.wait(), ends - time.monotonic())
            except TimeoutError:
                continue  # one last look, for whoever came in that very moment

    async def reclaim(self, consumer: str, count: int) -> tuple[Delivery, ...]:
        """Hand over jobs whose lease has run out."""
        now = self._state.reached()
        lapsed = [
            name
            for name, entry in self._state.entries.items()
            if entry.consumer is not None and now - entry.since >= self._lease_ms
        ]
        return tuple(self._hand_out(name, consumer, now) for name in lapsed[:count])

    async def renew(self, consumer: str, delivery: Delivery) -> bool:
        """Extend the lease; False when the job has gone to somebody else."""
        now = self._state.reached()
        entry = self._held(consumer, delivery)
        if entry is not None:
            entry.since = now
        return entry is not None

    async def finish(self, consumer: str, delivery: Delivery) -> bool:
        """Take the job off the queue; False when it has gone to somebody else."""
        self._state.reached()
        return self._let_go(consumer, delivery)

    async def hand_back(self, consumer: str, delivery: Delivery) -> None:
        """Give the job up at once."""
        self._state.reached()
        if self._let_go(consumer, delivery):
            self._state.enqueue(delivery.job, delivery.times)

    async def bury(self, consumer: str, delivery: Delivery, why: str) -> None:
        """Move a job that cannot be worked to the dead letters."""
        self._state.reached()
        if self._let_go(consumer, delivery):
            self._state.dead.append((delivery.job, delivery.times, why))

    async def promote(self, limit: int) -> int:
        """Queue every job whose deadline has come, each once; return how many."""
        now = self._state.reached()
        due = sorted((at, job.kind, job.id) for job, at in self._state.deadlines.items() if at <= now)
        for _, kind, id_ in due[:limit]:
            job = Job(kind=kind, id=id_)
            del self._state.deadlines[job]
            self._state.enqueue(job)
        return len(due[:limit])

    async def add(self, job: Job) -> None:
        """Queue a job outside a commit."""
        self._state.reached()
        self._state.enqueue(job)

    async def defer(self, due: Due) -> None:
        """Set a deadline outside a commit."""
        self._state.reached()
        self._state.deadlines[due.job] = due.at

    def _hand_out(self, name: str, consumer: str, now: int) -> Delivery:
        entry = self._state.entries[name]
        entry.consumer, entry.since, entry.times = consumer, now, entry.times + 1
        return Delivery(entry=name, job=entry.job, times=entry.times)

    def _held(self, consumer: str, delivery: Delivery) -> Entry | None:
        entry = self._state.entries.get(delivery.entry)
        if entry is None or entry.consumer != consumer or entry.times != delivery.times:
            return None
        return entry

    def _let_go(self, consumer: str, delivery: Delivery) -> bool:
        if self._held(consumer, delivery) is None:
            return False
        del self._state.entries[delivery.entry]
        return True
