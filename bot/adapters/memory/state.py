"""
What the three in-memory ports share, standing in for the server: its clock, its keys, its failures.

Set `away` to make every call raise NotRecorded, as if the server could not be reached.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from bot.audit import AuditEntry
from bot.errors import NotRecorded
from bot.model import Job
from bot.ports import Clock, Unanswered


@dataclass
class Record:
    """A record with its trail; each is gone from when it ends on, if that is set."""

    version: int
    data: str
    head: str
    trail: tuple[AuditEntry, ...]
    ends: int | None
    trail_ends: int | None = None


@dataclass
class Entry:
    """
    A job in the queue, since it `came`.

    `times` counts over all entries it has had, `since` is the start of the lease.
    """

    job: Job
    times: int = 0
    consumer: str | None = None
    since: int = 0
    came: int = 0


@dataclass
class Drawing:
    """A record that is to be drawn: in which version, from when, and whether its drawer has to draw it once more."""

    version: int
    due: int
    again: bool = False


@dataclass
class Hold:
    """Somebody is drawing, until then."""

    token: str
    ends: int


@dataclass
class Waiting:
    """A command that is not answered yet, and from when somebody should see to it."""

    command: Unanswered
    due: int


@dataclass
class State:
    """All that would be on the server."""

    clock: Clock
    away: bool = False
    records: dict[tuple[str, str], Record] = field(default_factory=dict)
    chains: dict[tuple[str, str], int] = field(default_factory=dict)
    slots: dict[str, str] = field(default_factory=dict)
    indexes: dict[str, dict[str, int]] = field(default_factory=dict)
    tokens: dict[str, tuple[str, int]] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    deadlines: dict[Job, int] = field(default_factory=dict)
    dead: list[tuple[Job, int, str]] = field(default_factory=list)
    drawings: dict[str, Drawing] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    placements: dict[str, tuple[str, int]] = field(default_factory=dict)
    circuits: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    intake: dict[str, Waiting] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)
    beats: dict[str, int] = field(default_factory=dict)
    arrival: asyncio.Event = field(default_factory=asyncio.Event)
    _numbers: Iterator[int] = field(default_factory=count)

    def reached(self) -> int:
        """Answer a call with the time, or raise NotRecorded while away."""
        if self.away:
            raise NotRecorded("The store did not take it, so nothing was recorded.", "Try again in a moment.")
        return self.clock.now()

    def enqueue(self, job: Job, times: int = 0) -> None:
        """Add a job at the end of the queue and wake whoever waits for one."""
        self.entries[f"{next(self._numbers)}-0"] = Entry(job, times, came=self.clock.now())
        self.arrival.set()
