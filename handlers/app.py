"""
The composition root: settings in, a bot out.

Everything is made here and handed on as an argument; nothing else knows how its parts are made.
"""

import asyncio
import os
import socket
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from structlog.typing import FilteringBoundLogger

from bot.adapters.audit_places import entry_places, seal_places
from bot.adapters.breaker import Circuit, Guarded, Terms
from bot.adapters.clock import SystemClock
from bot.adapters.datadog.client import DatadogClient
from bot.adapters.datadog.events import DatadogHistory
from bot.adapters.datadog.provider import DatadogProvider
from bot.adapters.datadog.sites import web_url
from bot.adapters.embedded import embedded
from bot.adapters.http import Http, Sender, build_http
from bot.adapters.policy_file import load_policy
from bot.adapters.redis.circuit import RedisCircuit
from bot.adapters.redis.connection import connected, inspect
from bot.adapters.redis.intake import RedisIntake
from bot.adapters.redis.outbox import RedisOutbox
from bot.adapters.redis.queue import RedisQueue
from bot.adapters.redis.records import RedisRecords
from bot.audit import Signer
from bot.auditing.retention import Retention
from bot.auditing.sealing import Sealer
from bot.errors import CountersignError
from bot.execution.bench import Bench
from bot.execution.janitor import Janitor
from bot.execution.jobs import Execution
from bot.policy import Policy
from bot.ports import Intake, Outbox, Provider, Queue, Records
from bot.resolver import Resolver
from bot.rights import Rights
from bot.service import Service
from bot.settings import Settings
from bot.store import ChangeStore
from bot.worker import Pace, Worker
from handlers.background import Background
from handlers.buttons import Buttons
from handlers.commands import Commands
from handlers.directory import SlackDirectory
from handlers.ingress import Dispatcher, Ingress
from handlers.intake import Apologies, Reception
from handlers.manifest import PATH
from handlers.modals import Modals
from handlers.notifier import SlackNotifier
from handlers.replies import Replies
from handlers.routes import table
from handlers.routing import build_bolt
from handlers.sender import Sender as SlackSender
from handlers.slack_client import Identity, SlackClient, identity
from handlers.socket import SocketMode

_log: FilteringBoundLogger = structlog.get_logger("countersign.app")

FINISH_SECONDS = 12.0
DRAIN_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Store:
    """The store's ports, over one connection."""

    records: Records
    queue: Queue
    outbox: Outbox
    intake: Intake
    circuit: Circuit


@dataclass(frozen=True, slots=True)
class App:
    """A bot, ready to be served and worked."""

    settings: Settings
    identity: Identity
    store: Store
    dispatcher: Dispatcher
    slack: SlackClient
    background: Background
    worker: Worker

    def web_app(self) -> web.Application:
        """Return what HTTP serves: Slack's one URL, unless Socket Mode is used, and the health of this process."""
        app = web.Application()
        app.router.add_get("/healthz", _alive)
        app.router.add_get("/readyz", self._ready)
        if not self.settings.socket_mode:
            front = Ingress(
                self.dispatcher,
                self.settings.signing_secrets,
                app_id=self.identity.app_id,
                team=self.identity.team,
            )
            app.router.add_post(PATH, front.handle)
            app.router.add_get(PATH, front.handle)
        return app

    async def _ready(self, request: web.Request) -> web.Response:
        del request
        try:
            await self.store.records.ping()
        except CountersignError as away:
            return web.json_response({"ready": False, "why": str(away)}, status=503)
        return web.json_response({"ready": True})


async def _alive(request: web.Request) -> web.Response:
    del request
    return web.json_response({"alive": True})


