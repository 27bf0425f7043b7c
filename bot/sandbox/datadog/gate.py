"""
What every request to the API passes.

The call log, faults on request, and the two keys.

The API key is wanted everywhere; the application key is not looked at by the validation of keys and by the event
intake, which is why only a real read proves it.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.sandbox.datadog.faults import Fault
from bot.sandbox.datadog.refusals import Refused
from bot.sandbox.datadog.requests import APPLIED, MUST_SUGGEST, ORGANISATION

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_API_KEY_ALONE = ("/api/v1/validate", "/api/v2/events")
_HTML = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"


class Gate:
    """The door to the API; knows the keys that open it."""

    def __init__(self, *, api_key: str, app_key: str) -> None:
        self._api_key = api_key
        self._app_key = app_key

    def middleware(self) -> Any:
        """Return the gate as a middleware; aiohttp has no public type for one."""

        @web.middleware
        async def gate(request: web.Request, handler: _Handler) -> web.StreamResponse:
            if not request.path.startswith("/api/"):
                return await handler(request)
            return await self._logged(request, handler)

        return gate

    async def _logged(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        organisation = request.app[ORGANISATION]
        response, status = await self._spoiled(request, handler)
        changed = request.get(APPLIED, False)
        organisation.calls.add(
            at=organisation.now(), method=request.method, path=request.path, status=status, applied=changed
        )
        if request.method != "GET":
            await organisation.on_change()
        return response

    async def _spoiled(self, request: web.Request, handler: _Handler) -> tuple[web.StreamResponse, int]:
        fault = request.app[ORGANISATION].faults.take(request.method, request.path)
        if fault is None:
            response = await self._answered(request, handler)
            return response, response.status
        if fault.kind == "drop_before_apply":
            return _drop(request), 0
        if fault.kind in _REFUSED:
            response = _REFUSED[fault.kind](fault)
            return response, response.status
        if fault.kind == "stall":
            await request.app[ORGANISATION].faults.stall(fault.seconds)
        if fault.kind == "202":
            request[MUST_SUGGEST] = True
        response = await self._answered(request, handler)
        if fault.kind == "drop_after_apply":
            return _drop(request), 0
        if fault.kind == "empty":
            response = web.Response(status=response.status)
        return response, response.status

    async def _answered(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        try:
            self._check_keys(request)
            return await handler(request)
        except Refused as refused:
            return refused.response()
        except web.HTTPNotFound:
            return Refused(404, "Not found", shape="texts").response()
        except web.HTTPMethodNotAllowed:
            return Refused(405, "Method not allowed", shape="texts").response()
        except ConnectionResetError:  # whoever called has gone in the middle of a sentence; nothing was understood
            return web.Response(status=400)

    def _check_keys(self, request: web.Request) -> None:
        first = request.path.startswith("/api/v1/")
        shape: Any = "gateway" if first and request.path != "/api/v1/validate" else "texts"
        if "DD-API-KEY" not in request.headers:
            raise Refused(401 if "/fleet/" in request.path else 403, "API key required", shape=shape)
        if request.headers["DD-API-KEY"] != self._api_key:
            raise Refused(403, "Forbidden", shape=shape)
        if request.path in _API_KEY_ALONE:
            return
        if request.headers.get("DD-APPLICATION-KEY") != self._app_key:
            raise Refused(403, "Forbidden", shape=shape)


def _drop(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _rate_limited(fault: Fault) -> web.Response:
    """
    Refuse for pace.

    Reset alone can be trusted, and there is no Retry-After.
    """
    headers = {
        "X-RateLimit-Limit": "100",
        "X-RateLimit-Period": "60",
        "X-RateLimit-Remaining": "9",
        "X-RateLimit-Reset": f"{fault.seconds:g}",
        "X-RateLimit-Name": "feature_flags",
    }
    refused = Refused(429, "Rate limit of 100 requests in 60 seconds reached.", shape="texts")
    return refused.response(headers)


_REFUSED: dict[str, Callable[[Fault], web.Response]] = {
    "429": _rate_limited,
    "500": lambda _: Refused(500, "Internal server error", shape="single").response(),
    "503": lambda _: web.Response(status=503, text="upstream connect error"),
    "409": lambda _: Refused(409, "the resource was changed by somebody else", shape="coded").response(),
    "403": lambda _: Refused(403, "Failed permission authorization checks").response(),
    "html": lambda _: web.Response(status=502, text=_HTML, content_type="text/html"),
}
