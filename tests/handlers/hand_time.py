"""A time that stands still until a test moves it on."""

import asyncio


class HandTime:
    """Seconds; whoever waits goes on when `advance` has passed their time."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._waiting: list[tuple[float, asyncio.Event]] = []
        self._came = asyncio.Condition()

    def clock(self) -> float:
        """Return the time."""
        return self.now

    async def wait(self, seconds: float) -> None:
        """Wait for the time to be moved on."""
        over = asyncio.Event()
        async with self._came:
            self._waiting.append((self.now + seconds, over))
            self._came.notify_all()
        await over.wait()

    async def waited_for(self, count: int = 1) -> None:
        """Wait until so many wait for the time."""
        async with asyncio.timeout(5), self._came:
            await self._came.wait_for(lambda: len(self._waiting) >= count)

    def advance(self, seconds: float) -> None:
        """Move the time on."""
        self.now += seconds
        for at, over in self._waiting:
            if at <= self.now:
                over.set()
        self._waiting = [(at, over) for at, over in self._waiting if at > self.now]


class RunningTime(HandTime):
    """A time that passes at once where somebody waits, for those who wait one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    async def wait(self, seconds: float) -> None:
        """Let the time pass."""
        self.waits.append(seconds)
        self.now += seconds
