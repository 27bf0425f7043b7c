"""
What was modified outside: by somebody whom only the provider knows.

The provider tells when something was modified last, and not by whom. What it modified after our own last change to it
was somebody else's doing, or (a rollout's) the next step of its own.
"""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Protocol

from bot.auditing.history import HistoryRow
from bot.errors import NotFound
from bot.looking.views import FlagRow, FlagView, RolloutView, Views
from bot.model import Environment, Noun, Value

SLACK_MS = 60_000
MOST_FLAGS = 100
_AT_ONCE = 6


class Modified(Value):
    """
    Something that was modified at `at` (ms): its kind, key and ids, and where.

    `steps` tells whether it also moves by itself, from step to step, which a time stamp does not tell apart.
    """

    noun: str
    key: str
    ids: tuple[str, ...]
    where: str = ""
    at: int
    url: str = ""
    steps: bool = False


class Modifications(Protocol):
    """Tells what was modified lately, whoever did it. Raises the errors under ProviderError."""

    async def since(self, at: int, where: Environment | None) -> tuple[tuple[Modified, ...], int]:
        """
        Return what was modified from `at` (ms) on, in one environment or anywhere, the latest first.

        And how many flags were not looked into, because there are too many.
        """
        ...


class SeenModified:
    """The same, from what can be looked at: flags that are not archived, and their rollouts; one read for each flag."""

    def __init__(self, views: Views) -> None:
        self._views = views

    async def since(self, at: int, where: Environment | None) -> tuple[tuple[Modified, ...], int]:
        """Return what was modified from then on, and how many flags were not looked into."""
        rows = await self._views.flags()
        found: list[Modified] = []
        for start in range(0, min(len(rows), MOST_FLAGS), _AT_ONCE):
            seen = await asyncio.gather(*map(self._flag, rows[start : min(start + _AT_ONCE, MOST_FLAGS)]))
            found += [one for flag in seen if flag for one in _modified(flag, where) if one.at >= at]
        latest = sorted(found, key=lambda one: one.at, reverse=True)
        return tuple(latest), max(0, len(rows) - MOST_FLAGS)

    async def _flag(self, row: FlagRow) -> FlagView | None:
        """Return a flag; None where it has gone since it was listed."""
        try:
            return await self._views.flag(row.id)
        except NotFound:
            return None


def _modified(flag: FlagView, where: Environment | None) -> Iterator[Modified]:
    """Yield when a flag and each of its rollouts were modified; a flag's own time stamp is of no one environment."""
    settings = [one for one in flag.settings if where is None or one.environment.id == where.id]
    if settings and flag.updated_at is not None:
        yield Modified(noun=Noun.FLAG, key=flag.key, ids=(flag.id,), at=flag.updated_at, url=flag.url)
    for rollout in (rollout for one in settings for rollout in one.rollouts):
        if rollout.updated_at is not None:
            yield _rollout(rollout, rollout.updated_at)


def _rollout(rollout: RolloutView, at: int) -> Modified:
    return Modified(
        noun=Noun.ROLLOUT,
        key=rollout.flag,
        ids=(rollout.id,),
        where=rollout.environment.name,
        at=at,
        url=rollout.url,
        steps=True,
    )


def unexplained(modified: Iterable[Modified], rows: Iterable[HistoryRow]) -> tuple[Modified, ...]:
    """Return what was modified later than our own last change to it; clocks may differ by a minute."""
    ours: dict[str, int] = {}
    for row in rows:
        target = row.change.plan.target if row.change else None
        for id_ in filter(None, (target.id, target.flag_id) if target else ()):
            ours[id_] = max(ours.get(id_, 0), row.changed_at)
    return tuple(one for one in modified if one.at > max(ours.get(id_, 0) for id_ in one.ids) + SLACK_MS)
