"""Forms about flags: a new one, and what shall be different about one."""

import json
import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, JsonValue, ValidationInfo, field_validator, model_validator

from bot.forms.form import Difference, Form, Part, Unreadable, strict_json, strict_value
from bot.forms.lines import Box, boxed, by_line, listed
from bot.forms.rules import AddRule, ReplaceRules, Rule
from bot.forms.telling import Shown, created, edited
from bot.model import Facts, Snapshot

__all__ = ["AddRule", "FlagCreate", "FlagEdit", "ReplaceRules", "Rule", "Variant"]

KEY = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_VARIANT = re.compile(r"([^\s=()]+)\s*(?:\(([^)]*)\))?\s*=\s*(.*)")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?")
_DESCRIBED = "What it is for; an empty text takes the description away"
_SCHEMA = "A JSON schema that the values of a JSON flag must fit; an empty text takes it away"

ValueType = Literal["BOOLEAN", "INTEGER", "NUMERIC", "STRING", "JSON"]


class Variant(Part):
    """One value that the flag can serve."""

    key: str = Field(
        title="Key", description="How rules call it", pattern=KEY + "$", min_length=1, max_length=200, examples=["on"]
    )
    name: str = Field(default="", title="Name", description="How people call it", max_length=200, examples=["On"])
    value: str = Field(title="Value", description="What is served, as text", max_length=10_000, examples=["true"])


def _variant(match: re.Match[str]) -> dict[str, Any]:
    return {"key": match[1], "name": match[2] or "", "value": match[3]}


def _spell_variants(value: JsonValue) -> str:
    lines = []
    for each in listed(value):
        name = f" ({each['name']})" if each.get("name") not in (None, "", each.get("key")) else ""
        lines.append(f"{each.get('key')}{name} = {each.get('value', '')}")
    return "\n".join(lines)


_BOX = Box(by_line("on (On) = true", _VARIANT, _variant), _spell_variants, "on (On) = true")
Variants = Annotated[tuple[Variant, ...], boxed(_BOX), _BOX]


def values_of(variants: JsonValue) -> JsonValue:
    """Return what variants serve, in an order of their own: [key, name, value] of each."""
    rows = [[str(each.get(name)) for name in ("key", "name", "value")] for each in listed(variants)]
    return [[*row] for row in sorted(rows)]


_NEW: tuple[Shown, ...] = (
    Shown("key", "Key"),
    Shown("name", "Name"),
    Shown("description", "Description"),
    Shown("value_type", "Type"),
    Shown("variants", "Variants", lambda value: _spell_variants(value).replace("\n", "; ")),
    Shown("default_variant_key", "Default variant"),
    Shown("json_schema", "JSON schema"),
)
_EDITABLE: tuple[Shown, ...] = (
    Shown("name", "Name"),
    Shown("description", "Description"),
    Shown("json_schema", "JSON schema"),
)


