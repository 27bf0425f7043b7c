"""
The bot's own front: `python -m tests.bench.front <port>`.

Ingress, dispatch and handlers are the bot's, up to the ack; what a handler leaves for later is dropped, as the
servers it is measured beside have nothing to do after their ack either.
"""

import asyncio
import signal
import sys
from collections.abc import Coroutine

import aiohttp
from aiohttp import web
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.memory.intake import MemoryIntake
from bot.sandbox.slack.seed import APP_ID, BOT_ID, BOT_USER_ID, TEAM
from bot.sandbox.town import BOT_TOKEN, SIGNING_SECRET
from handlers.background import Background
from handlers.buttons import Buttons
from handlers.commands import Commands
from handlers.ingress import Dispatcher, Ingress
from handlers.intake import Reception
from handlers.manifest import PATH
from handlers.modals import Modals
from handlers.notifier import SlackNotifier
from handlers.replies import Replies
from handlers.routes import table
from handlers.routing import build_bolt
from handlers.sender import Sender
from tests.core.fakes import House

AUTHORIZATION = AuthorizeResult(
    enterprise_id=None, team_id=TEAM.id, bot_user_id=BOT_USER_ID, bot_id=BOT_ID, bot_token=BOT_TOKEN
)


class Dropping(Background):
    """Drops what would go on after the answer, so that the ack alone is measured."""

    def start(self, work: Coroutine[object, object, None], name: str) -> asyncio.Task[None]:
        """Close the work unbegun."""
        work.close()
        return super().start(_nothing(), name)


async def _nothing() -> None:
    return None


def own_front(session: aiohttp.ClientSession) -> web.Application:
    """Return the bot's front, with every handler it has and a store in memory behind it."""
    client = AsyncWebClient(token=BOT_TOKEN, session=session)
    background = Dropping()
    sender = Sender(client)
    replies = Replies(client, session, sender)
    house = House()
    notifier = SlackNotifier(house.changes, house.outbox, sender, house.directory, background, approvals_channel="")
    commands = Commands(house.service, notifier, replies, Reception(MemoryIntake(house.state), 15))
    routes = table(commands, Buttons(house.service, commands, replies, client, notifier), Modals(house.service))
    bolt = build_bolt(routes, AUTHORIZATION, client, background, replies)
    app = web.Application()
    app.router.add_post(PATH, Ingress(Dispatcher(bolt), (SIGNING_SECRET,), app_id=APP_ID, team=TEAM.id).handle)
    return app


async def main(port: int) -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with aiohttp.ClientSession() as session:
        runner = web.AppRunner(own_front(session), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await stop.wait()
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
