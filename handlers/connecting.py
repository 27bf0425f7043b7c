"""The ways out: to the store and to Datadog, opened from the settings and closed after the block; all measured."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

import structlog
from structlog.typing import FilteringBoundLogger

from bot.adapters.breaker import Circuit, Guarded, Terms
from bot.adapters.clock import SystemClock
from bot.adapters.datadog.client import DatadogClient
from bot.adapters.datadog.provider import DatadogProvider
from bot.adapters.datadog.sites import web_url
from bot.adapters.embedded import embedded
from bot.adapters.http import Http, Sender, build_http
from bot.adapters.metered import MeteredLink, MeteredRecords, MeteredSender
from bot.adapters.metrics import Metrics
from bot.adapters.redis.circuit import RedisCircuit
from bot.adapters.redis.connection import connected, inspect
from bot.adapters.redis.intake import RedisIntake
from bot.adapters.redis.outbox import RedisOutbox
from bot.adapters.redis.pulse import RedisPulse
from bot.adapters.redis.queue import RedisQueue
from bot.ports import Intake, Outbox, Pulse, Queue, Records
from bot.settings import Settings

_log: FilteringBoundLogger = structlog.get_logger("countersign.app")


@dataclass(frozen=True, slots=True)
class Store:
    """The store's ports, over one connection."""

    records: Records
    queue: Queue
    outbox: Outbox
    intake: Intake
    circuit: Circuit
    pulse: Pulse


@asynccontextmanager
async def open_store(settings: Settings, metrics: Metrics | None = None) -> AsyncIterator[Store]:
    """Connect to Redis, or to an embedded server in DATA_DIR, and look at it before it is relied on."""
    metrics = metrics or Metrics()
    async with AsyncExitStack() as closing:
        url = settings.redis_url
        if not url:
            server = await closing.enter_async_context(embedded(settings.data_dir / "redis"))
            url = server.url
        replicas = settings.redis_replicas
        metered = partial(MeteredLink, metrics=metrics)
        opening = connected(url, timeout_s=settings.redis_timeout, replicas=replicas, link=metered)
        link = await closing.enter_async_context(opening)
        found = await inspect(link, replicas=replicas)
        for warning in found.warnings:
            _log.warning("redis.warning", what=warning)
        queue = RedisQueue(link, int(settings.lease * 1000))
        circuit = RedisCircuit(link, _breaker(settings))
        records = MeteredRecords(link, metrics)
        yield Store(records, queue, RedisOutbox(link), RedisIntake(link), circuit, RedisPulse(link))


@asynccontextmanager
async def open_provider(
    settings: Settings,
    circuit: Circuit | None = None,
    metrics: Metrics | None = None,
    http: Callable[..., Http] = build_http,
) -> AsyncIterator[DatadogProvider]:
    """Open the one client of Datadog's API by `http`; `circuit` is what all processes know of its failures."""
    keys = {
        "DD-API-KEY": settings.dd_api_key.get_secret_value(),
        "DD-APPLICATION-KEY": settings.dd_app_key.get_secret_value(),
    }
    way = http(settings.datadog_api, keys, name="Datadog")
    metrics = metrics or Metrics()
    sender = guarded(MeteredSender(way, metrics, "api"), settings, settings.datadog_api, "Datadog", circuit)
    wait = metrics.waiting("datadog", asyncio.sleep)
    client = DatadogClient(sender, wait=wait, budget=settings.datadog_timeout)
    try:
        yield DatadogProvider(client, SystemClock(), web_url=web_url(settings.dd_site), fleet=settings.dd_fleet_path)
    finally:
        await way.close()


@asynccontextmanager
async def open_events(
    settings: Settings, circuit: Circuit | None = None, metrics: Metrics | None = None
) -> AsyncIterator[DatadogClient | None]:
    """Open the client of Datadog's event intake, which wants the API key alone; None where nothing is told to it."""
    if not (settings.dd_events or settings.dd_seals):
        yield None
        return
    name = "Datadog's event intake"
    http = build_http(settings.datadog_events, {"DD-API-KEY": settings.dd_api_key.get_secret_value()}, name=name)
    try:
        metrics = metrics or Metrics()
        sender = guarded(MeteredSender(http, metrics, "events"), settings, settings.datadog_events, name, circuit)
        wait = metrics.waiting("datadog", asyncio.sleep)
        yield DatadogClient(sender, wait=wait, budget=settings.datadog_timeout)
    finally:
        await http.close()


def _breaker(settings: Settings) -> Terms:
    trial = int(settings.datadog_timeout * 1500)  # half as long again as the call may take
    return Terms(failures=settings.datadog_failures, pause=int(settings.datadog_pause * 1000), trial=trial)


def guarded(http: Sender, settings: Settings, url: str, name: str, circuit: Circuit | None) -> Sender:
    """Return the way to a host through its circuit, where there is one."""
    if circuit is None:
        return http
    host = urlsplit(url).netloc
    return Guarded(http, circuit, host=host, name=name, at_once=settings.datadog_at_once)
