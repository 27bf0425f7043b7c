"""
The composition root: settings in, a bot out.

Everything is made here and handed on as an argument; nothing else knows how its parts are made.
"""

import asyncio
import contextlib
import os
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import structlog
from aiohttp import web
from structlog.typing import FilteringBoundLogger

from bot.adapters.audit_places import entry_places, seal_places
from bot.adapters.datadog.client import DatadogClient
from bot.adapters.datadog.events import DatadogHistory
from bot.adapters.metrics import Metrics
from bot.adapters.policy_watch import PolicyFile
from bot.audit import Signer
from bot.auditing.retention import Retention
from bot.auditing.sealing import Sealer
from bot.breakglass import AfterReviews
from bot.changes.record import ChangeRequest
from bot.controls import Controls
from bot.errors import NotRecorded
from bot.execution.bench import Bench
from bot.execution.janitor import Janitor
from bot.execution.jobs import Execution
from bot.guards import Guards
from bot.ledger import Ledger
from bot.policy import Policy
from bot.ports import Provider
from bot.resolver import Resolver
from bot.rights import Rights
from bot.service import Service
from bot.settings import Settings
from bot.store import ChangeStore
from bot.worker import Pace, Worker
from handlers.background import Background
from handlers.buttons import Buttons
from handlers.cards.controls import review_reminder
from handlers.commands import Commands
from handlers.connecting import Store, open_events, open_provider, open_store
from handlers.controls import Announcements, OwnCommands
from handlers.directory import SlackDirectory
from handlers.health import Health
from handlers.ingress import Dispatcher, Ingress
from handlers.intake import Apologies, Reception
from handlers.manifest import PATH
from handlers.metered import MeteredDispatcher, MeteredWeb, counting_refusals, noting_refusals, tracing_answers
from handlers.modals import Modals
from handlers.notifier import MERGE_SECONDS, SlackNotifier
from handlers.operators import Operators
from handlers.replies import Replies
from handlers.routes import table
from handlers.routing import build_bolt
from handlers.sender import Sender as SlackSender
from handlers.slack_client import Identity, SlackClient, identity
from handlers.socket import SocketMode

_log: FilteringBoundLogger = structlog.get_logger("countersign.app")

FINISH_SECONDS = 11.0
DRAIN_SECONDS = 5.0


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
    metrics: Metrics
    health: Health
    follow_policy: Callable[[], Coroutine[None, None, None]]

    def web_app(self) -> web.Application:
        """Return what HTTP serves: Slack's one URL, unless Socket Mode is used, and the health of this process."""
        app = web.Application(middlewares=[counting_refusals(self.metrics)])
        self.health.add_to(app)
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


@asynccontextmanager
async def build(settings: Settings, policy: Policy | None = None) -> AsyncIterator[App]:
    """
    Make a bot and close everything of it after the block.

    `policy` takes the place of the policy file. Raises Misconfigured, NotRecorded or DirectoryUnavailable where
    Redis, Slack or the policy keep it from starting.
    """
    rules = policy or PolicyFile(settings.policy_file)
    async with AsyncExitStack() as closing:
        metrics = Metrics()
        store = await closing.enter_async_context(open_store(settings, metrics))
        slack = _open_slack(settings, metrics)
        closing.push_async_callback(slack.close)
        me = await identity(slack.web)
        provider = await closing.enter_async_context(open_provider(settings, store.circuit, metrics))
        events = await closing.enter_async_context(open_events(settings, store.circuit, metrics))
        yield _assemble(settings, rules, store, slack, me, provider, events, metrics)


def _open_slack(settings: Settings, metrics: Metrics) -> SlackClient:
    return SlackClient(
        settings.slack_bot_token.get_secret_value(),
        settings.slack_api_url,
        client=partial(MeteredWeb, metrics),
        traces=[tracing_answers(metrics, settings.slack_api_url)],
    )


