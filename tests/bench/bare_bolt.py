"""
A Bolt app with its defaults, its own server and one listener; nothing of the bot is imported.

Arguments: port, signing secret, path, `slash:<command>` or `press:<action id>`, and optionally an address that is
called (POST) after each ack. Its `authorize` is a constant, so that it never has to ask Slack.
"""

import asyncio
import signal
import sys
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult


def build(secret: str, listens_to: str, calls: str, session: aiohttp.ClientSession) -> AsyncApp:
    """Return the app."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T0", bot_user_id="U0", bot_id="B0", bot_token="xoxb-none")

    async def answer(ack: Any) -> None:  # Bolt injects it by name
        await ack()
        if calls:
            async with session.post(calls) as answered:
                await answered.read()

    app = AsyncApp(signing_secret=secret, authorize=authorize)
    kind, _, name = listens_to.partition(":")
    (app.command if kind == "slash" else app.action)(name)(answer)
    return app


async def main(port: int, secret: str, path: str, listens_to: str, calls: str) -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with aiohttp.ClientSession() as session:
        app = build(secret, listens_to, calls, session)
        runner = web.AppRunner(app.web_app(path=path), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await stop.wait()
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], (sys.argv[5:] or [""])[0]))
