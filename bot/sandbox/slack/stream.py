"""Server-Sent Events that tell each time something visible changed."""

from __future__ import annotations

import asyncio
import json

from aiohttp import web

from bot.sandbox.slack.workspace import Workspace

KEEP_ALIVE_SECONDS = 15.0


class Streams:
    """The open event streams of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._open: set[asyncio.Task[None]] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer `GET /sandbox/stream` until either side goes away."""
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        task = asyncio.create_task(self._tell(response))
        self._open.add(task)
        try:
            await task
        except (ConnectionError, asyncio.CancelledError):
            task.cancel()
            if _cancelled_from_outside():
                raise
        finally:
            self._open.discard(task)
        return response

    async def close(self, app: web.Application) -> None:
        """End every stream, so that the server can stop at once."""
        del app
        for task in self._open:
            task.cancel()

    async def _tell(self, response: web.StreamResponse) -> None:
        told = -1
        while True:
            try:
                async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                    told = await self._workspace.next_change(told)
            except TimeoutError:
                await response.write(b": still here\n\n")
                continue
            data = json.dumps({"version": told})
            await response.write(f"id: {told}\ndata: {data}\n\n".encode())


def _cancelled_from_outside() -> bool:
    current = asyncio.current_task()
    return current is not None and current.cancelling() > 0
