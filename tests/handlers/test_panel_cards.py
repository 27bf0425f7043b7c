"""Panels and watched rollouts: what they must say in words, and Slack's limits over hostile names."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.model import Environment, Noun
from bot.panel.progress import State
from bot.panel.sights import DeploymentSeen, Trip
from bot.panel.view import FlagRow, PanelView, RolloutRow, TestRow
from bot.panel.watching import News
from bot.sandbox.slack.limits.surfaces import message_problems
from handlers.blocks import Message
from handlers.cards.panel import panel, starting
from handlers.cards.watch import trip_message, watch_message
from tests.builders import PRODUCTION, START, a_target
from tests.handlers.scenes.incident import SCENES, done, full, row, said, watching

EVIL = (
    "",
    "x" * 10_000,
    "<!channel> <@U0VICTIM>",
    "```*",
    "\u202egnp.exe\u202c",
    "חיפוש",
    "a\nb\x00",
    "🚒" * 800,
    "&" * 9_000,
)


def all_buttons(message: Message) -> list[dict[str, Any]]:
    """Return every button of a message."""
    rows: list[Any] = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return [element for one in rows for element in one]


def mrkdwn(part: Any) -> Iterator[str]:
    """Yield every text in which Slack would call somebody."""
    if isinstance(part, list):
        for one in part:
            yield from mrkdwn(one)
    elif isinstance(part, dict):
        if part.get("type") == "mrkdwn":
            yield part["text"]
        for one in part.values():
            yield from mrkdwn(one)


def test_the_words_alone_say_everything() -> None:
    """Whoever hears the panel read knows where, what runs and how far, what waits and what was done."""
    text = panel(full(), {}).text
    for part in ("PRODUCTION", "frozen", "checkout-v2", "25 %", "step 2 of 4", "paused by a guardrail", "error_rate"):
        assert part in text
    for part in (
        "new-search",
        "jkl-mno-pqr running",
        "checkout-api until",
        "0 of 1, until",
        "Paused rollout",
    ):
        assert part in text


def test_every_button_is_known_by_its_own_name() -> None:
    """No two buttons of a message have one name in blocks of one name, and each says aloud what it is about."""
    for name in SCENES:
        shown = SCENES[name]()
        assert isinstance(shown, Message)
        found = all_buttons(shown)
        rows: list[Any] = [block for block in shown.blocks if block["type"] == "actions"]
        pressed = {(row.get("block_id", ""), one["action_id"]) for row in rows for one in row["elements"]}
        assert len(pressed) == len(found), name
        labels = [one["accessibility_label"] for one in found]
        assert all(label != one["text"]["text"] for label, one in zip(labels, found, strict=True)), name


@pytest.mark.parametrize("state", [State.STOPPED, State.ABORTED])
def test_what_is_stopped_has_no_buttons(state: State) -> None:
    """Nothing can be done from the panel to a rollout that was taken back."""
    assert all_buttons(panel(PanelView(where=PRODUCTION, rollouts=(row(state),), as_of=START), {})) == []


@pytest.mark.parametrize("text", EVIL)
def test_slack_takes_it_whatever_things_are_called(text: str) -> None:
    """Two hundred rows of hostile names stay within Slack's limits, and call nobody."""
    where = Environment(id="e0", name=text, is_production=True)
    named = {"key": text, "name": text, "rule": text, "reach": text}
    rollout = row().target.model_copy(update={**named, "environment": where})
    trip = Trip(id="t", action="PAUSE", metrics=(text,) * 20, at=START)
    progress = row(State.GUARDED, trip=trip).progress
    test = a_target(Noun.TEST).model_copy(update=named)
    flag = done("flag.enable", a_target().model_copy(update={**named, "environment": where}), "cs-abc234.0123456789ab")
    view = full(
        where=where,
        rollouts=(RolloutRow(target=rollout, progress=progress, flag_enabled=False),) * 200,
        flags=(FlagRow(last=flag, disable=True),) * 200,
        deployments=(DeploymentSeen(target=a_target(Noun.DEPLOYMENT), status=text, hosts=text),) * 200,
        tests=(TestRow(target=test),) * 200,
        actions=(flag,) * 200,
        waiting=full().waiting * 200,
        trouble=text or "x",
        trouble_since=START,
        broken=3,
    )
    held = RolloutRow(target=rollout, progress=progress)
    choices = tuple(Environment(id=f"e{n}", name=text, is_production=True) for n in range(200))
    for message in (
        panel(view, {}),
        starting(None, choices, START),
        trip_message(held),
        watch_message(watching(held)),
        said(watching(held), News.GUARDRAIL),
    ):
        assert message_problems(list(message.blocks)) == []
        assert 0 < len(message.text) <= 4000
        for part in (message.text, *mrkdwn(list(message.blocks))):
            assert "<!channel>" not in part
            assert "<@U0VICTIM>" not in part


def test_a_button_stays_its_rows_when_rows_move() -> None:
    """A row that goes up or down while somebody is asked whether they are sure is found under the same names."""
    view = full()
    turned = view.model_copy(update={"rollouts": tuple(reversed(view.rollouts))})

    def named(drawn: PanelView) -> set[tuple[object, ...]]:
        rows: list[Any] = [block for block in panel(drawn, {}).blocks if block["type"] == "actions"]
        return {(row["block_id"], one["action_id"], one["value"]) for row in rows for one in row["elements"]}

    assert named(turned) == named(view)
