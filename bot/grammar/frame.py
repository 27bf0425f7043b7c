"""What is known of a line beside its words, and what may be offered when the words do not suffice."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.errors import NotUnderstood
from bot.grammar.command import Command
from bot.grammar.lexicon import Lexicon
from bot.grammar.spelling import choice
from bot.grammar.tokens import Token
from bot.model import Noun

MOST_CHOICES = 5

Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """The vocabulary, the noun of the slash command, the reason and the switches."""

    lexicon: Lexicon
    noun: Noun | None = None
    reason: str = ""
    switches: frozenset[str] = frozenset()


Reader = Callable[[Sequence[Token], Frame], Command]


def attempt(read: Reader, tokens: Sequence[Token], frame: Frame) -> Command | None:
    """Return what the words would mean, or nothing."""
    try:
        return read(tokens, frame)
    except NotUnderstood:
        return None


def choices(commands: Iterable[Command | None]) -> Choices:
    """Return what a person may pick from, without doubles."""
    return tuple(dict.fromkeys(choice(command) for command in commands if command))[:MOST_CHOICES]
