"""Waiting for something outside this process, which tells no event."""

import time
from collections.abc import Callable


def eventually(holds: Callable[[], bool], within_s: float = 10) -> None:
    """Wait until something holds, and fail when it does not come about in time."""
    ends = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < ends, "it did not come about in time"
        time.sleep(0.01)
