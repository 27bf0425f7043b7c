"""A form's fields as the blocks of a modal, filled with what is there already."""

import json
from decimal import Decimal
from typing import Annotated, Any

from pydantic import JsonValue, TypeAdapter, ValidationError

from bot.errors import AskAgain
from bot.forms.form import Form
from bot.forms.lines import length
from bot.model import Facts
from handlers import ids
from handlers.blocks import Block
from handlers.cards.modals.elements import (
    MAX_ENTERED,
    MAX_OPTION_VALUE,
    Option,
    asked,
    counted,
    option,
    select,
    ticked,
    typed,
)
from handlers.forms.fields import Field, Kind, fields_of

MAX_FIELDS = 60
YES = "yes"
_MULTILINE = frozenset({Kind.TEXT, Kind.BOX, Kind.JSON})
_NUMBER_SIZE = 100


class DoesNotFit(AskAgain):
    """A form holds more than a modal can."""

    code = "does_not_fit"


def fields(form: type[Form], values: Facts) -> list[Block]:
    """
    Return the fields of a form, holding `values`, or else what they start with.

    Raises DoesNotFit where a modal cannot hold them.
    """
    every = fields_of(form)
    if len(every) > MAX_FIELDS:
        raise _too_much("This form has more fields than a modal holds.")
    return [_block(form, field, values.get(field.name, field.default)) for field in every]


def _block(form: type[Form], field: Field, value: JsonValue) -> Block:
    return asked(
        field.block_id,
        field.label,
        _element(form, field, value),
        hint=_hint(field),
        optional=not field.required or field.kind is Kind.YES_NO,
    )


def _element(form: type[Form], field: Field, value: JsonValue) -> Block:
    match field.kind:
        case Kind.YES_NO:
            return ticked(ids.INPUT, field.label, YES, initial=value is True)
        case Kind.CHOICE:
            return select(ids.INPUT, choices(field), _chosen(field, value))
        case Kind.NUMBER:
            return counted(ids.INPUT, _number(field, value), whole=field.whole)
        case _:
            text = _text(form, field, value)
            if len(text) > MAX_ENTERED:
                raise _too_much(f"“{field.label}” is longer than a modal holds ({len(text)} of {MAX_ENTERED} letters).")
            example = f"For example {field.example}" if field.example else ""
            return typed(ids.INPUT, text, lines=_many(field, text), example=example)


def _hint(field: Field) -> str:
    """Say what belongs into a field, and how it is written there."""
    told = [field.about] if field.about else []
    if field.kind is Kind.JSON:
        told.append("As JSON")
    elif field.like:
        told.append(f"Like “{field.like}”; a list in JSON is read, too")
    return f"{'. '.join(told)}." if told else ""


def _many(field: Field, text: str) -> bool:
    return field.kind in _MULTILINE or "\n" in text


def choices(field: Field) -> list[Option]:
    """Return the values to choose from; a value longer than Slack takes is known by its number."""
    return [option(_label(value), choice_value(value, at)) for at, value in enumerate(field.choices)]


def choice_value(value: JsonValue, at: int) -> str:
    """Return by which text a choice comes back from Slack."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text if 0 < len(text) <= MAX_OPTION_VALUE else f"#{at}"


def _label(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return value if isinstance(value, str) else json.dumps(value)


def _chosen(field: Field, value: JsonValue) -> str:
    found = [at for at, one in enumerate(field.choices) if type(one) is type(value) and one == value]
    return choice_value(value, found[0]) if found else ""


def _number(field: Field, value: JsonValue) -> str:
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    text = format(Decimal(repr(value)), "f")
    if len(text) > _NUMBER_SIZE:
        raise _too_much(f"“{field.label}” is a longer number than a modal holds.")
    return text.removesuffix(".0") if field.whole else text


def _text(form: type[Form], field: Field, value: JsonValue) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if field.box is not None or (field.kind is Kind.LINE and isinstance(value, int)):
        text = field.box.spell(value) if field.box else length(int(str(value)))
        if not text.lstrip().startswith("[") and _same(form, field, text, value):
            return text
    if value in ([], {}):
        return ""
    airy = json.dumps(value, ensure_ascii=False, indent=1)
    return airy if len(airy) <= MAX_ENTERED else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _same(form: type[Form], field: Field, text: str, value: JsonValue) -> bool:
    """Tell whether a value is spelt so that it is read again as what it is."""
    info = form.model_fields[field.name]
    told: Any = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
    kind: TypeAdapter[object] = TypeAdapter(told)
    try:
        return kind.dump_json(kind.validate_python(text)) == kind.dump_json(kind.validate_python(value))
    except ValidationError:
        return False


def _too_much(fact: str) -> DoesNotFit:
    return DoesNotFit(fact, "Use the command line instead: `python -m bot change … --json @file`.")
