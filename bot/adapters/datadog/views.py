"""
Datadog as the port Views: what people look at.

The list of flags leaves rules out, so rollouts cost one read for each flag that is looked into. An odd row of a list
is left out, and an odd thing that was asked for by itself is Malformed.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

from bot.adapters.datadog.client import DatadogClient
from bot.adapters.datadog.directory import FLAGS, MOST_SCANNED, DatadogDirectory
from bot.adapters.datadog.fleet import FleetPath
from bot.adapters.datadog.models import Page, read
from bot.adapters.datadog.operations import segment
from bot.adapters.datadog.synthetics import TESTS
from bot.adapters.datadog.view_models import (
    SeenDeployment,
    SeenDeploymentAnswer,
    SeenEnvironment,
    SeenFlag,
    SeenFlagAnswer,
    SeenTest,
    SeenTests,
)
from bot.adapters.datadog.view_reading import (
    deployment_view,
    environment_view,
    flag_row,
    flag_view,
    rollouts_of,
    test_view,
)
from bot.errors import Malformed, NotFound, Rejected
from bot.looking.views import DeploymentView, EnvironmentView, FlagRow, FlagView, Rollouts, RolloutView, TestView
from bot.model import Environment

_PAGE = 100
_MOST_PAGES = 10
_AT_ONCE = 6
_RUNNING = "running"
_UNDER_WAY = {_RUNNING: 0, "pending": 1}
_Model = TypeVar("_Model", bound=BaseModel)


class DatadogViews:
    """What of one Datadog organisation can be looked at; `web_url` is where, and empty leaves links out."""

    def __init__(
        self, client: DatadogClient, directory: DatadogDirectory, *, web_url: str = "", fleet: FleetPath = "v2"
    ) -> None:
        self._client = client
        self._directory = directory
        self._web_url = web_url
        self._fleet = fleet

    async def flags(self, *, archived: bool = False) -> tuple[FlagRow, ...]:
        """Return the live flags, or those that are archived."""
        listed = await self._directory.flags(archived=archived)
        return tuple(flag_row(each, self._link(f"feature-flags/{each.id}")) for each in listed)

    async def flag(self, flag_id: str) -> FlagView:
        """Return a flag with its rules everywhere; raise NotFound."""
        return flag_view(await self._flag(flag_id), self._link(f"feature-flags/{flag_id}"))

    async def rollouts(self, environment: Environment | None = None, flag_ids: tuple[str, ...] = ()) -> Rollouts:
        """Return rollouts; of more than 300 flags the rest is not looked into."""
        ids = flag_ids or tuple(each.id for each in await self._directory.flags())
        where, found = environment.id if environment else "", list[RolloutView]()
        for start in range(0, min(len(ids), MOST_SCANNED), _AT_ONCE):
            some = ids[start : min(start + _AT_ONCE, MOST_SCANNED)]
            for id_, flag in zip(some, await asyncio.gather(*map(self._flag_or_none, some)), strict=True):
                found += rollouts_of(flag, where, self._link(f"feature-flags/{id_}")) if flag else []
        rows = sorted(found, key=lambda each: (not each.environment.is_production, each.flag, each.environment.name))
        return Rollouts(rows=tuple(rows), unread=max(0, len(ids) - MOST_SCANNED))

    async def environments(self) -> tuple[EnvironmentView, ...]:
        """Return all environments, production first."""
        rows = await self._directory.all_rows(f"{FLAGS}/environments", SeenEnvironment)
        views = [environment_view(each, self._link("feature-flags")) for each in rows]
        return tuple(sorted(views, key=lambda each: (not each.environment.is_production, each.environment.name)))

    async def tests(self) -> tuple[TestView, ...]:
        """Return all synthetic tests, by name; a page may repeat what another had."""
        found: dict[str, TestView] = {}
        for page in range(_MOST_PAGES):
            rows = read(SeenTests, await self._client.read(TESTS, page_size=_PAGE, page_number=page)).tests
            fresh = {each.id: each for each in self._tests(rows) if each.id not in found}
            found |= fresh
            if len(rows) < _PAGE or not fresh:
                break
        return tuple(sorted(found.values(), key=lambda each: (each.name.casefold(), each.id)))

    async def test(self, test_id: str) -> TestView:
        """Return a synthetic test; raise NotFound."""
        body = await self._client.read(f"{TESTS}/{segment(test_id)}")
        return test_view(read(SeenTest, body), self._link(f"synthetics/details/{test_id}"))

    async def deployments(self, status: str = "") -> tuple[DeploymentView, ...]:
        """Return the latest deployments, those that run first; the older API cannot filter, so that is done here."""
        query: dict[str, str | int] = {"page_size": _PAGE}
        if status and self._fleet == "v2":
            query["filter"] = f"status:{status}"
        try:
            page = read(Page, await self._client.read(self._deployments, **query))
        except NotFound as error:
            raise Rejected(
                f"Datadog has no fleet API at {self._deployments} for this organisation.",
                "DD_FLEET_PATH (v2 or unstable) says which one is used.",
            ) from error
        rows = {each.id: each for each in _sound(SeenDeployment, page.data)}
        views = [deployment_view(each, self._link("fleet")) for each in rows.values()]
        fitting = [each for each in views if not status or each.status == status]
        return tuple(sorted(fitting, key=lambda each: (_UNDER_WAY.get(each.status, 2), -(each.started_at or 0))))

    async def deployment(self, deployment_id: str) -> DeploymentView:
        """Return a fleet deployment with its hosts; raise NotFound."""
        query = {} if self._fleet == "v2" else {"limit": _PAGE}
        body = await self._client.read(f"{self._deployments}/{segment(deployment_id)}", **query)
        return deployment_view(read(SeenDeploymentAnswer, body).data, self._link("fleet"))

    @property
    def _deployments(self) -> str:
        return f"/api/{self._fleet}/fleet/deployments"

    async def _flag(self, flag_id: str) -> SeenFlag:
        return read(SeenFlagAnswer, await self._client.read(f"{FLAGS}/{segment(flag_id)}")).data

    async def _flag_or_none(self, flag_id: str) -> SeenFlag | None:
        """Return a flag; None where it has gone since it was listed."""
        try:
            return await self._flag(flag_id)
        except NotFound:
            return None

    def _tests(self, rows: Sequence[dict[str, Any]]) -> list[TestView]:
        found = _sound(SeenTest, rows)
        return [test_view(each, self._link(f"synthetics/details/{segment(each.public_id)}")) for each in found]

    def _link(self, path: str) -> str:
        return f"{self._web_url}/{path}" if self._web_url else ""


def _sound(model: type[_Model], rows: Sequence[dict[str, Any]]) -> list[_Model]:
    """Return the rows that can be understood."""
    found = []
    for row in rows:
        try:
            found.append(read(model, row))
        except Malformed:
            continue
    return found
