"""
What a form's model says of each field, as far as a modal has to know.

Everything is read from the model's JSON schema, but for the boxes in which several things are typed as text.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, get_args

from pydantic import JsonValue

from bot.forms.form import Form
from bot.forms.lines import Box
from handlers.cards.modals.elements import MAX_OPTIONS

Schema = Mapping[str, Any]  # JSON schema

LONG = 300
_SCALARS = frozenset({"string", "integer", "number", "boolean"})


class Kind(StrEnum):
    """How a field is filled in."""

    LINE = "line"
    TEXT = "text"
    CHOICE = "choice"
    YES_NO = "yes_no"
    NUMBER = "number"
    BOX = "box"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Field:
    """
    One field: its name in the model, its words there, and how it is filled in.

    `choices` are the values to choose from; `box` is how several things are typed, and `like` how one of them looks;
    `default` is what it starts with.
    """

    name: str
    label: str
    about: str
    kind: Kind
    required: bool
    choices: tuple[JsonValue, ...] = ()
    whole: bool = False
    box: Box | None = None
    default: JsonValue = None
    like: str = ""
    example: str = ""

    @property
    def block_id(self) -> str:
        """Where the field stands in the modal, and where what is wrong with it is said."""
        return f"form.{self.name}"


@lru_cache(maxsize=64)
def fields_of(form: type[Form]) -> tuple[Field, ...]:
    """Return the fields of a form in their order."""
    schema = form.model_json_schema()
    required = frozenset(schema.get("required", ()))
    definitions: Schema = schema.get("$defs", {})
    return tuple(
        _field(form, name, schema["properties"][name], definitions, required=name in required)
        for name in form.model_fields
    )


def _field(form: type[Form], name: str, own: Schema, definitions: Schema, *, required: bool) -> Field:
    what, nullable = _meant(own, definitions)
    box = _box_of(form, name)
    kind, choices = (Kind.BOX, ()) if box else _kind(what, nullable=nullable)
    if kind is Kind.NUMBER and any(isinstance(example, str) for example in own.get("examples") or ()):
        kind = Kind.LINE
    return Field(
        name=name,
        label=str(own.get("title") or name.replace("_", " ").capitalize()),
        about=str(own.get("description") or "").rstrip("."),
        kind=kind,
        required=required,
        choices=choices,
        whole=what.get("type") == "integer",
        box=box,
        default=own.get("default"),
        like=_like(own, box) if box else "",
        example=_example(own, kind),
    )


def _meant(own: Schema, definitions: Schema) -> tuple[Schema, bool]:
    """Return a schema without its references and without null, and whether null was among it."""
    seen = _resolved(own, definitions)
    options = [_resolved(one, definitions) for one in seen.get("anyOf", ())]
    others = [one for one in options if one.get("type") != "null"]
    if len(others) == 1:
        return {**others[0], **({"multiline": True} if own.get("multiline") else {})}, len(others) < len(options)
    return seen, False


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    while "$ref" in schema:
        schema = definitions[str(schema["$ref"]).rpartition("/")[2]]
    return schema


def _kind(what: Schema, *, nullable: bool) -> tuple[Kind, tuple[JsonValue, ...]]:
    choices = tuple(what["enum"]) if "enum" in what else (what["const"],) if "const" in what else ()
    if choices and len(choices) <= MAX_OPTIONS and all(isinstance(one, str | int | float) for one in choices):
        return Kind.CHOICE, choices
    match what.get("type"):
        case "boolean":
            return (Kind.CHOICE, (True, False)) if nullable else (Kind.YES_NO, ())
        case "integer" | "number":
            return Kind.NUMBER, ()
        case "string" if not choices:
            long = bool(what.get("multiline")) or int(what.get("maxLength") or 0) > LONG
            return (Kind.TEXT if long else Kind.LINE), ()
    return Kind.JSON, ()


def _box_of(form: type[Form], name: str) -> Box | None:
    """Return how a field is typed as text; it may be said of the field, or of what is optional in it."""
    field = form.model_fields[name]
    return next((one for one in (*field.metadata, *_metadata(field.annotation)) if isinstance(one, Box)), None)


def _metadata(annotation: Any) -> Iterator[Any]:
    yield from getattr(annotation, "__metadata__", ())
    for inner in get_args(annotation):
        if getattr(inner, "__metadata__", None):
            yield from _metadata(inner)


def _like(own: Schema, box: Box) -> str:
    """Return how one line of a box looks, from the field's own example where it has one; nothing where it is JSON."""
    examples = own.get("examples") or ()
    like = examples[0] if examples and isinstance(examples[0], str) and examples[0] else box.like
    return "" if like.startswith("[") else like.partition("\n")[0]


def _example(own: Schema, kind: Kind) -> str:
    examples = own.get("examples")
    if kind not in (Kind.LINE, Kind.TEXT) or not isinstance(examples, list) or not examples:
        return ""
    first = examples[0]
    return first if isinstance(first, str) else json.dumps(first)
