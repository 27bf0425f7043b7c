"""
Looking at things: who may, what is meant, and what is seen.

Every full member may look, whatever the policy asks of changes. A name means what it means for a change, and what is
near or of two minds is asked about in the same way.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from bot.actions import BY_NAME, READ_BY_NAME
from bot.auditing.history import History, HistoryRow, Wanted
from bot.errors import NotFound, NotRecorded, ProviderError, UnknownTarget
from bot.grammar.command import Look
from bot.looking.inferring import Done, Inferred, infer
from bot.looking.views import (
    DeploymentView,
    EnvironmentView,
    FlagRow,
    FlagView,
    RolloutView,
    RuleView,
    SettingView,
    TestView,
    Views,
)
from bot.model import Environment, Noun, Target
from bot.ports import Clock
from bot.resolver import Resolver
from bot.rights import Rights
from bot.store import KIND

Past = Callable[[Wanted], Awaitable[History]]
_CHAINS = 500
_LASTS = 8


@dataclass(frozen=True, slots=True)
class RolloutSeen:
    """A rollout, how it seems to stand, and what was last done to it from here."""

    view: RolloutView
    inferred: Inferred
    last: HistoryRow | None = None


@dataclass(frozen=True, slots=True)
class FlagSeen:
    """A flag, the environment that was asked about, its rollouts, and what was last done to it from here."""

    view: FlagView
    where: Environment | None
    rollouts: Mapping[str, RolloutSeen]
    last: HistoryRow | None = None


@dataclass(frozen=True, slots=True)
class RulesSeen:
    """A flag's rules in one environment."""

    view: FlagView
    setting: SettingView
    rollouts: Mapping[str, RolloutSeen]

    @property
    def rules(self) -> tuple[RuleView, ...]:
        """The rules, in the order in which they are asked."""
        return self.setting.rules


@dataclass(frozen=True, slots=True)
class EnvironmentSeen:
    """An environment, and the keys of the flags that are enabled there; None where those could not be read."""

    view: EnvironmentView
    enabled: tuple[str, ...] | None
    flags: int = 0


Row = FlagRow | RolloutSeen | EnvironmentView | TestView | DeploymentView


@dataclass(frozen=True, slots=True)
class Listed:
    """A list in the order to be shown, of which a page is asked for; `unread` flags were not looked into."""

    rows: tuple[Row, ...]
    where: Environment | None = None
    unread: int = 0


One = FlagSeen | RulesSeen | RolloutSeen | EnvironmentSeen | TestView | DeploymentView
Seen = Listed | One


@dataclass(frozen=True, slots=True)
class Sight:
    """What was asked to be seen, what is seen, and when (epoch ms)."""

    look: Look
    seen: Seen
    at: int


