"""What was asked of the organisation, and whether it changed anything."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from bot.sandbox.datadog.records import Call

_KEPT = 500
_INTAKE = "/api/v2/events"


class CallLog:
    """
    The requests to the API, oldest first, and counts of the writes.

    `writes` counts the writes that arrived and `applied` those that changed something, by `"METHOD /path"`; what
    the event intake is told is no write to the organisation.
    Only the last 500 calls are kept; the counts are of all of them.
    """

    def __init__(self, calls: list[Call]) -> None:
        self._calls = calls
        self.writes: Counter[str] = Counter()
        self.applied: Counter[str] = Counter()
        for call in calls:
            self._count(call)

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls)

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, *, at: datetime, method: str, path: str, status: int, applied: bool) -> Call:
        """Note one call."""
        number = self._calls[-1].n + 1 if self._calls else 1
        call = Call(n=number, at=at, method=method, path=path, status=status, applied=applied)
        self._calls.append(call)
        del self._calls[:-_KEPT]
        self._count(call)
        return call

    def written(self, path_contains: str = "") -> int:
        """Return how many writes to such paths arrived."""
        return sum(count for path, count in self.writes.items() if path_contains in path)

    def changed(self, path_contains: str = "") -> int:
        """Return how many writes to such paths changed something."""
        return sum(count for path, count in self.applied.items() if path_contains in path)

    def _count(self, call: Call) -> None:
        if call.method != "GET" and call.path != _INTAKE:
            name = f"{call.method} {call.path}"
            self.writes[name] += 1
            self.applied[name] += call.applied
