"""Draws a message or a form as text a person can read and compare."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from handlers.blocks import Message

_TOKEN = re.compile(r"<!date\^[^|>]*\|([^>]*)>")


def drawn(message: Message) -> str:
    """Return the whole message: what is read aloud, a rule, and the blocks from top to bottom."""
    return "\n".join([readable(message.text), "----", *lines(message.blocks)]) + "\n"


def drawn_view(view: Mapping[str, Any]) -> str:
    """Return a form with its title and buttons."""
    ends = f"[{view['submit']['text']}] [{view['close']['text']}]"
    return "\n".join([f"# {view['title']['text']}", *lines(view["blocks"]), ends]) + "\n"


def readable(text: str) -> str:
    """Return text with dates as their fallback, which names them in UTC."""
    return _TOKEN.sub(r"\1", text)


def lines(blocks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield each block as it would stand on the screen."""
    for block in blocks:
        yield readable(_DRAW[block["type"]](block))


def _section(block: Mapping[str, Any]) -> str:
    beside = f"\n    {_button(block['accessory'])}" if "accessory" in block else ""
    return f"{block['text']['text']}{beside}"


def _button(element: Mapping[str, Any]) -> str:
    told = [element["action_id"], *([element["style"]] if "style" in element else [])]
    goes = f" -> {element['url']}" if "url" in element else ""
    line = f"[{element['text']['text']}] ({', '.join(told)}){goes}"
    if "confirm" in element:
        ask = element["confirm"]
        line += f"\n    asks: {ask['title']['text']} {ask['text']['text']}"
        line += f" [{ask['confirm']['text']}] [{ask['deny']['text']}]"
    return line


def _input(block: Mapping[str, Any]) -> str:
    hint = f"\n    {block['hint']['text']}" if "hint" in block else ""
    return f"{block['label']['text']}: ________ ({block['block_id']}.{block['element']['action_id']}){hint}"


_DRAW = {
    "header": lambda block: f"# {block['text']['text']}",
    "section": _section,
    "context": lambda block: "~ " + " ".join(element["text"] for element in block["elements"]),
    "actions": lambda block: "\n".join(_button(element) for element in block["elements"]),
    "input": _input,
}
