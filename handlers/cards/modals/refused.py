"""What stands against a form that somebody fills in: beside its fields, and in place of what would come of it."""

from collections.abc import Iterable

from bot.errors import CountersignError
from bot.forms.form import Form, Problem
from handlers.blocks import escape, plain
from handlers.forms.fields import fields_of

MAX_SENTENCE = 500

Beside = dict[str, str]
"""Sentences by the block that each belongs beside."""


def sentence_of(refusal: CountersignError) -> str:
    """Return an error for a field: fact and next step, in plain text."""
    return plain(str(refusal), MAX_SENTENCE)


def in_words(refusal: CountersignError) -> str:
    """Return an error for a paragraph of a modal."""
    return f"*Not like this.* {escape(sentence_of(refusal))}"


def beside(form: type[Form], wrong: Iterable[Problem]) -> Beside:
    """
    Return sentences by the block each belongs beside.

    One about a part of a field says which part; one about the whole form stands beside its last field.
    """
    blocks = {field.name: field.block_id for field in fields_of(form)}
    last = next(reversed(blocks.values()), "")
    found: dict[str, list[str]] = {}
    for path, sentence in wrong:
        name, _, part = path.partition(".")
        found.setdefault(blocks.get(name, last), []).append(f"{_part(part)}{sentence}")
    return {block: plain(" ".join(said[:3]), MAX_SENTENCE) for block, said in found.items() if block}


def _part(path: str) -> str:
    """Return which part of a field is meant: `0.weight` is the weight of the first."""
    if not path:
        return ""
    words = [f"number {int(word) + 1}" if word.isdigit() else word.replace("_", " ") for word in path.split(".")]
    said = ", ".join(words)
    return f"{said[:1].upper()}{said[1:]}: "


def not_yet(form: type[Form], wrong: Beside) -> str:
    """List what has to be mended before anything can come of a form, by the labels of its fields."""
    labels = {field.block_id: field.label for field in fields_of(form)}
    said = [f"• {escape(labels.get(block, ''))}: {escape(sentence)}" for block, sentence in wrong.items()]
    return "\n".join(["*Not yet.*", *said])
