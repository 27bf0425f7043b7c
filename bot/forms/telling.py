"""How the difference a form makes is told, field by field, and by which facts it is proved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import JsonValue

from bot.model import Facts, FieldChange


def plain(value: JsonValue) -> str:
    """Return a value as people read it."""
    return "none" if value in (None, "") else str(value)


@dataclass(frozen=True, slots=True)
class Shown:
    """A field: the fact it is read back under, its label, its words, and its name in the form where that differs."""

    fact: str
    label: str
    words: Callable[[JsonValue], str] = plain
    named: str = ""

    @property
    def parameter(self) -> str:
        """The field's name in the form."""
        return self.named or self.fact


class Told(NamedTuple):
    """Differences, and the facts that prove them."""

    changes: tuple[FieldChange, ...]
    effect: Facts


def created(fields: Sequence[Shown], wanted: Facts) -> Told:
    """Tell each field of something new."""
    said = [each for each in fields if each.parameter in wanted]
    changes = [FieldChange(label=f.label, before="not there", after=f.words(wanted[f.parameter])) for f in said]
    return Told(tuple(changes), {each.fact: wanted[each.parameter] for each in said})


def edited(fields: Sequence[Shown], wanted: Facts, now: Facts) -> Told:
    """Tell each field that would differ from what it is now."""
    said = [each for each in fields if each.parameter in wanted]
    changes = [
        FieldChange(label=f.label, before=f.words(now.get(f.fact)), after=f.words(wanted[f.parameter]))
        for f in said
        if now.get(f.fact) != wanted[f.parameter]
    ]
    return Told(tuple(changes), {each.fact: wanted[each.parameter] for each in said})
