"""
The composition root: settings in, a bot out.

Everything is made here and handed on as an argument; nothing else knows how its parts are made.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

from aiohttp import web

from bot.adapters.metrics import Metrics
from bot.adapters.policy_watch import PolicyFile
from bot.errors import NotRecorded
from bot.policy import Policy
from bot.settings import Settings
from bot.worker import Worker
from handlers.assembly import Ground, core, router, worker
from handlers.background import Background
from handlers.bolt import build_bolt
from handlers.connecting import Store, open_events, open_provider, open_store
from handlers.health import Health
from handlers.ingress import Dispatcher, Ingress
from handlers.listening import listening
from handlers.manifest import PATH
from handlers.metered import MeteredDispatcher, MeteredWeb, counting_refusals, tracing_answers
from handlers.panel.parts import open_sights
from handlers.provenance import Installation
from handlers.slack_client import Identity, SlackClient, identity
from handlers.socket import SocketMode
from handlers.wrapping import Wrap

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
async def build(settings: Settings, policy: Policy | None = None, wrap: Wrap | None = None) -> AsyncIterator[App]:
    """
    Make a bot and close everything of it after the block.

    `policy` takes the place of the policy file; `wrap` is put around the ports. Raises Misconfigured, NotRecorded or
    DirectoryUnavailable where Redis, Slack or the policy keep it from starting.
    """
    rules, wrap = policy or PolicyFile(settings.policy_file), wrap or Wrap()
    async with AsyncExitStack() as closing:
        metrics = Metrics()
        opened = await closing.enter_async_context(open_store(settings, metrics))
        store = replace(opened, records=wrap.records(opened.records), outbox=wrap.outbox(opened.outbox))
        slack = _open_slack(settings, metrics)
        closing.push_async_callback(slack.close)
        me = await identity(slack.web)
        datadog = await closing.enter_async_context(open_provider(settings, store.circuit, metrics, http=wrap.http))
        events = await closing.enter_async_context(open_events(settings, store.circuit, metrics))
        policy_now = rules.current if isinstance(rules, PolicyFile) else lambda: rules
        provider = wrap.provider(datadog)
        sights = await closing.enter_async_context(open_sights(settings, store.circuit, metrics, wrap.http))
        known = (settings, policy_now, store, slack, me, provider, events, metrics, Background())
        ground = Ground(*known, wrap.pace, wrap.lookup, sights=sights, views=datadog.views)
        yield _assemble(ground, rules)


def _open_slack(settings: Settings, metrics: Metrics) -> SlackClient:
    return SlackClient(
        settings.slack_bot_token.get_secret_value(),
        settings.slack_api_url,
        client=partial(MeteredWeb, metrics),
        traces=[tracing_answers(metrics, settings.slack_api_url)],
    )


def _assemble(ground: Ground, rules: Policy | PolicyFile) -> App:
    made = core(ground)
    token = ground.settings.slack_bot_token.get_secret_value()
    web_client = ground.slack.web
    bolt = build_bolt(router(ground, made), ground.me.authorization(token), web_client)

    async def follow_policy() -> None:
        if isinstance(rules, PolicyFile):
            told = made.operators.policy_refused
            await rules.follow(ground.settings.policy_reload, lambda *wrong: told(ground.policy(), *wrong))

    return App(
        ground.settings,
        ground.me,
        ground.store,
        MeteredDispatcher(bolt, ground.metrics),
        ground.slack,
        ground.background,
        worker(ground, made),
        ground.metrics,
        Health(ground.store.pulse, partial(identity, web_client), ground.metrics),
        follow_policy,
    )


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
            port = await closing.enter_async_context(listening(app.web_app(), settings.host, settings.port))
            if settings.socket_mode:
                tasks.add(asyncio.create_task(_socket(app, stop), name="socket mode"))
        if settings.metrics_port:
            place = (settings.metrics_host, settings.metrics_port)
            own = listening(app.health.own_app(), *place, event="metrics.listening", setting="METRICS_PORT")
            await closing.enter_async_context(own)
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


async def _socket(app: App, stop: asyncio.Event) -> None:
    token = app.settings.slack_app_token
    ours = Installation(app.identity.app_id, app.identity.team)
    mode = SocketMode(app.dispatcher, token.get_secret_value() if token else "", app.slack.web, installation=ours)
    app.health.socket = mode.connected
    await mode.run(stop)
