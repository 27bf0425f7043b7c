"""
The parts of a modal that are filled in, within the sizes of Slack's Block Kit reference.

What stands in a field at first is given back as it is; it is never shortened, so what does not fit is the caller's
to notice (`MAX_ENTERED`).
"""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from handlers.blocks import MAX_LABEL, Block, plain

MAX_ENTERED = 3000
MAX_OPTION = 75
MAX_OPTION_VALUE = 150
MAX_OPTIONS = 100
MAX_PLACEHOLDER = 150

Option = dict[str, JsonValue]


def words(text: str, limit: int) -> Block:
    """Return plain text of at most `limit` characters."""
    return {"type": "plain_text", "text": plain(text, limit), "emoji": False}


def asked(
    block_id: str, label: str, element: Block, *, hint: str = "", optional: bool = False, at_once: bool = False
) -> Block:
    """Return a field with its label; `at_once` tells the bot of every choice before the form is sent."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": words(label, MAX_LABEL),
        "element": element,
        "optional": optional,
        "dispatch_action": at_once,
    }
    return {**block, "hint": words(hint, MAX_LABEL)} if hint else block


def option(label: str, value: str, about: str = "") -> Option:
    """Return something to choose."""
    chosen: Option = {"text": words(label, MAX_OPTION), "value": value}
    return {**chosen, "description": words(about, MAX_OPTION)} if about else chosen


def select(action_id: str, options: Sequence[Option], initial: str = "") -> Block:
    """Return a list of choices, `initial` (a value) chosen."""
    return {"type": "static_select", "action_id": action_id, "options": list(options), **_chosen(options, initial)}


def grouped(action_id: str, groups: Mapping[str, Sequence[Option]], initial: str = "", hint: str = "") -> Block:
    """Return a list of choices under headings."""
    drawn: list[JsonValue] = [
        {"label": words(label, MAX_OPTION), "options": list(options)} for label, options in groups.items()
    ]
    every = [one for options in groups.values() for one in options]
    element: Block = {"type": "static_select", "action_id": action_id, "option_groups": drawn}
    return {**element, "placeholder": words(hint or "Choose", MAX_PLACEHOLDER), **_chosen(every, initial)}


def _chosen(options: Sequence[Option], initial: str) -> Block:
    found = next((one for one in options if one["value"] == initial), None) if initial else None
    return {"initial_option": found} if found else {}


def search(action_id: str, hint: str, initial: Option | None = None) -> Block:
    """Return a choice among what the bot suggests while somebody types; it suggests before the first letter, too."""
    element: Block = {"type": "external_select", "action_id": action_id, "min_query_length": 0}
    element["placeholder"] = words(hint, MAX_PLACEHOLDER)
    return {**element, "initial_option": initial} if initial else element


def typed(action_id: str, initial: str = "", *, lines: bool = False, example: str = "") -> Block:
    """Return a field to type in."""
    element: Block = {"type": "plain_text_input", "action_id": action_id, "multiline": lines, "max_length": MAX_ENTERED}
    if example:
        element["placeholder"] = words(example, MAX_PLACEHOLDER)
    return {**element, "initial_value": initial} if initial else element


def counted(action_id: str, initial: str = "", *, whole: bool) -> Block:
    """Return a field for a number."""
    element: Block = {"type": "number_input", "action_id": action_id, "is_decimal_allowed": not whole}
    return {**element, "initial_value": initial} if initial else element


def ticked(action_id: str, label: str, value: str, *, initial: bool) -> Block:
    """Return one box to tick."""
    one = option(label, value)
    element: Block = {"type": "checkboxes", "action_id": action_id, "options": [one]}
    return {**element, "initial_options": [one]} if initial else element
