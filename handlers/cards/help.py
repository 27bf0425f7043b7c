"""What can be said: examples, each with what it does, and for one verb what it takes."""

from collections.abc import Sequence

from bot.policy_reading import Cell, asked_for
from handlers.blocks import Block, Message, code, context, header, message, paragraphs, plain, quoted, section
from handlers.cards.phrases import with_people

Usage = tuple[str, str]
_SPOKEN = 12
_NEXT = "`/ops help disable` tells what that takes; `/ops policy` lists all of it; what you may not do is left out."


def help_message(
    usages: Sequence[Usage], controls: Sequence[Usage], topic: str = "", looks: Sequence[Usage] = ()
) -> Message:
    """Return examples and what each does; `topic` is the word that was asked about, empty for all."""
    title = f"How to say “{plain(topic, 60)}”" if topic.strip() else "What you can say"
    blocks = [header(title), *_group("Changes", usages), *_group("Looking", looks), *_group("About requests", controls)]
    if not usages and not controls and not looks:
        blocks.append(section("Nothing is called that. Type `/ops help` to see everything that can be said."))
    elif not topic.strip():
        blocks.append(context(_NEXT))
    return message(_spoken(title, [*usages, *looks, *controls]), blocks)


def verb_message(
    topic: str, usages: Sequence[Usage], takes: Sequence[tuple[str, Sequence[Cell]]], controls: Sequence[Usage] = ()
) -> Message:
    """Return how one verb is said, and what it takes in each environment, by the action's title."""
    title = f"How to say “{plain(topic, 60)}”"
    needs = [(quoted(name, 80), _takes(cells)) for name, cells in takes]
    lines = [f"*{name}* — {with_people(quoted(what, 400))}" for name, what in needs]
    needed = paragraphs(["*What it takes for you*", *lines], most=4) if lines else []
    box = context("Add `for 2h` and it takes itself back, where something can. Add `because …` to say why.")
    blocks = [header(title), *_group("Changes", usages), *needed, *_group("About requests", controls), box]
    told = "; ".join(f"{name}: {with_people(quoted(what, 200))}" for name, what in needs[:_SPOKEN])
    return message(f"{_spoken(title, [*usages, *controls])} What it takes: {told}.", blocks)


def _takes(cells: Sequence[Cell]) -> str:
    """Return what an action takes, environments that ask for the same together."""
    by_answer: dict[str, list[str]] = {}
    for where, decision in cells:
        by_answer.setdefault(asked_for(decision), []).append(where)
    if len(by_answer) == 1:
        return next(iter(by_answer))
    return "; ".join(f"{', '.join(places)}: {answer}" for answer, places in by_answer.items())


def _spoken(title: str, said: Sequence[Usage]) -> str:
    examples = "; ".join(quoted(example, 120) for example, _ in said[:_SPOKEN])
    return f"{quoted(title, 200)}: {examples}." if examples else f"{quoted(title, 200)}: nothing is called that."


def _group(title: str, usages: Sequence[Usage]) -> list[Block]:
    lines = [f"{code(example, 300)} — {quoted(what, 300)}" for example, what in usages]
    return paragraphs([f"*{title}*", *lines], most=10) if lines else []
