"""The port Views in memory: what there is to look at, as a test put it there."""

from collections.abc import Iterable
from typing import TypeVar

from bot.errors import NotFound
from bot.looking.views import (
    DeploymentView,
    EnvironmentView,
    FlagRow,
    FlagView,
    Rollouts,
    RolloutView,
    TestView,
)
from bot.model import Environment

Thing = TypeVar("Thing")
_UNDER_WAY = {"running": 0, "pending": 1}


class MemoryViews:
    """What can be looked at, held as values; lists come in the order in which the port has them."""

    def __init__(
        self,
        *,
        flags: Iterable[FlagView] = (),
        environments: Iterable[EnvironmentView] = (),
        tests: Iterable[TestView] = (),
        deployments: Iterable[DeploymentView] = (),
    ) -> None:
        self._flags = {each.id: each for each in flags}
        self._environments = tuple(environments)
        self._tests = {each.id: each for each in tests}
        self._deployments = {each.id: each for each in deployments}

    async def flags(self, *, archived: bool = False) -> tuple[FlagRow, ...]:
        """Return the live flags, or those that are archived."""
        return tuple(_row(each) for each in self._flags.values() if (each.archived_at is not None) == archived)

    async def flag(self, flag_id: str) -> FlagView:
        """Return a flag with its rules everywhere; raise NotFound."""
        return _one(self._flags, flag_id)

    async def rollouts(self, environment: Environment | None = None, flag_ids: tuple[str, ...] = ()) -> Rollouts:
        """Return the rollouts of live flags, or of those that are named."""
        meant = [flag for flag in self._flags.values() if flag.id in flag_ids or not (flag_ids or flag.archived_at)]
        found = [
            rollout
            for flag in meant
            for setting in flag.settings
            if environment is None or setting.environment.id == environment.id
            for rollout in setting.rollouts
        ]
        return Rollouts(rows=tuple(sorted(found, key=_by_place)))

    async def environments(self) -> tuple[EnvironmentView, ...]:
        """Return all environments, production first."""
        rows = sorted(self._environments, key=lambda one: (not one.environment.is_production, one.environment.name))
        return tuple(rows)

    async def tests(self) -> tuple[TestView, ...]:
        """Return all synthetic tests, by name."""
        return tuple(sorted(self._tests.values(), key=lambda each: (each.name.casefold(), each.id)))

    async def test(self, test_id: str) -> TestView:
        """Return a synthetic test; raise NotFound."""
        return _one(self._tests, test_id)

    async def deployments(self, status: str = "") -> tuple[DeploymentView, ...]:
        """Return the deployments without their hosts, those that run first."""
        rows = [one.model_copy(update={"hosts": ()}) for one in self._deployments.values()]
        fitting = [one for one in rows if not status or one.status == status]
        return tuple(sorted(fitting, key=lambda one: (_UNDER_WAY.get(one.status, 2), -(one.started_at or 0))))

    async def deployment(self, deployment_id: str) -> DeploymentView:
        """Return a fleet deployment with its hosts; raise NotFound."""
        return _one(self._deployments, deployment_id)


def _one(things: dict[str, Thing], id_: str) -> Thing:
    if id_ not in things:
        raise NotFound("Datadog does not have it.", "Somebody may have deleted it.")
    return things[id_]


def _by_place(each: RolloutView) -> tuple[bool, str, str]:
    return (not each.environment.is_production, each.flag, each.environment.name)


def _row(view: FlagView) -> FlagRow:
    def standing(*, enabled: bool) -> tuple[Environment, ...]:
        found = [each.environment for each in view.settings if each.enabled is enabled]
        return tuple(sorted(found, key=lambda one: (not one.is_production, one.name)))

    return FlagRow(
        id=view.id,
        key=view.key,
        name=view.name,
        archived=view.archived_at is not None,
        enabled=standing(enabled=True),
        disabled=standing(enabled=False),
        url=view.url,
    )
