"""Work after the answer: held, watched and drained."""

import asyncio

import pytest
import structlog

from handlers.background import Background, Closed
from tests.handlers.slack_stage import MARK


async def _wait_for(event: asyncio.Event) -> None:
    await event.wait()


async def test_runs_what_was_started() -> None:
    """Work that was started runs to its end and is let go."""
    background, done = Background(), asyncio.Event()

    async def work() -> None:
        done.set()

    await background.start(work(), "work")
    assert done.is_set()
    await asyncio.wait_for(background.drain(1), 1)
    assert len(background) == 0


async def test_begins_once_the_caller_waits() -> None:
    """Work does not begin before its caller has gone on to wait, so that an answer comes first."""
    background, order = Background(), list[str]()

    async def work() -> None:
        order.append("work")

    task = background.start(work(), "work")
    order.append("answer")
    await task
    assert order == ["answer", "work"]


async def test_logs_what_fails() -> None:
    """An exception in the background is logged by its type and place, without its words."""
    background = Background()

    async def fail() -> None:
        raise ValueError(MARK)

    with structlog.testing.capture_logs() as entries:
        background.start(fail(), "failing")
        await background.drain(5)
    assert [(entry["event"], entry["error"], entry["task"]) for entry in entries] == [
        ("background.failed", "ValueError", "failing")
    ]
    assert "test_background.py" in entries[0]["where"]
    assert MARK not in str(entries)


async def test_waits_for_what_is_running() -> None:
    """Draining waits for work, and for the work that this starts meanwhile."""
    background, go, done = Background(), asyncio.Event(), list[str]()

    async def second() -> None:
        done.append("second")

    async def first() -> None:
        await go.wait()
        background.start(second(), "second")
        done.append("first")

    background.start(first(), "first")
    draining = asyncio.create_task(background.drain(5))
    go.set()
    assert await draining == ()
    assert done == ["first", "second"]


async def test_cancels_what_takes_too_long() -> None:
    """What has not ended in time is cancelled, and said by name."""
    background, never = Background(), asyncio.Event()
    with structlog.testing.capture_logs() as entries:
        task = background.start(_wait_for(never), "endless")
        assert await background.drain(0.01) == ("endless",)
    assert task.cancelled()
    assert [(entry["event"], entry["task"]) for entry in entries] == [("background.cancelled", "endless")]


async def test_refuses_nothing_silently() -> None:
    """Work that comes after the end is refused with an error and a log entry."""
    background = Background()
    await background.drain(0)
    with structlog.testing.capture_logs() as entries, pytest.raises(Closed):
        background.start(_wait_for(asyncio.Event()), "too late")
    assert [(entry["event"], entry["task"]) for entry in entries] == [("background.refused", "too late")]
