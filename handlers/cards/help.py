"""What can be said: examples, each with what it does."""

from collections.abc import Sequence

from handlers.blocks import Block, Message, code, header, message, paragraphs, plain, quoted, section

Usage = tuple[str, str]
_SPOKEN = 12


def help_message(usages: Sequence[Usage], controls: Sequence[Usage], topic: str = "") -> Message:
    """Return examples and what each does; `topic` is the word that was asked about, empty for all."""
    title = f"How to say “{plain(topic, 60)}”" if topic.strip() else "What you can say"
    blocks = [header(title), *_group("Changes", usages), *_group("About requests", controls)]
    if not usages and not controls:
        blocks.append(section("Nothing is called that. Type `/ops help` to see everything that can be said."))
    examples = "; ".join(quoted(example, 120) for example, _ in [*usages, *controls][:_SPOKEN])
    spoken = f"{quoted(title, 200)}: {examples}." if examples else f"{quoted(title, 200)}: nothing is called that."
    return message(spoken, blocks)


def _group(title: str, usages: Sequence[Usage]) -> list[Block]:
    lines = [f"{code(example, 300)} — {quoted(what, 300)}" for example, what in usages]
    return paragraphs([f"*{title}*", *lines], most=10) if lines else []
