"""Sends the app what happened, signed like Slack's, and awaits its ack."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.slack.records import JsonObject, Refused
from bot.sandbox.slack.timers import Now

Outcome = Literal["acked", "timeout", "http_error", "unreachable", "not_delivered"]

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_MAX_ACK_BYTES = 1_000_000


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return `X-Slack-Signature` for a body, version v0."""
    return "v0=" + hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request to the app: its kind, its body and the body's type."""

    kind: str
    body: bytes
    content_type: str

    @classmethod
    def of_command(cls, form: dict[str, str]) -> Delivery:
        """A slash command, as a form."""
        return cls("slash_command", urlencode(form).encode(), _FORM)

    @classmethod
    def of_payload(cls, payload: JsonObject) -> Delivery:
        """An interaction, as JSON within a form."""
        return cls(payload["type"], urlencode({"payload": json.dumps(payload)}).encode(), _FORM)

    @classmethod
    def of_event(cls, envelope: JsonObject) -> Delivery:
        """An event, as JSON."""
        return cls("event", json.dumps(envelope).encode(), _JSON)


@dataclass(frozen=True, slots=True)
class Ack:
    """What came back for a delivery; `body` is the JSON of a 200, or its text."""

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
        """Whether the app answered 200 in time."""
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


@dataclass(slots=True)
class Deliverer:
    """
    Sends deliveries over one shared session.

    `now` is the wall clock in epoch seconds.
    """

    settings: DeliverySettings
    now: Now = time.time
    _session: aiohttp.ClientSession | None = None
    _last: Delivery | None = None
    _retries: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> None:
        """Open the session."""
        self._session = aiohttp.ClientSession(auto_decompress=False)

    async def close(self) -> None:
        """Give up waiting retries and close the session."""
        for task in self._retries:
            task.cancel()
        await asyncio.gather(*self._retries, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

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
        headers = _retry_headers(1, "http_timeout") if self._last.kind == "event" else {}
        return self._last, await self._once(self._last, headers)

    async def verify_url(self) -> Ack:
        """Ask the app for the challenge by which Slack verifies its URL."""
        challenge = hashlib.sha256(str(self.now()).encode()).hexdigest()
        ack = await self._once(Delivery.of_event({"type": "url_verification", "token": "", "challenge": challenge}))
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
            reason = {"timeout": "http_timeout", "unreachable": "connection_failed"}.get(ack.outcome, "http_error")
            ack = await self._once(delivery, _retry_headers(number, reason))
            if ack.ok:
                return

    async def _once(self, delivery: Delivery, extra: dict[str, str] | None = None) -> Ack:
        timestamp = str(int(self.now()))
        headers = {
            "Content-Type": delivery.content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self.settings.signing_secret, timestamp, delivery.body),
            **(extra or {}),
        }
        return await _timed(delivery.kind, self.settings.ack_seconds, lambda: self._post(delivery, headers))

    async def _post(self, delivery: Delivery, headers: dict[str, str]) -> tuple[int, bytes]:
        if self._session is None:
            raise RuntimeError("the deliverer was not started")
        url = self.settings.request_url
        async with self._session.post(url, data=delivery.body, headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.content.read(_MAX_ACK_BYTES)


async def _timed(kind: str, seconds: float, post: Callable[[], Awaitable[tuple[int, bytes]]]) -> Ack:
    began = time.monotonic()
    try:
        async with asyncio.timeout(seconds):
            status, body = await post()
    except TimeoutError:
        return Ack("timeout", kind)
    except (aiohttp.ClientError, ValueError):  # ValueError: an empty or broken request URL
        return Ack("unreachable", kind)
    taken = int((time.monotonic() - began) * 1000)
    return Ack("acked" if status == 200 else "http_error", kind, status, taken, _decoded(body))


def _decoded(body: bytes) -> Any:
    text = body.decode("utf-8", "replace").strip()
    try:
        return json.loads(text)
    except ValueError:
        return text


def _joined(first: Ack, second: Ack) -> Ack:
    if not first.ok and second.ok:
        first, second = second, first
    return Ack(first.outcome, first.delivery, first.status, first.ack_ms, first.body, 2, (second,))


def _retry_headers(number: int, reason: str) -> dict[str, str]:
    return {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
