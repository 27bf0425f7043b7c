"""
What an entry of one of the bot's own records tells: what it was about, where, and what came of it.

A record of freezes or locks holds all that stand in its place, so what one entry did is the difference to the one
before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from bot.audit import AuditEvent

_OUTCOMES: Mapping[tuple[str, str], str] = {
    ("binding", "put"): "bound",
    ("after_review", "put"): "open",
}


@dataclass(frozen=True, slots=True)
class Told:
    """
    What one entry tells, `outcome` as a name of its own.

    `called` are further words for what it is about, `places` names and ids of where it is.
    `production` is None where the entry does not say.
    """

    what: str
    outcome: str
    where: str = ""
    production: bool | None = None
    why: str = ""
    called: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


def told(kind: str, id_: str, before: AuditEvent | None, event: AuditEvent) -> Told:
    """Return what one entry tells, `before` being the one that it follows."""
    value, earlier = _value(event), _value(before)
    outcome = _OUTCOMES.get((kind, event.name), event.name)
    if kind in ("freeze", "lock"):
        return _guard(id_, earlier, value, outcome)
    if kind == "binding":
        return _binding(id_, value, outcome)
    if kind == "after_review":
        closed = value.get("open") is False
        return Told(what=id_, outcome="closed" if closed else outcome, why=_text(value, "note"), called=(id_,))
    return Told(what=id_, outcome=outcome)


def _guard(id_: str, earlier: Mapping[str, JsonValue], value: Mapping[str, JsonValue], outcome: str) -> Told:
    """Tell of the place whose freeze or lock this entry set, replaced or lifted."""
    place = next((name for name in value if value[name] != earlier.get(name)), None)
    place = place or next((name for name in earlier if name not in value), "")
    guard = value.get(place) or earlier.get(place)
    said = guard if isinstance(guard, dict) else {}
    what = _text(said, "what") or id_
    production = said.get("production")
    key, _, where = what.rpartition(" in ")
    return Told(
        what=what,
        outcome=outcome,
        where=where,
        production=production if isinstance(production, bool) else None,
        why=_text(said, "why") if place in value else "",
        called=tuple(key.split(" ", 1)),
        places=(place, where, what),
    )


def _binding(id_: str, value: Mapping[str, JsonValue], outcome: str) -> Told:
    where, production = _text(value, "name"), value.get("production")
    return Told(
        what=id_,
        outcome=outcome,
        where=where,
        production=production if isinstance(production, bool) else None,
        places=(where, _text(value, "environment")),
    )


def _value(event: AuditEvent | None) -> Mapping[str, JsonValue]:
    value = event.data.get("value") if event else None
    return value if isinstance(value, dict) else {}


def _text(said: Mapping[str, JsonValue], name: str) -> str:
    found = said.get(name)
    return found if isinstance(found, str) else ""
