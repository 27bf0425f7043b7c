"""A provider over the sandbox's Datadog, for the contract of Provider."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from yarl import URL

from bot.actions import BY_NAME
from bot.adapters.datadog.client import DatadogClient
from bot.adapters.datadog.fleet import FleetPath
from bot.adapters.datadog.provider import DatadogProvider
from bot.adapters.http import build_http
from bot.model import Environment, Noun, Plan, Receipt, Scope, Target
from bot.planner import plan
from bot.ports import Provider
from bot.sandbox.datadog.organisation import Organisation
from tests.sandbox.datadog.serving import KEYS, Api, HandClock, served
from tests.waiting import passed


class _Time:
    """The organisation's clock in milliseconds, which is the provider's clock too."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock

    def now(self) -> int:
        """Return milliseconds since the epoch."""
        return int(self._clock().timestamp() * 1000)


class World:
    """A provider and the organisation behind it."""

    def __init__(self, provider: Provider, api: Api, base: str) -> None:
        self.provider = provider
        self.api = api
        self.base = base

    async def environment(self, name: str) -> Environment:
        """Return an environment by its name."""
        return next(each for each in await self.provider.environments() if each.name == name)

    async def target(
        self, noun: Noun, text: str, environment: str | None = "prod", *, archived: bool = False
    ) -> Target:
        """Return the one target that a text names; without an environment in all of them."""
        where = await self.environment(environment) if environment else None
        found = await self.provider.find(noun, text, where, archived=archived)
        (target,) = [each for each in found if text in (each.id, each.key, each.name, each.rule)]
        return target

    async def plan(self, action: str, text: str, environment: str = "prod") -> Plan:
        """Return the plan of an action as the core makes it."""
        literal = BY_NAME[action]
        where = environment if literal.scope is Scope.ENVIRONMENT else None
        target = await self.target(literal.noun, text, where, archived=literal.on_archived)
        return plan(literal, await self.provider.snapshot(target))

    async def do(self, action: str, text: str, environment: str = "prod") -> Receipt:
        """Plan and apply an action."""
        return await self.provider.apply(await self.plan(action, text, environment))

    async def fault(self, kind: str, path: str = "", **more: Any) -> None:
        """Let the organisation spoil the next request to such a path."""
        body = {"match": {"path_contains": path}, "kind": kind, **more}
        assert (await self.api.call("POST", "/sandbox/faults", body))[0] == 200


@asynccontextmanager
async def provider_at(
    base: str, clock: HandClock, keys: dict[str, str], budget: float, fleet: FleetPath = "v2"
) -> AsyncIterator[Provider]:
    """Yield a provider of the API at an address."""
    http = build_http(base, keys, name="Datadog")
    client = DatadogClient(http, wait=_wait, monotonic=time.monotonic, budget=budget, jitter=lambda: 0.0)
    try:
        yield DatadogProvider(client, _Time(clock), web_url="https://app.datadoghq.com", fleet=fleet)
    finally:
        await http.close()


async def _wait(seconds: float) -> None:
    await passed(min(seconds, 0.01))


@asynccontextmanager
async def organisation_world(
    keys: dict[str, str] = KEYS, budget: float = 5.0, fleet: FleetPath = "v2"
) -> AsyncIterator[World]:
    """Yield a provider over a fresh organisation."""
    clock = HandClock()
    organisation = Organisation(now=clock)
    async with (
        served(organisation) as base,
        aiohttp.ClientSession(base) as session,
        provider_at(base, clock, keys, budget, fleet) as provider,
    ):
        yield World(provider, Api(session, URL(base), organisation, clock), base)
