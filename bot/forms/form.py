"""
What a form is, what is wrong with one, and strict JSON.

A form is a model whose fields have a title, a description and examples. The modal, the options of the command line,
the JSON schema and the messages are all drawn from it. A field that holds several things may also be given as text,
as it is typed into one box; `lines.py` has how.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn, Self

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from bot.model import Facts, FieldChange, Risk, Snapshot

Problem = tuple[str, str]
"""A path such as `variants.0.key` (empty: the whole form), and one plain sentence."""


@dataclass(frozen=True, slots=True)
class Difference:
    """
    What a form comes to, on what was seen of its target.

    `effect` are the facts that prove it when they are read back. `problems` are told before anything is asked for.
    `obstacle` is why it can bring about nothing as things stand, and `instead` what would clear that away: actions and
    ids. `keeps` are facts that the plan holds on to, because the call is built from them. `risk` is its class where
    that is graver than the action's own; `consequence` replaces the action's own words.
    """

    changes: tuple[FieldChange, ...]
    effect: Facts
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    obstacle: str = ""
    consequence: str = ""
    risk: Risk | None = None
    instead: tuple[tuple[str, str], ...] = ()
    keeps: tuple[str, ...] = ()


class Part(BaseModel):
    """A part of a form: strict about names, blind to blanks around text."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False)


class Form(Part):
    """
    What an action wants to be told.

    `names` is the field that names what is created, empty where the target is there already. `gravest` is the class
    that the action can come to by what the form says, where that may be graver than its own. `stops` is the field for
    the keys of rules whose rollout was stopped, where that matters.
    """

    names: ClassVar[str] = ""
    gravest: ClassVar[Risk | None] = None
    stops: ClassVar[str] = ""

    def canonical(self) -> Facts:
        """Return the form as it is recorded and signed: what was left out stays out."""
        facts: Facts = self.model_dump(mode="json", exclude_none=True)
        return facts

    @classmethod
    def current(cls, facts: Facts) -> Facts:
        """Return what the fields would hold as things stand; empty where the form is about something new."""
        del facts
        return {}

    def difference(self, snapshot: Snapshot) -> Difference:
        """Return what the form comes to on what was seen."""
        raise TypeError(f"{type(self).__name__} does not say what it comes to, seen {snapshot.taken_at}")

    @classmethod
    def read(cls, parameters: Facts) -> Self:
        """Return the form of what was told; raises ValidationError."""
        return cls.model_validate(parameters)


class Unreadable(ValueError):
    """JSON that cannot be taken as it stands; the message is one sentence."""


def strict_json(text: str) -> dict[str, JsonValue]:
    """
    Return the object that a text is in JSON.

    Raises Unreadable where it is no JSON or no object, repeats a key, or holds a number that JSON does not have.
    """
    value = strict_value(text)
    if not isinstance(value, dict):
        raise Unreadable("The JSON has to be an object: fields and their values in { }.")
    return value


def strict_value(text: str) -> JsonValue:
    """Return any value that a text is in JSON; raises Unreadable as `strict_json` does."""
    try:
        value: JsonValue = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise Unreadable(f"That is not JSON: {error.msg}, in line {error.lineno} at {error.colno}.") from None
    except RecursionError:
        raise Unreadable("The JSON is nested too deeply.") from None
    return value


def _once(pairs: Iterable[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {}
    for key, value in pairs:
        if key in found:
            raise Unreadable(f"The JSON says “{key}” twice in one object; say it once.")
        found[key] = value
    return found


def _no_constant(name: str) -> NoReturn:
    raise Unreadable(f"The JSON holds {name}, which is no number.")


def problems(error: ValidationError) -> tuple[Problem, ...]:
    """Return one plain sentence for each field that is wrong, the first thing that is wrong with it."""
    found: dict[str, str] = {}
    for each in error.errors(include_url=False):
        path = ".".join(str(part) for part in each["loc"])
        name = str(each["loc"][-1]) if each["loc"] else "the form"
        found.setdefault(path, _sentence(each["type"], name, each["msg"], each.get("ctx", {})))
    return tuple((path, said) for path, said in found.items() if not _said_below(path, found))


def _said_below(path: str, found: Iterable[str]) -> bool:
    """Tell whether something inside this field is wrong, which says more than what is wrong with the whole."""
    return bool(path) and any(other.startswith(f"{path}.") for other in found)


def _sentence(kind: str, name: str, message: str, context: dict[str, Any]) -> str:
    limit = next((f"{context[key]:g}" for key in _LIMITS if key in context), "")
    told = _SENTENCES.get(kind)
    if told is not None:
        return told.format(limit=limit, name=name, expected=context.get("expected", ""))
    if kind == "value_error":
        return str(context.get("error") or message).removeprefix("Value error, ")
    return f"{message.rstrip('.')}."


_LIMITS = ("min_length", "max_length", "ge", "gt", "le", "lt")
_SENTENCES = {
    "missing": "This has to be filled in.",
    "extra_forbidden": "There is no field called “{name}”.",
    "string_too_short": "This has to be filled in.",
    "string_too_long": "At most {limit} characters.",
    "string_type": "This has to be text.",
    "string_pattern_mismatch": (
        "Letters, digits, dots, dashes and underscores only, beginning with a letter or a digit."
    ),
    "too_short": "At least {limit} of these.",
    "too_long": "At most {limit} of these.",
    "tuple_type": "This has to be a list.",
    "literal_error": "One of {expected}.",
    "enum": "One of {expected}.",
    "bool_type": "True or false.",
    "bool_parsing": "True or false.",
    "int_type": "A whole number.",
    "int_parsing": "A whole number.",
    "int_from_float": "A whole number.",
    "float_type": "A number.",
    "float_parsing": "A number.",
    "finite_number": "A number.",
    "greater_than_equal": "At least {limit}.",
    "greater_than": "More than {limit}.",
    "less_than_equal": "At most {limit}.",
    "less_than": "Less than {limit}.",
    "model_type": "This has to be an object: fields and their values.",
    "dict_type": "This has to be an object: fields and their values.",
}
"""By pydantic's stable codes, in the words of somebody who fills in a form."""
