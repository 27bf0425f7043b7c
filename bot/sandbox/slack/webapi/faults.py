"""Faults on request: what a method does instead of answering properly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bot.sandbox.slack.records import Refused

KINDS = ("error", "ratelimited", "http", "stall", "lost")


@dataclass(slots=True)
class Fault:
    """One method's fault; `times` None means until it is cleared."""

    kind: str
    error: str = "internal_error"
    retry_after: int = 1
    status: int = 503
    seconds: float = 5.0
    times: int | None = None


_NUMBERS: dict[str, tuple[type, ...]] = {
    "retry_after": (int,),
    "status": (int,),
    "seconds": (int, float),
    "times": (int,),
}


class Faults:
    """The faults that are set now, by method."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}

    def take(self, method: str) -> Fault | None:
        """Return the fault for this call and count it."""
        fault = self._faults.get(method)
        if fault is not None and fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                del self._faults[method]
        return fault

    def change(self, wanted: Any) -> None:
        """Set, replace or clear faults as the people API describes."""
        if wanted is None:
            self._faults.clear()
            return
        if not isinstance(wanted, Mapping):
            raise Refused("bad_request", "faults is an object from method to fault, or null")
        for method, fault in wanted.items():
            if fault is None:
                self._faults.pop(method, None)
            else:
                self._faults[method] = _fault(fault)

    def as_json(self) -> dict[str, Any]:
        """Return the faults as the people API shows them."""
        return {method: asdict(fault) for method, fault in self._faults.items()}


def _fault(data: Any) -> Fault:
    if not isinstance(data, Mapping) or data.get("kind") not in KINDS:
        raise Refused("bad_request", f"a fault needs a kind out of {', '.join(KINDS)}")
    for key, kind in _NUMBERS.items():
        if data.get(key) is not None and (not isinstance(data[key], kind) or data[key] < 0):
            raise Refused("bad_request", f"{key} is a number that is not negative")
    try:
        return Fault(**{key: value for key, value in data.items() if value is not None})
    except TypeError:
        raise Refused("bad_request", "a fault has kind, error, retry_after, status, seconds and times") from None
