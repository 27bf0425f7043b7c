"""
What was seen in Datadog, kept in memory and read anew within the budget.

First come the flags whose rollouts run in what is shown or watched, as often as `pace.read` says; with what is left
of the budget everything else is gone through again and again. What could not be read leaves a sentence behind.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.errors import NotFound, ProviderError
from bot.model import Environment, Target
from bot.panel.budget import Budget
from bot.panel.sights import Around, DeploymentSeen, FlagSeen, RolloutSeen, Sights, TestSeen

AT_ONCE = 4
REST_MS = 15_000


@dataclass(frozen=True, slots=True)
class Pace:
    """Milliseconds between readings of a rollout that runs, between those of all else, and between two edits."""

    read: int = 10_000
    index: int = 180_000
    every: int = 3_000


class Index:
    """Flags and rollouts, deployments, paused tests and environments as they were seen last."""

    def __init__(self, sights: Sights, budget: Budget, now: Callable[[], int], pace: Pace) -> None:
        self._sights = sights
        self._budget = budget
        self._now = now
        self._pace = pace
        self._reserve = max(1, budget.left() // 3)
        self._flags: dict[str, FlagSeen] = {}
        self._listed: tuple[str, ...] = ()
        self._listed_at = 0
        self._around: Around | None = None
        self._around_at = 0
        self._resting_until = 0
        self.trouble = ""
        self.trouble_since = 0

    @property
    def read_at(self) -> int:
        """When everything beside the rollouts that run was read at the latest; 0 before that."""
        return self._around_at

    @property
    def flags_read(self) -> int:
        """How many of the listed flags have been looked into."""
        return sum(1 for id_ in self._listed if id_ in self._flags)

    @property
    def flags_listed(self) -> int:
        """How many live flags there are."""
        return len(self._listed)

    @property
    def environments(self) -> tuple[Environment, ...]:
        """Every environment."""
        return self._around.environments if self._around else ()

    @property
    def deployments(self) -> tuple[DeploymentSeen, ...]:
        """The deployments that run or wait."""
        return self._around.deployments if self._around else ()

    @property
    def tests(self) -> tuple[TestSeen, ...]:
        """The tests that are paused."""
        return self._around.tests if self._around else ()

    def flag(self, id_: str) -> FlagSeen | None:
        """Return a flag as it was read last; None before its first reading."""
        return self._flags.get(id_)

    def doubt(self, id_: str) -> None:
        """Let a flag be read again at the next turn, however lately it was read."""
        if id_ in self._flags:
            self._flags[id_] = self._flags[id_].model_copy(update={"read_at": -1})

    def rollout(self, target: Target) -> RolloutSeen | None:
        """Return a rollout as it was read last."""
        flag = self._flags.get(target.flag_id)
        return next((one for one in flag.rollouts if one.target.id == target.id), None) if flag else None

    def rollouts(self, where: Environment) -> tuple[RolloutSeen, ...]:
        """Return the rollouts of an environment, by their flags' keys."""
        found = [one for flag in self._flags.values() for one in flag.rollouts if _in(one.target, where)]
        return tuple(sorted(found, key=lambda one: (one.target.key, one.target.rule)))

    async def refresh(self, urgent: Iterable[str], *, everything: bool) -> None:
        """Read what is due: the flags in `urgent` first, and all else where `everything` is wanted."""
        if self._now() < self._resting_until:
            return
        try:
            await self._read_due(tuple(dict.fromkeys(urgent)), self._pace.read, reserve=0)
            if everything:
                await self._read_around()
                await self._list_flags()
                await self._read_due(self._listed, self._pace.index, reserve=self._reserve)
        except ProviderError as failed:
            if not self.trouble:
                self.trouble_since = self._now()
            self.trouble = failed.fact
            self._resting_until = self._now() + max(self._pace.read, min(REST_MS, self._pace.index))
        else:
            self.trouble = ""

    async def _read_due(self, ids: tuple[str, ...], age: int, *, reserve: int) -> None:
        now = self._now()
        last = {id_: self._flags[id_].read_at if id_ in self._flags else -1 for id_ in ids}
        due = sorted((id_ for id_, at in last.items() if at < 0 or now - at >= age), key=lambda id_: last[id_])
        some = due[: max(0, min(AT_ONCE, self._budget.left() - reserve))]
        if not some:
            return
        self._budget.spend(len(some))
        answers = await asyncio.gather(*(self._read(id_) for id_ in some), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer

    async def _read(self, id_: str) -> None:
        asked = self._now()
        try:
            seen = await self._sights.flag(id_)
        except NotFound:  # it was deleted, and its rollouts with it
            seen = FlagSeen(id=id_, key="")
        self._flags[id_] = seen.model_copy(update={"read_at": asked})

    async def _read_around(self) -> None:
        if self._due(self._around_at):
            self._around = await self._sights.around()
            self._around_at = self._now()
            self._budget.spend(self._around.requests)

    async def _list_flags(self) -> None:
        if self._due(self._listed_at):
            found = await self._sights.flags()
            self._listed, self._listed_at = found.ids, self._now()
            self._budget.spend(found.requests)

    def _due(self, at: int) -> bool:
        return (not at or self._now() - at >= self._pace.index) and self._budget.left() > self._reserve


def _in(target: Target, where: Environment) -> bool:
    return target.environment is not None and target.environment.id == where.id
