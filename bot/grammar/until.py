"""
When something ends, as people say it: `for 2h`, `until 18:00`, `until tomorrow 9am`, `until 2026-11-22 18:00`.

Times of day are those of whoever says them; one that is over today is meant tomorrow.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.errors import NotUnderstood
from bot.grammar.durations import read_duration
from bot.grammar.letters import shown
from bot.grammar.tokens import Token, take_apart

_CLOCK = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))?\s*(am|pm)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LONGEST = 30 * 86_400_000
_EXAMPLES = "Type for example “for 2h”, “until 18:00” or “until tomorrow 9:00”."


def take_end(text: str, now: int, timezone: str) -> tuple[str, int | None]:
    """
    Return the text before the end that it may name, and that end (epoch ms); None where it names none.

    `now` is in ms. Raises NotUnderstood for an end that cannot be read, is over, or is more than 30 days away.
    """
    tokens = take_apart(text).tokens
    at = next((n for n, token in enumerate(tokens) if n and token.word in ("for", "until", "till")), None)
    if at is None:
        return _bare(tokens, text), None
    said = tokens[at + 1 :]
    end = _length(said, now) if tokens[at].word == "for" else _moment(said, now, timezone)
    if end is None:
        raise NotUnderstood(f"{shown(text[tokens[at].start :])} is not a time.", _EXAMPLES)
    if not now < end <= now + LONGEST:
        raise NotUnderstood("It has to end after now, and within 30 days.", _EXAMPLES)
    return _bare(tokens[:at], text), end


def _bare(tokens: Sequence[Token], text: str) -> str:
    if len(tokens) == 1:
        return tokens[0].text
    return text[tokens[0].start : tokens[-1].end] if tokens else ""


def _length(said: Sequence[Token], now: int) -> int | None:
    found = read_duration([token.word for token in said])
    return None if found is None or found[1] != len(said) else now + int(found[0] * 1000)


def _moment(said: Sequence[Token], now: int, timezone: str) -> int | None:
    zone = _zone(timezone)
    here = datetime.fromtimestamp(now / 1000, zone)
    words = [token.word for token in said]
    day = _day(words[0], here.date()) if words else None
    hour = _hour(" ".join(words[1:] if day else words))
    if hour is None:
        return None
    end = datetime.combine(day or here.date(), hour, zone)
    if day is None and end <= here:
        end = datetime.combine(here.date() + timedelta(days=1), hour, zone)
    return int(end.timestamp() * 1000)


def _day(word: str, today: date) -> date | None:
    if word in ("today", "tomorrow"):
        return today + timedelta(days=word == "tomorrow")
    try:
        return date.fromisoformat(word) if _DAY.fullmatch(word) else None
    except ValueError:
        return None


def _hour(text: str) -> time | None:
    found = _CLOCK.fullmatch(text)
    if found is None or not (found[2] or found[3]):
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
