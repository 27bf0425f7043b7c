"""The cards: every state as text, what they must say, and which buttons they may carry."""

import os
from pathlib import Path
from typing import Any

import pytest

from bot.actions import CATALOGUE
from bot.changes.record import ENDED, Status
from bot.model import Proof
from handlers import ids
from handlers.blocks import Message
from handlers.cards.card import card
from handlers.cards.forms import name_view, reject_view
from handlers.cards.phrases import place
from tests.builders import (
    REQUESTER,
    START,
    a_change,
    a_plan,
    a_target,
    an_environment,
    needing_nobody,
    opened,
    with_plan,
)
from tests.handlers.card_text import drawn
from tests.handlers.scenes.changes import CARDS, needing_two, rollout
from tests.handlers.scenes.every import SCENES
from tests.handlers.scenes.shown import told

FOLDER = Path(__file__).parent / "goldens"
DECIDING = {
    ids.APPROVE,
    ids.REJECT,
    ids.CONFIRM,
    ids.TYPE_NAME,
    ids.CANCEL,
    ids.HAPPENED,
    ids.NOT_HAPPENED,
}


def buttons(message: Message) -> dict[str, dict[str, Any]]:
    """Return the card's buttons by their action."""
    rows: list[Any] = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return {element["action_id"]: element for row in rows for element in row}


@pytest.mark.parametrize("name", sorted(SCENES))
def test_every_message_reads_as_its_golden(name: str) -> None:
    """Every message reads word for word as the text that was looked at and kept."""
    golden, text = FOLDER / f"{name}.txt", told(SCENES[name]())
    if os.environ.get("COUNTERSIGN_UPDATE_GOLDENS") == "1":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_no_golden_is_left_over() -> None:
    """Every kept text belongs to a message that is still drawn."""
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(SCENES)


def test_every_status_has_a_card_among_the_goldens() -> None:
    """The goldens show a card in every status there is."""
    assert {build().status for build in CARDS.values()} == set(Status)


@pytest.mark.parametrize("action", [action.name for action in CATALOGUE])
def test_every_action_is_drawn_in_its_own_words(action: str) -> None:
    """A card names each action of the catalogue as the catalogue does, with no further entry anywhere."""
    plan = a_plan(action)
    words = next(literal.words for literal in CATALOGUE if literal.name == action)
    assert f"# {place(plan.target)} · {words.title} {plan.target.key}" in drawn(card(opened(plan)))
    assert "PROD" in place(plan.target)
    assert words.consequence in drawn(card(opened(plan)))


@pytest.mark.parametrize("status", list(Status))
def test_the_words_alone_say_what_where_how_it_stands_and_who(status: Status) -> None:
    """The text that is read aloud names verb, target, environment, state and requester."""
    text = card(a_change(status)).text
    states = {
        Status.PENDING: "waiting for 1 signature",
        Status.APPROVED: "approved",
        Status.APPLYING: "running",
        Status.SUBMITTED: "waiting in Datadog",
        Status.APPLIED: "done, read back",
        Status.FAILED: "failed",
        Status.UNKNOWN: "outcome unknown",
        Status.STALE: "no longer valid",
        Status.REJECTED: "rejected",
        Status.CANCELLED: "cancelled",
        Status.EXPIRED: "expired",
    }
    assert text.startswith("Disable flag new-search in PRODUCTION: ")
    assert states[status] in text
    assert f"<@{REQUESTER.id}>" in text


@pytest.mark.parametrize("name", sorted(CARDS))
def test_nothing_can_be_decided_after_the_end(name: str) -> None:
    """A card whose change has ended carries no button that decides, and an open one does."""
    change = CARDS[name]()
    found = set(buttons(card(change)))
    if change.status in ENDED:
        assert not found & DECIDING
    elif change.status in (Status.PENDING, Status.UNKNOWN):
        assert found & DECIDING


def test_buttons_carry_the_change_and_the_plan_that_was_shown() -> None:
    """A press brings back the change's id and the beginning of the digest of the plan on the card."""
    change = opened()
    pressed = {action: element["value"] for action, element in buttons(card(change)).items() if action != ids.OPEN}
    assert pressed == dict.fromkeys((ids.APPROVE, ids.REJECT, ids.CANCEL), f"cs-k3f9qa.{change.plan.digest[:12]}")
    for view in (reject_view(change), name_view(change)):
        assert view["private_metadata"] == f"cs-k3f9qa.{change.plan.digest[:12]}"


