"""The words of a line by the part they play: verb, noun, place, or a name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from bot.errors import NotUnderstood
from bot.grammar.durations import LONGEST, is_clock, is_number, read_duration
from bot.grammar.letters import shown
from bot.grammar.lexicon import PLACE, POLITE, PREPOSITIONS, Lexicon, Phrase, longest
from bot.grammar.tokens import Token

HELP: Phrase = ("help",)


class Kind(Enum):
    """The part that words play."""

    VERB = auto()
    NOUN = auto()
    IN = auto()
    BESIDE = auto()
    NAME = auto()


@dataclass(frozen=True, slots=True)
class Part:
    """Words and their part; `at` is where they stand, `said` is the preposition before a name."""

    kind: Kind
    at: int
    phrase: Phrase = ()
    token: Token | None = None
    said: str = ""


def without_polite(tokens: Sequence[Token]) -> list[Token]:
    """Return the words that carry meaning."""
    return [token for token in tokens if token.word not in POLITE]


def take_time_box(tokens: Sequence[Token]) -> tuple[list[Token], int | None]:
    """Return the words without their `for 2h`, and its seconds; raise `NotUnderstood` for one that cannot be."""
    words = [token.word for token in tokens]
    kept: list[Token] = []
    found: list[int] = []
    at = 0
    while at < len(words):
        size = _time_box_size(words, at)
        if size:
            found.append(_seconds(words[at + 1 : at + size]))
        else:
            kept.append(tokens[at])
        at += size or 1
    if len(found) > 1:
        raise NotUnderstood("Two lengths of time are given.", "Give one, such as “for 2h”.")
    return kept, (found[0] if found else None)


def _time_box_size(words: Sequence[str], at: int) -> int:
    if words[at] != "for" or at + 1 == len(words):
        return 0
    skipped = 2 if words[at + 1] == "next" else 1
    length = read_duration(words[at + skipped : at + 40])
    if length:
        return skipped + length[1]
    if is_number(words[at + 1]):
        said = " ".join(words[at : at + 3])
        raise NotUnderstood(f"{shown(said)} is not a length of time.", "Type “for 30m”, “for 2h” or “for 1d”.")
    return 0


def _seconds(words: Sequence[str]) -> int:
    length = read_duration(words[1:] if words[0] == "next" else words)
    seconds = length[0] if length else 0
    said = shown("for " + " ".join(words))
    if seconds <= 0 or seconds != int(seconds):
        raise NotUnderstood(f"{said} is not a length of whole seconds above zero.", "Type “for 30m” or “for 2h”.")
    if seconds > LONGEST:
        raise NotUnderstood(f"{said} is longer than 7 days, the longest time box.", "Type “for 7d” or less.")
    return int(seconds)


def joined_particles(tokens: Sequence[Token], lexicon: Lexicon) -> list[Token]:
    """
    Return `turn new-search off` as `turn off new-search`, where the particle ends what is acted on.

    An article within a verb or before a noun is left out: `add a rule` is `add rule`.
    """
    tokens = [token for at, token in enumerate(tokens) if not _is_article(tokens, at, lexicon)]
    words = [token.word for token in tokens]
    for at in range(len(words)):
        for phrase in lexicon.verbs:
            head, tail = phrase[0], phrase[-1]
            if len(phrase) != 2 or words[at] != head or words[at + 1 : at + 2] == [tail]:
                continue
            if (end := _particle(words, at + 2, tail)) is not None:
                return [*tokens[: at + 1], tokens[end], *tokens[at + 1 : end], *tokens[end + 1 :]]
    return list(tokens)


def _is_article(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> bool:
    if tokens[at].word not in ("a", "an") or not at:
        return False
    words = [token.word for token in tokens[at - 1 : at + 4]]
    return (words[0], *words[2:3]) in lexicon.actions or noun_at(words[2:], lexicon) is not None


def _particle(words: Sequence[str], start: int, tail: str) -> int | None:
    """Return where a particle stands that no name follows."""
    for at in range(start, len(words)):
        if words[at] == tail and (at + 1 == len(words) or words[at + 1] in PREPOSITIONS):
            return at
    return None


def classify(tokens: Sequence[Token], lexicon: Lexicon) -> list[Part]:
    """Return the parts of a line, from left to right."""
    return list(_parts(tokens, [token.word for token in tokens], lexicon))


def _parts(tokens: Sequence[Token], words: Sequence[str], lexicon: Lexicon) -> Iterator[Part]:
    at = 0
    while at < len(tokens):
        if verb := _verb(words, at, lexicon):
            yield Part(Kind.VERB, at, verb)
            at += len(verb)
        elif noun := noun_at(words[at:], lexicon):
            yield Part(Kind.NOUN, at, noun)
            at += len(noun)
        elif words[at] not in PREPOSITIONS:
            yield Part(Kind.NAME, at, token=tokens[at])
            at += 1
        elif words[at] != "in" and noun_at(words[at + 1 :], lexicon) and words[at + 1] not in PLACE:
            at += 1
        else:
            part, at = placed(tokens, words, at, lexicon)
            yield part


def _verb(words: Sequence[str], at: int, lexicon: Lexicon) -> Phrase | None:
    """Return the verb at a place; one of the bot's own commands stands first, or it is a name like any other word."""
    if (action := longest(frozenset(lexicon.actions), words[at:])) is not None:
        return action
    own = longest(frozenset(lexicon.controls), words[at:])
    leading = at == 0 or ((noun := noun_at(words, lexicon)) is not None and at == len(noun))
    return own if own and (leading or own == HELP) else None


def noun_at(words: Sequence[str], lexicon: Lexicon) -> Phrase | None:
    """Return the noun that words begin with."""
    return longest(frozenset(lexicon.nouns), words[:3])


def placed(tokens: Sequence[Token], words: Sequence[str], at: int, lexicon: Lexicon) -> tuple[Part, int]:
    """Return a preposition with the name after it, and where the words go on."""
    said, name = words[at], at + 1
    if words[name : name + 1] and words[name] in PLACE and name + 1 < len(words):
        name += 1
    taken = words[name : name + 1]
    if not taken or taken[0] in PREPOSITIONS or _is_word(words[name:], lexicon):
        raise NotUnderstood(f"A name is missing after {shown(said)}.", "If the next word is a name, put it in quotes.")
    after = name + 1
    if words[after : after + 1] and words[after] in PLACE:
        after += 1
    kind = Kind.IN if said == "in" else Kind.BESIDE
    return Part(kind, at, token=tokens[name], said=said), after


def _is_word(words: Sequence[str], lexicon: Lexicon) -> bool:
    return longest(frozenset(lexicon.actions), words) is not None or noun_at(words, lexicon) is not None


def is_time(words: Sequence[str]) -> bool:
    """Tell whether words that could be a name are a time."""
    return is_clock(words) or read_duration(words) is not None
