"""Lets in only what was asked from this machine."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(host: str) -> bool:
    """Whether a Host header names this machine."""
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    return name in _LOOPBACK


@web.middleware
async def only_local(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a foreign Host (DNS rebinding) and a foreign Origin with 403."""
    origin = request.headers.get("Origin")
    foreign = origin is not None and origin != f"http://{request.headers.get('Host', '')}"
    if foreign or not is_loopback(request.headers.get("Host", "")):
        body = {"ok": False, "error": "forbidden", "message": "the sandbox answers requests from this machine only"}
        return web.json_response(body, status=403)
    return await handler(request)
