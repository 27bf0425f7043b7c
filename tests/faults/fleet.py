"""
The bot's processes, as a supervisor keeps them: started, hit, started again.

They are forked from one server that has imported the bot already, so that a start takes a moment.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from tests.faults.points import PASS, POINT, SIGNAL, Point
from tests.faults.process import CLOCK, LOG, child
from tests.waiting import until


@dataclass(frozen=True, slots=True)
class Hit:
    """Where, at which pass and by which signal a process is to be hit."""

    point: Point
    nth: int = 1
    sign: str = "KILL"

    def environment(self) -> dict[str, str]:
        """Return what tells the launcher."""
        return {POINT: self.point.name, PASS: str(self.nth), SIGNAL: self.sign}


@dataclass(slots=True)
class Member:
    """One process: its role, what it told, and how often it was started."""

    name: str
    role: str
    environment: dict[str, str]
    process: ForkServerProcess | None = None
    told: Connection | None = None
    words: list[str] = field(default_factory=list)
    port: int = 0
    hit: Hit | None = None

    def listen(self) -> list[str]:
        """Take in what the process has told and return all of it."""
        try:
            while self.told is not None and self.told.poll():
                self.words.append(self.told.recv())
        except (EOFError, OSError):
            self.told = None
        return self.words

    @property
    def alive(self) -> bool:
        """Whether it runs (or stands still)."""
        return self.process is not None and self.process.is_alive()

    @property
    def exit_code(self) -> int | None:
        """How it ended: 0 in order, the signal's number below 0 where it was killed; None while it runs."""
        return self.process.exitcode if self.process is not None else None

    @property
    def was_hit(self) -> bool:
        """Whether its trap has shut since it was started."""
        return any(word.startswith("hit ") for word in self.listen())

    def signal(self, sign: signal.Signals) -> None:
        """Send a signal to this one process."""
        if self.alive and self.process is not None and self.process.pid is not None:
            os.kill(self.process.pid, sign)


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.process", *(name for name in ("pytest",) if name in sys.modules)])
    return context


class Fleet:
    """All processes of one bot."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = dict(environment)
        self._context = _context()
        self.members: dict[str, Member] = {}

    def add(self, name: str, role: str, more: Mapping[str, str]) -> Member:
        """Name a process, not started yet."""
        environment = {**self._environment, LOG: str(self._folder / f"{name}.log"), **more}
        self.members[name] = Member(name, role, environment)
        return self.members[name]

    async def start(self, name: str, hit: Hit | None = None, *, clock: float = 0) -> Member:
        """Start a process, with a trap or without, and wait until it is ready."""
        member = self.members[name]
        self.launch(member, hit, clock)
        await until(lambda: self._is_ready(member), f"{name} is ready")
        return member

    def launch(self, member: Member, hit: Hit | None = None, clock: float = 0) -> None:
        """Start a process without waiting for it."""
        here, there = self._context.Pipe(duplex=False)
        trap = hit.environment() if hit else {}
        environment = {**member.environment, CLOCK: str(clock), **trap}
        process = self._context.Process(target=child, args=(member.role, environment, there), name=member.name)
        process.start()
        there.close()
        member.process, member.told, member.words, member.port, member.hit = process, here, [], 0, hit

    def _is_ready(self, member: Member) -> bool:
        for word in member.listen():
            if word.startswith("ready "):
                member.port = int(word.split()[1])
                return True
        assert member.alive, f"{member.name} ended as it started: {self.log(member.name)[-2000:]}"
        return False

    def log(self, name: str) -> str:
        """Return what a process has logged."""
        path = Path(self.members[name].environment[LOG])
        return path.read_text(errors="replace") if path.exists() else ""

    async def hit(self, name: str) -> None:
        """Wait until a process's trap has shut, and it is dead or stands still."""
        member = self.members[name]
        await until(lambda: member.was_hit, f"{name} is hit: {member.hit}")
        if member.hit is not None and member.hit.sign == "KILL":
            await self.gone(name)

    async def gone(self, name: str) -> None:
        """Wait until a process is dead."""
        await until(lambda: not self.members[name].alive, f"{name} is gone")

    async def stop(self) -> None:
        """Ask all to end, and kill whoever does not."""
        for member in self.members.values():
            member.signal(signal.SIGCONT)
            member.signal(signal.SIGTERM)
        try:
            await until(lambda: not any(member.alive for member in self.members.values()), "all ended", within=3)
        except AssertionError:
            self.kill()

    def kill(self) -> None:
        """Kill all, without a word."""
        for member in self.members.values():
            if member.process is not None:
                member.signal(signal.SIGKILL)
                member.process.join(5)
