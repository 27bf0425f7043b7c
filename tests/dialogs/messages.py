"""What a message is, as far as a dialog has to know: a card, open or not, its change, and its buttons."""

import re

from bot.changes.record import ChangeRequest
from bot.sandbox.person import Json
from handlers.cards.card import card

_ID = re.compile(r"cs-[a-z2-7]{6}")


def change_id(message: Json) -> str:
    """Return the id in a card's small print."""
    found = _ID.search(str(message["blocks"]))
    assert found is not None, message["text"]
    return found[0]


def is_card(message: Json, id_: str = "") -> bool:
    """Tell whether a message is a card (about this change)."""
    small_print = message["blocks"][-1:] if not message["ephemeral"] else []
    found = _ID.search(str(small_print))
    return found is not None and id_ in (found[0], "")


def is_notice(message: Json) -> bool:
    """Tell whether a message is the line that a card is drawn over."""
    return not message["blocks"] and "/ops history cs-" in str(message["text"])


def is_open(message: Json) -> bool:
    """Tell whether a card waits for somebody."""
    return ": waiting for " in str(message["text"])


def shows(message: Json, change: ChangeRequest) -> bool:
    """Tell whether a message is what the record looks like, word for word and block for block."""
    drawn = card(change)
    blocks = [{name: part for name, part in block.items() if name != "block_id"} for block in message["blocks"]]
    return bool(message["text"] == drawn.text and blocks == list(drawn.blocks))


def labels(message: Json) -> list[str]:
    """Return the labels of a message's buttons."""
    return [str(button["text"]["text"]) for button in buttons(message)]


def buttons(message: Json) -> list[Json]:
    """Return the buttons of a message."""
    elements = [element for block in message["blocks"] for element in block.get("elements", ())]
    return [element for element in elements if element.get("type") == "button"]


def action_of(message: Json, label: str) -> str:
    """Return what the button with this label is called in code."""
    found = [str(button["action_id"]) for button in buttons(message) if button["text"]["text"] == label]
    assert found, f"there is no [{label}] among {labels(message)}"
    return found[0]
