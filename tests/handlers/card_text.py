"""Draws a message or a form as text a person can read and compare."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from handlers.blocks import Message

_TOKEN = re.compile(r"<!date\^[^|>]*\|([^>]*)>")


def drawn(message: Message) -> str:
    """Return the whole message: what is read aloud, a rule, and the blocks from top to bottom."""
    return "\n".join([readable(message.text), "----", *lines(message.blocks)]) + "\n"


def drawn_view(view: Mapping[str, Any]) -> str:
    """Return a form with its title and buttons."""
    ends = " ".join(f"[{view[end]['text']}]" for end in ("submit", "close") if end in view)
    return "\n".join([f"# {view['title']['text']}", *lines(view["blocks"]), ends]) + "\n"


def drawn_page(view: Mapping[str, Any]) -> str:
    """Return a person's page."""
    return "\n".join(lines(view["blocks"])) + "\n"


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
    may = " (may stay empty)" if block.get("optional") else ""
    told = f"{block['block_id']}.{block['element']['action_id']}"
    return f"{block['label']['text']}{may}: {_holds(block['element'])} ({told}){hint}"


def _holds(element: Mapping[str, Any]) -> str:
    """Return what stands in a field at first, or what it offers."""
    one = element.get("initial_option")
    chosen = [*element.get("initial_options", ()), *([one] if one else [])]
    if chosen:
        return f"<{', '.join(one['text']['text'] for one in chosen)}>"
    if element.get("initial_value"):
        return f"<{element['initial_value']}>"
    hint = element["placeholder"]["text"] if "placeholder" in element else ""
    groups = element.get("option_groups") or [element] if "option_groups" in element or "options" in element else []
    offers = [option["text"]["text"] for group in groups for option in group["options"]]
    listed = f" one of: {', '.join(offers)}" if offers else ""
    return f"________{f' e.g. {hint}' if hint else ''}{listed}"


_DRAW: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "header": lambda block: f"# {block['text']['text']}",
    "section": _section,
    "context": lambda block: "~ " + " ".join(element["text"] for element in block["elements"]),
    "actions": lambda block: "\n".join(_button(element) for element in block["elements"]),
    "input": _input,
    "divider": lambda _: "-" * 8,
}
