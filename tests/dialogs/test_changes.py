"""The everyday changes, from the typed line to the card that says what was read back."""

import pytest

from bot.changes.record import Status
from bot.model import Proof
from tests.dialogs.stage import APPROVER, REQUESTER, SECOND_APPROVER, Stage, is_card, labels


async def test_disable_a_flag(stage: Stage) -> None:
    """A flag is disabled once somebody else has signed, by one call, and everybody who should know is told."""
    card = await stage.ask(REQUESTER, "/flag disable new-search in prod because cart errors")
    assert labels(card) == ["Approve", "Reject…", "Open in Datadog", "Cancel request"]
    assert stage.calls() == (0, 0)

    await stage.press(APPROVER, card, "Approve")

    change = await stage.ends(card, Status.APPLIED)
    assert change.receipt is not None
    assert change.receipt.proof is Proof.READ_BACK
    assert stage.calls() == (1, 1)
    assert stage.status("new-search") == "DISABLED"
    requested, signed, ended = await stage.thread(card, 3)
    assert "1 signature is needed" in requested
    assert "signed (1 of 1)" in signed
    assert "*Disabled.* Read back" in ended
    await stage.see(REQUESTER, "Disable flag new-search in PROD: done", channel="@")
    assert await stage.heard(REQUESTER) == []


async def test_enable_a_flag(stage: Stage) -> None:
    """A flag is enabled in the same way."""
    card = await stage.ask(REQUESTER, "/flag enable dark-mode in prod because launch")
    await stage.press(SECOND_APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    assert stage.calls() == (1, 1)
    assert stage.status("dark-mode") == "ENABLED"


async def test_outside_production_the_requester_confirms(stage: Stage) -> None:
    """In staging nobody else has to sign."""
    card = await stage.ask(REQUESTER, "/flag disable new-search in staging because cleaning up")
    assert labels(card)[:2] == ["Confirm", "Open in Datadog"]
    await stage.press(REQUESTER, card, "Confirm")
    await stage.ends(card, Status.APPLIED)
    assert stage.calls() == (1, 1)
    assert stage.status("new-search", "staging") == "DISABLED"
    assert stage.status("new-search", "prod") == "ENABLED"


@pytest.mark.parametrize(
    "line", ["/rollout pause checkout-v2 in prod because p99 up", "/ops pause rollout checkout-v2 in prod"]
)
async def test_pause_a_rollout(stage: Stage, line: str) -> None:
    """Containing needs only the requester's own confirmation, and the card does not claim a state nobody can read."""
    card = await stage.ask(REQUESTER, line)
    await stage.press(REQUESTER, card, "Confirm")
    change = await stage.ends(card, Status.APPLIED)
    assert change.receipt is not None
    assert change.receipt.proof is Proof.ACCEPTED
    await stage.see(REQUESTER, "Pause rollout checkout-v2 in PROD: accepted by Datadog, state inferred")
    assert stage.calls("/pause") == (1, 1)
    assert stage.calls() == (1, 1)
    assert stage.rollout("checkout-v2-gradual") == "paused"


async def test_nobody_else_confirms(stage: Stage) -> None:
    """Somebody else's press on [Confirm] is refused with a sentence, and nothing runs."""
    card = await stage.ask(REQUESTER, "/rollout pause checkout-v2 in prod because p99 up")
    await stage.press(APPROVER, card, "Confirm")
    await stage.hear(APPROVER, "Only the person who asked can confirm this.")
    await stage.ends(card, Status.PENDING)
    assert stage.calls() == (0, 0)


@pytest.mark.parametrize(
    ("line", "rule", "path", "state"),
    [
        ("/rollout resume new-checkout in prod because the fix is out", "new-checkout-gradual", "/resume", "running"),
        ("/rollout start dark-mode in prod because launch", "dark-mode-gradual", "/start", "running"),
    ],
)
async def test_a_rollout_that_grows(stage: Stage, line: str, rule: str, path: str, state: str) -> None:
    """Exposing more users needs another person, and is called once."""
    card = await stage.ask(REQUESTER, line)
    assert "Confirm" not in labels(card)
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    assert stage.calls() == stage.calls(path) == (1, 1)
    assert stage.rollout(rule) == state


async def test_stop_a_rollout(stage: Stage) -> None:
    """Stopping wants the name typed before anybody may sign; a wrong one is told beside the field."""
    card = await stage.ask(REQUESTER, "/rollout stop checkout-v2 in prod because wrong cohort")
    assert "Approve" not in labels(card)

    await stage.press(REQUESTER, card, "Type the name…")
    wrong = await stage.fill(REQUESTER, "Checkout-V2")
    assert wrong["errors"] == {"name": "That is not the name: it is checkout-v2. Type it exactly, case included."}
    assert (await stage.record(card)).status is Status.PENDING

    right = await stage.fill(REQUESTER, "checkout-v2")
    assert right["errors"] == {}
    card = await stage.people.see(REQUESTER, "#deploys", lambda m: is_card(m) and "Approve" in labels(m))
    assert stage.calls() == (0, 0)

    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    assert stage.calls("/stop") == (1, 1)
    assert stage.calls() == (1, 1)
    assert stage.rollout("checkout-v2-gradual") == "stopped"


async def test_only_the_requester_types_the_name(stage: Stage) -> None:
    """The form for the name does not open for anybody else, and says why."""
    card = await stage.ask(REQUESTER, "/rollout stop checkout-v2 in prod because wrong cohort")
    await stage.press(APPROVER, card, "Type the name…")
    await stage.hear(APPROVER, "Only the person who asked can confirm this.")
    assert (await stage.people.state(APPROVER))["modal"] is None
    assert stage.calls() == (0, 0)


async def test_any_verb_by_ops(stage: Stage) -> None:
    """`/ops` takes every verb with its noun."""
    card = await stage.ask(REQUESTER, "/ops disable flag new-search in prod because cart errors")
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    assert stage.calls() == (1, 1)


async def test_a_mention_in_a_thread(stage: Stage) -> None:
    """In a thread the bot is asked by name; the card stands in the channel and the thread tells where."""
    said = await stage.people.say(REQUESTER, "#deploys", "the new search throws 500s")
    line = "@countersign disable flag new-search in prod because cart errors"
    await stage.say(REQUESTER, line, thread=said["ts"])
    card = await stage.people.see(REQUESTER, "#deploys", is_card)

    thread = await stage.people.see(REQUESTER, "#deploys", lambda m: m["ts"] == said["ts"] and len(m["replies"]) == 2)
    answer = thread["replies"][1]
    assert answer["ephemeral"]
    assert f"|{(await stage.record(card)).id}>" in answer["text"]

    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    assert stage.calls() == (1, 1)
