"""
A message as plain lines for a terminal: what Slack would draw, in words.
"""

import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
_TOKEN = re.compile(
    r"<(!date\^[^|>]*\|(?P<date>[^>]*)|@(?P<user>[^|>]+)[^>]*|!subteam\^(?P<group>[^|>]+)[^>]*"
    r"|#(?P<channel>[^|>]+)[^>]*|[^|>]*\|(?P<label>[^>]*)|(?P<url>[^>]*))>"
)


def resolved(text: str, names: Mapping[str, str]) -> str:
    """Return mrkdwn with people, groups and channels by name, dates by their fallback, and no escapes."""

    def put(found: re.Match[str]) -> str:
        for kind, mark in (("user", "@"), ("group", "@"), ("channel", "#")):
            if found[kind]:
                return mark + names.get(found[kind], found[kind])
        return found["date"] or found["label"] or found["url"] or ""

    plain = _TOKEN.sub(put, text)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def drawn(message: Json, names: Mapping[str, str], width: int = 88) -> list[str]:
    """Return a message's lines, from its blocks where there are any."""
    texts = _blocks(message["blocks"]) if message["blocks"] else iter([message["text"]])
    lines: list[str] = []
    for text in texts:
        for line in resolved(text, names).replace("*", "").replace("`", "").splitlines():
            lines += textwrap.wrap(line, width, subsequent_indent="  ") or [""]
    return lines


def _blocks(blocks: list[Json]) -> Iterator[str]:
    for block in blocks:
        kind = block["type"]
        if kind == "header":
            yield block["text"]["text"]
        elif kind == "section":
            yield from (part["text"] for part in [block.get("text"), *block.get("fields", ())] if part)
        elif kind == "context":
            yield "  ".join(element["text"] for element in block["elements"])
        elif kind == "actions":
            yield " ".join(f"[{element['text']['text']}]" for element in block["elements"])
