"""Reads single fields out of Slack's JSON without ever raising."""

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]

_ONE = (
    "value",
    "selected_user",
    "selected_channel",
    "selected_conversation",
    "selected_date",
    "selected_time",
    "selected_date_time",
)
_MANY = ("selected_users", "selected_channels", "selected_conversations")


def text(source: Json, name: str) -> str:
    """Return a field that is text, empty for anything else."""
    found = source.get(name)
    return found if isinstance(found, str) else ""


def mapping(source: Json, name: str) -> Json:
    """Return a field that is an object, an empty one for anything else."""
    found = source.get(name)
    return found if isinstance(found, dict) else {}


def team_of(body: Json) -> str:
    """Return the workspace an interaction happened in; None of Slack's is empty (an organisation-wide install)."""
    return text(mapping(body, "team"), "id") or text(body, "team_id")


def channel_of(body: Json) -> str:
    """Return the id of the channel, which Slack gives as text or as an object."""
    return text(body, "channel") or text(mapping(body, "channel"), "id")


def action_value(element: Json) -> str | None:
    """
    Return what an element of Block Kit holds, whatever its kind; None where it holds nothing.

    Several values are joined by commas, as the options' values of this bot have none.
    """
    for name in _ONE:
        found = element.get(name)
        if isinstance(found, str | int) and not isinstance(found, bool):
            return str(found)
    option = mapping(element, "selected_option")
    if option:
        return text(option, "value") or None
    return _joined(element)


def _joined(element: Json) -> str | None:
    found: list[str] = []
    options = element.get("selected_options")
    if isinstance(options, list):
        found = [text(option, "value") for option in options if isinstance(option, dict)]
    for name in _MANY:
        many = element.get(name)
        if isinstance(many, list):
            found += [one for one in many if isinstance(one, str)]
    return ",".join(filter(None, found)) or None


def state_values(owner: Json) -> dict[str, dict[str, str | None]]:
    """Return the state of a view's or message's inputs by block and action."""
    blocks = mapping(mapping(owner, "state"), "values")
    return {
        block: {action: action_value(element) for action, element in elements.items() if isinstance(element, dict)}
        for block, elements in blocks.items()
        if isinstance(elements, dict)
    }
