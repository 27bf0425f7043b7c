"""
Command -> Target: exactly one, or candidates to choose from, never a guess.

Names resolve in this order: id, exact key, exact name, rule name, further words (a tag); a tie within one asks.
"""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType

from bot.actions import BY_NAME, Action
from bot.errors import AmbiguousTarget, NeedsEnvironment, UnknownEnvironment, UnknownTarget
from bot.grammar.command import Command
from bot.grammar.spelling import spell
from bot.model import Environment, Noun, Scope, Target
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

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def target(self, command: Command) -> Target:
        """Return the one target meant; raise an AskAgain with choices otherwise."""
        action = BY_NAME[command.action]
        environment = await self._environment(command, action)
        found = await self._provider.find(action.noun, command.target, environment, archived=action.on_archived)
        for matches in _tiers(command.target, found):
            if len(matches) == 1:
                return matches[0]
            if matches:
                raise _ambiguous(command, matches)
        raise _unknown(command, found)

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

    async def _environment(self, command: Command, action: Action) -> Environment | None:
        if action.scope is Scope.ORG:
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


def _tiers(text: str, found: Sequence[Target]) -> list[list[Target]]:
    return [
        [t for t in found if t.id == text],
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


def _choices(command: Command, targets: Sequence[Target]) -> tuple[tuple[str, str], ...]:
    """Exact commands to pick from; an id stands for the target where its key would not be exact."""
    keys = [target.key for target in targets]
    picked = []
    for target in targets[:MOST_CHOICES]:
        exact = target.key if keys.count(target.key) == 1 else target.id
        label = f"{target.key} · {target.rule or target.id}" if exact == target.id != target.key else target.key
        picked.append((label, spell(command.model_copy(update={"target": exact}))))
    return tuple(picked)


def _ambiguous(command: Command, matches: Sequence[Target]) -> AmbiguousTarget:
    noun = matches[0].noun
    return AmbiguousTarget(
        f"{len(matches)} {noun}s answer to {command.target}.", "Which one?", choices=_choices(command, matches)
    )


def _unknown(command: Command, found: Sequence[Target]) -> UnknownTarget:
    noun = BY_NAME[command.action].noun
    where = f" in {command.environment}" if command.environment else ""
    by_name = {name.casefold(): target for target in found for name in (target.name, target.key) if name}
    close = get_close_matches(command.target.casefold(), list(by_name), n=MOST_CHOICES * 2, cutoff=0.5)
    near = list({by_name[name].id: by_name[name] for name in close}.values())[:MOST_CHOICES]
    fact = f"There is no {noun} called {command.target}{where}."
    if not near:
        return UnknownTarget(fact, _HINTS.get(noun, "Check its name in Datadog."))
    return UnknownTarget(fact, "Did you mean one of these?", choices=_choices(command, near))


def _ask_environment(command: Command, known: Sequence[Environment], fact: str) -> UnknownEnvironment:
    return UnknownEnvironment(fact, "Which one?", choices=_environment_choices(command, known, exact_id=True))


def _unknown_environment(command: Command, known: Sequence[Environment]) -> UnknownEnvironment:
    names = ", ".join(environment.name for environment in known)
    fact = f"There is no environment called {command.environment}."
    wanted = (command.environment or "").casefold()
    by_name = {environment.name.casefold(): environment for environment in known}
    near = [by_name[name] for name in get_close_matches(wanted, list(by_name), n=MOST_CHOICES, cutoff=0.4)]
    return UnknownEnvironment(fact, f"There are: {names}.", choices=_environment_choices(command, near))


def _needs_environment(command: Command, known: Sequence[Environment]) -> NeedsEnvironment:
    fact = "Which environment? Nothing happens in one that was not named."
    choices = _environment_choices(command, known)
    names = ", ".join(environment.name for environment in known)
    return NeedsEnvironment(fact, f"There are: {names}.", choices=choices)


def _environment_choices(
    command: Command, environments: Sequence[Environment], *, exact_id: bool = False
) -> tuple[tuple[str, str], ...]:
    return tuple(
        (
            f"{e.name} (production)" if e.is_production else e.name,
            spell(command.model_copy(update={"environment": e.id if exact_id else e.name})),
        )
        for e in environments[:5]
    )
