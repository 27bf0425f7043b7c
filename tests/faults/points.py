"""
The points at which a process can be made to die or stand still, put around its ports from outside.

The bot itself knows nothing of them.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, cast

import httpx

from bot.model import Plan, Receipt
from bot.ports import Commit, Committed, Outbox, Provider, Records, Stored

POINT, PASS, SIGNAL = "FAULT_POINT", "FAULT_PASS", "FAULT_SIGNAL"


class Point(StrEnum):
    """Where a process can be hit; each is passed once or more for every change."""

    BEFORE_ASK = "before a request is recorded"
    AFTER_ASK = "after a request is recorded"
    BEFORE_VOTE = "before a vote is recorded"
    AFTER_VOTE = "after a vote is recorded, before it is acknowledged"
    BEFORE_CLAIM = "before a change is claimed"
    AFTER_CLAIM = "after a change is claimed"
    BEFORE_MARK = "before the mark of a call"
    AFTER_MARK = "after the mark of a call"
    BEFORE_CALL = "before a call is sent"
    AFTER_CALL = "after a call is sent, before its answer"
    AFTER_ANSWER = "after a call is answered"
    BEFORE_RECORD = "before an outcome is recorded"
    AFTER_RECORD = "after an outcome is recorded"
    BEFORE_DRAW = "after a drawing is taken, before it is made"
    AFTER_LOOK = "after a record is read for drawing, before it is drawn"
    AFTER_POST = "after the notice of a card is posted, before it is noted where"
    AFTER_NOTE = "after it is noted where a card stands, before it is drawn there"
    AFTER_DRAW = "after a drawing is made, before it is noted"


VOTES = ("approve", "confirm", "reject")
OUTCOMES = ("applied", "submitted", "failed", "unanswered", "unknown", "stale")
_AROUND: Mapping[str, tuple[Point, Point]] = {
    "requested": (Point.BEFORE_ASK, Point.AFTER_ASK),
    "claimed": (Point.BEFORE_CLAIM, Point.AFTER_CLAIM),
    "called": (Point.BEFORE_MARK, Point.AFTER_MARK),
    **dict.fromkeys(VOTES, (Point.BEFORE_VOTE, Point.AFTER_VOTE)),
    **dict.fromkeys(OUTCOMES, (Point.BEFORE_RECORD, Point.AFTER_RECORD)),
}


class Trap:
    """Hits this process as it passes one point for the n-th time; `tell` hears of it just before."""

    def __init__(self, point: Point | None, nth: int, sign: signal.Signals, tell: Callable[[str], object]) -> None:
        self._point = point
        self._left = nth
        self._sign = sign
        self._tell = tell

    def passes(self, point: Point) -> None:
        """Note that the process is at a point; it may go no further."""
        if point is not self._point:
            return
        self._left -= 1
        if self._left == 0:
            self._tell(f"hit {point.name}")
            os.kill(os.getpid(), self._sign)


def trap_of(environment: Mapping[str, str], tell: Callable[[str], object]) -> Trap:
    """Return the trap that the launcher's environment asks for; one that never shuts where it asks for none."""
    name = environment.get(POINT)
    sign = signal.Signals[f"SIG{environment.get(SIGNAL, 'KILL')}"]
    return Trap(Point[name] if name else None, int(environment.get(PASS, "1")), sign, tell)


class _Around:
    """Hands everything on to a port but what a subclass takes upon itself."""

    def __init__(self, inner: object, trap: Trap) -> None:
        self._inner: Any = inner
        self._trap = trap

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _TrappedRecords(_Around):
    async def commit(self, commit: Commit) -> Committed:
        name = commit.entries[-1].event.name if commit.entries else ""
        around = _AROUND.get(name)
        if around:
            self._trap.passes(around[0])
        committed = await cast(Records, self._inner).commit(commit)
        if around:
            self._trap.passes(around[1])
        return committed

    async def read(self, kind: str, id_: str) -> Stored | None:
        stored = await cast(Records, self._inner).read(kind, id_)
        task = asyncio.current_task()
        if task is not None and task.get_name().startswith("draw "):
            self._trap.passes(Point.AFTER_LOOK)
        return stored


class _TrappedOutbox(_Around):
    async def hold(self, id_: str, hold_ms: int) -> bool:
        held = await cast(Outbox, self._inner).hold(id_, hold_ms)
        if held:
            self._trap.passes(Point.BEFORE_DRAW)
        return held

    async def place(self, id_: str, data: str, keep_ms: int) -> bool:
        posted = '"permalink"' not in data and '"ts"' in data
        if posted:
            self._trap.passes(Point.AFTER_POST)
        noted = await cast(Outbox, self._inner).place(id_, data, keep_ms)
        if posted:
            self._trap.passes(Point.AFTER_NOTE)
        return noted

    async def settle(self, id_: str, version: int) -> bool:
        self._trap.passes(Point.AFTER_DRAW)
        return await cast(Outbox, self._inner).settle(id_, version)


class _TrappedProvider(_Around):
    async def apply(self, plan: Plan) -> Receipt:
        self._trap.passes(Point.BEFORE_CALL)
        receipt = await cast(Provider, self._inner).apply(plan)
        self._trap.passes(Point.AFTER_ANSWER)
        return receipt


class TrappedTransport(httpx.AsyncBaseTransport):
    """Sends with httpx, and passes AFTER_CALL once a writing request has left and nothing has come back."""

    def __init__(self, trap: Trap) -> None:
        self._inner = httpx.AsyncHTTPTransport(trust_env=False)
        self._trap = trap

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        if request.method != "GET" and not request.url.path.endswith("/events"):  # telling of a change is no change
            request.extensions = {**request.extensions, "trace": self._trace}
        return await self._inner.handle_async_request(request)

    async def _trace(self, event: str, facts: Mapping[str, object]) -> None:
        del facts
        if event == "http11.send_request_body.complete":
            self._trap.passes(Point.AFTER_CALL)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()


def trapped_records(records: Records, trap: Trap) -> Records:
    """Return the records with points around each commit."""
    return cast(Records, _TrappedRecords(records, trap))


def trapped_outbox(outbox: Outbox, trap: Trap) -> Outbox:
    """Return the outbox with points around each drawing."""
    return cast(Outbox, _TrappedOutbox(outbox, trap))


def trapped_provider(provider: Provider, trap: Trap) -> Provider:
    """Return the provider with points around each call."""
    return cast(Provider, _TrappedProvider(provider, trap))
