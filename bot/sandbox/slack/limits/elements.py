"""Interactive elements: what each may carry, and where it may stand."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.sandbox.slack.limits.composition import check_confirm, check_option_groups, check_options
from bot.sandbox.slack.limits.node import Node

_PICKS = ("users_select", "channels_select", "conversations_select")
SELECTS = frozenset({"static_select", "external_select", *_PICKS})
MULTI_SELECTS = frozenset(f"multi_{name}" for name in SELECTS)
PICKERS = frozenset({"datepicker", "timepicker", "datetimepicker"})
CHOICES = frozenset({"radio_buttons", "checkboxes"})
TYPED = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input"})
IN_ACTIONS = frozenset({"button", "overflow"}) | SELECTS | PICKERS | CHOICES
IN_SECTION = frozenset({"button", "overflow", "image", "datepicker", "timepicker"}) | SELECTS | MULTI_SELECTS | CHOICES
IN_INPUT = SELECTS | MULTI_SELECTS | PICKERS | CHOICES | TYPED | {"file_input"}
STATEFUL = SELECTS | MULTI_SELECTS | PICKERS | CHOICES | TYPED | {"file_input"}
INTERACTIVE = STATEFUL | {"button", "overflow"}

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def check_element(element: Node, allowed: frozenset[str]) -> None:
    """Check one element and that it may stand in this kind of block."""
    if element.type not in allowed:
        element.fail(f"unsupported type: {element.type or 'none'}", "type")
        return
    element.identifier("action_id")
    check_confirm(element)
    element.boolean("focus_on_load")
    if element.value.get("focus_on_load") is True:
        _focus_once(element)
    _CHECKS[element.type](element)


def _focus_once(element: Node) -> None:
    if element.surface == "message":
        element.fail("focus_on_load is not available in messages", "focus_on_load")
    element.seen["focus"] = element.seen.get("focus", 0) + 1
    if element.seen["focus"] > 1:
        element.fail("only one element can set focus_on_load", "focus_on_load")


def _button(element: Node) -> None:
    element.only("text", "url", "value", "style", "confirm", "accessibility_label")
    element.required("text")
    element.text("text", 75)
    element.string("url", 3000)
    element.string("value", 2000)
    element.string("accessibility_label", 75)
    element.choice("style", ("primary", "danger"))


def _overflow(element: Node) -> None:
    element.only("options", "confirm")
    element.required("options")
    check_options(element, maximum=5, url=True)


def check_image(element: Node) -> None:
    """Check an image element: one source and a description of it."""
    element.only("image_url", "slack_file", "alt_text")
    element.required("alt_text")
    element.string("alt_text", 2000)
    element.string("image_url", 3000)
    if element.has("image_url") == element.has("slack_file"):
        element.fail("must define exactly one of: image_url, slack_file")


def _static_select(element: Node) -> None:
    initial = "initial_options" if element.type.startswith("multi_") else "initial_option"
    _select(element, "options", "option_groups", initial)
    if element.has("options") == element.has("option_groups"):
        element.fail("must define exactly one of: options, option_groups")
    offered = [*check_options(element), *check_option_groups(element)]
    chosen = element.value.get(initial)
    for option in chosen if isinstance(chosen, list) else [chosen]:
        if option is not None and option not in offered:
            element.fail("must be one of the provided options", initial)


def _external_select(element: Node) -> None:
    _select(element, "min_query_length", "initial_option", "initial_options")
    element.integer("min_query_length", 0, 1000)


def _pick_select(element: Node) -> None:
    initial = f"initial_{element.type.removeprefix('multi_').removesuffix('s_select')}"
    _select(element, initial, f"{initial}s", "filter", "default_to_current_conversation", "response_url_enabled")
    if element.has("response_url_enabled") and element.surface != "modal":
        element.fail("response_url_enabled is available in modals only", "response_url_enabled")


def _select(element: Node, *keys: str) -> None:
    multiple = ("max_selected_items",) if element.type.startswith("multi_") else ()
    element.only("placeholder", "confirm", "focus_on_load", *multiple, *keys)
    element.text("placeholder", 150)
    element.integer("max_selected_items", 1, 100)


def _choices(element: Node) -> None:
    initial = "initial_option" if element.type == "radio_buttons" else "initial_options"
    element.only("options", initial, "confirm", "focus_on_load")
    element.required("options")
    offered = check_options(element, maximum=10, rich=True)
    chosen = element.value.get(initial)
    for option in chosen if isinstance(chosen, list) else [chosen]:
        if option is not None and option not in offered:
            element.fail("must be one of the provided options", initial)


def _datepicker(element: Node) -> None:
    element.only("initial_date", "placeholder", "confirm", "focus_on_load")
    element.text("placeholder", 150)
    found = element.string("initial_date", 10)
    if found and not _DATE.fullmatch(found):
        element.fail("must be a date as YYYY-MM-DD", "initial_date")


def _timepicker(element: Node) -> None:
    element.only("initial_time", "placeholder", "timezone", "confirm", "focus_on_load")
    element.text("placeholder", 150)
    found = element.string("initial_time", 5)
    if found and not _TIME.fullmatch(found):
        element.fail("must be a time as HH:mm", "initial_time")


def _datetimepicker(element: Node) -> None:
    element.only("initial_date_time", "confirm", "focus_on_load")
    element.integer("initial_date_time", 1_000_000_000, 9_999_999_999)


def _plain_text_input(element: Node) -> None:
    element.only(
        "initial_value",
        "multiline",
        "min_length",
        "max_length",
        "dispatch_action_config",
        "focus_on_load",
        "placeholder",
    )
    element.string("initial_value", 3000, minimum=0)
    element.boolean("multiline")
    least = element.integer("min_length", 0, 3000)
    most = element.integer("max_length", 1, 3000)
    if least is not None and most is not None and least > most:
        element.fail("min_length must be less than max_length", "min_length")
    element.text("placeholder", 150)


def _number_input(element: Node) -> None:
    element.only(
        "is_decimal_allowed",
        "initial_value",
        "min_value",
        "max_value",
        "dispatch_action_config",
        "focus_on_load",
        "placeholder",
    )
    element.required("is_decimal_allowed")
    element.boolean("is_decimal_allowed")
    for key in ("initial_value", "min_value", "max_value"):
        element.string(key, 100)
    element.text("placeholder", 150)


def _short_input(element: Node) -> None:
    element.only("initial_value", "dispatch_action_config", "focus_on_load", "placeholder")
    if element.type != "rich_text_input":
        element.string("initial_value", 3000, minimum=0)
    element.text("placeholder", 150)


def _file_input(element: Node) -> None:
    element.only("filetypes", "max_files")
    element.integer("max_files", 1, 10)
    if element.surface != "modal":
        element.fail("file_input is available in modals only", "type")


_CHECKS: dict[str, Callable[[Node], None]] = {
    "button": _button,
    "overflow": _overflow,
    "image": check_image,
    "static_select": _static_select,
    "multi_static_select": _static_select,
    "external_select": _external_select,
    "multi_external_select": _external_select,
    **dict.fromkeys((*_PICKS, *(f"multi_{name}" for name in _PICKS)), _pick_select),
    "radio_buttons": _choices,
    "checkboxes": _choices,
    "datepicker": _datepicker,
    "timepicker": _timepicker,
    "datetimepicker": _datetimepicker,
    "plain_text_input": _plain_text_input,
    "number_input": _number_input,
    "email_text_input": _short_input,
    "url_text_input": _short_input,
    "rich_text_input": _short_input,
    "file_input": _file_input,
}
