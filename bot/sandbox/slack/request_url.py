"""Posts deliveries to the app's request URL, signed like Slack's."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.slack.deliveries import Ack, Delivery, DeliverySettings, Retry
from bot.sandbox.slack.timers import Now

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_MAX_ACK_BYTES = 1_000_000


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return `X-Slack-Signature` for a body, version v0."""
    return "v0=" + hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()


class RequestUrl:
    """
    The way to the app over HTTP, on one shared session.

    `now` is the wall clock in epoch seconds.
    """

    def __init__(self, settings: DeliverySettings, now: Now = time.time) -> None:
        self._settings = settings
        self._now = now
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the session."""
        self._session = aiohttp.ClientSession(auto_decompress=False)

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()

    async def deliver(self, delivery: Delivery, seconds: float, retry: Retry | None = None) -> Ack:
        """Post one copy and wait so many seconds for its ack."""
        body, content_type = encoded(delivery)
        timestamp = str(int(self._now()))
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self._settings.signing_secret, timestamp, body),
            **(_retry_headers(retry) if retry else {}),
        }
        return await _timed(delivery.kind, seconds, lambda: self._post(body, headers))

    async def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        if self._session is None:
            raise RuntimeError("the session was not opened")
        url = self._settings.request_url
        async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.content.read(_MAX_ACK_BYTES)


def encoded(delivery: Delivery) -> tuple[bytes, str]:
    """Return a delivery's body and its type: a form, JSON within a form, or JSON."""
    if delivery.family == "events_api":
        return json.dumps(delivery.payload).encode(), _JSON
    form = delivery.payload if delivery.family == "slash_commands" else {"payload": json.dumps(delivery.payload)}
    return urlencode(form).encode(), _FORM


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


def _retry_headers(retry: Retry) -> dict[str, str]:
    reason = {"timeout": "http_timeout", "unreachable": "connection_failed"}.get(retry.after, "http_error")
    return {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": reason}
