"""
Fleet deployments, on the one of Datadog's two fleet APIs that the organisation has.

Which one that is, is a setting; nothing here tries the other. A deployment has no name: its id means it, or the word
`running` where exactly one runs.
"""

from collections import Counter
from typing import Literal

from pydantic import JsonValue

from bot.adapters.datadog.client import DatadogClient
from bot.adapters.datadog.models import DeploymentAnswer, DeploymentAttributes, DeploymentData, DeploymentList, read
from bot.adapters.datadog.operations import segment
from bot.errors import NotFound, Rejected
from bot.model import Environment, Facts, Noun, Target

FleetPath = Literal["v2", "unstable"]
RUNNING = "running"
_REACH = "the fleet"
_PAGE = 100
_CANCELLABLE = ("pending", "running")
_COUNTED = ("succeeded", "running", "failed", "skipped", "canceled")


class Deployments:
    """Fleet deployments."""

    what = "fleet deployments"

    def __init__(self, client: DatadogClient, path: FleetPath, web_url: str) -> None:
        self._client = client
        self._path = path
        self._base = f"/api/{path}/fleet/deployments"
        self._url = f"{web_url}/fleet" if web_url else ""

    async def find(self, text: str, environment: Environment | None, *, archived: bool) -> tuple[Target, ...]:
        """Return the deployment of that id, those that run where `text` is `running`, else the latest ones."""
        del environment, archived
        if text.casefold() == RUNNING:
            return tuple(self._target(each.id, text) for each in await self._listed(RUNNING))
        try:
            return (self._target((await self._deployment(text)).id),)
        except NotFound:
            return tuple(self._target(each.id) for each in await self._listed())

    def _target(self, id_: str, *also: str) -> Target:
        return Target(noun=Noun.DEPLOYMENT, id=id_, key=id_, reach=_REACH, also=also, url=self._url)

    async def _deployment(self, id_: str) -> DeploymentData:
        query = {} if self._path == "v2" else {"limit": _PAGE}
        return read(DeploymentAnswer, await self._client.read(f"{self._base}/{segment(id_)}", **query)).data

    async def _listed(self, status: str = "") -> list[DeploymentData]:
        """Return the first page of deployments (of one status); the older API cannot filter, so that is done here."""
        query: dict[str, str | int] = {"page_size": _PAGE}
        if status and self._path == "v2":
            query["filter"] = f"status:{status}"
        try:
            rows = read(DeploymentList, await self._client.read(self._base, **query)).data
        except NotFound as error:
            raise Rejected(
                f"Datadog has no fleet API at {self._base} for this organisation.",
                "DD_FLEET_PATH (v2 or unstable) says which one is used.",
            ) from error
        return [each for each in rows if not status or status_of(each.attributes) == status]

    async def read(self, target: Target) -> tuple[Target, Facts]:
        """Read a deployment and how far its hosts are."""
        found = (await self._deployment(target.id)).attributes
        status = status_of(found)
        versions: list[JsonValue] = [*found.target_versions, *(p.version for p in found.packages if p.version)]
        return target, {
            "deployment_id": target.id,
            "status": status,
            "over": status is not None and status not in _CANCELLABLE,
            "query": found.query or found.filter_query,
            "versions": versions,
            "hosts": {**hosts_by_status(found)},
            "total_hosts": found.total_hosts,
        }

    async def probe(self) -> None:
        """Read one page of deployments."""
        await self._listed()


def status_of(found: DeploymentAttributes) -> str | None:
    """Return a deployment's status in one spelling; None where Datadog does not tell it."""
    said = (found.status or found.high_level_status).casefold()
    return "canceled" if said == "cancelled" else said or None


def hosts_by_status(found: DeploymentAttributes) -> dict[str, int]:
    """Return how many hosts are how far: as Datadog counts them, else as they are listed."""
    told = {name: count for name in _COUNTED if (count := getattr(found, f"{name}_hosts")) is not None}
    counts = Counter(told) if told else Counter(host.status or "not told" for host in found.hosts)
    left = (found.total_hosts or 0) - counts.total()
    if left > 0 and (told or found.hosts):
        counts["pending" if told else "not told"] += left
    return {name: count for name, count in counts.items() if count}
