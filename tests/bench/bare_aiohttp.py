"""
A bare aiohttp server that checks the signature and answers; nothing of the bot is imported.

Arguments: port, signing secret, path, and optionally an address that is called (POST) after each answer.
"""

import asyncio
import hashlib
import hmac
import signal
import sys
import time

import aiohttp
from aiohttp import web


class Server:
    """Answers, and calls afterwards where there is somebody to call."""

    def __init__(self, secret: str, calls: str, session: aiohttp.ClientSession) -> None:
        self._secret = secret.encode()
        self._calls = calls
        self._session = session
        self._tasks: set[asyncio.Task[None]] = set()

    async def handle(self, request: web.Request) -> web.Response:
        """Answer what was signed a moment ago."""
        raw = await request.read()
        stamp = request.headers.get("X-Slack-Request-Timestamp", "0")
        mac = hmac.new(self._secret, b"v0:" + stamp.encode() + b":" + raw, hashlib.sha256).hexdigest()
        fresh = abs(time.time() - int(stamp)) < 300
        if not fresh or not hmac.compare_digest("v0=" + mac, request.headers.get("X-Slack-Signature", "")):
            return web.Response(status=401)
        if self._calls:
            task = asyncio.create_task(self._call())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return web.Response()

    async def _call(self) -> None:
        async with self._session.post(self._calls) as answer:
            await answer.read()


async def main(port: int, secret: str, path: str, calls: str) -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with aiohttp.ClientSession() as session:
        app = web.Application()
        app.router.add_post(path, Server(secret, calls, session).handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await stop.wait()
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3], (sys.argv[4:] or [""])[0]))
