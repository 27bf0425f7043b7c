"""What a scene is, and how it reads as text."""

from collections.abc import Callable

from handlers.blocks import Block, Message
from tests.handlers.card_text import drawn, drawn_page, drawn_view

LINK = "https://sandbox.slack.com/archives/C0DEPLOYS/p1792000000000100"

Shown = Message | Block
"""A message, or a view: a modal or a person's page."""
Scene = Callable[[], Shown]


def line(text: str) -> Message:
    """Return a line as a message without blocks."""
    return Message(text, ())


def told(shown: Shown) -> str:
    """Return it as text a person can read and compare."""
    if isinstance(shown, Message):
        return drawn(shown)
    return drawn_page(shown) if shown["type"] == "home" else drawn_view(shown)
