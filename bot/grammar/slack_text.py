"""
Slack's escaping, undone and redone.

Slack's documentation: `&`, `<` and `>` arrive as entities, and `<…>` holds a mention, a channel or a link, with an
optional label after a bar. Keys with dots arrive as links, because Slack takes them for host names.
"""

import re

from bot.grammar.links import is_datadog

_TOKEN = re.compile(
    r"<(?P<body>[@#!][^<>\s]*(?:\|[^<>]*)?|[a-zA-Z][a-zA-Z0-9+.-]*:[^<>\s|]*(?:\|[^<>]*)?)>|&(?:amp|lt|gt);"
)
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_LEADING_MENTION = re.compile(r"\s*(?:<@[^<>]*>[\s,:]*)+")


def plain_text(text: str) -> str:
    """
    Return the text as typed: entities undone, people by id, links by address.

    A label counts only where Slack made the link of what was typed, so that it says the same as the address: another
    label may be another thing's name, whoever wrote it.
    """
    text = text[match.end() :] if (match := _LEADING_MENTION.match(text)) else text
    return _TOKEN.sub(_plain, text)


def with_labels(reason: str, text: str) -> str:
    """Return a reason with the labels of the text's links: as nothing is read from it, it stays as people saw it."""
    end = len(reason)
    for match in reversed(list(_TOKEN.finditer(text))):
        address, _, label = (_entities(part) for part in (match["body"] or "").partition("|"))
        led_to = _plain(match)
        at = reason.rfind(led_to, 0, end) if ":" in address else -1
        if at >= 0:
            said = led_to if not label or is_datadog(address) else label
            reason, end = f"{reason[:at]}{said}{reason[at + len(led_to) :]}", at
    return reason


def _plain(match: re.Match[str]) -> str:
    body = match["body"]
    if body is None:
        return _ENTITIES[match[0]]
    address, _, label = body.partition("|")
    if address.startswith("@"):
        return _entities(address)
    if address.startswith(("#", "!")):
        return address[0] + _entities(label or address[1:])
    said, led_to = _entities(label), _entities(address)
    return said if _typed(said, led_to) else led_to.removeprefix("mailto:")


def _typed(label: str, address: str) -> bool:
    """Tell whether Slack made a link of words that were typed: then the address is those words with a scheme."""
    bare = address.partition(":")[2].removeprefix("//")
    return not is_datadog(address) and label.casefold().rstrip("/") == bare.casefold().rstrip("/") != ""


def _entities(text: str) -> str:
    return _ENTITY.sub(lambda match: _ENTITIES[match[0]], text)


def escaped_if_needed(text: str) -> str:
    """Return text that `plain_text` turns into this text: itself wherever possible, else with entities."""
    if plain_text(text) == text:
        return text
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
