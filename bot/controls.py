"""
The bot's own commands that change or ask: freeze, lock, bind a channel, try a change out, and who one is.

All are of class `control`: freezing and locking is for any full member, lifting and binding a channel to production
for operators. Each is recorded in the ledger, whose chain is the audit.
"""

from dataclasses import dataclass

from pydantic import JsonValue

from bot.actions import CATALOGUE, Action
from bot.errors import AskAgain, NeedsEnvironment, NotUnderstood
from bot.grammar.command import Ask, Command
from bot.grammar.lexicon import LEXICON, longest
from bot.grammar.parser import parse
from bot.grammar.tokens import take_apart
from bot.grammar.until import take_end
from bot.guards import Guard, Guards
from bot.ledger import Ledger
from bot.model import Actor, Environment, Noun, Scope, Target
from bot.policy_reading import Cell, table
from bot.ports import Provider
from bot.resolver import Resolver
from bot.rights import Rights

BINDING = "binding"


@dataclass(frozen=True, slots=True)
class Said:
    """One of the bot's own commands as it was given: what it says, by whom, where, and by which delivery."""

    ask: Ask
    person: str
    channel: str = ""
    delivery: str = ""
    noun: Noun | None = None


@dataclass(frozen=True, slots=True)
class Self:
    """Who somebody is here, and what they may do because of it."""

    actor: Actor
    operator: bool
    signer: bool


class Controls:
    """Carries the bot's own commands out. Raises every CountersignError there is."""

    def __init__(self, rights: Rights, resolver: Resolver, provider: Provider, guards: Guards, ledger: Ledger) -> None:
        self._rights = rights
        self._resolver = resolver
        self._provider = provider
        self._guards = guards
        self._ledger = ledger

    async def freeze(self, said: Said) -> Guard:
        """Freeze an environment, with a reason."""
        actor = await self._rights.person(said.person)
        name, until = take_end(said.ask.about, self._ledger.now(), actor.timezone)
        why = _reason(said.ask)
        return await self._guards.freeze(await self._environment(name), actor, why, until, said.delivery)

    async def unfreeze(self, said: Said) -> Guard:
        """Lift a freeze, by an operator."""
        actor = await self._rights.person(said.person)
        await self._rights.require_operator(actor, "unfreeze")
        return await self._guards.unfreeze(await self._environment(said.ask.about), actor, said.delivery)

    async def lock(self, said: Said) -> Guard:
        """Lock a target, with a reason."""
        actor = await self._rights.person(said.person)
        named, until = take_end(said.ask.about, self._ledger.now(), actor.timezone)
        why = _reason(said.ask)
        return await self._guards.lock(await self._target(named, said), actor, why, until, said.delivery)

    async def unlock(self, said: Said) -> Guard:
        """Lift a lock, by an operator."""
        actor = await self._rights.person(said.person)
        await self._rights.require_operator(actor, "unlock")
        return await self._guards.unlock(await self._target(said.ask.about, said), actor, said.delivery)

    async def bind(self, said: Said) -> Environment:
        """Bind a channel to an environment; to production, or away from it, by an operator."""
        actor = await self._rights.person(said.person)
        where = await self._environment(said.ask.about)
        before = await self._ledger.get(BINDING, said.channel)
        if where.is_production or (before is not None and before.value.get("production")):
            await self._rights.require_operator(actor, "bind")
        value: dict[str, JsonValue] = {"environment": where.id, "name": where.name, "production": where.is_production}
        await self._ledger.put(BINDING, said.channel, value, actor, dedupe=_token(said))
        return where

    async def bound(self, channel: str) -> Environment | None:
        """Return the environment a channel is bound to, as it is now; None where it is bound to none that exists."""
        entry = await self._ledger.get(BINDING, channel) if channel else None
        if entry is None:
            return None
        known = await self._provider.environments()
        return next((one for one in known if one.id == entry.value.get("environment")), None)

    async def standing(self) -> tuple[Guard, ...]:
        """Return what is frozen or locked."""
        return await self._guards.standing()

    async def whoami(self, person: str) -> Self:
        """Return who somebody is here."""
        actor = await self._rights.person(person)
        signer = await self._rights.among(self._rights.policy.approvers, person)
        return Self(actor, await self._rights.operates(actor), signer)

    async def table(self, person: str) -> list[tuple[str, list[Cell]]]:
        """Return what each action comes to for somebody, in each environment there is."""
        actor = await self._rights.person(person)
        groups = await self._rights.groups_that_ask(person)
        return table(self._rights.policy, await self._provider.environments(), actor, groups)

    async def _environment(self, text: str) -> Environment:
        tokens = take_apart(text).tokens
        name = tokens[0].text if len(tokens) == 1 else text
        return await self._resolver.environment(name)

    async def _target(self, text: str, said: Said) -> Target:
        """Find what `flag new-search in prod` means; where no kind is named, a flag is meant."""
        words = [token.word for token in take_apart(text).tokens]
        phrase = longest(frozenset(LEXICON.nouns), words)
        noun = LEXICON.nouns[phrase] if phrase else said.noun or Noun.FLAG
        action = _any_action(noun)
        command = parse(f"{action.verb} {'' if phrase else noun} {text}")
        if not isinstance(command, Command):
            raise NotUnderstood(f"“{text}” is no target.", "Type for example “flag new-search in prod”.")
        if command.environment is None and action.scope is Scope.ENVIRONMENT:
            where = await self.bound(said.channel)
            if where is None:
                raise NeedsEnvironment("Which environment?", f"Type “{said.ask.what} {text} in prod because …”.")
            command = command.model_copy(update={"environment": where.name})
        return await self._resolver.target(command)


def _any_action(noun: Noun) -> Action:
    """Return an action on targets that are live, through which a target of that kind is found."""
    return next(action for action in CATALOGUE if action.noun is noun and not action.on_archived)


def _reason(ask: Ask) -> str:
    if not ask.reason.strip():
        raise AskAgain(f"“{ask.what}” wants a reason, for everybody who meets it.", "Add `because …`.")
    return ask.reason


def _token(said: Said) -> str:
    return f"control:{said.delivery}" if said.delivery else ""
