"""
The bot's commands in processes of their own, as a shell or a supervisor starts them.

A cold one is `python -m bot …`, which spends a second of work on imports before it does anything. A warm one is forked
from a server that has imported the bot already: a process with its own environment, account, streams and signals all
the same. A file of tests starts each command cold once, to know that it starts at all, and warm otherwise.
"""

import asyncio
import ctypes
import gc
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from signal import Signals
from typing import Final

from bot.cli import main
from tests.waiting import until

ROOT: Final = Path(__file__).resolve().parents[1]
NOBODY: Final = 65534
END_SECONDS: Final = 50.0


@dataclass(frozen=True, slots=True)
class Told:
    """What a process said, and how it ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Streams:
    """What a process reads from and writes to, by path: three files, or three times a terminal of its own."""

    stdin: str
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Warm:
    """A command in a process that was forked; to be asked and told as one of asyncio's processes is."""

    process: ForkServerProcess

    @property
    def returncode(self) -> int | None:
        """How it ended: its exit code, the signal's number below 0 where it was killed; None while it runs."""
        return self.process.exitcode

    def send_signal(self, sign: Signals) -> None:
        """Send a signal to it."""
        assert self.process.pid is not None
        os.kill(self.process.pid, sign)

    def kill(self) -> None:
        """Kill it."""
        self.process.kill()

    async def wait(self) -> int:
        """Wait until it has ended, and return how."""
        await until(lambda: self.returncode is not None, "it has ended", END_SECONDS)
        return self.returncode or 0


Running = asyncio.subprocess.Process | Warm


def forked(
    arguments: tuple[str, ...], environment: Mapping[str, str], streams: Streams, *, another: bool = False
) -> ForkServerProcess:
    """Start a warm process with these settings alone; `another` is the account of nobody in particular."""
    process = _context().Process(target=_live, args=(arguments, dict(environment), streams, another), daemon=True)
    process.start()
    return process


def run(
    *arguments: str, environment: Mapping[str, str], stdin: str = "", another: bool = False, cold: bool = False
) -> Told:
    """Run a command to its end and return what it said."""
    if cold:
        return run_cold(sys.executable, "-m", "bot", *arguments, environment=environment, stdin=stdin)
    with tempfile.TemporaryDirectory(prefix="cs-") as folder:
        given, out, err = (Path(folder) / name for name in ("stdin", "stdout", "stderr"))
        for path in (given, out, err):
            path.write_text(stdin if path is given else "")
        process = forked(arguments, environment, Streams(str(given), str(out), str(err)), another=another)
        process.join(END_SECONDS)
        assert process.exitcode is not None, f"it did not end: {out.read_text()}{err.read_text()}"
        return Told(process.exitcode, out.read_text(), err.read_text())


def run_cold(*command: str, environment: Mapping[str, str], stdin: str = "") -> Told:
    """Run a program to its end and return what it said."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=dict(environment),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=END_SECONDS,
        check=False,
    )
    return Told(done.returncode, done.stdout, done.stderr)


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    # What tests/faults forks from, too: there is one server for a process, and whoever is first starts it.
    context.set_forkserver_preload(
        ["tests.faults.process", "tests.processes", *(name for name in ("pytest",) if name in sys.modules)]
    )
    return context


def _live(arguments: tuple[str, ...], environment: dict[str, str], streams: Streams, another: bool) -> None:
    """Be the process, with no terminal but the one its streams are."""
    gc.freeze()  # what was imported before the fork is shared, and never garbage
    os.setsid()
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(os.open(streams.stdin, os.O_RDONLY), 0)
    os.dup2(os.open(streams.stdout, os.O_WRONLY | os.O_APPEND), 1)
    os.dup2(os.open(streams.stderr, os.O_WRONLY | os.O_APPEND), 2)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout, sys.stderr = (os.fdopen(one, "w", buffering=1, encoding="utf-8", closefd=False) for one in (1, 2))
    if another:
        os.setresuid(NOBODY, NOBODY, 0)
        ctypes.CDLL(None).setfsuid(0)  # files are still read as root, who alone may enter the interpreter's folder here
    sys.exit(main(arguments))
