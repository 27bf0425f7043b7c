"""Serve the sandbox's Datadog on an ephemeral loopback port, and talk to it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from bot.sandbox.datadog.app import build_datadog
from bot.sandbox.datadog.organisation import Organisation
from bot.sandbox.datadog.seed import seeded_id
from tests.waiting import passed

KEYS = {"DD-API-KEY": "api-key", "DD-APPLICATION-KEY": "app-key"}
FIRST_DAY = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)

NEW_SEARCH = seeded_id("flag", "new-search")
CHECKOUT = seeded_id("flag", "checkout-v2")
PROD = seeded_id("environment", "prod")
STAGING = seeded_id("environment", "staging")
CHECKOUT_ROLLOUT = seeded_id("rollout", "checkout-v2", "prod", "checkout-v2-gradual")


class HandClock:
    """A clock that only moves when told."""

    def __init__(self) -> None:
        self.time = FIRST_DAY

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **span: float) -> None:
        """Move forward by a span given as for timedelta."""
        self.time += timedelta(**span)


@asynccontextmanager
async def served(organisation: Organisation) -> AsyncIterator[str]:
    """Yield the base URL of an organisation for as long as it is served."""
    app = build_datadog(organisation, api_key=KEYS["DD-API-KEY"], app_key=KEYS["DD-APPLICATION-KEY"])
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@contextmanager
def served_beside(organisation: Organisation) -> Iterator[str]:
    """Yield the base URL of an organisation served by another thread, for clients that block."""
    ready: list[str] = []
    started, loop, done = threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with served(organisation) as base:
            ready.append(base)
            started.set()
            await done.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    try:
        assert started.wait(10), "the sandbox did not start"
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(10)
        loop.close()


class Api:
    """A plain caller of the API and of the controls."""

    def __init__(self, session: aiohttp.ClientSession, base: URL, organisation: Organisation, clock: HandClock) -> None:
        self._session = session
        self.base = base
        self.organisation = organisation
        self.clock = clock

    async def call(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Return the status and the body (parsed if it is JSON, else its text) of one call."""
        async with self._session.request(method, path, json=body, headers=headers or KEYS) as response:
            text = await response.text()
            return response.status, await response.json(content_type=None) if _is_json(text) else text

    async def headers(self, method: str, path: str) -> tuple[int, dict[str, str]]:
        """Return the status and the headers of one call."""
        async with self._session.request(method, path, headers=KEYS) as response:
            return response.status, dict(response.headers)

    async def flag(self, flag_id: str) -> dict[str, Any]:
        """Return the attributes of a flag."""
        _, body = await self.call("GET", f"/api/v2/feature-flags/{flag_id}")
        found: dict[str, Any] = body["data"]["attributes"]
        return found

    async def place(self, flag_id: str, environment_id: str) -> dict[str, Any]:
        """Return a flag's setting in an environment."""
        settings = (await self.flag(flag_id))["feature_flag_environments"]
        found: dict[str, Any] = next(each for each in settings if each["environment_id"] == environment_id)
        return found

    async def truth(self, key: str, environment: str = "prod") -> dict[str, Any]:
        """Return the true state of a flag in an environment."""
        _, body = await self.call("GET", "/sandbox/state")
        flag = next(each for each in body["flags"] if each["key"] == key)
        found: dict[str, Any] = flag["environments"][environment]
        return found


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Return once the condition holds; fail after five seconds."""
    async with asyncio.timeout(5):
        while not await condition():  # the condition is another server's state
            await passed(0.002)


@asynccontextmanager
async def calling() -> AsyncIterator[Api]:
    """Yield a caller of a fresh organisation with a clock that is moved by hand."""
    clock = HandClock()
    organisation = Organisation(now=clock)
    async with served(organisation) as base, aiohttp.ClientSession(base) as session:
        yield Api(session, URL(base), organisation, clock)


def _is_json(text: str) -> bool:
    return text[:1] in tuple('{["tf0123456789')
