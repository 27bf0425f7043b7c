"""
The bot's own front: `python -m tests.bench.front`, with the settings of a bot in its environment.

Ingress, dispatch and every handler are the bot's, put together by its own assembly, up to the ack; what a handler
leaves for later is dropped, as the servers it is measured beside have nothing to do after their ack either.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web

from bot.adapters.logs import configure
from bot.adapters.metrics import Metrics
from bot.adapters.policy_file import load_policy
from bot.settings import Settings, load
from handlers.assembly import Ground, core, router
from handlers.background import Background
from handlers.bolt import build_bolt
from handlers.connecting import open_provider, open_store
from handlers.ingress import Ingress
from handlers.manifest import PATH
from handlers.metered import MeteredDispatcher
from handlers.panel.parts import open_sights
from handlers.slack_client import SlackClient, identity


class Dropping(Background):
    """Drops what would go on after the answer, so that the ack alone is measured."""

    def start(self, work: Coroutine[object, object, None], name: str) -> asyncio.Task[None]:
        """Close the work unbegun."""
        work.close()
        return super().start(_nothing(), name)


async def _nothing() -> None:
    return None


@asynccontextmanager
async def _ground(settings: Settings) -> AsyncIterator[Ground]:
    """Give what the bot stands on, with a background that drops everything."""
    async with AsyncExitStack() as closing:
        metrics, policy = Metrics(), load_policy(settings.policy_file)
        store = await closing.enter_async_context(open_store(settings, metrics))
        slack = SlackClient(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
        closing.push_async_callback(slack.close)
        datadog = await closing.enter_async_context(open_provider(settings, store.circuit, metrics))
        sights = await closing.enter_async_context(open_sights(settings, store.circuit, metrics))
        known = (settings, lambda: policy, store, slack, await identity(slack.web), datadog, None, metrics, Dropping())
        yield Ground(*known, sights=sights, views=datadog.views)


def own_front(ground: Ground) -> web.Application:
    """Return the bot's front, with every handler it has."""
    made, me, settings = core(ground), ground.me, ground.settings
    authorization = me.authorization(settings.slack_bot_token.get_secret_value())
    bolt = build_bolt(router(ground, made), authorization, ground.slack.web)
    front = Ingress(MeteredDispatcher(bolt, ground.metrics), settings.signing_secrets, app_id=me.app_id, team=me.team)
    app = web.Application()
    app.router.add_post(PATH, front.handle)
    return app


async def main(settings: Settings) -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with _ground(settings) as ground:
        runner = web.AppRunner(own_front(ground), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, settings.host, settings.port).start()
        await stop.wait()
        await runner.cleanup()


if __name__ == "__main__":
    given = load()
    configure(given.log_format)
    asyncio.run(main(given))
