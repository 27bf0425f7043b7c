"""
What the bot is measured beside, and the bot's own front: `python -m tests.bench.servers <role> <port>`.

- `aiohttp`: a bare aiohttp server that checks the signature and answers
- `bolt`: a Bolt app as its documentation begins it, with one listener for each of the two deliveries' kinds (its
  own argument says which one it has) and a constant `authorize`, so that it never has to ask Slack
- `front`: the bot's own ingress, dispatch and handlers up to the ack; what a handler leaves for later is dropped

With a third argument (Datadog's URL) `aiohttp` and `bolt` make one call there after the ack of a press.
"""

import asyncio
import hashlib
import hmac
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.seed import APP_ID, BOT_ID, BOT_USER_ID, TEAM
from bot.sandbox.town import API_KEY, APP_KEY, BOT_TOKEN, SIGNING_SECRET
from handlers import ids
from handlers.background import Background
from handlers.buttons import Buttons
from handlers.commands import Commands
from handlers.ingress import Dispatcher, Ingress
from handlers.manifest import PATH
from handlers.modals import Modals
from handlers.notifier import SlackNotifier
from handlers.replies import Replies
from handlers.routes import table
from handlers.routing import build_bolt
from tests.bench.processes import HOST
from tests.core.fakes import House

AUTHORIZATION = AuthorizeResult(
    enterprise_id=None, team_id=TEAM.id, bot_user_id=BOT_USER_ID, bot_id=BOT_ID, bot_token=BOT_TOKEN
)
Call = Callable[[], Awaitable[None]]


class Dropping(Background):
    """Drops what would go on after the answer, so that the ack alone is measured."""

    def start(self, work: Coroutine[object, object, None], name: str) -> asyncio.Task[None]:
        """Close the work unbegun."""
        work.close()
        return super().start(_nothing(), name)


async def _nothing() -> None:
    return None


def bare_aiohttp(call: Call) -> web.Application:
    """Return a server that checks the signature, answers, and then calls."""
    tasks: set[asyncio.Task[None]] = set()

    async def handle(request: web.Request) -> web.Response:
        raw = await request.read()
        stamp = request.headers.get("X-Slack-Request-Timestamp", "0")
        mac = hmac.new(SIGNING_SECRET.encode(), b"v0:" + stamp.encode() + b":" + raw, hashlib.sha256).hexdigest()
        fresh = abs(time.time() - int(stamp)) < 300
        if not fresh or not hmac.compare_digest("v0=" + mac, request.headers.get("X-Slack-Signature", "")):
            return web.Response(status=401)
        if call is not _nothing:
            task = asyncio.create_task(_call(call))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        return web.Response()

    app = web.Application()
    app.router.add_post(PATH, handle)
    return app


async def _call(call: Call) -> None:
    await call()


def bare_bolt(listens_to: str, call: Call) -> web.Application:
    """Return Bolt's own server with its defaults and one listener."""

    async def authorize() -> AuthorizeResult:
        return AUTHORIZATION

    app = AsyncApp(signing_secret=SIGNING_SECRET, authorize=authorize)

    async def answer(ack: Any) -> None:
        await ack()
        await call()

    if listens_to == "slash":
        app.command("/flag")(answer)
    else:
        app.action(ids.OPEN)(answer)
    return app.web_app(path=PATH)


def own_front() -> web.Application:
    """Return the bot's front, with every handler it has and no store behind it."""
    client = AsyncWebClient(token=BOT_TOKEN)
    background = Dropping()
    replies = Replies(client, aiohttp.ClientSession())
    house = House()
    notifier = SlackNotifier(house.changes, house.outbox, client, house.directory, background, approvals_channel="")
    commands = Commands(house.service, notifier, replies, client)
    routes = table(commands, Buttons(house.service, commands, replies, client), Modals(house.service))
    bolt = build_bolt(routes, AUTHORIZATION, client, background, replies)
    app = web.Application()
    app.router.add_post(PATH, Ingress(Dispatcher(bolt), (SIGNING_SECRET,), app_id=APP_ID, team=TEAM.id).handle)
    return app


def _datadog(url: str, session: aiohttp.ClientSession) -> Call:
    async def call() -> None:
        keys = {"DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": APP_KEY}
        async with session.post(f"{url}/api/v2/feature-flags/x/environments/y/disable", headers=keys) as answer:
            await answer.read()

    return call


async def main(role: str, port: int, listens_to: str, datadog: str) -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with aiohttp.ClientSession() as session:
        call = _datadog(datadog, session) if datadog else _nothing
        if role == "front":
            app = own_front()
        else:
            app = bare_aiohttp(call) if role == "aiohttp" else bare_bolt(listens_to, call)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, HOST, port).start()
        await stop.wait()
        await runner.cleanup()


if __name__ == "__main__":
    words = [*sys.argv[1:], "", ""]
    asyncio.run(main(words[0], int(words[1]), words[2], words[3]))
