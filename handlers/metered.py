"""Slack's side, measured: deliveries and their acks, what is answered with an error, and calls to Slack."""

import time
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from structlog.typing import FilteringBoundLogger

from bot.adapters.metrics import Metrics
from bot.errors import CountersignError
from bot.model import digest
from handlers.decoding import Body
from handlers.failures import Note, log_refusal
from handlers.ingress import Dispatcher
from handlers.manifest import PATH

_log: FilteringBoundLogger = structlog.get_logger("countersign.slack")

_KINDS = {
    "block_actions": "press",
    "view_submission": "submit",
    "view_closed": "close",
    "block_suggestion": "suggest",
    "event_callback": "event",
}


class MeteredDispatcher(Dispatcher):
    """Times each delivery, logs a line of it, and gives all that is logged meanwhile its digest."""

    def __init__(self, app: AsyncApp, metrics: Metrics) -> None:
        super().__init__(app)
        self._acks = metrics.acks

    async def dispatch(self, body: Body) -> tuple[BoltResponse, bool]:
        """Return the answer, and whether it is Bolt's own."""
        began = time.perf_counter()
        kind = _kind(body)
        with structlog.contextvars.bound_contextvars(delivery=_digest(body)):
            answer, good = await super().dispatch(body)
            seconds = time.perf_counter() - began
            _log.info("delivery.acked", kind=kind, ms=round(seconds * 1000, 1), good=good)
        self._acks.labels(kind, "ok" if good else "apology").observe(seconds)
        return answer, good


def _kind(body: Body) -> str:
    kind = body.get("type")
    if kind is None and "command" in body:
        return "command"
    return _KINDS.get(kind, "other") if isinstance(kind, str) else "other"


def _digest(body: Body) -> str:
    """Return what tells one delivery from others, without saying the word that Slack has for it."""
    for name in ("trigger_id", "event_id"):
        token = body.get(name)
        if isinstance(token, str) and token:
            return digest(token)[:12]
    return ""


def counting_refusals(metrics: Metrics) -> Middleware:
    """Return what counts deliveries that are answered with an error, by status."""

    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        if request.path == PATH and answer.status >= 400:
            metrics.turned_away.labels(str(answer.status)).inc()
        return answer

    return count


def noting_refusals(metrics: Metrics) -> Note:
    """Return what counts and logs what people were refused, by its code alone."""

    def note(refusal: CountersignError) -> None:
        metrics.refusals.labels(refusal.code).inc()
        log_refusal(refusal)

    return note


class MeteredWeb(AsyncWebClient):
    """Slack's Web API client, whose calls are measured by method and by how they ended."""

    def __init__(self, metrics: Metrics, **how: Any) -> None:
        super().__init__(**how)
        self._metrics = metrics

    async def api_call(self, api_method: str, **how: Any) -> AsyncSlackResponse:
        """Call a method; retries of reads are within one call."""
        with self._metrics.timed(self._metrics.slack, api_method) as timed:
            try:
                return await super().api_call(api_method, **how)
            except SlackApiError as refused:
                timed.outcome = "paced" if getattr(refused.response, "status_code", None) == 429 else "refused"
                raise


def tracing_answers(metrics: Metrics, api_url: str) -> aiohttp.TraceConfig:
    """Return what measures posts to response URLs, which are no methods and have secrets for a path."""
    api = urlsplit(api_url).path
    trace = aiohttp.TraceConfig()

    async def started(_: object, context: SimpleNamespace, params: aiohttp.TraceRequestStartParams) -> None:
        context.began = None if params.url.path.startswith(api) else time.perf_counter()

    def note(context: SimpleNamespace, outcome: str) -> None:
        if context.began is not None:
            metrics.slack.labels("response_url", outcome).observe(time.perf_counter() - context.began)

    async def ended(_: object, context: SimpleNamespace, params: aiohttp.TraceRequestEndParams) -> None:
        note(context, "ok" if params.response.status == 200 else "refused")

    async def failed(_: object, context: SimpleNamespace, params: aiohttp.TraceRequestExceptionParams) -> None:
        del params
        note(context, "failed")

    trace.on_request_start.append(started)
    trace.on_request_end.append(ended)
    trace.on_request_exception.append(failed)
    return trace
