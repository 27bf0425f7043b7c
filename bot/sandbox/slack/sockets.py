"""
Socket Mode: deliveries over web sockets the app opens.

The messages are those of Slack's documentation ("Using Socket Mode"); `retry_attempt`, `retry_reason` and the reason
`too_many_websockets` are not in it, and are as Slack's SDKs and their issues show them. Slack says that any
connection may get any delivery; here they take turns. An ack counts whichever connection it comes by, as Slack's SDK
sends it over the new one when the old was replaced meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from aiohttp import WSCloseCode, WSMsgType, web

from bot.sandbox.slack.deliveries import Ack, Delivery, DeliverySettings, Retry
from bot.sandbox.slack.records import JsonObject
from bot.sandbox.slack.tickets import Tickets

Reason = Literal["warning", "refresh_requested", "too_many_websockets", "link_disabled"]

MAX_CONNECTIONS = 10
CONNECTION_SECONDS = 18_060
SHORT_CONNECTION_SECONDS = 360
"""How long a connection lives when it was opened with `debug_reconnects=true`."""
PING_SECONDS = 10.0
_HOST = "applink-sandbox"
_SILENT = frozenset({"view_closed", "shortcut", "message_action"})
"""Interactions that have no use for a payload in their ack."""


@dataclass(slots=True, eq=False)
class Connection:
    """One web socket; `used` tells when it got a delivery last, by their number."""

    socket: web.WebSocketResponse
    receives: bool = False
    used: int = 0
    plans: set[asyncio.Task[None]] = field(default_factory=set)

    async def disconnect(self, reason: Reason) -> None:
        """Announce the end; nobody may be there any more to hear it."""
        with contextlib.suppress(ConnectionError):
            await self.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": _HOST}})

    def later(self, seconds: float, step: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Do something with the connection after a while, unless it is gone by then."""

        async def wait() -> None:
            await asyncio.sleep(seconds)
            await step()

        task = asyncio.create_task(wait())
        self.plans.add(task)
        task.add_done_callback(self.plans.discard)

    def forget_plans(self) -> None:
        """Drop what was to be done later."""
        for task in self.plans:
            task.cancel()


