"""
Aliases: further words for a flag or a test, given and taken away by operators.

An alias comes last: whatever is really called that wins, when it is given (it is refused) and whenever it is used. It
stands for one thing by its id, is always shown as that thing's own key, and does not serve what cannot be undone. One
of a flag is one of its rollouts too. Each is a record of the ledger, whose chain is the audit.
"""

from collections.abc import Sequence
from difflib import get_close_matches

from pydantic import JsonValue

from bot.errors import AskAgain, NotPermitted, NotUnderstood, TooLate, UnknownTarget
from bot.grammar.letters import shown
from bot.grammar.lexicon import LEXICON, longest
from bot.grammar.spelling import named
from bot.grammar.tokens import Token, take_apart
from bot.ledger import Ledger, LedgerEntry
from bot.model import Actor, Noun, Plan, Risk, Target, Value
from bot.ports import Provider
from bot.rights import Rights

ALIAS = "alias"
LONGEST = 60
EXAMPLE = "alias checkout = flag new-checkout"
_NOUNS = (Noun.FLAG, Noun.TEST)
_NEAR = 3


class Alias(Value):
    """A word, what it stands for, and since when and by whom it does."""

    word: str
    noun: Noun
    id: str
    key: str
    by: Actor
    at: int

    def name_as(self, noun: Noun) -> str:
        """Return by what the thing is to be looked for as one of that kind: a rollout by its flag's key."""
        return self.key if noun is Noun.ROLLOUT else self.id

    def among(self, found: Sequence[Target]) -> list[Target]:
        """Return those targets that it stands for; raise UnknownTarget where there is none."""
        meant = [target for target in found if self.id in (target.id, target.flag_id)]
        if not meant:
            fact = f"{self.word} stands for {self.noun} {self.key}, and nothing like that is there."
            raise UnknownTarget(
                fact, f"Type what you mean; an operator can take the word away: `/ops unalias {self.word}`."
            )
        return meant


class Aliases:
    """Gives, takes away, lists and looks up aliases. Raises Tampered where a record is not as it was signed."""

    def __init__(self, ledger: Ledger, provider: Provider, rights: Rights) -> None:
        self._ledger = ledger
        self._provider = provider
        self._rights = rights

    async def give(self, text: str, person: str, delivery: str = "") -> Alias:
        """Give what stands behind the `=` of a text the word before it, by an operator."""
        actor = await self._rights.person(person)
        await self._rights.require_operator(actor, "alias")
        word, meant = _taken_apart(text)
        target = await self._target(word, meant)
        await self._refuse_shadow(word)
        value: dict[str, JsonValue] = {"noun": target.noun.value, "id": target.id, "key": target.key}
        entry = await self._ledger.put(ALIAS, word, value, actor, dedupe=_token(word, delivery))
        return _alias(entry)

    async def take_away(self, text: str, person: str, delivery: str = "") -> Alias:
        """Take an alias away, by an operator; raise TooLate where there is none."""
        actor = await self._rights.person(person)
        await self._rights.require_operator(actor, "unalias")
        entry = await self._ledger.get(ALIAS, text.strip()) if _is_word(text.strip()) else None
        if entry is None:
            raise TooLate(f"{shown(text.strip())} is no alias.", "`/ops aliases` lists those there are.")
        await self._ledger.remove(ALIAS, entry.id, actor, keep=0, dedupe=_token(entry.id, delivery))
        return _alias(entry)

    async def all(self, person: str) -> tuple[Alias, ...]:
        """Return every alias, by its word, to a full member."""
        await self._rights.person(person)
        return tuple(sorted((_alias(entry) for entry in await self._ledger.all(ALIAS)), key=lambda one: one.word))

    async def meant(self, noun: Noun, risk: Risk, word: str) -> Alias | None:
        """
        Return what a word stands for that nothing of this kind is really called; None where it is no alias.

        Raises NotPermitted where what is to be done cannot be undone.
        """
        entry = await self._ledger.get(ALIAS, word) if _is_word(word) else None
        alias = _alias(entry) if entry else None
        if alias is None or noun not in (alias.noun, *_further(alias.noun)):
            return None
        if noun is not alias.noun and await self._is_called(alias.noun, word):
            return None
        if risk is Risk.IRREVERSIBLE:
            raise _not_served(alias)
        return alias

    async def used(self, word: str, target: Target) -> Alias | None:
        """Return the alias by which a target was called; None where it was called by a name of its own."""
        if not _is_word(word) or word in _names(target):
            return None
        entry = await self._ledger.get(ALIAS, word)
        alias = _alias(entry) if entry else None
        return alias if alias and alias.id in (target.id, target.flag_id) else None

    async def check(self, word: str, plan: Plan) -> None:
        """Raise NotPermitted where a plan that cannot be undone is for something called by an alias."""
        if plan.risk is Risk.IRREVERSIBLE and (alias := await self.used(word, plan.target)):
            raise _not_served(alias)

    async def _target(self, word: str, meant: str) -> Target:
        """Return the one flag or test that is really called so."""
        noun, name = _noun_and_name(meant)
        found = await self._provider.find(noun, name, None)
        for tier in ("id", "key", "name"):
            matches = [target for target in found if getattr(target, tier) == name]
            if len(matches) == 1:
                return matches[0]
            if matches:
                raise AskAgain(f"{len(matches)} {noun}s are called {shown(name)}.", "Type the id of the one you mean.")
        by_name = {target.key.casefold(): target.key for target in found}
        near = [by_name[key] for key in get_close_matches(name.casefold(), list(by_name), n=_NEAR, cutoff=0.5)]
        choices = tuple((key, f"alias {word} = {noun} {named(key)}") for key in near)
        raise UnknownTarget(
            f"There is no {noun} called {shown(name)}.", "Did you mean one of these?" if near else "Check it.", choices
        )

    async def _refuse_shadow(self, word: str) -> None:
        """Raise AskAgain where something is really called that, archived or not, whatever the case of its letters."""
        for noun in _NOUNS:
            if await self._is_called(noun, word):
                raise AskAgain(f"There is a {noun} called {word}.", "An alias cannot be what something is called.")
        if any(word.casefold() in (one.name.casefold(), one.id) for one in await self._provider.environments()):
            raise AskAgain(f"There is an environment called {word}.", "An alias cannot be what something is called.")

    async def _is_called(self, noun: Noun, word: str) -> bool:
        found = [*await self._provider.find(noun, word, None)]
        if noun is Noun.FLAG:
            found += await self._provider.find(noun, word, None, archived=True)
        return any(word.casefold() in {name.casefold() for name in _names(target)} for target in found)


