"""Takes a call in, checks token, scope and rate, and answers."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.sandbox.slack.ratelimit import RateLimiter
from bot.sandbox.slack.records import JsonObject, SlackError
from bot.sandbox.slack.tickets import Tickets
from bot.sandbox.slack.webapi import chat, directory, modals
from bot.sandbox.slack.webapi.calls import Call, Method
from bot.sandbox.slack.webapi.faults import Fault, Faults
from bot.sandbox.slack.workspace import Workspace

METHODS: dict[str, Method] = {**chat.METHODS, **modals.METHODS, **directory.METHODS}

DEFAULT_SCOPES = frozenset(
    {
        "commands",
        "chat:write",
        "users:read",
        "users:read.email",
        "usergroups:read",
        "app_mentions:read",
        "channels:read",
        "groups:read",
    }
)
APP_SCOPES = frozenset({"connections:write"})
_NO_TOKEN = frozenset({"api.test"})


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and the error it tells, for the record."""

    response: web.Response
    error: str | None


@dataclass(slots=True)
class WebApi:
    """
    The Web API of one workspace, for one bot token with its scopes and one app-level token.

    An empty `app_token` means that the app has none.
    """

    workspace: Workspace
    token: str
    app_token: str
    tickets: Tickets
    scopes: frozenset[str] = DEFAULT_SCOPES
    limiter: RateLimiter = field(default_factory=RateLimiter)
    faults: Faults = field(default_factory=Faults)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer `/api/<method>`."""
        name = request.match_info["method"]
        fault = self.faults.take(name)
        if fault is not None and fault.kind == "stall":
            await self._stall(fault.seconds)
        arguments: JsonObject = {}
        try:
            arguments = await _arguments(request)
            reply = self._injected(fault) or self._answer(request, name, arguments)
        except SlackError as error:
            reply = self._refusal(name, error)
        self.workspace.record_call(name, _without_token(arguments), reply.error)
        if fault is not None and fault.kind == "lost" and request.transport is not None:
            request.transport.abort()
        return reply.response

    async def stop(self, app: web.Application) -> None:
        """Let stalled calls go, so that the server can stop at once."""
        del app
        self._stopping.set()

    async def _stall(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    def _answer(self, request: web.Request, name: str, arguments: JsonObject) -> Reply:
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        if name not in _NO_TOKEN:
            self._check_token(request, arguments, method)
        base_url = f"{request.scheme}://{request.host}"
        call = Call(self.workspace, arguments, self._granted(method), base_url, self.tickets)
        call.needs(*method.scopes)
        wait = self.limiter.take(method.tier, call.text("channel") if method.tier == "post" else name)
        if wait is not None:
            return _too_fast(wait)
        return self._respond(method, {"ok": True, **method.answer(call)})

    def _check_token(self, request: web.Request, arguments: JsonObject, method: Method) -> None:
        kind, _, bearer = request.headers.get("Authorization", "").partition(" ")
        token = bearer.strip() if kind.lower() == "bearer" else str(arguments.get("token") or "")
        if not token:
            raise SlackError("not_authed")
        if token not in (self.token, self.app_token):
            raise SlackError("invalid_auth")
        if (token == self.app_token) is not method.app_level:
            raise SlackError("not_allowed_token_type")

    def _granted(self, method: Method) -> frozenset[str]:
        return APP_SCOPES if method.app_level else self.scopes

    def _injected(self, fault: Fault | None) -> Reply | None:
        if fault is None or fault.kind in ("stall", "lost"):
            return None
        if fault.kind == "ratelimited":
            return _too_fast(fault.retry_after)
        if fault.kind == "http":
            failed = web.Response(status=fault.status, text="the sandbox was asked to fail")
            return Reply(failed, f"http_{fault.status}")
        raise SlackError(fault.error)

    def _refusal(self, name: str, error: SlackError) -> Reply:
        answer = {"ok": False, "error": error.code, **error.details}
        return self._respond(METHODS.get(name, Method(directory.api_test)), answer)

    def _respond(self, method: Method, answer: JsonObject) -> Reply:
        headers = {
            "X-OAuth-Scopes": ",".join(sorted(self._granted(method))),
            "X-Accepted-OAuth-Scopes": ",".join(method.scopes),
        }
        return Reply(web.json_response(answer, headers=headers), answer.get("error"))


def _too_fast(wait: int) -> Reply:
    body = {"ok": False, "error": "ratelimited"}
    return Reply(web.json_response(body, status=429, headers={"Retry-After": str(wait)}), "ratelimited")


def _without_token(arguments: JsonObject) -> JsonObject:
    return {key: value for key, value in arguments.items() if key != "token"}


async def _arguments(request: web.Request) -> JsonObject:
    found: JsonObject = dict(request.query)
    if request.method != "POST":
        return found
    if request.content_type == "application/json":
        return {**found, **await _json_body(request)}
    form = await request.post()
    return {**found, **{key: value for key, value in form.items() if isinstance(value, str)}}


async def _json_body(request: web.Request) -> JsonObject:
    try:
        data: Any = await request.json()
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(data, dict):
        raise SlackError("json_not_object")
    return data