def test_buttons_name_their_target_when_read_aloud() -> None:
    """Every button says what it is about to somebody who hears it without the card."""
    for element in buttons(card(opened())).values():
        assert "new-search in PRODUCTION" in element["accessibility_label"]


def test_approving_asks_once_more_and_says_whether_it_then_runs() -> None:
    """Slack's dialog names the change, and tells the last signature from one that is not."""
    last = buttons(card(opened()))[ids.APPROVE]["confirm"]["text"]["text"]
    assert "Disable flag new-search in PRODUCTION" in last
    assert "runs as soon as you approve" in last
    first = card(needing_two().model_copy(update={"reviews": ()}))
    assert "Another signature is needed" in buttons(first)[ids.APPROVE]["confirm"]["text"]["text"]


def test_the_link_to_datadog_is_left_out_where_there_is_none() -> None:
    """Without a web address, or with something else in its place, there is no link button."""
    for url in ("", "javascript:alert(1)", "https://", "https://app.datadoghq.com/" + "x" * 3000, "https://a b"):
        target = a_target().model_copy(update={"url": url})
        assert ids.OPEN not in buttons(card(with_plan(opened(), target=target)))


def test_production_is_a_word_whatever_the_environment_is_called() -> None:
    """Datadog's mark decides: a production environment always says so, and no other pretends to be one."""

    def title(name: str, *, production: bool) -> str:
        plan = a_plan(environment=an_environment(name, production=production))
        return drawn(card(opened(plan))).split("# ", 1)[1].split(" · ", 1)[0]

    assert title("prod", production=True) == "PROD"
    assert title("Production", production=True) == "PRODUCTION"
    assert title("Development", production=True) == "PRODUCTION (Development)"
    assert title("staging", production=False) == "staging"
    assert title("Production", production=False) == "Production (not production)"


def test_what_spans_all_environments_counts_as_production() -> None:
    """A target without an environment is shown as production, in all environments."""
    everywhere = a_target().model_copy(update={"environment": None})
    text = drawn(card(with_plan(opened(), target=everywhere)))
    assert "# PRODUCTION (all environments) · Disable flag new-search" in text


def test_undo_stands_only_where_something_was_done_that_has_an_inverse() -> None:
    """[Undo] follows the catalogue's inverse, and never a change that found everything as it should be."""
    assert ids.UNDO in buttons(card(a_change(Status.APPLIED)))
    assert ids.UNDO not in buttons(card(a_change(Status.APPLIED, proof=Proof.ALREADY)))
    assert ids.UNDO not in buttons(card(a_change(Status.APPLIED, plan=rollout("start"))))


def test_only_a_read_back_says_that_it_was_read_back() -> None:
    """What Datadog merely accepted is called inferred, on the card and in the words read aloud."""
    for proof in Proof:
        text = drawn(card(a_change(Status.APPLIED, plan=rollout(), proof=proof)))
        assert ("Read back" in text) == (proof is Proof.READ_BACK)
        assert ("inferred" in text.split("----")[0]) == (proof in (Proof.ACCEPTED, Proof.SUBMITTED))


def test_a_change_that_needs_nobody_says_so() -> None:
    """A change that runs without a signature does not claim one."""
    plan = a_plan(production=False)
    text = drawn(card(opened(plan, needing_nobody(plan))))
    assert "needs nobody's signature" in text
    assert "Signed by" not in text


def test_a_card_never_calls_a_group() -> None:
    """Redrawing a card alerts no group, whose one mention is in the thread."""
    for build in CARDS.values():
        message = card(build())
        assert "<!subteam" not in message.text + str(message.blocks)


def test_an_action_that_left_the_catalogue_is_still_drawn() -> None:
    """A record of an action this version does not know has a card, with its name in place of its words."""
    for status in Status:
        text = drawn(card(with_plan(a_change(status), action="flag.paint")))
        assert "# PRODUCTION · flag.paint new-search" in text


def test_times_are_shown_in_each_readers_zone_and_in_utc_where_they_cannot() -> None:
    """A deadline is a date token of Slack's with its time in UTC beside it."""
    blocks = str(card(opened()).blocks)
    end = START // 1000 + 30 * 60
    assert f"<!date^{end}^{{date_short_pretty}} at {{time}}|2026-10-14 18:16 UTC>" in blocks
