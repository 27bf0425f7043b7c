"""
Block Kit's parts, built so that foreign text can neither break them nor speak through them.

Sizes are those of Slack's Block Kit reference. Mrkdwn is sent with `verbatim`, so that Slack links and mentions
only what was written as a link or a mention; plain text is never interpreted and is therefore not escaped.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from pydantic import JsonValue

from handlers.cards.sentences import GO_BACK

Block = dict[str, JsonValue]

MAX_TEXT = 4000
MAX_BLOCKS = 50
MAX_SECTION = 3000
MAX_HEADER = 150
MAX_BUTTON = 75
MAX_VALUE = 2000
MAX_URL = 3000
MAX_CONFIRM_TITLE = 100
MAX_CONFIRM_TEXT = 300
MAX_VIEW_TITLE = 24
MAX_METADATA = 3000
MAX_LABEL = 2000

NOTHING = "—"
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_BLANKS = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")  # drawn as nothing, though Unicode counts them as visible
_CUT_ENTITY = re.compile(r"&[a-z]*$")
_CUT_TOKEN = re.compile(r"<[^<>]*$")


@dataclass(frozen=True, slots=True)
class Message:
    """A message: what is read aloud and shown in notifications, and what is drawn."""

    text: str
    blocks: tuple[Block, ...]


def clean(text: str) -> str:
    """Return text on one line without control, direction, zero-width and other invisible characters."""
    if text.isprintable() and _BLANKS.isdisjoint(text):
        return " ".join(text.split())
    return " ".join("".join(map(_shown, text)).split())


@lru_cache(maxsize=4096)
def _shown(char: str) -> str:
    if char.isspace():
        return " "
    return "" if unicodedata.category(char) in _INVISIBLE or char in _BLANKS else char


def plain(text: str, limit: int) -> str:
    """Return foreign text for a plain-text field of at most `limit` characters; never empty."""
    cleaned = clean(text)
    return cleaned[: limit - 1].rstrip() + "…" if len(cleaned) > limit else cleaned or NOTHING


def escape(text: str) -> str:
    """Escape the three characters that Slack gives a meaning, and no others."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def quoted(text: str, limit: int) -> str:
    """Return foreign text for mrkdwn, in at most `limit` characters once escaped; never empty."""
    whole = escape(clean(text).replace("`", "'"))
    if len(whole) <= limit:
        return whole or NOTHING
    return _CUT_ENTITY.sub("", whole[: limit - 1]).rstrip() + "…"


def code(text: str, limit: int = 200) -> str:
    """Return foreign text as a code span that it cannot leave."""
    return f"`{quoted(text, limit - 2)}`"


def fit(text: str, limit: int) -> str:
    """Return composed mrkdwn within `limit`, cut outside of tokens and entities."""
    if len(text) <= limit:
        return text or NOTHING
    return _CUT_ENTITY.sub("", _CUT_TOKEN.sub("", text[: limit - 1])).rstrip() + "…"


def message(text: str, blocks: Sequence[Block]) -> Message:
    """Put a message together within Slack's sizes."""
    return Message(text=fit(text, MAX_TEXT), blocks=tuple(blocks[:MAX_BLOCKS]))


def _plain_text(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": plain(text, limit), "emoji": False}


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": fit(text, MAX_SECTION), "verbatim": True}


def header(text: str) -> Block:
    """Return a title in plain text."""
    return {"type": "header", "text": _plain_text(text, MAX_HEADER)}


def section(text: str, accessory: Block | None = None) -> Block:
    """Return a paragraph of mrkdwn, never folded behind "see more"."""
    beside: Block = {"accessory": accessory} if accessory else {}
    return {"type": "section", "text": _mrkdwn(text), "expand": True, **beside}


def paragraphs(lines: Iterable[str], most: int) -> list[Block]:
    """Pack lines into as few sections as hold them, `most` at the utmost."""
    packed: list[str] = []
    for line in (fit(line, MAX_SECTION) for line in lines):
        if packed and len(packed[-1]) + 1 + len(line) <= MAX_SECTION:
            packed[-1] += f"\n{line}"
        else:
            packed.append(line)
    return [section(text) for text in packed[:most]]


def context(text: str) -> Block:
    """Return a line in small print."""
    return {"type": "context", "elements": [_mrkdwn(text)]}


def actions(buttons: Sequence[Block], block_id: str = "") -> list[Block]:
    """Return a row of buttons, or nothing where there are none; `block_id` tells it from others with the same."""
    named = {"block_id": block_id} if block_id else {}
    return [{"type": "actions", "elements": list(buttons), **named}] if buttons else []


def button(
    label: str, action_id: str, value: str, *, about: str = "", primary: bool = False, confirm: Block | None = None
) -> Block:
    """Return a button; `about` names its target for those who hear it read without the card around it."""
    drawn: Block = {"type": "button", "text": _plain_text(label, MAX_BUTTON), "action_id": action_id, "value": value}
    if about:
        drawn["accessibility_label"] = plain(f"{label}: {about}", MAX_BUTTON)
    if primary:
        drawn["style"] = "primary"
    if confirm:
        drawn["confirm"] = confirm
    return drawn


def link_button(label: str, action_id: str, url: str, about: str) -> Block | None:
    """Return a button that opens `url`, or None where that is no web address."""
    if not web_address(url):
        return None
    text = _plain_text(label, MAX_BUTTON)
    spoken = plain(f"{label}: {about}", MAX_BUTTON)
    return {"type": "button", "text": text, "action_id": action_id, "url": url, "accessibility_label": spoken}


def web_address(url: str) -> bool:
    """Tell whether `url` is an http(s) address that Slack can carry."""
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.netloc)


def dialog(title: str, text: str, yes: str, no: str = GO_BACK) -> Block:
    """Return Slack's own "are you sure?" for a button, in plain text."""
    return {
        "title": _plain_text(title, MAX_CONFIRM_TITLE),
        "text": _plain_text(text, MAX_CONFIRM_TEXT),
        "confirm": _plain_text(yes, 30),
        "deny": _plain_text(no, 30),
    }


def text_input(block_id: str, action_id: str, label: str, *, hint: str = "", multiline: bool = False) -> Block:
    """Return a required field to type in, up to 1000 characters."""
    element: Block = {"type": "plain_text_input", "action_id": action_id, "multiline": multiline}
    element |= {"min_length": 1, "max_length": 1000, "focus_on_load": True}
    asked: Block = {"type": "input", "block_id": block_id, "label": _plain_text(label, MAX_LABEL), "element": element}
    return {**asked, "hint": _plain_text(hint, MAX_LABEL)} if hint else asked


def modal(callback_id: str, title: str, submit: str, metadata: str, blocks: Sequence[Block]) -> Block:
    """Return a form; `metadata` comes back with what was typed."""
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": metadata,
        "title": _plain_text(title, MAX_VIEW_TITLE),
        "submit": _plain_text(submit, MAX_VIEW_TITLE),
        "close": _plain_text(GO_BACK, MAX_VIEW_TITLE),
        "blocks": list(blocks),
    }