def _assemble(
    settings: Settings,
    rules: Policy | PolicyFile,
    store: Store,
    slack: SlackClient,
    me: Identity,
    provider: Provider,
    events: DatadogClient | None,
    metrics: Metrics,
) -> App:
    background = Background()
    signer = Signer(settings.audit_key.get_secret_value().encode())
    kept = settings.keep_trail
    changes = ChangeStore(store.records, signer, settings.terms, entry_places(settings), keep_trail=kept)
    directory = SlackDirectory(slack.web, me.team)
    policy = rules.current if isinstance(rules, PolicyFile) else lambda: rules
    ledger = Ledger(store.records, signer, entry_places(settings), keep_trail=kept)
    guards = Guards(ledger)
    rights = Rights(directory, policy, guards)
    sender = SlackSender(slack.web, wait=metrics.waiting("slack", asyncio.sleep), gap=settings.slack_gap)
    operators = Operators(ledger, directory, sender)
    notifier = SlackNotifier(
        changes,
        store.outbox,
        sender,
        directory,
        background,
        approvals_channel=settings.approvals_channel,
        merge=MERGE_SECONDS,
    )
    resolver = Resolver(provider)
    service = Service(changes, provider, resolver, rights, notifier)
    replies = Replies(slack.web, slack.session, sender)
    controls = Controls(rights, resolver, provider, guards, ledger)
    announcements = Announcements(sender, directory)

    async def remind(change: ChangeRequest) -> None:
        channel = change.origin.channel or settings.approvals_channel
        if not await announcements.say(channel, review_reminder(change)):
            await announcements.say(settings.approvals_channel, review_reminder(change))

    reviews = AfterReviews(ledger, changes, rights, remind)
    own = OwnCommands(controls, service, announcements, reviews)
    refused = noting_refusals(metrics)
    commands = Commands(
        service,
        notifier,
        replies,
        Reception(store.intake, settings.intake_grace, refused=refused),
        own,
        refused=refused,
    )
    routes = table(
        commands,
        Buttons(service, commands, replies, slack.web, notifier, refused=refused),
        Modals(service, refused=refused),
    )
    token = settings.slack_bot_token.get_secret_value()
    bolt = build_bolt(routes, me.authorization(token), slack.web, background, replies)
    lease = int(settings.lease * 1000)
    name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    bench = Bench(changes, provider, rights, notifier, store.queue, name, lease)
    execution = Execution(bench, service, reviews, DatadogHistory(events, notifier.permalink) if events else None)
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
        beat=partial(store.pulse.beat, name),
    )

    async def follow_policy() -> None:
        if isinstance(rules, PolicyFile):
            await rules.follow(settings.policy_reload, lambda *wrong: operators.policy_refused(policy(), *wrong))

    health = Health(store.pulse, partial(identity, slack.web), metrics)
    dispatcher = MeteredDispatcher(bolt, metrics)
    return App(settings, me, store, dispatcher, slack, background, worker, metrics, health, follow_policy)


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
            closing.push_async_callback(_finish, app, tasks)
        port = 0
        settings = app.settings
        if web_too:
            port = await closing.enter_async_context(_listening(app.web_app(), settings.host, settings.port))
            if settings.socket_mode:
                tasks.add(asyncio.create_task(_socket(app, stop), name="socket mode"))
        if settings.metrics_port:
            place = (settings.metrics_host, settings.metrics_port)
            await closing.enter_async_context(_listening(app.health.own_app(), *place, event="metrics.listening"))
        ready(port)
        waiting = asyncio.create_task(stop.wait())
        following = asyncio.create_task(app.follow_policy(), name="policy")
        closing.callback(following.cancel)
        await asyncio.wait({*tasks, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        stop.set()
        for task in tasks:
            if task.done():
                task.result()


async def _finish(app: App, tasks: set[asyncio.Task[None]]) -> None:
    await app.worker.stop(FINISH_SECONDS)
    await asyncio.wait(tasks, timeout=1)
    with contextlib.suppress(NotRecorded):
        await app.store.pulse.leave(app.worker.name)


@asynccontextmanager
async def _listening(app: web.Application, host: str, port: int, event: str = "web.listening") -> AsyncIterator[int]:
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        port = int(runner.addresses[0][1])
        _log.info(event, host=host, port=port)
        yield port
    finally:
        await runner.cleanup()


async def _socket(app: App, stop: asyncio.Event) -> None:
    token = app.settings.slack_app_token
    mode = SocketMode(app.dispatcher, token.get_secret_value() if token else "", app.slack.web)
    app.health.socket = mode.connected
    await mode.run(stop)
