"""
What was entered in a form's modal: raw parameters for the model, and what is wrong with them, beside each field.

A field left empty is left out, so that the model's own default holds; where something stood in it before, it is
told as an empty text.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pydantic import JsonValue, ValidationError

from bot.forms.form import Form, Unreadable, problems, strict_value
from bot.model import Facts
from handlers import ids
from handlers.blocks import plain
from handlers.cards.modals.drawing import YES, choice_value
from handlers.cards.modals.refused import MAX_SENTENCE, Beside, beside
from handlers.forms.fields import Field, Kind, fields_of

_TYPED = frozenset({Kind.LINE, Kind.TEXT, Kind.BOX})

Values = Mapping[str, Mapping[str, str | None]]


@dataclass(frozen=True, slots=True)
class Entered:
    """What was entered: parameters as the model takes them, and sentences by the block they belong beside."""

    parameters: Facts
    wrong: Beside


def read(form: type[Form], values: Values, filled: Collection[str] = ()) -> Entered:
    """Return what was entered, checked by the model; `filled` are the fields that held something at first."""
    parameters: Facts = {}
    wrong: Beside = {}
    for field in fields_of(form):
        text = (values.get(field.block_id) or {}).get(ids.INPUT) or ""
        try:
            parameters |= _parameter(field, text, was_filled=field.name in filled)
        except Unreadable as unreadable:
            wrong[field.block_id] = plain(str(unreadable), MAX_SENTENCE)
    if wrong:
        return Entered(parameters, wrong)
    try:
        form.read(parameters)
    except ValidationError as error:
        return Entered(parameters, beside(form, problems(error)))
    return Entered(parameters, {})


def _parameter(field: Field, text: str, *, was_filled: bool) -> Facts:
    if field.kind is Kind.YES_NO:
        return {field.name: YES in text.split(",")}
    if not text.strip():
        return {field.name: ""} if was_filled and field.kind in _TYPED else {}
    return {field.name: _value(field, text)}


def _value(field: Field, text: str) -> JsonValue:
    match field.kind:
        case Kind.CHOICE:
            return next((one for at, one in enumerate(field.choices) if choice_value(one, at) == text), text)
        case Kind.NUMBER:
            return _number(text, whole=field.whole)
        case Kind.JSON:
            return strict_value(text)
        case Kind.BOX if text.lstrip().startswith("["):
            return strict_value(text)
        case _:
            return text


def _number(text: str, *, whole: bool) -> JsonValue:
    try:
        return int(text) if whole else float(text)
    except ValueError:
        return text


def named(form: type[Form], values: Mapping[str, JsonValue]) -> str:
    """Return what a form calls the thing it creates; empty where the thing is there already."""
    name = values.get(form.names) if form.names else ""
    return name.strip() if isinstance(name, str) else ""