class FlagCreate(Form):
    """A new flag, disabled everywhere to begin with."""

    names: ClassVar[str] = "key"

    key: str = Field(
        title="Key",
        description="What applications ask for; it cannot be changed later",
        pattern=rf"^{KEY}$",
        min_length=1,
        max_length=200,
        examples=["new-search"],
    )
    name: str = Field(
        title="Name", description="What people call it", min_length=1, max_length=200, examples=["New search"]
    )
    description: str = Field(
        default="", title="Description", description="What it is for", max_length=2_000, examples=["The new index"]
    )
    value_type: ValueType = Field(
        default="BOOLEAN", title="Type", description="What kind of value it has", examples=["BOOLEAN"]
    )
    variants: Variants = Field(
        title="Variants",
        description="The values that it can serve, one a line",
        min_length=1,
        max_length=100,
        examples=["on (On) = true\noff (Off) = false"],
    )
    default_variant_key: str | None = Field(
        default=None, title="Default variant", description="Which one it serves where no rule fits", examples=["off"]
    )
    json_schema: str | None = Field(
        default=None, title="JSON schema", description=_SCHEMA, max_length=20_000, examples=['{"type": "object"}']
    )

    @field_validator("variants")
    @classmethod
    def _keys_once(cls, variants: tuple[Variant, ...]) -> tuple[Variant, ...]:
        keys = [each.key for each in variants]
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            raise ValueError(f"Two variants have the key {twice}; each needs one of its own.")
        return tuple(each if each.name else each.model_copy(update={"name": each.key}) for each in variants)

    @field_validator("variants")
    @classmethod
    def _fit_the_type(cls, variants: tuple[Variant, ...], info: ValidationInfo) -> tuple[Variant, ...]:
        kind = str(info.data.get("value_type", "STRING"))
        if wrong := next((each for each in variants if not _fits(each.value, kind)), None):
            raise ValueError(f"The value of {wrong.key} is not {_KINDS[kind]}.")
        return variants

    @field_validator("json_schema")
    @classmethod
    def _is_schema(cls, schema: str | None) -> str | None:
        return _schema(schema) or None

    @model_validator(mode="after")
    def _default_is_one_of_them(self) -> "FlagCreate":
        if self.default_variant_key is not None and self.default_variant_key not in {v.key for v in self.variants}:
            raise ValueError(f"The default variant {self.default_variant_key} is not one of the variants.")
        if self.json_schema and self.value_type != "JSON":
            raise ValueError("Only a flag of type JSON has a JSON schema.")
        return self

    def difference(self, snapshot: Snapshot) -> Difference:
        """Return what would be there."""
        told = created(_NEW, self.canonical())
        taken = snapshot.facts.get("exists") is True
        proved = ("name", "description", "value_type")
        effect: Facts = {name: value for name, value in told.effect.items() if name in proved}
        effect["values"] = values_of([each.model_dump() for each in self.variants])
        held = f"There is a flag with the key {self.key} already; every live flag needs its own."
        return Difference(
            changes=tuple(change for change in told.changes if change.after != "none"),
            effect={"exists": True, **effect},
            obstacle=held if taken else "",
        )


class FlagEdit(Form):
    """What shall be different about a flag; what is left out stays."""

    name: str | None = Field(
        default=None,
        title="Name",
        description="What people call it",
        min_length=1,
        max_length=200,
        examples=["New search"],
    )
    description: str | None = Field(
        default=None, title="Description", description=_DESCRIBED, max_length=2_000, examples=["The new index"]
    )
    json_schema: str | None = Field(
        default=None, title="JSON schema", description=_SCHEMA, max_length=20_000, examples=['{"type": "object"}']
    )

    @field_validator("json_schema")
    @classmethod
    def _is_schema(cls, schema: str | None) -> str | None:
        return _schema(schema)

    @model_validator(mode="after")
    def _says_something(self) -> "FlagEdit":
        if not self.canonical():
            raise ValueError("Say at least one thing that shall be different.")
        return self

    @classmethod
    def current(cls, facts: Facts) -> Facts:
        """Return how the flag is."""
        return {field.parameter: facts.get(field.fact) for field in _EDITABLE if field.fact in facts}

    def difference(self, snapshot: Snapshot) -> Difference:
        """Return what would be different, field by field."""
        told = edited(_EDITABLE, self.canonical(), snapshot.facts)
        found = []
        if self.json_schema and snapshot.facts.get("value_type") not in (None, "JSON"):
            found.append(("json_schema", "Only a flag of type JSON has a JSON schema."))
        return Difference(changes=told.changes, effect=told.effect, problems=tuple(found))


def _schema(text: str | None) -> str | None:
    """Return a JSON schema as it stands; raise ValueError where it is no JSON object."""
    if not text:
        return text
    try:
        strict_json(text)
    except Unreadable as wrong:
        raise ValueError(str(wrong)) from None
    return text


_KINDS = {
    "BOOLEAN": "true or false",
    "INTEGER": "a whole number",
    "NUMERIC": "a number",
    "STRING": "text",
    "JSON": "JSON",
}


def _fits(value: str, kind: str) -> bool:
    if kind == "BOOLEAN":
        return value in ("true", "false")
    if kind == "INTEGER":
        return re.fullmatch(r"[-+]?\d+", value) is not None
    if kind == "NUMERIC":
        return _NUMBER.fullmatch(value) is not None
    if kind == "JSON":
        try:
            json.dumps(strict_value(value))
        except ValueError:
            return False
    return True
