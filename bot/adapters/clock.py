"""The machine's own clock."""

import time


class SystemClock:
    """The time of day as the operating system has it; implements the port Clock."""

    def now(self) -> int:
        """Return milliseconds since the epoch, UTC."""
        return time.time_ns() // 1_000_000
