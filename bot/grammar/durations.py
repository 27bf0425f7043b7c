"""Lengths of time and times of day, as people type them."""

import re
from collections.abc import Sequence
from fractions import Fraction

from bot.grammar.stopwords import word_set

LONGEST = 7 * 24 * 3600

_UNIT_WORDS = {
    1: "s sec secs second seconds",
    60: "m min mins minute minutes",
    3600: "h hr hrs hour hours",
    86400: "d day days",
    604800: "w week weeks",
}
_UNITS = {word: seconds for seconds, words in _UNIT_WORDS.items() for word in words.split()}
_NUMBER = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,6})?")
_GLUED = re.compile(rf"({_NUMBER.pattern})([a-z]+)")
_HOURS_MINUTES = re.compile(r"([0-9]{1,3})h([0-9]{1,2})")
_CLOCK = re.compile(r"[0-9]{1,2}(?::[0-9]{2}){1,2}(?:am|pm)?|[0-9]{1,2}(?:am|pm)|[0-9]{4}-[0-9]{2}-[0-9]{2}.*")
_ONE = frozenset({"a", "an", "one"})
_DAYS = word_set(
    "yesterday today tomorrow tonight noon midnight monday tuesday wednesday thursday friday saturday sunday"
)
_SPANS = word_set("night week weekend month hour morning afternoon evening") | _DAYS


def read_duration(words: Sequence[str]) -> tuple[Fraction, int] | None:
    """Return the seconds that the words begin with and how many words say it: `1h30m`, `90 minutes`, `an hour`."""
    total, at = Fraction(0), 0
    while amount := _amount(words[at : at + 3]):
        total, at = total + amount[0], at + amount[1]
        if words[at : at + 1] == ["and"] and _amount(words[at + 1 : at + 4]):
            at += 1
    return (total, at) if at else None


def _amount(words: Sequence[str]) -> tuple[Fraction, int] | None:
    if not words:
        return None
    if (glued := _glued(words[0])) is not None:
        return glued, 1
    if words[0] == "half" and len(words) == 3 and words[1] in _ONE and words[2] in _UNITS:
        return Fraction(_UNITS[words[2]], 2), 3
    if len(words) > 1 and words[1] in _UNITS and (words[0] in _ONE or _NUMBER.fullmatch(words[0])):
        return _UNITS[words[1]] * Fraction(1 if words[0] in _ONE else words[0]), 2
    return None


def _glued(word: str) -> Fraction | None:
    if match := _HOURS_MINUTES.fullmatch(word):
        return Fraction(int(match[1]) * 3600 + int(match[2]) * 60)
    pairs = _GLUED.findall(word)
    if not pairs or "".join(number + unit for number, unit in pairs) != word:
        return None
    if any(unit not in _UNITS for _, unit in pairs):
        return None
    return sum((Fraction(number) * _UNITS[unit] for number, unit in pairs), Fraction(0))


def is_clock(words: Sequence[str]) -> bool:
    """Tell whether the words begin with a time of day or a date."""
    if not words:
        return False
    return bool(_CLOCK.fullmatch(words[0])) or (words[0].isdigit() and tuple(words[1:2]) in {("am",), ("pm",)})


def is_number(word: str) -> bool:
    """Tell whether a word is a bare amount or a clock, which after “for” can only be a time box."""
    return bool(_NUMBER.fullmatch(word) or _CLOCK.fullmatch(word))


def starts_with_time(words: Sequence[str]) -> bool:
    """Tell whether what follows “since” is a time and not a reason."""
    if words and words[0] in {"last", "this", "the"}:
        return len(words) > 1 and words[1] in _SPANS
    return bool(words) and (words[0] in _DAYS or is_clock(words) or read_duration(words) is not None)


def spell_duration(seconds: int) -> str:
    """Return the one spelling of a length of time: `1h30m`."""
    parts = []
    for name, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{name}")
    return "".join(parts)
