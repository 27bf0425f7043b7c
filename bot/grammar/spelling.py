"""Commands as text: the one canonical spelling, the label of a button, and examples."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from bot.action import Place, Read
from bot.actions import BY_NAME, READ_BY_NAME, READS, Action
from bot.grammar.command import Command, Look, Wish
from bot.grammar.durations import spell_duration
from bot.grammar.lexicon import ANY_SLASH, BULK, LEXICON, PLACE, POLITE, PREPOSITIONS, PRONOUNS, SLASH
from bot.grammar.slack_text import escaped_if_needed
from bot.grammar.stopwords import STOPWORDS
from bot.grammar.tokens import QUOTES
from bot.model import Noun, Risk, Scope

_BARE = re.compile(r"[A-Za-z_](?:[A-Za-z0-9._/-]*[A-Za-z0-9_])?")
_EXAMPLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "flag": ("new-search", "cart errors"),
        "rollout": ("checkout-v2", "p99 up"),
        "test": ("checkout-api", "INC-412"),
        "deployment": ("abc-def-ghi", "INC-412"),
        "environment": ("eu-staging", "INC-412"),
    }
)
_ANY_EXAMPLE = ("checkout", "INC-412")
WHY_TRY = "trying it out"
_WHY_EXPAND = "the fix is out"
_STATES = frozenset(state for read in READS for state in read.states)


def spell(wish: Wish) -> str:
    """Return the one canonical text of a command or a look; reading it gives the same again."""
    return _spell_look(wish) if isinstance(wish, Look) else _spell_command(wish)


def _spell_look(look: Look) -> str:
    read = READ_BY_NAME[look.what]
    parts = [read.verb, _said_read(read), *([named(look.target)] if look.target else []), *look.states]
    if look.environment is not None:
        parts += ["in", named(look.environment)]
    if look.page > 1:
        parts += ["page", str(look.page)]
    return escaped_if_needed(" ".join(parts))


def _said_read(read: Read) -> str:
    return f"{read.noun}s" if read.lists else read.noun.value


def _spell_command(command: Command) -> str:
    noun, _, verb = command.action.partition(".")
    parts = [verb, noun, *([named(command.target)] if command.target else [])]
    if command.environment is not None:
        parts += ["in", named(command.environment)]
    if command.seconds is not None:
        parts += ["for", spell_duration(command.seconds)]
    parts += [f"--{switch}" for switch in sorted(command.switches)]
    if command.reason:
        parts += ["because", command.reason]
    return escaped_if_needed(" ".join(parts))


def named(name: str) -> str:
    """Return a name as it must be typed: bare where no word of the grammar gets in its way, else in quotes."""
    if _BARE.fullmatch(name) and not is_grammar(name.casefold()):
        return name
    mark = quote_for(name) or '"'
    return f"{mark}{name}{mark}"


def quote_for(name: str) -> str | None:
    """Return the quotation mark that can enclose a name: one of a kind that the name itself does not use."""
    return next((family[0] for family in QUOTES if not any(mark in name for mark in family)), None)


def is_grammar(word: str) -> bool:
    """Tell whether a bare word would be read as something else than a name."""
    if word in POLITE | PREPOSITIONS | PLACE | BULK | PRONOUNS | STOPWORDS | LEXICON.told:
        return True
    phrases = (*LEXICON.verbs, *LEXICON.nouns)
    if word in {"because", "since", "a", "an", "half", "next", "page"} | _STATES:
        return True
    return any(word in phrase for phrase in (*phrases, *LEXICON.reads))


def label(command: Wish) -> str:
    """Return what stands on the button that says this."""
    if isinstance(command, Look):
        text = spell(command)
        return text[:1].upper() + text[1:]
    action = BY_NAME.get(command.action)
    title = action.words.title if action else command.action
    where = f" in {command.environment}" if command.environment is not None else ""
    return f"{title} {command.target}".rstrip() + where


def choice(command: Wish) -> tuple[str, str]:
    """Return the label and the full text of a command or a look, as a person may pick it."""
    return label(command), spell(command)


def example_target(noun: Noun) -> str:
    """Return the name that examples of a kind of target carry."""
    return _EXAMPLES.get(noun.value, _ANY_EXAMPLE)[0]


def usage(action: Action) -> str:
    """Return one example line, such as `/rollout pause checkout-v2 in prod because p99 up`."""
    target, reason = _EXAMPLES.get(action.noun.value, _ANY_EXAMPLE)
    reason = action.why or (_WHY_EXPAND if action.risk is Risk.EXPANDING else reason)
    where = " in prod" if action.scope == Scope.ENVIRONMENT else ""
    return f"{_door(action.noun)} {action.verb}{_said_noun(action.noun)} {target}{where} because {reason}"


def example_of(read: Read) -> str:
    """Return one example line of a look, such as `/flag rules new-search in prod`."""
    target = "" if read.lists else f" {_EXAMPLES.get(read.noun.value, _ANY_EXAMPLE)[0]}"
    states = f" {read.states[0]}" if read.states else ""
    where = "" if read.place is Place.NEVER else " in prod"
    noun = "" if read.noun in SLASH.values() else f" {_said_read(read)}"
    return f"{_door(read.noun)} {read.verb}{noun}{target}{states}{where}"


def _door(noun: Noun) -> str:
    return next((slash for slash, implied in SLASH.items() if implied == noun), ANY_SLASH)


def _said_noun(noun: Noun) -> str:
    return "" if noun in SLASH.values() else f" {noun.value}"
