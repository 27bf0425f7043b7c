"""What execution works with, and its one way to write."""

import asyncio
from dataclasses import dataclass

from bot.changes.record import ChangeRequest, Step
from bot.errors import NotRecorded
from bot.ports import Notifier, Provider, Queue, Wait
from bot.rights import Rights
from bot.store import ChangeStore, Held

COMMIT_PAUSES = (0.2, 0.5, 1.0, 2.0)


class Lost(Exception):
    """Another worker has the change now."""


@dataclass(frozen=True, slots=True)
class Bench:
    """The ports of one worker, its name, and how long a job is its own (milliseconds)."""

    changes: ChangeStore
    provider: Provider
    rights: Rights
    notifier: Notifier
    queue: Queue
    worker: str
    lease_ms: int
    wait: Wait = asyncio.sleep

    def now(self) -> int:
        """Return the store's time in milliseconds."""
        return self.changes.now()

    async def commit(self, held: Held, step: Step) -> Held:
        """
        Write a step on the version it was decided on; raise Lost when that is no longer the newest.

        A store that is away for a moment (a lost reply, a failover) is tried again with the very same commit,
        which it recognises: what an answered call came to is not thrown away for it.
        """
        written = await self._written(held, step)
        if written is None:
            raise Lost
        self.notifier.changed(step.change.id)
        return written

    async def _written(self, held: Held, step: Step) -> Held | None:
        for pause in COMMIT_PAUSES:
            try:
                return await self.changes.advance(held, step)
            except NotRecorded:
                await self.wait(pause)
        return await self.changes.advance(held, step)


def backoff(change: ChangeRequest) -> int:
    """Return how long to wait, in ms, before an unsent call is tried again."""
    return int(min(500 * 2 ** min(change.attempt, 6), 30_000))
