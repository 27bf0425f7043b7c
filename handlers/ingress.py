"""
The front before Bolt: what is not Slack's, fresh, small and well formed goes no further.

Bolt 1.30 parses before it verifies, answers 500 to what it cannot parse, logs whole bodies, and spends most of a
press's time on decoding. Here the order is: size, signature, freshness, repetition, shape, installation; Bolt is
given the object that was decoded. Every answer is one of 200, 400, 401, 405, 408 and 413.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

import structlog
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from structlog.typing import FilteringBoundLogger

from handlers.cards.sentences import OUR_SIDE
from handlers.decoding import BadShape, Body, decode
from handlers.failures import log_failure
from handlers.provenance import Installation
from handlers.replies import sentence_view, spoken
from handlers.signature import Signatures

_log: FilteringBoundLogger = structlog.get_logger("countersign.ingress")

MAX_BODY_BYTES = 1024 * 1024
READ_SECONDS = 3.0
REMEMBERED_SECONDS = 600.0
REMEMBERED = 4096
_MAX_CHALLENGE = 1000


class Dispatcher:
    """Hands an object of Slack's to Bolt; raises nothing and answers 200 whatever happens."""

    def __init__(self, app: AsyncApp) -> None:
        self._app = app

    async def dispatch(self, body: Body) -> tuple[BoltResponse, bool]:
        """Return the answer, and whether it is Bolt's own (else something broke and it is an apology)."""
        try:
            # "socket_mode" is how Bolt names a body that is an object already; no header of the request goes in,
            # as some of them steer Bolt.
            answer = await self._app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
        except Exception as error:  # noqa: BLE001  the border: whatever Bolt raises, Slack gets its answer
            log_failure("slack.dispatch_failed", error)
            return _apology(body), False
        if answer.status != 200:
            _log.warning("slack.dispatch_refused", status=answer.status)
            return _apology(body), False
        return answer, True


class Ingress:
    """
    The handler of Slack's one request URL; add it to the application with `post` and `get`.

    `secrets` are the signing secrets in force; `app_id` and `team`, where given, must be those that a delivery was
    made for, which it has to name (handlers/provenance.py).
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        secrets: Sequence[str],
        *,
        app_id: str = "",
        team: str = "",
        now: Callable[[], float] = time.time,
    ) -> None:
        """Raise Misconfigured when a secret is empty."""
        self._dispatcher = dispatcher
        self._signatures = Signatures(secrets)
        self._installation = Installation(app_id, team)
        self._now = now
        self._answered = _Answered(now)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one delivery; nothing leaves here but a response."""
        try:
            return await self._handle(request)
        except Exception as error:  # noqa: BLE001  the border: a 500 would make Slack send the same again
            log_failure("ingress.failed", error)
            return web.Response(status=200)

    async def _handle(self, request: web.Request) -> web.Response:
        if request.method != "POST":
            return web.Response(status=200 if request.query.get("ssl_check") == "1" else 405)
        if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            return _refused(400, "encoding")  # Slack sends none; unpacked, it would be more than what was weighed
        raw = await _read(request)
        if isinstance(raw, int):
            return _refused(raw, "size" if raw == 413 else "unreadable")
        if raw.startswith(b"ssl_check=1"):  # Slack's own check of the certificate
            return web.Response(status=200)
        signature = request.headers.get("X-Slack-Signature", "")
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        problem = self._signatures.problem(raw, timestamp, signature, self._now())
        if problem:
            return _refused(401, problem)
        if self._answered.has(signature):
            _log.info("ingress.repeated")
            return web.Response(status=200)
        return await self._verified(raw, request.headers.get("Content-Type", ""), signature)

    async def _verified(self, raw: bytes, content_type: str, signature: str) -> web.Response:
        try:
            body = decode(raw, content_type)
        except BadShape:
            return _refused(400, "shape")
        if body.get("type") == "url_verification":
            return _challenge(body)
        if self._installation.foreign(body):
            return _refused(401, "installation")
        if self._installation.unnamed(body):
            return _refused(400, "unnamed")
        answer, good = await self._dispatcher.dispatch(body)
        if good:
            self._answered.add(signature)
        return _to_aiohttp(answer)


class _Answered:
    """The signatures of deliveries that were answered, for ten minutes and up to a number of them."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._seen: OrderedDict[str, float] = OrderedDict()

    def has(self, signature: str) -> bool:
        at = self._seen.get(signature)
        return at is not None and self._now() - at < REMEMBERED_SECONDS

    def add(self, signature: str) -> None:
        self._seen[signature] = self._now()
        self._seen.move_to_end(signature)
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)


async def _read(request: web.Request) -> bytes | int:
    """Return the body, or the status that says why there is none."""
    if (request.content_length or 0) > MAX_BODY_BYTES:
        return 413
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for part in request.content.iter_any():
                size += len(part)
                if size > MAX_BODY_BYTES:
                    return 413
                parts.append(part)
    except TimeoutError:
        return 408
    except Exception:  # noqa: BLE001  the border: a broken body or a lost connection, in whatever class aiohttp has
        return 400
    return b"".join(parts)


def _refused(status: int, reason: str) -> web.Response:
    _log.warning("ingress.refused", status=status, reason=reason)
    return web.Response(status=status)


def _challenge(body: Body) -> web.Response:
    challenge = body.get("challenge")
    if not isinstance(challenge, str) or not 0 < len(challenge) <= _MAX_CHALLENGE:
        return _refused(400, "challenge")
    return web.json_response({"challenge": challenge})


def _apology(body: Body) -> BoltResponse:
    if isinstance(body.get("command"), str) and "type" not in body:
        return BoltResponse(status=200, body=spoken(OUR_SIDE))
    if body.get("type") == "view_submission":
        return BoltResponse(status=200, body={"response_action": "update", "view": sentence_view(OUR_SIDE)})
    return BoltResponse(status=200, body="")


def _to_aiohttp(answer: BoltResponse) -> web.Response:
    if not answer.body:
        return web.Response(status=answer.status)
    kind = answer.headers.get("content-type", ["text/plain"])[0].partition(";")[0]
    return web.Response(status=answer.status, text=answer.body, content_type=kind, charset="utf-8")