@asynccontextmanager
async def build(settings: Settings, policy: Policy | None = None) -> AsyncIterator[App]:
    """
    Make a bot and close everything of it after the block.

    `policy` takes the place of the policy file. Raises Misconfigured, NotRecorded or DirectoryUnavailable where
    Redis, Slack or the policy keep it from starting.
    """
    rules = policy or load_policy(settings.policy_file)
    async with AsyncExitStack() as closing:
        store = await closing.enter_async_context(open_store(settings))
        slack = SlackClient(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
        closing.push_async_callback(slack.close)
        me = await identity(slack.web)
        provider = await closing.enter_async_context(open_provider(settings, store.circuit))
        events = await closing.enter_async_context(open_events(settings, store.circuit))
        yield _assemble(settings, rules, store, slack, me, provider, events)


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """Connect to Redis, or to an embedded server in DATA_DIR, and look at it before it is relied on."""
    async with AsyncExitStack() as closing:
        url = settings.redis_url
        if not url:
            server = await closing.enter_async_context(embedded(settings.data_dir / "redis"))
            url = server.url
        replicas = settings.redis_replicas
        link = await closing.enter_async_context(connected(url, timeout_s=settings.redis_timeout, replicas=replicas))
        found = await inspect(link, replicas=replicas)
        for warning in found.warnings:
            _log.warning("redis.warning", what=warning)
        queue = RedisQueue(link, int(settings.lease * 1000))
        circuit = RedisCircuit(link, _breaker(settings))
        yield Store(RedisRecords(link), queue, RedisOutbox(link), RedisIntake(link), circuit)


@asynccontextmanager
async def open_provider(settings: Settings, circuit: Circuit | None = None) -> AsyncIterator[DatadogProvider]:
    """Open the one client of Datadog's API; `circuit` is what all processes know of its failures."""
    keys = {
        "DD-API-KEY": settings.dd_api_key.get_secret_value(),
        "DD-APPLICATION-KEY": settings.dd_app_key.get_secret_value(),
    }
    http = build_http(settings.datadog_api, keys, name="Datadog")
    sender = guarded(http, settings, settings.datadog_api, "Datadog", circuit)
    client = DatadogClient(sender, wait=asyncio.sleep, budget=settings.datadog_timeout)
    try:
        yield DatadogProvider(client, SystemClock(), web_url=web_url(settings.dd_site), fleet=settings.dd_fleet_path)
    finally:
        await http.close()


@asynccontextmanager
async def open_events(settings: Settings, circuit: Circuit | None = None) -> AsyncIterator[DatadogClient | None]:
    """Open the client of Datadog's event intake, which wants the API key alone; None where nothing is told to it."""
    if not settings.dd_events:
        yield None
        return
    name = "Datadog's event intake"
    http = build_http(settings.datadog_events, {"DD-API-KEY": settings.dd_api_key.get_secret_value()}, name=name)
    try:
        sender = guarded(http, settings, settings.datadog_events, name, circuit)
        yield DatadogClient(sender, wait=asyncio.sleep, budget=settings.datadog_timeout)
    finally:
        await http.close()


def _breaker(settings: Settings) -> Terms:
    trial = int(settings.datadog_timeout * 1500)  # half as long again as the call may take
    return Terms(failures=settings.datadog_failures, pause=int(settings.datadog_pause * 1000), trial=trial)


def guarded(http: Http, settings: Settings, url: str, name: str, circuit: Circuit | None) -> Sender:
    """Return the way to a host through its circuit, where there is one."""
    if circuit is None:
        return http
    host = urlsplit(url).netloc
    return Guarded(http, circuit, host=host, name=name, at_once=settings.datadog_at_once)


def _assemble(
    settings: Settings,
    policy: Policy,
    store: Store,
    slack: SlackClient,
    me: Identity,
    provider: Provider,
    events: DatadogClient | None,
) -> App:
    background = Background()
    signer = Signer(settings.audit_key.get_secret_value().encode())
    kept = settings.keep_trail
    changes = ChangeStore(store.records, signer, settings.terms, entry_places(settings), keep_trail=kept)
    directory = SlackDirectory(slack.web, me.team)
    rights = Rights(directory, lambda: policy)
    sender = SlackSender(slack.web)
    notifier = SlackNotifier(
        changes, store.outbox, sender, directory, background, approvals_channel=settings.approvals_channel
    )
    service = Service(changes, provider, Resolver(provider), rights, notifier)
    replies = Replies(slack.web, slack.session, sender)
    commands = Commands(service, notifier, replies, Reception(store.intake, settings.intake_grace))
    routes = table(commands, Buttons(service, commands, replies, slack.web), Modals(service))
    token = settings.slack_bot_token.get_secret_value()
    bolt = build_bolt(routes, me.authorization(token), slack.web, background, replies)
    lease = int(settings.lease * 1000)
    name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    bench = Bench(changes, provider, rights, notifier, store.queue, name, lease)
    execution = Execution(bench, service, DatadogHistory(events, notifier.permalink) if events else None)
    worker = Worker(
        name,
        store.queue,
        store.outbox,
        execution.work,
        notifier,
        store.records.now,
        Pace(lease=lease),
        given_up=execution.give_up,
        janitor=Janitor(changes, store.queue, lease).sweep,
        orphans=Apologies(store.intake, replies, store.records.now, settings.intake_grace).sweep,
        seal=Sealer(store.records, signer, seal_places(settings)).sweep,
        trim=Retention(store.records, signer, kept).sweep,
    )
    return App(settings, me, store, Dispatcher(bolt), slack, background, worker)


async def run(
    app: App, stop: asyncio.Event, *, web_too: bool, work_too: bool, ready: Callable[[int], None] = lambda _: None
) -> None:
    """
    Serve, work, or both, until `stop`; then finish what is begun, for less than 20 seconds in all.

    `ready` is told the port HTTP listens on (0 for none) once jobs and deliveries are taken. Raises SocketLost when
    Socket Mode loses Slack.
    """
    async with AsyncExitStack() as closing:
        closing.push_async_callback(app.background.drain, DRAIN_SECONDS)
        tasks: set[asyncio.Task[None]] = set()
        if work_too:
            tasks.add(asyncio.create_task(app.worker.run(), name="worker"))
            closing.push_async_callback(_finish, app.worker, tasks)
        port = 0
        if web_too:
            port = await closing.enter_async_context(_listening(app))
            if app.settings.socket_mode:
                tasks.add(asyncio.create_task(_socket(app, stop), name="socket mode"))
        ready(port)
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait({*tasks, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        stop.set()
        for task in tasks:
            if task.done():
                task.result()


async def _finish(worker: Worker, tasks: set[asyncio.Task[None]]) -> None:
    await worker.stop(FINISH_SECONDS)
    await asyncio.wait(tasks, timeout=1)


@asynccontextmanager
async def _listening(app: App) -> AsyncIterator[int]:
    runner = web.AppRunner(app.web_app(), access_log=None, handle_signals=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, app.settings.host, app.settings.port).start()
        port = int(runner.addresses[0][1])
        _log.info("web.listening", host=app.settings.host, port=port)
        yield port
    finally:
        await runner.cleanup()


async def _socket(app: App, stop: asyncio.Event) -> None:
    token = app.settings.slack_app_token
    mode = SocketMode(app.dispatcher, token.get_secret_value() if token else "", app.slack.web)
    await mode.run(stop)
