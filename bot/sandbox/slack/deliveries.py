"""Tells the app what happened, by its request URL or a web socket, and awaits its ack."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from bot.sandbox.slack.records import JsonObject, Refused
from bot.sandbox.slack.timers import Now

Outcome = Literal["acked", "timeout", "http_error", "unreachable", "not_delivered"]
Family = Literal["slash_commands", "interactive", "events_api"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing the app is told: its kind, what it says, and the family by which Slack sends it."""

    kind: str
    payload: Mapping[str, Any]
    family: Family

    @classmethod
    def of_command(cls, form: dict[str, str]) -> Delivery:
        """A slash command."""
        return cls("slash_command", form, "slash_commands")

    @classmethod
    def of_payload(cls, payload: JsonObject) -> Delivery:
        """An interaction."""
        return cls(payload["type"], payload, "interactive")

    @classmethod
    def of_event(cls, envelope: JsonObject) -> Delivery:
        """An event, or the challenge of a request URL."""
        return cls("event", envelope, "events_api")


@dataclass(frozen=True, slots=True)
class Retry:
    """That an event comes again: the how manieth time (from 1), and what became of it before."""

    number: int
    after: Outcome


@dataclass(frozen=True, slots=True)
class Ack:
    """
    What came back for a delivery.

    `status` is that of HTTP, None over a web socket; `body` is the JSON of a 200, its text, or the payload of a
    web socket's ack, empty where there was none.
    """

    outcome: Outcome
    delivery: str | None = None
    status: int | None = None
    ack_ms: int | None = None
    body: Any = None
    deliveries: int = 1
    again: tuple[Ack, ...] = ()
    """The acks of further copies, where the delivery was sent more than once."""

    @property
    def ok(self) -> bool:
        """Whether the app answered well and in time."""
        return self.outcome == "acked"

    @property
    def code(self) -> str:
        """The word Slack shows for the failure."""
        return "operation_timeout" if self.outcome == "timeout" else "dispatch_failed"


NOT_DELIVERED = Ack("not_delivered", deliveries=0)


@dataclass(slots=True)
class DeliverySettings:
    """Where deliveries go and how; all of it may be changed while running."""

    request_url: str
    signing_secret: str
    deliver_twice: bool = False
    ack_seconds: float = 3.0
    retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)
    """Seconds before each further try of an event that was not acked: at once, a minute, five minutes."""
    socket_mode: bool = False
    """Whether everything goes over web sockets; the request URL is kept for when this is turned off again."""


class Transport(Protocol):
    """A way to the app."""

    async def deliver(self, delivery: Delivery, seconds: float, retry: Retry | None = None) -> Ack:
        """Send one copy and wait so many seconds for its ack."""


@dataclass(slots=True)
class Deliverer:
    """
    Sends deliveries by the way the settings name at that moment.

    `now` is the wall clock in epoch seconds.
    """

    settings: DeliverySettings
    http: Transport
    sockets: Transport
    now: Now = time.time
    _last: Delivery | None = None
    _retries: set[asyncio.Task[None]] = field(default_factory=set)

    async def close(self) -> None:
        """Give up waiting retries."""
        for task in self._retries:
            task.cancel()
        await asyncio.gather(*self._retries, return_exceptions=True)

    async def send(self, delivery: Delivery) -> Ack:
        """Send a delivery, twice where the switch is on, and return the first ack."""
        self._last = delivery
        if not self.settings.deliver_twice:
            ack = await self._once(delivery)
        else:
            ack, second = await asyncio.gather(self._once(delivery), self._once(delivery))
            ack = _joined(ack, second)
        if delivery.kind == "event" and not ack.ok:
            self._retry_later(delivery, ack)
        return ack

    async def resend(self) -> tuple[Delivery, Ack]:
        """Send the last delivery once more; raises Refused where there was none."""
        if self._last is None:
            raise Refused("nothing_to_redeliver", "nothing has been delivered yet")
        retry = Retry(1, "timeout") if self._last.kind == "event" else None
        return self._last, await self._once(self._last, retry)

    async def verify_url(self) -> Ack:
        """Ask the app for the challenge by which Slack verifies its URL."""
        challenge = hashlib.sha256(str(self.now()).encode()).hexdigest()
        asked = Delivery.of_event({"type": "url_verification", "token": "", "challenge": challenge})
        ack = await self.http.deliver(asked, self.settings.ack_seconds)
        answer = ack.body.get("challenge") if isinstance(ack.body, dict) else ack.body
        if ack.ok and answer != challenge:
            return Ack("http_error", "event", ack.status, ack.ack_ms)
        return ack

    def _retry_later(self, delivery: Delivery, ack: Ack) -> None:
        task = asyncio.create_task(self._retry(delivery, ack))
        self._retries.add(task)
        task.add_done_callback(self._retries.discard)

    async def _retry(self, delivery: Delivery, ack: Ack) -> None:
        for number, delay in enumerate(self.settings.retry_delays, start=1):
            await asyncio.sleep(delay)
            ack = await self._once(delivery, Retry(number, ack.outcome))
            if ack.ok:
                return

    async def _once(self, delivery: Delivery, retry: Retry | None = None) -> Ack:
        transport = self.sockets if self.settings.socket_mode else self.http
        return await transport.deliver(delivery, self.settings.ack_seconds, retry)


def _joined(first: Ack, second: Ack) -> Ack:
    if not first.ok and second.ok:
        first, second = second, first
    return Ack(first.outcome, first.delivery, first.status, first.ack_ms, first.body, 2, (second,))
