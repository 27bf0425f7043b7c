"""Shows the sandbox's Datadog to the page, under the page's own origin."""

from __future__ import annotations

import re

import aiohttp
from aiohttp import web

TAILS = re.compile(r"faults|reset|drift|suggestions/[A-Za-z0-9-]+/(approve|withdraw)")
_SECONDS = aiohttp.ClientTimeout(total=5)


class DatadogWindow:
    """
    `/sandbox/datadog`: the other sandbox's state, faults and reset.

    `url` None means that there is none.
    """

    def __init__(self, url: str | None) -> None:
        self.url = url

    def add_routes(self, app: web.Application) -> None:
        """Put the routes into the application."""
        app.router.add_get("/sandbox/datadog", self._state)
        app.router.add_post("/sandbox/datadog/{tail:.+}", self._act)
        app.router.add_delete("/sandbox/datadog/faults", self._clear)

    async def _state(self, request: web.Request) -> web.StreamResponse:
        del request
        return await self._pass("GET", "state", None)

    async def _clear(self, request: web.Request) -> web.StreamResponse:
        del request
        return await self._pass("DELETE", "faults", None)

    async def _act(self, request: web.Request) -> web.StreamResponse:
        tail = request.match_info["tail"]
        if not TAILS.fullmatch(tail):
            return _failed(404, "no_such_act", "only faults, reset, drift and suggestions are passed on")
        return await self._pass("POST", tail, await request.read())

    async def _pass(self, method: str, tail: str, body: bytes | None) -> web.StreamResponse:
        if self.url is None:
            return _failed(404, "no_datadog", "this sandbox runs without a Datadog")
        headers = {"Content-Type": "application/json"}
        url = f"{self.url.rstrip('/')}/sandbox/{tail}"
        try:
            async with (
                aiohttp.ClientSession(timeout=_SECONDS) as session,
                session.request(method, url, data=body, headers=headers) as answer,
            ):
                return web.Response(body=await answer.read(), status=answer.status, content_type=answer.content_type)
        except (TimeoutError, aiohttp.ClientError):
            return _failed(502, "datadog_unreachable", "the sandbox's Datadog does not answer")


def _failed(status: int, error: str, message: str) -> web.Response:
    return web.json_response({"ok": False, "error": error, "message": message}, status=status)
