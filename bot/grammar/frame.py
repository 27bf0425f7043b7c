"""What is known of a line beside its words, and what may be offered when the words do not suffice."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from bot.errors import NotUnderstood
from bot.grammar.command import Command, Wish
from bot.grammar.lexicon import Lexicon
from bot.grammar.spelling import choice
from bot.grammar.tokens import Token
from bot.model import Noun

MOST_CHOICES = 5
_MOST_TRIES = 3

Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """
    The vocabulary, the noun of the slash command, the reason and the switches.

    `tries` counts how often the line was put differently before it was read so, which has an end.
    """

    lexicon: Lexicon
    noun: Noun | None = None
    reason: str = ""
    switches: frozenset[str] = frozenset()
    tries: int = 0


Reader = Callable[[Sequence[Token], Frame], Command]


def attempt(read: Reader, tokens: Sequence[Token], frame: Frame) -> Command | None:
    """Return what the words would mean, or nothing; nothing too after too many tries."""
    if frame.tries >= _MOST_TRIES:
        return None
    try:
        return read(tokens, replace(frame, tries=frame.tries + 1))
    except NotUnderstood:
        return None


def choices(commands: Iterable[Wish | None]) -> Choices:
    """Return what a person may pick from, without doubles."""
    return tuple(dict.fromkeys(choice(command) for command in commands if command))[:MOST_CHOICES]
