"""
Fields that hold several things, as text: how each is typed into one box, and how it is spelt there.

A modal has one box for such a field, and an option of the command line takes one text; JSON has the lists themselves.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, JsonValue

from bot.forms.form import Form, strict_value

_UNITS = {"ms": 1, "s": 1_000, "min": 60_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?) ?(ms|s|min|m|h|d|w)(?![a-z])")


@dataclass(frozen=True, slots=True)
class Box:
    """
    How a field's value is read from text and spelt as text.

    `like` is how one line looks, for the hint beside the box.
    """

    read: Callable[[str], Any]
    spell: Callable[[JsonValue], str]
    like: str

    def value(self, value: Any) -> Any:
        """Return what a field is to be validated from; text is read, anything else stays."""
        return self.read(value) if isinstance(value, str) else value


def boxed(box: Box) -> Any:
    """Return what makes a field readable from a box's text."""
    return BeforeValidator(box.value)


def box_of(form: type[Form], field: str) -> Box | None:
    """Return the box of a form's field; None where the field holds one plain value."""
    return next((each for each in form.model_fields[field].metadata if isinstance(each, Box)), None)


def spelt(form: type[Form], field: str, value: JsonValue) -> str:
    """Return a field's value as it is typed into its box."""
    box = box_of(form, field)
    if value is None:
        return ""
    if box is not None:
        return box.spell(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def by_line(like: str, pattern: re.Pattern[str], take: Callable[[re.Match[str]], Any]) -> Callable[[str], list[Any]]:
    """Return a reader of one thing a line; blank lines are left out, and one that does not fit is said."""

    def read(text: str) -> list[Any]:
        found = []
        for line in filter(None, map(str.strip, text.splitlines())):
            match = pattern.fullmatch(line)
            if match is None:
                raise ValueError(f"“{line[:80]}” is not understood; type it like “{like}”.")
            found.append(take(match))
        return found

    return read


def listed(value: JsonValue) -> list[dict[str, Any]]:
    """Return the objects in a list, anything else left out."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def texts(value: JsonValue) -> list[str]:
    """Return the members of a list as text."""
    return [str(each) for each in value] if isinstance(value, list) else []


def milliseconds(text: str) -> int:
    """Return a length of time such as `1h 30m`; raises ValueError with a sentence."""
    clean = text.strip().lower()
    found = _LENGTH.findall(clean)
    if not found or _LENGTH.sub("", clean).strip():
        raise ValueError(f"“{text[:40]}” is not a length of time; type it like “30m”, “6h” or “1d”.")
    return int(sum(float(count) * _UNITS[unit] for count, unit in found))


def length(ms: int) -> str:
    """Return a length of time in the units people use, such as `1h 30m`."""
    parts = []
    for unit in ("d", "h", "m", "s", "ms"):
        count, ms = divmod(ms, _UNITS[unit])
        parts += [f"{count}{unit}"] if count else []
    return " ".join(parts) or "0s"


def _length_or_number(value: Any) -> Any:
    return milliseconds(value) if isinstance(value, str) and not value.strip().isdigit() else value


Milliseconds = Annotated[int, BeforeValidator(_length_or_number)]
"""A whole number of milliseconds, or a length of time as people write it."""


def number(value: float) -> str:
    """Return a number without a point where it is whole."""
    return f"{value:.10g}"


def _words(text: str) -> list[str]:
    return [word for part in re.split(r"[,\n]", text) if (word := part.strip())]


WORDS = Box(_words, lambda value: ", ".join(texts(value)), "prod, production")
"""Plain words between commas, or one a line."""


def json_list(text: str) -> JsonValue:
    """Return what a box that takes JSON holds."""
    return strict_value(text) if text.strip() else []
