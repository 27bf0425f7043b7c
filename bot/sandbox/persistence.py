"""Keep one JSON document on disk in step with something in memory."""

import asyncio
import contextlib
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path


class JsonFile:
    """
    Write a JSON document to a file some time after it changed.

    Many changes in a row cost one write. The file is replaced atomically, so a reader or a crash never sees
    half a document. `delay` is in seconds.
    """

    def __init__(self, path: Path, dump: Callable[[], object], *, delay: float = 0.2) -> None:
        self._path = path
        self._dump = dump
        self._delay = delay
        self._dirty = False
        self._writer: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    async def changed(self) -> None:
        """Note that the document changed; it is written after the delay."""
        self._dirty = True
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_later())

    async def close(self) -> None:
        """Write what is not yet written, and return once it is on disk."""
        self._closing.set()
        if self._writer is not None:
            await self._writer
        if self._dirty:
            await self._write()

    async def _write_later(self) -> None:
        while self._dirty:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), self._delay)
            await self._write()

    async def _write(self) -> None:
        self._dirty = False
        text = json.dumps(self._dump(), ensure_ascii=False)  # taken here, so that no thread sees a half-made change
        await asyncio.to_thread(write_whole, self._path, text)


def read_json(path: Path) -> object | None:
    """Return the document of a `JsonFile`; None if missing or unreadable."""
    try:
        document: object = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return document


def write_whole(path: Path, text: str) -> None:
    """Put a text in a file's place, on disk when it returns; whoever reads meanwhile has the one or the other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:  # a leftover half-written file would stay for ever, whatever the reason
        Path(name).unlink(missing_ok=True)
        raise
