"""
Examples with names that there are, so that what people copy works.

Names come from an index that is a minute old at most; where it does not know any, the catalogue's own examples stand.
"""

from collections.abc import Iterable
from typing import Protocol

from bot.action import Place, Read
from bot.actions import Action
from bot.errors import ProviderError
from bot.grammar.spelling import WHY_TRY, example_of, example_target, named, usage
from bot.looking.views import FlagRow, Views
from bot.model import Environment, Noun, Risk, Scope, Target
from handlers.cards.home import Try


class Index(Protocol):
    """What there is; answers soon, and never raises what the provider raises."""

    async def environments(self) -> tuple[Environment, ...]:
        """Return all environments, as far as they are known."""
        ...

    async def targets(
        self, noun: Noun, environment: Environment | None = None, *, archived: bool = False
    ) -> tuple[Target, ...]:
        """Return what there is of a kind: in an environment, or in the organisation."""
        ...


class Examples:
    """Makes lines that can be typed as they stand; `views` tell which flags can still be disabled."""

    def __init__(self, index: Index, views: Views) -> None:
        self._index = index
        self._views = views

    async def line(self, action: Action) -> str:
        """Return an example of an action with a real target, in a real environment."""
        if action.makes or action.risk is Risk.IRREVERSIBLE:
            return usage(action)  # there is no name yet, or nobody should copy it as it stands
        placed = action.scope is Scope.ENVIRONMENT
        if action.name in ("flag.disable", "flag.enable") and (line := await self._toggled(action)):
            return line
        return await self._real(usage(action), action.noun, placed=placed, archived=action.on_archived)

    async def _toggled(self, action: Action) -> str:
        """Return an example with a flag that is not yet as the action leaves it; empty where there is none."""
        where = await self._where(production=True)
        if where is None:
            return ""
        flags = [flag for flag in await self._flags() if not flag.archived]
        key = (_enabled if action.verb == "disable" else _disabled)(flags, where)
        said, mark, rest = usage(action).partition(f" {example_target(action.noun)}")
        return f"{said} {named(key)}{rest}".replace(" in prod", f" in {named(where.name)}", 1) if key and mark else ""

    async def look(self, read: Read) -> str:
        """Return an example of a look at something that there is."""
        return await self._real(example_of(read), read.noun, placed=read.place is not Place.NEVER)

    async def _real(self, generic: str, noun: Noun, *, placed: bool, archived: bool = False) -> str:
        """Return an example with the names in it replaced by real ones, where there are any."""
        where = await self._where(production=True) if placed else None
        placed_in = f" in {named(where.name)}" if where else " in prod"
        said, mark, rest = generic.partition(f" {example_target(noun)}")
        target = await self._one(noun, where, archived=archived) if mark else None
        name = f" {named(target.key)}" if target else mark
        return f"{said}{name}{rest}".replace(" in prod", placed_in, 1) if target or not mark else generic

    async def first_steps(self) -> list[tuple[Try, str]]:
        """Return three things to begin with, each with the line to type."""
        dry, safe = await self._where(production=True), await self._where(production=False)
        steps: list[tuple[Try, str]] = []
        flags = await self._flags()
        if dry and (flag := _enabled(flags, dry)):
            line = f"/ops plan disable flag {named(flag)} in {named(dry.name)} because {WHY_TRY}"
            steps.append((Try.PLAN, line))
        if safe and not safe.is_production and (flag := _enabled(flags, safe)):
            line = f"/flag disable {named(flag)} in {named(safe.name)} for 5m because {WHY_TRY}"
            steps.append((Try.TIME_BOX, line))
        steps += [
            (Try.POLICY, "/ops policy"),
            (Try.APPROVALS, "/ops approvals"),
            (Try.CHANGES, "/ops changes since 24h"),
        ]
        return steps[:3]

    async def _flags(self) -> tuple[FlagRow, ...]:
        """Return every flag with where it is enabled; none while that cannot be read."""
        try:
            return await self._views.flags()
        except ProviderError:
            return ()

    async def _where(self, *, production: bool) -> Environment | None:
        """Return an environment of that kind, or any."""
        known = await self._index.environments()
        return next((one for one in known if one.is_production is production), known[0] if known else None)

    async def _one(self, noun: Noun, where: Environment | None, *, archived: bool = False) -> Target | None:
        """Return the first target of a kind, by key."""
        found = await self._index.targets(noun, where, archived=archived)
        return min(found, key=lambda target: target.key.casefold(), default=None)


def _disabled(flags: Iterable[FlagRow], where: Environment) -> str:
    """Return the key of a flag that is disabled there, the first by name; empty where there is none."""
    return _first(flag for flag in flags if any(one.id == where.id for one in flag.disabled))


def _enabled(flags: Iterable[FlagRow], where: Environment) -> str:
    """Return the key of a flag that is enabled there, the first by name; empty where there is none."""
    return _first(flag for flag in flags if any(one.id == where.id for one in flag.enabled))


def _first(flags: Iterable[FlagRow]) -> str:
    return min((flag.key for flag in flags), key=str.casefold, default="")
