"""
Waiting for what comes about by itself: in another process, another task, or a fake's state.

The one place in the tests that sleeps. Whatever tells an event is waited for by its event, not here.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol

PATIENCE = 15.0
LOOK_SECONDS = 0.01


def eventually(holds: Callable[[], bool], within_s: float = 10) -> None:
    """Wait, where nothing else runs in this thread, until something holds; fail when it does not in time."""
    ends = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < ends, "it did not come about in time"
        time.sleep(LOOK_SECONDS)


async def until(
    holds: Callable[[], object],
    what: str = "something",
    within: float = PATIENCE,
    *,
    look: float = LOOK_SECONDS,
) -> None:
    """Wait until something holds, looking every `look` seconds; fail with `what` when it does not come about."""
    ends = time.monotonic() + within
    while not holds():
        assert time.monotonic() < ends, f"it did not come about within {within:g} s: {what}"
        await asyncio.sleep(look)


async def until_stored(
    holds: Callable[[], Awaitable[object]],
    what: str = "something",
    within: float = PATIENCE,
    *,
    look: float = 2 * LOOK_SECONDS,
) -> None:
    """Wait until something that has to be asked for holds; fail with `what` when it does not come about."""
    ends = time.monotonic() + within
    while not await holds():
        assert time.monotonic() < ends, f"it did not come about within {within:g} s: {what}"
        await asyncio.sleep(look)


async def passed(seconds: float) -> None:
    """Let real time pass, for what is a matter of time itself: how long a trouble lasts, when somebody tries again."""
    await asyncio.sleep(seconds)


async def others_have_run() -> None:
    """Let every other task that can run go on to its next wait."""
    await asyncio.sleep(0)


class Runs(Protocol):
    """What runs until it is stopped."""

    async def run(self) -> None: ...
    async def stop(self, seconds: float) -> None: ...


@asynccontextmanager
async def running(worker: Runs) -> AsyncIterator[asyncio.Task[None]]:
    """Run a worker, and stop it in the end."""
    task = asyncio.create_task(worker.run())
    try:
        yield task
    finally:
        await worker.stop(1)
        await asyncio.wait_for(task, PATIENCE)
