"""
Work that goes on after the answer: kept, watched, and drained at the end.

What must not be lost is in the store before it comes here; this makes sure that nothing else is dropped unseen.
"""

import asyncio
from collections.abc import Coroutine

import structlog
from structlog.typing import FilteringBoundLogger

from handlers.failures import log_failure

_log: FilteringBoundLogger = structlog.get_logger("countersign.background")

_GRACE = 1.0


class Closed(RuntimeError):
    """Work was started after the last of it had been drained."""


class Background:
    """A set of running tasks; a task is held until it ends, and its exception is logged."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def __len__(self) -> int:
        """Return how many tasks are running."""
        return len(self._tasks)

    def start(self, work: Coroutine[object, object, None], name: str) -> asyncio.Task[None]:
        """
        Run `work` as a task called `name`; it begins when the caller next waits.

        Raises Closed once `drain` has ended, after logging it; until then new work is taken and drained too.
        """
        if self._closed:
            work.close()
            _log.error("background.refused", task=name)
            raise Closed(name)
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def drain(self, seconds: float) -> tuple[str, ...]:
        """Wait up to `seconds` for everything to end, cancel what is left and return the names of that."""
        deadline = asyncio.get_running_loop().time() + seconds
        while self._tasks:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                break
            await asyncio.wait(tuple(self._tasks), timeout=left, return_when=asyncio.FIRST_COMPLETED)
        self._closed = True
        return await self._cancel()

    async def _cancel(self) -> tuple[str, ...]:
        left = tuple(self._tasks)
        for task in left:
            task.cancel()
            _log.error("background.cancelled", task=task.get_name())
        if left:
            await asyncio.wait(left, timeout=_GRACE)
        return tuple(sorted(task.get_name() for task in left))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            log_failure("background.failed", error, task=task.get_name())
