"""
`audit export` and `audit verify`, for people and for scripts.

Exit codes: 0 all is sound (or exported), 1 something is wrong, 2 it could not be done. What is asked for goes to
standard output, everything else to standard error.
"""

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol, TextIO

from bot.adapters.audit_places import signer_of
from bot.adapters.logs import configure
from bot.auditing.exporting import COLUMNS, export, read_since
from bot.auditing.verifying import Seals, Verification
from bot.errors import CountersignError
from bot.ports import Records
from bot.settings import Settings, load

SINCE = "only what changed since then: 2h, 30d, 2026-11-01, 2026-11-01T14:30 (UTC)"
SEALS = "lines with seals: the seal file, or a log; - is standard input"


class Opened(Protocol):
    """What is behind an open store."""

    @property
    def records(self) -> Records:
        """The records."""
        ...


OpenStore = Callable[[Settings], AbstractAsyncContextManager[Opened]]
Command = Callable[[argparse.Namespace, OpenStore], Coroutine[None, None, int]]


def add_audit(parser: argparse.ArgumentParser, open_store: OpenStore) -> None:
    """Give the command `audit` its own two commands; `open_store` takes the settings."""
    commands = parser.add_subparsers(required=True, metavar="what")
    columns = f"CSV columns: {', '.join(COLUMNS)}. A cell that would be a formula begins with an apostrophe."
    out = commands.add_parser("export", help="write the audit out, an entry a line", epilog=columns)
    out.add_argument("--since", default="", help=SINCE)
    out.add_argument("--format", choices=("jsonl", "csv"), default="jsonl", help="the form (default jsonl)")
    out.add_argument("--out", type=Path, help="the file to write (default standard output)")
    out.set_defaults(command=lambda options: _run(_export, options, open_store))
    proof = commands.add_parser("verify", help="tell whether anything was altered, is missing, reordered or cut off")
    proof.add_argument("--since", default="", help=SINCE)
    proof.add_argument("--seals", type=Path, help=SEALS)
    proof.set_defaults(command=lambda options: _run(_verify, options, open_store))


def _run(command: Command, options: argparse.Namespace, open_store: OpenStore) -> int:
    configure("console", level="WARNING")
    try:
        return asyncio.run(command(options, open_store))
    except (CountersignError, OSError) as failed:
        _say("\n  ".join((str(failed), *getattr(failed, "problems", ()))), sys.stderr)
        return 2


async def _export(options: argparse.Namespace, open_store: OpenStore) -> int:
    async with open_store(load()) as store:
        await store.records.ping()
        since = read_since(options.since, store.records.now()) if options.since else 0
        count = 0
        with _written(options.out) as out:
            async for line in export(store.records, options.format, since):
                out.write(line)
                count += 1
    _say(f"{count} lines.", sys.stderr)
    return 0


async def _verify(options: argparse.Namespace, open_store: OpenStore) -> int:
    settings = load()
    signer = signer_of(settings)
    wrong = 0
    async with open_store(settings) as store:
        await store.records.ping()
        since = read_since(options.since, store.records.now()) if options.since else 0
        seals = Seals(signer) if options.seals else None
        if seals is not None:
            with _read(options.seals) as lines:
                for finding in seals.read(lines):
                    _say(str(finding))
                    wrong += 1
        verification = Verification(store.records, signer, seals)
        async for finding in verification.run(since):
            _say(str(finding))
            wrong += 1
    verdict = f"{wrong} findings." if wrong else "All of it is sound."
    _say(f"{verification.chains} chains with {verification.entries} entries verified. {verdict}")
    for sentence in verification.unproven:
        _say(f"Not proven: {sentence}")
    return 1 if wrong else 0


@contextlib.contextmanager
def _written(path: Path | None) -> Iterator[TextIO]:
    if path is None:
        yield sys.stdout
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        yield file


@contextlib.contextmanager
def _read(path: Path) -> Iterator[TextIO]:
    if str(path) == "-":
        yield sys.stdin
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        yield file


def _say(line: str, where: TextIO | None = None) -> None:
    (where or sys.stdout).write(f"{line}\n")
