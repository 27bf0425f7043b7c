"""Turns what a person put into an element into the state Slack delivers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.sandbox.slack.blocks import stateful
from bot.sandbox.slack.limits.elements import TYPED
from bot.sandbox.slack.records import JsonObject, Refused

Offered = Mapping[tuple[str, str], Sequence[JsonObject]]
"""Options an external select was offered, by block id and action id."""

_ONE_OPTION = frozenset({"static_select", "external_select", "radio_buttons", "overflow"})
_MANY_OPTIONS = frozenset({"multi_static_select", "multi_external_select", "checkboxes"})
_FIELDS = {
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "multi_users_select": "selected_users",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "file_input": "files",
    "rich_text_input": "rich_text_value",
}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)


def state_of(
    blocks: Sequence[JsonObject], given: Mapping[str, Mapping[str, Any]], offered: Offered
) -> dict[str, dict[str, JsonObject]]:
    """Return Slack's `state.values`: what was given, else what was there."""
    state: dict[str, dict[str, JsonObject]] = {}
    for block, element in stateful(blocks):
        block_id, action_id = block["block_id"], element["action_id"]
        chosen = given.get(block_id, {})
        if action_id in chosen:
            shape = selected(element, chosen[action_id], offered.get((block_id, action_id), ()))
        else:
            shape = _initial(element)
        state.setdefault(block_id, {})[action_id] = shape
    return state


def selected(element: JsonObject, value: Any, offered: Sequence[JsonObject] = ()) -> JsonObject:
    """
    Return an element's state for a plain value.

    Raises Refused(no_such_option).
    """
    kind = element["type"]
    empty = value in (None, "", [])
    if kind in _ONE_OPTION:
        return {"type": kind, "selected_option": None if empty else _option(element, value, offered)}
    if kind in _MANY_OPTIONS:
        wanted = [] if empty else list(value)
        return {"type": kind, "selected_options": [_option(element, one, offered) for one in wanted]}
    if kind in _FIELDS:
        nothing: Any = [] if kind.startswith("multi_") else None
        return {"type": kind, _FIELDS[kind]: nothing if empty else value}
    return {"type": kind, "value": None if empty else str(value)}


def _option(element: JsonObject, value: Any, offered: Sequence[JsonObject]) -> JsonObject:
    groups = [option for group in element.get("option_groups") or () for option in group["options"]]
    initial = [element.get("initial_option"), *(element.get("initial_options") or ())]
    for option in (*(element.get("options") or ()), *groups, *offered, *initial):
        if option is not None and option.get("value") == value:
            return {**option, "text": {**option["text"], **_emoji(option["text"])}}
    raise Refused("no_such_option", f"{value!r} is not among the options of {element['action_id']}")


def _emoji(text: JsonObject) -> JsonObject:
    return {"emoji": text.get("emoji", True)} if text["type"] == "plain_text" else {}


def _initial(element: JsonObject) -> JsonObject:
    kind = element["type"]
    if kind in _ONE_OPTION:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in _MANY_OPTIONS:
        return {"type": kind, "selected_options": element.get("initial_options") or []}
    if kind in _FIELDS:
        field = _FIELDS[kind]
        nothing: Any = [] if kind.startswith("multi_") else None
        return {"type": kind, field: element.get(field.replace("selected_", "initial_"), nothing)}
    return {"type": kind, "value": element.get("initial_value")}


def input_errors(blocks: Sequence[JsonObject], state: Mapping[str, Mapping[str, JsonObject]]) -> dict[str, str]:
    """Return what Slack's client itself refuses about a form, by block id."""
    errors: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        shape = state[block["block_id"]][element["action_id"]]
        error = _input_error(element, shape, optional=bool(block.get("optional")))
        if error:
            errors[block["block_id"]] = error
    return errors


def _input_error(element: JsonObject, shape: JsonObject, *, optional: bool) -> str | None:
    value = next((part for key, part in shape.items() if key != "type"), None)
    if value in (None, "", []):
        return None if optional else "Please complete this required field."
    if element["type"] in TYPED and isinstance(value, str):
        return _typed_error(element, value)
    most = element.get("max_selected_items")
    if most is not None and isinstance(value, list) and len(value) > most:
        return f"Please select no more than {most} items."
    return None


def _typed_error(element: JsonObject, value: str) -> str | None:
    kind = element["type"]
    if kind == "plain_text_input":
        return _length_error(value, element.get("min_length", 0), element.get("max_length", 3000))
    if kind == "email_text_input" and not _EMAIL.fullmatch(value):
        return "Please enter a valid email address."
    if kind == "url_text_input" and not _URL.fullmatch(value):
        return "Please enter a valid URL."
    if kind == "number_input":
        return _number_error(element, value)
    return None


def _length_error(value: str, least: int, most: int) -> str | None:
    if len(value) < least:
        return f"Please use at least {least} characters."
    if len(value) > most:
        return f"Please use no more than {most} characters."
    return None


def _number_error(element: JsonObject, value: str) -> str | None:
    try:
        number = float(value)
    except ValueError:
        return "Please enter a valid number."
    if not element["is_decimal_allowed"] and not number.is_integer():
        return "Please enter a whole number."
    if "min_value" in element and number < float(element["min_value"]):
        return f"Please enter a number no lower than {element['min_value']}."
    if "max_value" in element and number > float(element["max_value"]):
        return f"Please enter a number no higher than {element['max_value']}."
    return None
