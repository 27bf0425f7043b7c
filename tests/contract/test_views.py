"""What every implementation of the port Views does: the adapter over the sandbox's Datadog, and the one in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v1.api.synthetics_api import SyntheticsApi
from datadog_api_client.v2.api.feature_flags_api import FeatureFlagsApi
from datadog_api_client.v2.api.fleet_automation_api import FleetAutomationApi

from bot.adapters.datadog.provider import DatadogProvider
from bot.errors import NotFound
from bot.looking.views import Views
from tests.contract.provider_world import organisation_world
from tests.sandbox.datadog.serving import CHECKOUT, NEW_SEARCH, served_beside
from tests.views_fake import MemoryViews

NOWHERE = "0c9d7a52-0000-4000-8000-000000000000"
KINDS = ("sandbox", "memory")


@asynccontextmanager
async def seeing(kind: str) -> AsyncIterator[Views]:
    """Yield the views of the first day's organisation: by the adapter, or the same things in memory."""
    async with organisation_world() as world:
        assert isinstance(world.provider, DatadogProvider)
        views = world.provider.views
        yield views if kind == "sandbox" else await in_memory(views)


async def in_memory(views: Views) -> MemoryViews:
    """Return everything that can be looked at, in memory."""
    rows = [*await views.flags(), *await views.flags(archived=True)]
    return MemoryViews(
        flags=[await views.flag(row.id) for row in rows],
        environments=reversed(await views.environments()),
        tests=[await views.test(row.id) for row in reversed(await views.tests())],
        deployments=[await views.deployment(row.id) for row in reversed(await views.deployments())],
    )


@pytest.mark.parametrize("kind", KINDS)
async def test_flags(kind: str) -> None:
    """Live and archived flags are two lists; each row says where it is enabled, production first, as the flag does."""
    async with seeing(kind) as views:
        live, archived = await views.flags(), await views.flags(archived=True)
        assert len(live) == 13
        assert [row.key for row in archived] == ["old-banner"]
        row = next(row for row in live if row.id == NEW_SEARCH)
        assert [each.name for each in row.enabled] == ["Development", "prod", "staging"]
        view = await views.flag(row.id)
        assert {s.environment.id for s in view.settings if s.enabled} == {each.id for each in row.enabled}
        assert [each.key for each in view.variants] == ["off", "on"]


@pytest.mark.parametrize("kind", KINDS)
async def test_rollouts(kind: str) -> None:
    """All rollouts come, production first; an environment and flags narrow them, and plain rules are none."""
    async with seeing(kind) as views:
        every = (await views.rollouts()).rows
        assert len(every) == 12
        marks = [each.environment.is_production for each in every]
        assert marks == sorted(marks, reverse=True)
        prod = next(each.environment for each in every if each.environment.name == "prod")
        here = (await views.rollouts(prod)).rows
        assert [each for each in every if each.environment.id == prod.id] == list(here)
        (one,) = (await views.rollouts(prod, (CHECKOUT,))).rows
        assert (one.flag, len(one.steps), one.enabled) == ("checkout-v2", 4, True)
        assert (await views.rollouts(prod, (NEW_SEARCH,))).rows == ()


@pytest.mark.parametrize("kind", KINDS)
async def test_environments_and_tests(kind: str) -> None:
    """Environments come production first, tests by name; a test by its id is the one in the list."""
    async with seeing(kind) as views:
        environments = [each.environment for each in await views.environments()]
        assert [each.name for each in environments] == ["Development", "prod", "eu-staging", "staging"]
        tests = await views.tests()
        assert [each.name for each in tests] == sorted(each.name for each in tests)
        assert {(await views.test(each.id)).name for each in tests} == {each.name for each in tests}


@pytest.mark.parametrize("kind", KINDS)
async def test_deployments(kind: str) -> None:
    """Those that run come first, a status narrows them, and a deployment by its id has its hosts."""
    async with seeing(kind) as views:
        rows = await views.deployments()
        assert rows[0].status == "running"
        running = await views.deployments("running")
        assert [each.id for each in running] == [each.id for each in rows if each.status == "running"]
        whole = await views.deployment(running[0].id)
        assert len(whole.hosts) == whole.total == 5


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_not_there(kind: str) -> None:
    """A flag, a test and a deployment that there is not are NotFound, and nothing else."""
    async with seeing(kind) as views:
        for look in (views.flag(NOWHERE), views.test("zzz-zzz-zzz"), views.deployment("zzz-zzz-zzz")):
            with pytest.raises(NotFound):
                await look
        assert (await views.rollouts(flag_ids=(NOWHERE,))).rows == ()
        assert await views.deployments("no-such-status") == ()


async def test_we_see_what_the_official_client_sees() -> None:
    """Every read of the adapter has the ids and states that Datadog's own client reads from the same organisation."""
    configured: Any = Configuration
    async with organisation_world() as world:
        assert isinstance(world.provider, DatadogProvider)
        views = world.provider.views
        with served_beside(world.api.organisation) as base:
            keys = {"apiKeyAuth": "api-key", "appKeyAuth": "app-key"}
            with ApiClient(configured(host=base, api_key=keys)) as client:
                flags, tests, fleet = (each(client) for each in (_FLAGS, _TESTS, _FLEET))
                listed = {(str(row.id), row.attributes.key) for row in flags.list_feature_flags(limit=100).data}
                places = {(str(one.id), one.attributes.name) for one in flags.list_feature_flags_environments().data}
                statuses = {(one.public_id, str(one.status)) for one in tests.list_tests().tests}
                deployed = {one.id for one in fleet.list_fleet_deployments_v2().data}
                hosts = {one.hostname for one in fleet.get_fleet_deployment_v2("abc-def-ghi").data.attributes.hosts}
                kind = str(tests.get_test("abc-def-ghi").name)
                raw = flags.get_feature_flag(UUID(CHECKOUT))
        both = [*await views.flags(), *await views.flags(archived=True)]
        assert {(row.id, row.key) for row in both} == listed
        assert {(one.environment.id, one.environment.name) for one in await views.environments()} == places
        assert {(one.id, one.status) for one in await views.tests()} == statuses
        assert {one.id for one in await views.deployments()} == deployed
        assert {one.name for one in (await views.deployment("abc-def-ghi")).hosts} == hosts
        assert (await views.test("abc-def-ghi")).name == kind
        assert raw is not None
        assert (await views.flag(CHECKOUT)).key == "checkout-v2"


_FLAGS: Any = FeatureFlagsApi
_TESTS: Any = SyntheticsApi
_FLEET: Any = FleetAutomationApi
