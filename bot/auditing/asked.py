"""
What people ask history for, as they type it: `checkout-v2 in prod since 2h`, `@person since yesterday`.

What is no place, person or time is the target. Times of day are those of whoever asks; one that is still to come today
was meant yesterday.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.auditing.history import Wanted
from bot.errors import NotUnderstood
from bot.grammar.durations import read_duration
from bot.grammar.letters import shown
from bot.grammar.tokens import Token, take_apart
from bot.model import Actor, Environment, Noun

HOUR = 3_600_000
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))?(am|pm)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PERSON = re.compile(r"<?@([UW][A-Z0-9]{2,30})(?:\|[^<>]*)?>?", re.IGNORECASE)
_ME = frozenset({"me", "mine", "my"})
_FILLERS = frozenset({"of", "for", "by", "from", "the", "on", *(form for noun in Noun for form in (noun, f"{noun}s"))})
_EXAMPLES = "Type for example “since 2h”, “since yesterday”, “since 14:00” or “since 2026-11-20”."

Place = Callable[[str], Awaitable[Environment]]


async def asked(text: str, actor: Actor, now: int, place: Place) -> tuple[Wanted, Environment | None]:
    """
    Return what is asked for, and the environment where one is named; `now` is in ms, `place` finds an environment.

    Raises NotUnderstood for a time that cannot be read or is to come, and for two targets; and what `place` raises.
    """
    words, since = _split(take_apart(text).tokens)
    wanted = Wanted(since=started(since, now, actor.timezone) if since else 0)
    where: Environment | None = None
    names: list[str] = []
    rest = iter(words)
    for token in rest:
        if token.word in ("in", "within") and (named := next(rest, None)):
            where = await place(named.text)
        elif found := _PERSON.fullmatch(token.text):
            wanted = replace(wanted, person=found[1].upper())
        elif token.word in _ME:
            wanted = replace(wanted, person=actor.id)
        elif token.quoted or token.word not in _FILLERS:
            names.append(token.text)
    if len(names) > 1:
        raise NotUnderstood(
            f"One target is wanted, and {len(names)} words could be it: {shown(' '.join(names))}.",
            "Put a name with spaces in quotes; an environment follows “in”, a time “since”.",
        )
    return replace(wanted, target="".join(names), where=where.id if where else ""), where


def _split(tokens: Sequence[Token]) -> tuple[Sequence[Token], Sequence[Token]]:
    """Return the words before “since” (or “last”), and the time after it."""
    at = next((n for n, token in enumerate(tokens) if token.word in ("since", "last")), None)
    if at is None:
        return tokens, ()
    if not tokens[at + 1 :]:
        raise NotUnderstood(f"No time follows “{tokens[at].word}”.", _EXAMPLES)
    return tokens[:at], tokens[at + 1 :]


def started(said: Sequence[Token], now: int, timezone: str) -> int:
    """Return the time that is meant, in ms; raise NotUnderstood for what is none, or is to come."""
    words = [token.word for token in said]
    length = read_duration(words)
    if length is not None and length[1] == len(words):
        at: int | None = now - int(length[0] * 1000)
    else:
        at = _moment(words, now, timezone)
    if at is None or at > now:
        raise NotUnderstood(f"{shown(' '.join(token.text for token in said))} is no time that is over.", _EXAMPLES)
    return max(at, 0)


def _moment(words: Sequence[str], now: int, timezone: str) -> int | None:
    zone = _zone(timezone)
    here = datetime.fromtimestamp(now / 1000, zone)
    day = _day(words[0], here.date()) if words else None
    rest = "".join(words[1:] if day else words)
    hour = _hour(rest) if rest else time()
    if hour is None or (day is None and not rest):
        return None
    start = datetime.combine(day or here.date(), hour, zone)
    if day is None and start > here:
        start = datetime.combine(here.date() - timedelta(days=1), hour, zone)
    return int(start.timestamp() * 1000)


def _day(word: str, today: date) -> date | None:
    if word in ("today", "yesterday"):
        return today - timedelta(days=word == "yesterday")
    if word in _DAYS:
        return today - timedelta(days=(today.weekday() - _DAYS.index(word)) % 7)
    try:
        return date.fromisoformat(word) if _DATE.fullmatch(word) else None
    except ValueError:
        return None


def _hour(text: str) -> time | None:
    found = _CLOCK.fullmatch(text)
    if found is None or not (found[2] or found[3]):
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3] and 1 <= hour <= 12:
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    elif found[3]:
        return None
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
