"""
Command or look -> Target: exactly one, or candidates to choose from, never a guess.

Names resolve in this order: id, exact key, exact name, rule name, further words (a tag), alias; a tie within one asks.
"""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType

from bot.action import Place
from bot.actions import BY_NAME, READ_BY_NAME, Action, Read
from bot.aliases import Aliases
from bot.errors import AmbiguousTarget, NeedsEnvironment, UnknownEnvironment, UnknownTarget
from bot.grammar.command import Look, Wish
from bot.grammar.spelling import spell
from bot.model import ORGANISATION, Environment, Noun, Plan, Target
from bot.ports import Provider

MOST_CHOICES = 3
_LIVE_FLAGS = "Check the key in Datadog; archived flags are left out."
_HINTS: Mapping[Noun, str] = MappingProxyType(
    {
        Noun.FLAG: _LIVE_FLAGS,
        Noun.ROLLOUT: _LIVE_FLAGS,
        Noun.TEST: "Type its public id, its exact name or one of its tags.",
        Noun.DEPLOYMENT: "Type its id; “running” means the running one, where exactly one runs.",
    }
)


class Resolver:
    """Finds what a command means in what the provider has."""

    def __init__(self, provider: Provider, aliases: Aliases | None = None) -> None:
        self._provider = provider
        self._aliases = aliases

    async def target(self, command: Wish, *, archived: bool = False) -> Target:
        """
        Return the one target meant; raise an AskAgain with choices otherwise.

        `archived` looks among what is archived, as an action on that does by itself.
        """
        action = _asked(command)
        if action.makes:
            return _new(action, command.target)
        environment = await self._environment(command, action)
        among_archived = archived or action.on_archived
        found = await self._provider.find(action.noun, command.target, environment, archived=among_archived)
        for matches in _tiers(command.target, found):
            if len(matches) == 1:
                return matches[0].model_copy(update={"aspect": action.aspect})
            if matches:
                raise _ambiguous(command, matches)
        if (meant := await self._by_alias(command, action, environment)) is not None:
            return meant
        raise _unknown(command, found)

    async def _by_alias(self, command: Wish, action: Action | Read, environment: Environment | None) -> Target | None:
        """Return what the word in a command stands for, which comes last; None where it is no alias."""
        alias = await self._aliases.meant(action.noun, action.risk, command.target) if self._aliases else None
        if alias is None:
            return None
        name = alias.name_as(action.noun)
        found = alias.among(await self._provider.find(action.noun, name, environment, archived=action.on_archived))
        if len(found) > 1:
            raise _ambiguous(command, found)
        return found[0].model_copy(update={"aspect": action.aspect})

    async def check(self, word: str, plan: Plan) -> None:
        """Raise NotPermitted where a plan is for something that must be called by its own name, and was not."""
        if self._aliases and word:
            await self._aliases.check(word, plan)

    async def environment(self, name: str) -> Environment:
        """Return the one environment of that name or id; raise UnknownEnvironment otherwise."""
        known = await self._provider.environments()
        names = ", ".join(environment.name for environment in known)
        for pick in _environment_tiers(name):
            matches = [environment for environment in known if pick(environment)]
            if len(matches) == 1:
                return matches[0]
            if matches:
                raise UnknownEnvironment(f"More than one environment is called {name}.", "Type its id.")
        raise UnknownEnvironment(f"There is no environment called {name}.", f"There are: {names}.")

    async def _environment(self, command: Wish, action: Action | Read) -> Environment | None:
        if action.place is Place.NEVER or (action.place is Place.OPTIONAL and command.environment is None):
            return None
        known = await self._provider.environments()
        if command.environment is None:
            raise _needs_environment(command, known)
        for pick in _environment_tiers(command.environment):
            matches = [environment for environment in known if pick(environment)]
            if len(matches) == 1:
                return matches[0]
            if matches:
                raise _ask_environment(command, matches, f"More than one environment is called {command.environment}.")
        raise _unknown_environment(command, known)


