"""
Listing and finding.

Which flags there are, and which of them or of their rollouts a text could mean.

A search by key matches in part, so what is exact is decided here. The list leaves rules out, so a rollout that is
not named by its flag's key or name costs one read for each flag.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from pydantic import BaseModel

from bot.adapters.datadog.client import DatadogClient
from bot.adapters.datadog.models import EnvironmentAnswer, EnvironmentData, FlagAnswer, FlagData, Page, read
from bot.adapters.datadog.operations import segment
from bot.adapters.datadog.remembered import Remembered
from bot.errors import NotFound

FLAGS = "/api/v2/feature-flags"
_PAGE = 100
_MOST_PAGES = 50
_AT_ONCE = 6
ENVIRONMENTS_SECONDS = 10.0
MOST_SCANNED = 300
"""Of more flags than these the rules are not read."""

_Model = TypeVar("_Model", bound=BaseModel)


class Found(NamedTuple):
    """Flags that a text names exactly, and those that were seen while looking."""

    exact: list[FlagData]
    seen: list[FlagData]


class DatadogDirectory:
    """What the organisation has."""

    def __init__(self, client: DatadogClient, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._known = Remembered(self.environments, ENVIRONMENTS_SECONDS, monotonic)

    async def environments(self) -> list[EnvironmentData]:
        """Return all environments, read afresh."""
        return await self.all_rows(f"{FLAGS}/environments", EnvironmentData)

    async def known_environments(self) -> list[EnvironmentData]:
        """Return all environments as they were ten seconds ago at most: enough to list and to find one by name."""
        return await self._known.get()

    def forget_environments(self) -> None:
        """Let environments be read afresh, because one has been changed."""
        self._known.forget()

    async def flag(self, flag_id: str) -> FlagData:
        """Return one flag with its rules; raises NotFound."""
        return read(FlagAnswer, await self._client.read(f"{FLAGS}/{segment(flag_id)}")).data

    async def first_flag(self) -> None:
        """
        Read one flag, or find that there is none.

        The proof that flags can be read.
        """
        read(Page, await self._client.read(FLAGS, limit=1))

    async def environment(self, environment_id: str) -> EnvironmentData:
        """Return one environment; raises NotFound."""
        return read(EnvironmentAnswer, await self._client.read(f"{FLAGS}/environments/{segment(environment_id)}")).data

    async def flags(self, key: str = "", *, archived: bool = False) -> list[FlagData]:
        """Return the flags not archived (or those `archived`) whose key contains `key`, without rules."""
        query: dict[str, str] = {"is_archived": str(archived).lower()} | ({"key": key} if key else {})
        flags = await self.all_rows(FLAGS, FlagData, **query)
        return [flag for flag in flags if (flag.attributes.archived_at is not None) == archived]

    async def find(self, text: str, *, archived: bool = False) -> Found:
        """
        Return the live (or `archived`) flags of that key, else of that id, else of that name.

        And what was seen beside them.
        """
        listed = await self.flags(text, archived=archived)
        exact = [flag for flag in listed if flag.attributes.key == text]
        if exact or not text:
            return Found(exact, listed)
        flags = await self.flags(archived=archived)
        for same in (
            [flag for flag in flags if flag.id == text],
            [flag for flag in flags if flag.attributes.key == text],
            [flag for flag in flags if flag.attributes.name == text],
        ):
            if same:
                return Found(same, flags)
        return Found([], flags)

    async def with_rules(self, flags: Sequence[FlagData]) -> list[FlagData]:
        """Return the same flags with their rules; what has gone is left out."""
        found: list[FlagData] = []
        for start in range(0, min(len(flags), MOST_SCANNED), _AT_ONCE):
            some = flags[start : min(start + _AT_ONCE, MOST_SCANNED)]
            found += await self._some_with_rules(some)
        return found

    async def _some_with_rules(self, flags: Sequence[FlagData]) -> list[FlagData]:
        answers = await asyncio.gather(*(self.flag(flag.id) for flag in flags), return_exceptions=True)
        found = []
        for answer in answers:
            if isinstance(answer, NotFound):
                continue
            if isinstance(answer, BaseException):
                raise answer
            found.append(answer)
        return found

    async def all_rows(self, path: str, model: type[_Model], **query: str) -> list[_Model]:
        """Return every row of every page once, `next_offset` followed if there."""
        rows: dict[str, _Model] = {}
        offset = 0
        for _ in range(_MOST_PAGES):
            page = read(Page, await self._client.read(path, **query, limit=_PAGE, offset=offset))
            fresh = {str(row.get("id")): row for row in page.data if str(row.get("id")) not in rows}
            rows |= {identity: read(model, row) for identity, row in fresh.items()}
            following = _following(page, offset)
            if following is None or not fresh:
                break
            offset = following
        return list(rows.values())


def _following(page: Page, offset: int) -> int | None:
    if page.meta is not None and page.meta.page is not None and "next_offset" in page.meta.page.model_fields_set:
        return page.meta.page.next_offset
    return offset + _PAGE if len(page.data) >= _PAGE else None
