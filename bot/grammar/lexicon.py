"""
The words that are read, all of them drawn from the catalogue.

What no catalogue can know (fillers, other spellings of nouns) is in short tables here; an action or a control that is
added needs none of them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from bot.actions import CATALOGUE, CONTROLS, READS, Action, Control, Read
from bot.grammar.stopwords import word_set
from bot.model import Noun

Phrase = tuple[str, ...]
_T = TypeVar("_T")

POLITE = word_set("please pls plz kindly hey hi hello now immediately asap right thanks thank cheers the of just")
PREPOSITIONS = frozenset({"in", "on", "to", "for"})
PLACE = frozenset({"environment", "environments", "env", "envs"})
BULK = word_set("all any both each every everything everywhere anything")
PRONOUNS = word_set("it that this them those these one something")
SWITCHES = frozenset({"break-glass"})

SLASH: Mapping[str, Noun] = MappingProxyType({"/flag": Noun.FLAG, "/rollout": Noun.ROLLOUT})
ANY_SLASH = "/ops"

_OTHER_NOUNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "flag": ("feature flag", "feature flags", "feature-flag", "feature-flags"),
        "rollout": ("roll out", "roll outs", "roll-out", "roll-outs"),
        "test": ("synthetic test", "synthetic tests", "synthetics test", "synthetics tests"),
        "deployment": ("fleet deployment", "fleet deployments"),
        "environment": ("env", "envs"),
    }
)
_SAID_OF_MORE_THAN_ONE_NOUN = frozenset({("kill",)})
_IRREGULAR = MappingProxyType({"hold": "held", "undo": "undone", "run": "ran", "set": "set", "begin": "began"})


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Phrases and what they stand for; each phrase is a tuple of lower-case words."""

    actions: Mapping[Phrase, tuple[Action, ...]]
    controls: Mapping[Phrase, Control]
    nouns: Mapping[Phrase, Noun]
    told: frozenset[str]
    reads: Mapping[Phrase, tuple[Read, ...]]

    @property
    def verbs(self) -> frozenset[Phrase]:
        """Every phrase that can be a verb."""
        return frozenset(self.actions) | frozenset(self.controls)

    def of_noun(self, noun: Noun) -> tuple[Action, ...]:
        """Return what can be done to one kind of target, in the catalogue's order."""
        every = {action.name: action for actions in self.actions.values() for action in actions}
        return tuple(action for action in every.values() if action.noun == noun)

    def readings(self, phrase: Phrase, noun: Noun | None) -> tuple[Action, ...]:
        """Return the actions a verb may mean; more than one, or a loose word without a noun, is a question."""
        return tuple(action for action in self.actions.get(phrase, ()) if noun is None or action.noun == noun)

    def needs_noun(self, phrase: Phrase) -> bool:
        """Tell whether the word is used of several kinds of target, whatever the catalogue has."""
        return len(self.actions.get(phrase, ())) > 1 or phrase in _SAID_OF_MORE_THAN_ONE_NOUN


def lexicon_of(catalogue: Iterable[Action], controls: Iterable[Control], reads: Iterable[Read] = READS) -> Lexicon:
    """Return the words that a catalogue, the bot's own commands and what can be looked at bring with them."""
    actions: dict[Phrase, tuple[Action, ...]] = {}
    told: set[str] = set()
    for action in catalogue:
        for phrase in _phrases(action.verb, *action.synonyms):
            actions[phrase] = (*actions.get(phrase, ()), action)
            told |= _told_forms(phrase[0].partition("-")[0])
        told |= {_phrase(action.words.done)[0], _phrase(action.words.doing)[0]}
    own = {_phrase(name): control for control in controls for name in (control.verb, *control.synonyms)}
    looks: dict[Phrase, tuple[Read, ...]] = {}
    for look in reads:
        for phrase in _phrases(look.verb, *look.synonyms):
            looks[phrase] = (*looks.get(phrase, ()), look)
    nouns = {_phrase(name): noun for noun in Noun for name in _noun_names(noun)}
    verbs = {word for phrase in (*actions, *own) for word in phrase}
    return Lexicon(
        MappingProxyType(actions),
        MappingProxyType(own),
        MappingProxyType(nouns),
        frozenset(told - verbs),
        MappingProxyType(looks),
    )


def _phrase(name: str) -> Phrase:
    return tuple(name.casefold().split())


def _phrases(*names: str) -> tuple[Phrase, ...]:
    """Return the phrases of some names; one with a dash may be typed with a space as well."""
    spelled = [_phrase(form) for name in names for form in (name, name.replace("-", " "))]
    return tuple(dict.fromkeys(spelled))


def _noun_names(noun: Noun) -> tuple[str, ...]:
    return (noun.value, f"{noun.value}s", *_OTHER_NOUNS.get(noun.value, ()))


def _told_forms(verb: str) -> set[str]:
    """Return how a verb looks when something is told of it: past tense and present participle."""
    stem = verb.removesuffix("e")
    doubled = stem + stem[-1:] if re.search(r"[^aeiou][aeiou][^aeiouwxy]$", verb) else stem
    return {stem + "ed", stem + "ing", doubled + "ed", doubled + "ing", _IRREGULAR.get(verb, stem + "ed")}


def longest(phrases: Mapping[Phrase, _T] | frozenset[Phrase], words: Sequence[str]) -> Phrase | None:
    """Return the longest phrase that the words begin with."""
    return next((key for size in (3, 2, 1) if (key := tuple(words[:size])) in phrases and len(key) == size), None)


LEXICON = lexicon_of(CATALOGUE, CONTROLS)
VERBS: Mapping[str, tuple[Action, ...]] = MappingProxyType(
    {verb: tuple(a for a in CATALOGUE if a.verb == verb) for verb in dict.fromkeys(a.verb for a in CATALOGUE)}
)
