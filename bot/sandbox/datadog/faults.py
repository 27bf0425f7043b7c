"""
Trouble on request.

A fault waits for a request that it matches and spoils that one. What each kind does to the change that was asked
for differs, and that is the point: some arrive too late to be told apart from a success.
"""

import asyncio
from typing import Literal, get_args

from pydantic import BaseModel, Field

Kind = Literal[
    "429",
    "500",
    "503",
    "stall",
    "drop_before_apply",
    "drop_after_apply",
    "202",
    "409",
    "403",
    "html",
    "empty",
]
"""
429, 500, 503, 409, 403, html: refused, nothing is applied (html is a gateway's 502 page).
stall: answered and applied after `seconds`, also when the caller has gone by then.
drop_before_apply, drop_after_apply: the connection breaks without an answer, before or after the change.
202: becomes a suggestion that waits for Datadog's own approval; nothing is applied.
empty: applied, and the body of the answer is lost.
"""

KINDS: tuple[str, ...] = get_args(Kind)


class Match(BaseModel):
    """Which requests a fault spoils; what is left out matches any."""

    method: str | None = None
    path_contains: str = ""


class Fault(BaseModel):
    """
    One kind of trouble for the next `times` requests that match.

    `seconds` is for a 429 and a stall.
    """

    match: Match = Field(default_factory=Match)
    kind: Kind
    times: int = Field(default=1, ge=1)
    seconds: float = Field(default=2, ge=0, le=600)


class Faults:
    """The faults that wait."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._released = asyncio.Event()

    def add(self, fault: Fault) -> None:
        """Let a fault wait for its requests."""
        self._waiting.append(fault)

    def listed(self) -> list[Fault]:
        """Return the faults that still wait."""
        return list(self._waiting)

    def clear(self) -> None:
        """Forget all faults and let stalled requests go on."""
        self._waiting.clear()
        self._released.set()
        self._released = asyncio.Event()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault for a request, counted down, or None."""
        for fault in self._waiting:
            if fault.match.method in (None, method) and fault.match.path_contains in path:
                fault.times -= 1
                if fault.times == 0:
                    self._waiting.remove(fault)
                return fault
        return None

    async def stall(self, seconds: float) -> None:
        """Wait for some seconds, or until the faults are cleared."""
        try:
            await asyncio.wait_for(self._released.wait(), seconds)
        except TimeoutError:
            return
