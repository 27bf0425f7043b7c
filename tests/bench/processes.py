"""
Child processes: started, watched and stopped by their own process id.

CPU and memory are read from /proc, so they are measured on Linux alone.
"""

import contextlib
import math
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Self

from bot.errors import CountersignError
from tests.bench.figures import Book

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
PATIENCE_S = 30.0
_STEP_S = 0.002


class NotUp(RuntimeError):
    """A server did not come up, or something did not come about, in time."""


def free_port() -> int:
    """Return a port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def until(holds: Callable[[], bool], what: str, within_s: float = PATIENCE_S, step_s: float = _STEP_S) -> None:
    """Wait until something holds; raise NotUp when it does not come about in time."""
    ends = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > ends:
            raise NotUp(f"{what}: not within {within_s:g} s")
        time.sleep(step_s)


def answers(port: int) -> bool:
    """Tell whether somebody takes connections on a port."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


class Child:
    """One Python process that listens on `port` (0: on none); what it says goes to a log."""

    def __init__(
        self,
        arguments: tuple[str, ...],
        port: int,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.port = port
        self.log = log
        self.started = time.monotonic()
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env={"PATH": os.environ.get("PATH", ""), **(environment or {})},
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
            )

    def __enter__(self) -> Self:
        """Wait until it takes connections."""
        try:
            self.up()
        except NotUp:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    def up(self) -> float:
        """Wait until it takes connections and return the seconds since its start."""

        def listening() -> bool:
            if self._process.poll() is not None:
                said = self.log.read_text(errors="replace")[-600:]
                raise NotUp(f"it ended with {self._process.returncode}: {said}")
            return not self.port or answers(self.port)

        until(listening, f"port {self.port}")
        return time.monotonic() - self.started

    def stop(self) -> None:
        """End it, by its own id: asked first, then made to."""
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)

    def kill(self) -> None:
        """End it in the middle of whatever it is at."""
        self._process.kill()
        self._process.wait(5)

    def cpu_s(self) -> float:
        """Return the seconds of CPU it has used, all its threads together."""
        total = 0
        for thread in Path(f"/proc/{self._process.pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):  # a thread that has just ended
                total += int(thread.read_text().split()[0])
        return total / 1e9 if total else math.nan

    def rss_mb(self) -> float:
        """Return its resident memory in MB."""
        with contextlib.suppress(OSError):
            found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self._process.pid}/status").read_text())
            return int(found[1]) / 1024 if found else math.nan
        return math.nan


@contextlib.contextmanager
def chapter(book: Book, name: str) -> Iterator[None]:
    """Tell what is measured next and how long that took; what breaks off is noted, and the rest goes on."""
    began = time.monotonic()
    book.tell(f"{name} ...")
    try:
        yield
    except (NotUp, LookupError, ValueError, CountersignError, OSError) as failed:
        book.notes.append(f"{name} broke off: {failed}")
    book.tell(f" {time.monotonic() - began:.0f} s\n")