def _new(action: Action | Read, name: str) -> Target:
    """Return what is not there yet as a target: it is known by its name alone."""
    if not name:
        raise UnknownTarget(f"The new {action.noun} has no name.", "Fill in its form, or name it in the command.")
    reach = ORGANISATION if action.noun is Noun.ENVIRONMENT else ""
    return Target(noun=action.noun, id=name, key=name, reach=reach, aspect=action.aspect)


def _asked(wish: Wish) -> Action | Read:
    return READ_BY_NAME[wish.what] if isinstance(wish, Look) else BY_NAME[wish.action]


def _tiers(text: str, found: Sequence[Target]) -> list[list[Target]]:
    return [
        [t for t in found if t.id == text],
        [t for t in found if t.flag_id and t.flag_id == text],
        [t for t in found if t.key == text],
        [t for t in found if t.name == text],
        [t for t in found if t.rule and t.rule == text],
        [t for t in found if text in t.also],
    ]


def _environment_tiers(text: str) -> list[Callable[[Environment], bool]]:
    folded = text.casefold()
    return [
        lambda e: e.id == text,
        lambda e: e.name == text,
        lambda e: e.name.casefold() == folded,
        lambda e: text in e.queries,
    ]


def _choices(command: Wish, targets: Sequence[Target]) -> tuple[tuple[str, str], ...]:
    """Exact commands to pick from; an id stands for the target where its key would not be exact."""
    keys = [target.key for target in targets]
    picked = []
    for target in targets[:MOST_CHOICES]:
        exact = target.key if keys.count(target.key) == 1 else target.id
        label = f"{target.key} · {target.rule or target.id}" if exact == target.id != target.key else target.key
        picked.append((label, spell(command.model_copy(update={"target": exact}))))
    return tuple(picked)


def _ambiguous(command: Wish, matches: Sequence[Target]) -> AmbiguousTarget:
    noun = matches[0].noun
    return AmbiguousTarget(
        f"{len(matches)} {noun}s answer to {command.target}.", "Which one?", choices=_choices(command, matches)
    )


def _unknown(command: Wish, found: Sequence[Target]) -> UnknownTarget:
    noun = _asked(command).noun
    where = f" in {command.environment}" if command.environment else ""
    by_name = {name.casefold(): target for target in found for name in (target.name, target.key) if name}
    close = get_close_matches(command.target.casefold(), list(by_name), n=MOST_CHOICES * 2, cutoff=0.5)
    near = list({by_name[name].id: by_name[name] for name in close}.values())[:MOST_CHOICES]
    fact = f"There is no {noun} called {command.target}{where}."
    if not near:
        return UnknownTarget(fact, _HINTS.get(noun, "Check its name in Datadog."))
    return UnknownTarget(fact, "Did you mean one of these?", choices=_choices(command, near))


def _ask_environment(command: Wish, known: Sequence[Environment], fact: str) -> UnknownEnvironment:
    return UnknownEnvironment(fact, "Which one?", choices=_environment_choices(command, known, exact_id=True))


def _unknown_environment(command: Wish, known: Sequence[Environment]) -> UnknownEnvironment:
    names = ", ".join(environment.name for environment in known)
    fact = f"There is no environment called {command.environment}."
    wanted = (command.environment or "").casefold()
    by_name = {environment.name.casefold(): environment for environment in known}
    near = [by_name[name] for name in get_close_matches(wanted, list(by_name), n=MOST_CHOICES, cutoff=0.4)]
    return UnknownEnvironment(fact, f"There are: {names}.", choices=_environment_choices(command, near))


def _needs_environment(command: Wish, known: Sequence[Environment]) -> NeedsEnvironment:
    looks = isinstance(command, Look)
    fact = "Which environment?" if looks else "Which environment? Nothing happens in one that was not named."
    choices = _environment_choices(command, known)
    names = ", ".join(environment.name for environment in known)
    return NeedsEnvironment(fact, f"There are: {names}.", choices=choices)


def _environment_choices(
    command: Wish, environments: Sequence[Environment], *, exact_id: bool = False
) -> tuple[tuple[str, str], ...]:
    return tuple(
        (
            e.called,
            spell(command.model_copy(update={"environment": e.id if exact_id else e.name})),
        )
        for e in environments[:5]
    )
