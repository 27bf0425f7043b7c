"""Keeps a workspace in a file over restarts."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from bot.sandbox.persistence import write_whole
from bot.sandbox.slack.workspace import Workspace


class WorkspaceFile:
    """
    Keeps a workspace in a file, written whole and atomically after changes.

    Changes within `delay` seconds are written together; `close` writes what is left.
    """

    def __init__(self, workspace: Workspace, path: Path, delay: float = 0.5) -> None:
        self._workspace = workspace
        self._path = path
        self._delay = delay
        self._written = -1
        self._task: asyncio.Task[None] | None = None

    def load(self) -> bool:
        """
        Read the file into the workspace; False where there is none yet.

        Raises ValueError where it is damaged.
        """
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return False
        self._workspace.load(data)
        return True

    def start(self) -> None:
        """Begin to watch the workspace; needs a running event loop."""
        self._task = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Stop watching and write the last state."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._written != self._workspace.version:
            self._write()

    async def _watch(self) -> None:
        while True:
            await self._workspace.next_change(self._written)
            await asyncio.sleep(self._delay)
            self._write()

    def _write(self) -> None:
        # On the loop's own thread: a write that a cancelled task left behind could overtake the last one.
        self._written = self._workspace.version
        write_whole(self._path, json.dumps(self._workspace.dump()))
