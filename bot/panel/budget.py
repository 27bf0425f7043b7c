"""How many requests a minute the panels may send to Datadog, all of them together."""

from collections.abc import Callable

MINUTE = 60_000


class Budget:
    """Requests that may be sent: `a_minute` at most in any one, spread as they are asked for."""

    def __init__(self, a_minute: int, now: Callable[[], int]) -> None:
        self._a_minute = a_minute
        self._now = now
        self._spent: list[tuple[int, int]] = []

    def left(self) -> int:
        """Return how many may be sent now; negative where a listing took more than there was."""
        began = self._now() - MINUTE
        self._spent = [(at, count) for at, count in self._spent if at > began]
        return self._a_minute - sum(count for _, count in self._spent)

    def spend(self, count: int) -> None:
        """Note that so many were sent."""
        self._spent.append((self._now(), count))
