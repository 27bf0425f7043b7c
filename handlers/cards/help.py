"""What can be said: examples, each with what it does, and for one verb what it takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.model import Noun
from bot.policy_reading import Cell, asked_for
from handlers.blocks import Block, Message, code, context, header, message, paragraphs, plain, quoted, section
from handlers.cards.phrases import with_people

Usage = tuple[str, str]
ALL, OWN = "all", "own"
_SPOKEN = 12
_NEXT = (
    "`/ops help disable` tells what that takes, `/ops policy` what everything takes. `/ops help all` has every line; "
    "what you may not do is left out."
)
_TITLES = {
    Noun.FLAG: "Flags",
    Noun.ROLLOUT: "Rollouts",
    Noun.TEST: "Tests",
    Noun.DEPLOYMENT: "Deployments",
    Noun.ENVIRONMENT: "Environments",
    None: "Requests and incidents",
}


@dataclass(frozen=True, slots=True)
class Chapter:
    """
    What can be said of one kind of thing, in short: lines that work, and the other verbs by name.

    `about` is None for the bot's own commands.
    """

    about: Noun | None
    examples: tuple[Usage, ...]
    verbs: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()


def overview(chapters: Sequence[Chapter]) -> Message:
    """Return all that can be said, short enough for a phone: a chapter for each kind of thing."""
    title = "What you can say"
    blocks = [header(title), *(section(_chapter(one)) for one in chapters), context(_NEXT)]
    return message(_spoken(title, [example for one in chapters for example in one.examples]), blocks)


def _chapter(chapter: Chapter) -> str:
    lines = [f"*{_TITLES[chapter.about]}*", *(_line(example) for example in chapter.examples)]
    also = [f"Also {', '.join(chapter.verbs)}."] if chapter.verbs else []
    looks = [f"To look: {', '.join(chapter.looks)}."] if chapter.looks else []
    word = f"{chapter.about}s" if chapter.about else OWN
    return "\n".join([*lines, " ".join([*also, *looks, f"Each with an example: `/ops help {word}`."])])


def help_message(
    usages: Sequence[Usage], controls: Sequence[Usage], topic: str = "", looks: Sequence[Usage] = ()
) -> Message:
    """Return examples and what each does; `topic` is the word that was asked about, or `all`."""
    title = _title(topic.strip())
    blocks = [header(title), *_group("Changes", usages), *_group("Looking", looks), *_group("About requests", controls)]
    if not usages and not controls and not looks:
        blocks.append(section("Nothing is called that. Type `/ops help` to see everything that can be said."))
    return message(_spoken(title, [*usages, *looks, *controls]), blocks)


def _title(topic: str) -> str:
    if topic in ("", ALL):
        return "What you can say"
    kind = next((noun for noun in Noun if topic.casefold() in (noun, f"{noun}s")), None)
    if kind or topic == OWN:
        return f"{_TITLES[kind]}: what you can say"
    return f"How to say “{plain(topic, 60)}”"


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
    return paragraphs([f"*{title}*", *map(_line, usages)], most=10) if usages else []


def _line(usage: Usage) -> str:
    example, what = usage
    return f"{code(example, 300)} — {quoted(what, 300)}"