class Sockets:
    """
    The web sockets of one app, at most ten that get deliveries.

    `settings` say whether Socket Mode is on; `changed` is called when a connection comes or goes.
    `warned_seconds` lie between the warning and the end of a connection; for `linger_seconds` after that the app may
    leave it open, and acks are still taken.
    """

    warned_seconds = 10.0
    linger_seconds = 5.0

    def __init__(self, app_id: str, settings: DeliverySettings, tickets: Tickets, changed: Callable[[], None]) -> None:
        self._app_id = app_id
        self._settings = settings
        self._tickets = tickets
        self._changed = changed
        self._connections: set[Connection] = set()
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._sent = 0
        self.served = 0
        """How many connections were ever greeted."""

    @property
    def open(self) -> int:
        """How many connections get deliveries now."""
        return len(self._receiving())

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer `GET /link/?ticket=…` for as long as the connection lasts."""
        if not self._tickets.spend(request.query.get("ticket", "")):
            return web.Response(status=403, text="this address was used or has expired")
        socket = web.WebSocketResponse(heartbeat=PING_SECONDS, timeout=1)
        await socket.prepare(request)
        connection = Connection(socket)
        self._connections.add(connection)
        try:
            await self._welcome(connection, short=request.query.get("debug_reconnects") == "true")
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(message.data)
        finally:
            self._connections.discard(connection)
            connection.forget_plans()
            self._changed()
        return socket

    async def deliver(self, delivery: Delivery, seconds: float, retry: Retry | None = None) -> Ack:
        """Send one copy by a connection and wait so many seconds for its ack by any."""
        envelope = _envelope(delivery, retry)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope["envelope_id"]] = answer
        began = time.monotonic()
        try:
            async with asyncio.timeout(seconds):
                if not await self._hand_over(envelope):
                    return Ack("unreachable", delivery.kind)
                payload = await answer
        except TimeoutError:
            return Ack("timeout", delivery.kind)
        finally:
            del self._waiting[envelope["envelope_id"]]
        taken = int((time.monotonic() - began) * 1000)
        heard = envelope["accepts_response_payload"] and payload is not None
        return Ack("acked", delivery.kind, None, taken, payload if heard else "")

    async def disconnect(self, reason: Reason) -> None:
        """
        Announce their end to all connections.

        Those that are warned get deliveries until ten seconds later; `link_disabled` turns Socket Mode off.
        """
        if reason == "link_disabled":
            self._settings.socket_mode = False
        for connection in self._receiving():
            if reason == "warning":
                await self._warn(connection)
            else:
                await self._end(connection, reason)

    async def close(self, app: web.Application) -> None:
        """Close every connection, so that the server can stop at once."""
        del app
        going = [connection.socket.close(code=WSCloseCode.GOING_AWAY) for connection in self._connections]
        await asyncio.gather(*going)

    async def _welcome(self, connection: Connection, *, short: bool) -> None:
        if not self._settings.socket_mode:
            await self._end(connection, "link_disabled")
            return
        if self.open >= MAX_CONNECTIONS:
            await self._end(connection, "too_many_websockets")
            return
        connection.receives = True
        self.served += 1
        lifetime = SHORT_CONNECTION_SECONDS if short else CONNECTION_SECONDS
        connection.later(lifetime, lambda: self._warn(connection))
        with contextlib.suppress(ConnectionError):  # gone already; the loop that reads it will see
            await connection.socket.send_json(self._hello(lifetime))
        self._changed()

    def _hello(self, lifetime: int) -> JsonObject:
        started = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        debug = {"host": _HOST, "started": started, "build_number": 1, "approximate_connection_time": lifetime}
        connection = {"app_id": self._app_id}
        return {"type": "hello", "connection_info": connection, "num_connections": self.open, "debug_info": debug}

    async def _warn(self, connection: Connection) -> None:
        if connection.receives:
            connection.later(self.warned_seconds, lambda: self._refresh(connection))
            await connection.disconnect("warning")

    async def _refresh(self, connection: Connection) -> None:
        if connection.receives:
            await self._end(connection, "refresh_requested")

    async def _end(self, connection: Connection, reason: Reason) -> None:
        connection.receives = False
        connection.later(self.linger_seconds, connection.socket.close)
        await connection.disconnect(reason)
        self._changed()

    async def _hand_over(self, envelope: JsonObject) -> bool:
        while receiving := self._receiving():
            connection = min(receiving, key=lambda one: one.used)
            self._sent += 1
            connection.used = self._sent
            try:
                await connection.socket.send_json(envelope)
            except ConnectionError:
                connection.receives = False
            else:
                return True
        return False

    def _receiving(self) -> list[Connection]:
        return [one for one in self._connections if one.receives and not one.socket.closed]

    def _acknowledged(self, text: str) -> None:
        try:
            message: Any = json.loads(text)
        except ValueError:
            return
        if not isinstance(message, dict):
            return
        answer = self._waiting.get(str(message.get("envelope_id")))
        if answer is not None and not answer.done():
            answer.set_result(message.get("payload"))


def _envelope(delivery: Delivery, retry: Retry | None) -> JsonObject:
    event = delivery.family == "events_api"
    envelope: JsonObject = {
        "envelope_id": str(uuid.uuid4()),
        "type": delivery.family,
        "payload": delivery.payload,
        "accepts_response_payload": not event and delivery.kind not in _SILENT,
    }
    if event:
        envelope["retry_attempt"] = retry.number if retry else 0
        envelope["retry_reason"] = _retry_reason(retry) if retry else ""
    return envelope


def _retry_reason(retry: Retry) -> str:
    return {"timeout": "timeout", "unreachable": "connection_failed"}.get(retry.after, "http_error")
