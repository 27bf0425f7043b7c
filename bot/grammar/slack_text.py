"""
Slack's escaping, undone and redone.

Slack's documentation: `&`, `<` and `>` arrive as entities, and `<…>` holds a mention, a channel or a link, with an
optional label after a bar. Keys with dots arrive as links, because Slack takes them for host names.
"""

import re

_TOKEN = re.compile(
    r"<(?P<body>[@#!][^<>\s]*(?:\|[^<>]*)?|[a-zA-Z][a-zA-Z0-9+.-]*:[^<>\s|]*(?:\|[^<>]*)?)>|&(?:amp|lt|gt);"
)
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_LEADING_MENTION = re.compile(r"\s*(?:<@[^<>]*>[\s,:]*)+")


def plain_text(text: str) -> str:
    """Return the text as it was typed: entities undone, links by label or address, people by id."""
    text = text[match.end() :] if (match := _LEADING_MENTION.match(text)) else text
    return _TOKEN.sub(_plain, text)


def _plain(match: re.Match[str]) -> str:
    body = match["body"]
    if body is None:
        return _ENTITIES[match[0]]
    address, _, label = body.partition("|")
    if address.startswith("@"):
        return _entities(address)
    if address.startswith(("#", "!")):
        return address[0] + _entities(label or address[1:])
    return _entities(label or address.removeprefix("mailto:"))


def _entities(text: str) -> str:
    return _ENTITY.sub(lambda match: _ENTITIES[match[0]], text)


def escaped_if_needed(text: str) -> str:
    """Return text that `plain_text` turns into this text: itself wherever possible, else with entities."""
    if plain_text(text) == text:
        return text
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
