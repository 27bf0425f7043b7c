"""
Synthetic tests: found by public id, exact name or tag.

A test belongs to no environment. Where it acts is what its `env:` tags say, and it counts as production unless
every one of them is a query of environments that are not production.
"""

import re
from collections.abc import Sequence

from pydantic import JsonValue

from bot.adapters.datadog.client import DatadogClient
from bot.adapters.datadog.directory import DatadogDirectory
from bot.adapters.datadog.models import SyntheticData, SyntheticList, read
from bot.adapters.datadog.operations import segment
from bot.adapters.datadog.reading import environment_of
from bot.errors import NotFound
from bot.model import ORGANISATION, Environment, Facts, Noun, Target

TESTS = "/api/v1/synthetics/tests"
_PAGE = 100
_MOST_PAGES = 10
_PUBLIC_ID = re.compile(r"[a-z0-9]{3}-[a-z0-9]{3}-[a-z0-9]{3}")
_STATUSES = ("live", "paused")


class Synthetics:
    """Synthetic tests."""

    what = "synthetic tests"

    def __init__(self, client: DatadogClient, directory: DatadogDirectory, web_url: str) -> None:
        self._client = client
        self._directory = directory
        self._web_url = web_url

    async def find(self, text: str, environment: Environment | None, *, archived: bool) -> tuple[Target, ...]:
        """Return the tests of that public id or name, else those with that tag, else near ones."""
        del environment, archived
        found = {test.public_id: test for test in await self._searched(text)}
        if _PUBLIC_ID.fullmatch(text) and text not in found:
            found |= await self._by_id(text)
        exact = [test for test in found.values() if text in (test.public_id, test.name)]
        tagged = [test for test in found.values() if text in test.tags]
        near = exact or tagged or list(found.values()) or await self._listed()
        known = await self._environments()
        return tuple(self._target(test, known) for test in near)

    async def _searched(self, text: str) -> list[SyntheticData]:
        rows: list[SyntheticData] = []
        for page in range(_MOST_PAGES):
            body = await self._client.read(f"{TESTS}/search", text=text, start=page * _PAGE, count=_PAGE)
            fresh = read(SyntheticList, body).tests
            rows += fresh
            if len(fresh) < _PAGE:
                break
        return rows

    async def _by_id(self, public_id: str) -> dict[str, SyntheticData]:
        try:
            return {public_id: await self._test(public_id)}
        except NotFound:
            return {}

    async def _listed(self) -> list[SyntheticData]:
        return read(SyntheticList, await self._client.read(TESTS, page_size=_PAGE, page_number=0)).tests

    async def _test(self, public_id: str) -> SyntheticData:
        return read(SyntheticData, await self._client.read(f"{TESTS}/{segment(public_id)}"))

    async def _environments(self) -> tuple[Environment, ...]:
        return tuple(environment_of(each) for each in await self._directory.environments())

    def _target(self, test: SyntheticData, known: Sequence[Environment]) -> Target:
        places = environment_tags(test.tags)
        return Target(
            noun=Noun.TEST,
            id=test.public_id,
            key=test.name or test.public_id,
            reach=", ".join(places) or ORGANISATION,
            outside_production=outside_production(places, known),
            also=tuple(sorted(test.tags)),
            url=f"{self._web_url}/synthetics/details/{segment(test.public_id)}" if self._web_url else "",
        )

    async def read(self, target: Target) -> tuple[Target, Facts]:
        """Read a test, and anew whether it touches production."""
        test = await self._test(target.id)
        tags: list[JsonValue] = [*sorted(test.tags)]
        facts: Facts = {
            "test_id": test.public_id,
            "status": test.status if test.status in _STATUSES else None,
            "type": test.type,
            "tags": tags,
        }
        return self._target(test, await self._environments()), facts

    async def probe(self) -> None:
        """Read one page of tests."""
        await self._listed()


def environment_tags(tags: Sequence[str]) -> list[str]:
    """Return the values of the `env:` tags."""
    return sorted({tag.partition(":")[2] for tag in tags if tag.partition(":")[0].casefold() == "env"})


def outside_production(places: Sequence[str], known: Sequence[Environment]) -> bool:
    """Tell whether every place is served by environments that are not production, and by none that is."""
    elsewhere = {query for each in known if not each.is_production for query in each.queries}
    production = {query for each in known if each.is_production for query in each.queries}
    return bool(places) and all(place in elsewhere and place not in production for place in places)