class Looking:
    """Answers looks. Raises every AskAgain there is, NotPermitted, DirectoryUnavailable and the provider's errors."""

    def __init__(self, rights: Rights, resolver: Resolver, views: Views, past: Past, clock: Clock) -> None:
        self._rights = rights
        self._resolver = resolver
        self._views = views
        self._past = past
        self._clock = clock

    async def see(self, look: Look, person: str) -> Sight:
        """Return what somebody asked to see."""
        await self._rights.person(person)
        read = READ_BY_NAME[look.what]
        seen = await (self._list(look, read.noun) if read.lists else self._one(look, read.noun))
        return Sight(look, seen, self._clock.now())

    async def _one(self, look: Look, noun: Noun) -> One:
        target = await self._target(look, noun)
        if noun is Noun.TEST:
            return await self._views.test(target.id)
        if noun is Noun.DEPLOYMENT:
            return await self._views.deployment(target.id)
        if noun is Noun.ENVIRONMENT:
            return await self._environment(target)
        if noun is Noun.ROLLOUT:
            return await self._rollout(target)
        return await self._flag(target, rules=look.what == "flag.rules")

    async def _target(self, look: Look, noun: Noun) -> Target:
        """Find what is meant; a flag may be archived, where no live one is meant."""
        try:
            return await self._resolver.target(look)
        except UnknownTarget:
            if noun is not Noun.FLAG:
                raise
            archived = await self._archived(look)
            if archived is None:
                raise
            return archived

    async def _archived(self, look: Look) -> Target | None:
        try:
            return await self._resolver.target(look, archived=True)
        except UnknownTarget:
            return None

    async def _flag(self, target: Target, *, rules: bool) -> FlagSeen | RulesSeen:
        view = await self._views.flag(target.flag_id or target.id)
        seen = {each.id: self._inferred(each, None) for setting in view.settings for each in setting.rollouts}
        if rules:
            where = target.environment
            setting = next((each for each in view.settings if where and each.environment.id == where.id), None)
            return RulesSeen(view, setting or SettingView(environment=_required(where)), seen)
        row = await self._last(Wanted(target=view.key, effective=True))
        told = dict(zip(seen, await self._with_past([each.view for each in seen.values()]), strict=True))
        return FlagSeen(view, target.environment, told, row)

    async def _rollout(self, target: Target) -> RolloutSeen:
        view = await self._views.flag(target.flag_id)
        found = [each for setting in view.settings for each in setting.rollouts if each.id == target.id]
        if not found:
            raise NotFound(f"The rollout of {target.key} is gone.", "Its targeting rule may have been replaced.")
        return (await self._with_past(found[:1]))[0]

    async def _environment(self, target: Target) -> EnvironmentSeen:
        views = await self._views.environments()
        view = next((each for each in views if each.environment.id == target.id), None)
        if view is None:
            raise UnknownTarget(f"There is no environment called {target.key} any more.", "Type `list environments`.")
        try:
            flags = await self._views.flags()
        except ProviderError:  # what is known of the environment is worth saying without them
            return EnvironmentSeen(view, None)
        here = [row for row in flags if any(each.id == target.id for each in row.enabled)]
        return EnvironmentSeen(view, tuple(sorted(row.key for row in here)), len(flags))

    async def _list(self, look: Look, noun: Noun) -> Listed:
        where = await self._resolver.environment(look.environment) if look.environment is not None else None
        if noun is Noun.FLAG:
            return Listed(_flags(await self._views.flags(archived="archived" in look.states), look, where), where)
        if noun is Noun.ROLLOUT:
            return await self._rollouts(look, where)
        if noun is Noun.ENVIRONMENT:
            every = await self._views.environments()
            return Listed(
                tuple(each for each in every if _has(look.target, each.environment.id, each.environment.name))
            )
        if noun is Noun.TEST:
            tests = [each for each in await self._views.tests() if _has(look.target, each.id, each.name, *each.tags)]
            return Listed(tuple(each for each in tests if not look.states or each.status in look.states))
        return await self._deployments(look)

    async def _deployments(self, look: Look) -> Listed:
        status = look.states[0] if len(look.states) == 1 else ""
        rows = await self._views.deployments(status)
        fitting = [each for each in rows if _has(look.target, each.id, each.query, *each.versions)]
        return Listed(tuple(each for each in fitting if not look.states or each.status in look.states))

    async def _rollouts(self, look: Look, where: Environment | None) -> Listed:
        """Return the rollouts of the flags that the words mean, else those whose rule or flag has them in its name."""
        rows = await self._views.flags() if look.target else ()
        named = tuple(row.id for row in rows if look.target in (row.id, row.key, row.name))
        found = await self._views.rollouts(where, named)
        fitting = [each for each in found.rows if named or _has(look.target, each.flag, each.rule, each.id)]
        return Listed(await self._with_past(fitting), where, found.unread)

    async def _with_past(self, views: list[RolloutView]) -> tuple[RolloutSeen, ...]:
        """Return rollouts with what was last done to each, as far as that is looked for."""
        asked = [self._last(Wanted(target=view.id, effective=True)) for view in views[:_LASTS]]
        rows = [*await asyncio.gather(*asked), *([None] * (len(views) - len(asked)))]
        return tuple(self._inferred(view, row) for view, row in zip(views, rows, strict=True))

    def _inferred(self, view: RolloutView, row: HistoryRow | None) -> RolloutSeen:
        done = Done(BY_NAME[row.action].verb, row.changed_at) if row and row.action in BY_NAME else None
        return RolloutSeen(view, infer(view, self._clock.now(), done), row)

    async def _last(self, wanted: Wanted) -> HistoryRow | None:
        """Return what was last done to something from here; None also where that cannot be read."""
        try:
            found = await self._past(replace(wanted, kinds=frozenset({KIND}), limit=1, chains=_CHAINS))
        except NotRecorded:
            return None
        return next((row for row in found.rows if row.intact), None)


def _flags(rows: tuple[FlagRow, ...], look: Look, where: Environment | None) -> tuple[FlagRow, ...]:
    fitting = [row for row in rows if _has(look.target, row.id, row.key, row.name) and _stands(row, look, where)]
    return tuple(sorted(fitting, key=lambda row: row.key.casefold()))


def _stands(row: FlagRow, look: Look, where: Environment | None) -> bool:
    """Tell whether a flag stands as asked: in the environment that is named, or in any."""
    for state, places in (("enabled", row.enabled), ("disabled", row.disabled)):
        if state in look.states and not any(where is None or each.id == where.id for each in places):
            return False
    return where is None or any(each.id == where.id for each in (*row.enabled, *row.disabled))


def _has(text: str, *names: str) -> bool:
    return not text or any(text.casefold() in name.casefold() for name in names)


def _required(environment: Environment | None) -> Environment:
    if environment is None:
        raise UnknownTarget("Rules are looked at in an environment.", "Name one.")
    return environment
