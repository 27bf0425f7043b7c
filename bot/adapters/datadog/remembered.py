"""A value that is read for many askers at once, and remembered for a short while."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

_Value = TypeVar("_Value")


class Remembered(Generic[_Value]):
    """
    What `read` returns, for `seconds` after it was read.

    Whoever asks while it is being read waits for that reading, and gets its error too; an error is not remembered.
    """

    def __init__(
        self,
        read: Callable[[], Awaitable[_Value]],
        seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._seconds = seconds
        self._monotonic = monotonic
        self._kept: tuple[_Value, float] | None = None
        self._flight: asyncio.Task[_Value] | None = None

    async def get(self) -> _Value:
        """Return the value as it is remembered, or read it."""
        if self._kept is not None and self._monotonic() < self._kept[1]:
            return self._kept[0]
        if self._flight is None:
            self._flight = asyncio.create_task(self._fetch())
            self._flight.add_done_callback(_seen)
        return await asyncio.shield(self._flight)

    def forget(self) -> None:
        """Let the next asker read it anew; a reading under way is not remembered."""
        self._kept = self._flight = None

    async def _fetch(self) -> _Value:
        me = asyncio.current_task()
        try:
            value = await self._read()
            if self._flight is me:
                self._kept = (value, self._monotonic() + self._seconds)
            return value
        finally:
            if self._flight is me:
                self._flight = None


def _seen(flight: "asyncio.Task[_Value]") -> None:
    """Take note of an error, which every asker that still waits is told."""
    if not flight.cancelled():
        flight.exception()
