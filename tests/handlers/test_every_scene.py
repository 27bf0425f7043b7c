"""What holds for everything a person can see: it is drawn by some scene, Slack takes it, and its words stand alone."""

import importlib
import json
import pkgutil
import re
import sys
from collections.abc import Iterator, Sequence
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

import pytest

import handlers.cards
from bot.sandbox.slack.limits.surfaces import message_problems, view_problems
from handlers.blocks import Block, Message
from handlers.cards.standing import standing
from tests.contact_sheet import as_json, sheet
from tests.handlers.card_text import readable
from tests.handlers.scenes.changes import CARDS
from tests.handlers.scenes.every import PARTS, SCENES

BROKEN_PLURALS = re.compile(r"\b1 (signatures|requests|rollouts|flags|hosts)\b|\b(\w+) \2\b", re.IGNORECASE)
MARKUP = re.compile(r"<(?!@|!date|!subteam|#|https?:)")


def modules() -> Iterator[ModuleType]:
    """Yield every module that draws what people see."""
    for found in pkgutil.walk_packages(handlers.cards.__path__, "handlers.cards."):
        yield importlib.import_module(found.name)


def functions() -> dict[CodeType, str]:
    """Return every function of those modules."""
    return {
        one.__code__: f"{module.__name__}.{one.__name__}"
        for module in modules()
        for one in vars(module).values()
        if isinstance(one, FunctionType) and one.__module__ == module.__name__
    }


def test_every_function_of_the_cards_is_reached_by_some_scene() -> None:
    """Nothing can be drawn that stands in no golden and on no contact sheet."""
    reached: set[CodeType] = set()

    def note(frame: FrameType, event: str, argument: Any) -> None:
        del event, argument
        reached.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        for scene in SCENES.values():
            scene()
    finally:
        sys.setprofile(before)
    assert sorted(name for code, name in functions().items() if code not in reached) == []


def test_every_scene_has_a_name_of_its_own_and_stands_on_the_sheet() -> None:
    """No part of the list hides a scene of another, and the sheet shows each with its words."""
    assert len(SCENES) == sum(len(part) for part in PARTS.values())
    drawn = sheet(list(SCENES))
    assert all(f"<h3>{name}</h3>" in drawn for name in SCENES)
    assert "waiting for 1 signature" in drawn


@pytest.mark.parametrize("name", sorted(SCENES))
def test_every_scene_stands_beside_its_picture_as_slack_gets_it(name: str) -> None:
    """Any other renderer can be pointed at what the sheet shows: the same blocks, and nothing that is not JSON."""
    shown = SCENES[name]()
    sent = {"text": shown.text, "blocks": list(shown.blocks)} if isinstance(shown, Message) else shown
    assert json.loads(as_json(name)) == sent


@pytest.mark.parametrize("name", sorted(SCENES))
def test_slack_takes_every_scene(name: str) -> None:
    """Each block stands where Slack lets it stand, within its sizes."""
    shown = SCENES[name]()
    if isinstance(shown, Message):
        assert message_problems(list(shown.blocks)) == []
        assert 1 <= len(shown.text) <= 4000
    else:
        assert view_problems(shown, kind=str(shown["type"])) == []


def messages() -> list[str]:
    """Return the names of all scenes that are messages."""
    return sorted(name for name, scene in SCENES.items() if isinstance(scene(), Message))


@pytest.mark.parametrize("name", messages())
def test_what_is_read_aloud_is_whole_sentences(name: str) -> None:
    """The top-level text begins as a sentence, ends as one, says no word twice over, and counts as people do."""
    shown = SCENES[name]()
    assert isinstance(shown, Message)
    words = readable(shown.text)
    assert "\n" not in words
    assert words.rstrip("`")[-1] in ".!?…", words
    assert not BROKEN_PLURALS.search(words), words
    assert not MARKUP.search(words), words


@pytest.mark.parametrize("name", sorted(CARDS))
def test_the_words_of_a_card_say_who_what_where_and_how_it_stands(name: str) -> None:
    """Whoever hears the card hears the verb, the target, the place, the state, who asked, and why."""
    change = CARDS[name]()
    shown = SCENES[f"card-{name}"]()
    assert isinstance(shown, Message)
    target = change.plan.target
    for part in (target.key, standing(change).state, f"<@{change.requester.id}>", change.reason):
        assert part in shown.text
    assert ("PROD" in shown.text) is target.production


@pytest.mark.parametrize("name", sorted(SCENES))
def test_every_time_is_told_in_the_zone_of_whoever_reads_it(name: str) -> None:
    """No time stands in words of one zone: each is a token that Slack shows as its reader's own time."""
    told = re.sub(r"<!date\^[^>]*>", "", as_json(name))
    assert not re.search(r"\d{2}:\d{2}(:\d{2})? UTC|\d{4}-\d{2}-\d{2}", told), told


@pytest.mark.parametrize("name", sorted(CARDS))
def test_the_eye_goes_from_the_title_to_the_change_to_who_must_act_to_the_buttons(name: str) -> None:
    """An open card is read in that order; what is technical is small print below the buttons, on every card."""
    shown = SCENES[f"card-{name}"]()
    assert isinstance(shown, Message)
    first, *between, last = shown.blocks
    assert (first["type"], last["type"]) == ("header", "context")
    assert not re.search(
        r"cs-[a-z2-7]{6}|rule: |[0-9a-f]{8}-[0-9a-f]{4}|\b[a-z]+\.[a-z]+\b(?!`)", _without_notes(between)
    )
    if name.startswith("pending"):
        texts = [str(block) for block in between]
        change = next(n for n, text in enumerate(texts) if " → after: " in text)
        acts = next(n for n, text in enumerate(texts) if "*Waiting for " in text)
        pressed = next(n for n, block in enumerate(between) if block["type"] == "actions")
        assert change < acts < pressed == len(between) - 1


def _without_notes(blocks: Sequence[Block]) -> str:
    """Return what the blocks say, without commands to type and without what people and Datadog said themselves."""
    texts = [str(block["text"]["text"]) for block in blocks if block["type"] == "section"]  # type: ignore[index, call-overload]
    return re.sub(r"`[^`]*`|cs-b7m2xd paused it", "", "\n".join(texts))


def buttons(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every button, wherever it stands."""
    if isinstance(part, dict):
        if part.get("type") == "button":
            yield part
        part = list(part.values())
    if isinstance(part, list | tuple):
        for one in part:
            yield from buttons(one)


@pytest.mark.parametrize("name", sorted(SCENES))
def test_every_button_says_what_it_is_about(name: str) -> None:
    """A button that is read without what stands around it names its label and its subject."""
    shown = SCENES[name]()
    for one in buttons(shown.blocks if isinstance(shown, Message) else shown):
        label, spoken = one["text"]["text"], one["accessibility_label"]
        assert spoken.startswith(label[:20])
        assert len(spoken) > len(label)


@pytest.mark.parametrize("name", sorted(SCENES))
def test_nothing_is_said_by_colour_or_sign_alone(name: str) -> None:
    """No emoji stands for a word, only one button of a row is coloured, and a bar has its number beside it."""
    shown = SCENES[name]()
    blocks: Any = shown.blocks if isinstance(shown, Message) else shown["blocks"]
    text = str(blocks)
    assert not re.search(r":[a-z_]+:|[\U0001f300-\U0001faff\u2600-\u27bf]", text.replace("action_id", ""))
    assert all(sum("style" in one for one in buttons(block)) <= 1 for block in blocks)
    for line in re.findall(r"[^\\\n]*■[^\\\n]*", text):
        assert " %" in line