def _taken_apart(text: str) -> tuple[str, str]:
    word, equals, meant = text.partition("=")
    word = word.strip()
    if not equals or not word or not meant.strip():
        raise NotUnderstood("An alias is a word, “=”, and what it stands for.", f"Type for example “{EXAMPLE}”.")
    if not _is_word(word):
        fact = f"{shown(word)} cannot be an alias."
        raise NotUnderstood(
            fact, "It is one word of letters, digits, “-”, “_”, “.” and “/” that means nothing else here."
        )
    return word, meant.strip()


def _noun_and_name(meant: str) -> tuple[Noun, str]:
    tokens: Sequence[Token] = take_apart(meant).tokens
    phrase = longest(frozenset(LEXICON.nouns), [token.word for token in tokens]) or ()
    noun, rest = LEXICON.nouns[phrase] if phrase else Noun.FLAG, tokens[len(phrase) :]
    if noun not in _NOUNS:
        what = "A rollout answers to its flag's aliases" if noun is Noun.ROLLOUT else f"A {noun} has no aliases"
        raise NotUnderstood(f"{what}; they are of flags and tests.", f"Type for example “{EXAMPLE}”.")
    if len(rest) != 1:
        raise NotUnderstood(f"{shown(meant)} is not one flag or test.", "Put a name of several words in quotes.")
    return noun, rest[0].text


def _is_word(word: str) -> bool:
    return 0 < len(word) <= LONGEST and named(word) == word


def _names(target: Target) -> tuple[str, ...]:
    return tuple(name for name in (target.id, target.key, target.name, target.rule, *target.also) if name)


def _further(noun: Noun) -> tuple[Noun, ...]:
    return (Noun.ROLLOUT,) if noun is Noun.FLAG else ()


def _not_served(alias: Alias) -> NotPermitted:
    return NotPermitted(
        f"{alias.word} is an alias, and those do not serve what cannot be undone.", f"Type its own key: {alias.key}."
    )


def _alias(entry: LedgerEntry) -> Alias:
    return Alias.model_validate({**entry.value, "word": entry.id, "by": entry.by, "at": entry.at})


def _token(word: str, delivery: str) -> str:
    return f"{ALIAS}:{word}:{delivery}" if delivery else ""
