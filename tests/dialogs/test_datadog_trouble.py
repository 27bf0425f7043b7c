"""What becomes of an approved change when Datadog refuses, fails, keeps silent, or has moved on meanwhile."""

from typing import Final

import pytest

from bot.changes.record import Cause, Status
from bot.model import Proof
from tests.dialogs.conftest import Opening
from tests.dialogs.stage import APPROVER, REQUESTER, SECOND_APPROVER, Stage, is_card, labels

DISABLE: Final = "/flag disable new-search in prod because cart errors"


async def _submitted(stage: Stage) -> tuple[dict[str, object], str]:
    card = await stage.ask(REQUESTER, "/flag enable eu-pricing in prod because launch")
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.SUBMITTED)
    assert stage.status("eu-pricing") == "DISABLED"
    (suggestion,) = stage.town.organisation.world.suggestions
    return card, suggestion.id


async def test_datadogs_own_approval(stage: Stage) -> None:
    """What waits in Datadog is not called done before it was approved there."""
    card, suggestion = await _submitted(stage)
    await stage.people.tell_datadog(f"suggestions/{suggestion}/approve")
    change = await stage.ends(card, Status.APPLIED)
    assert change.receipt is not None
    assert change.receipt.proof is Proof.READ_BACK
    assert stage.calls()[0] == 1
    assert stage.status("eu-pricing") == "ENABLED"


async def test_withdrawn_in_datadog(stage: Stage) -> None:
    """What was withdrawn in Datadog has failed, and can be asked for again."""
    card, suggestion = await _submitted(stage)
    await stage.people.tell_datadog(f"suggestions/{suggestion}/withdraw")
    change = await stage.ends(card, Status.FAILED)
    assert change.cause is Cause.WITHDRAWN
    assert stage.calls()[0] == 1
    now = await stage.see(REQUESTER, "Enable flag eu-pricing in PROD: failed")
    assert labels(now) == ["Ask again"]


async def test_refused_for_pace(stage: Stage) -> None:
    """A 429 is waited out, and then the change is made once."""
    await stage.fault("429", "/feature-flags", method="POST", seconds=0.2)
    card = await stage.ask(REQUESTER, DISABLE)
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    assert stage.calls() == (2, 1)


@pytest.mark.parametrize(
    ("kind", "calls"), [("500", (2, 1)), ("drop_after_apply", (1, 1)), ("drop_before_apply", (2, 1))]
)
async def test_no_answer_to_a_call_that_sets_a_state(opening: Opening, kind: str, calls: tuple[int, int]) -> None:
    """After a broken answer the flag is read; it is set again only where that shows nothing, and changes once."""
    stage = await opening(DATADOG_TIMEOUT="0.4", LEASE="0.9", SETTLE="0.2")
    await stage.fault(kind, "/feature-flags", method="POST")
    card = await stage.ask(REQUESTER, DISABLE)
    await stage.press(APPROVER, card, "Approve")
    change = await stage.ends(card, Status.APPLIED)
    assert change.receipt is not None
    assert change.receipt.proof is Proof.READ_BACK
    assert stage.calls() == calls
    assert stage.status("new-search") == "DISABLED"


async def test_forbidden_by_datadog(stage: Stage) -> None:
    """A refusal of Datadog's ends the change as failed, with Datadog's words and without a second call."""
    await stage.fault("403", "/feature-flags", method="POST")
    card = await stage.ask(REQUESTER, DISABLE)
    await stage.press(APPROVER, card, "Approve")
    change = await stage.ends(card, Status.FAILED)
    assert "Failed permission authorization checks" in change.note
    assert stage.calls() == (1, 0)


async def test_silence_after_stop(opening: Opening) -> None:
    """A stop that was not answered is never sent again: another approver looks and says what happened."""
    stage = await opening(DATADOG_TIMEOUT="0.3", LEASE="0.7", SETTLE="0.2")
    await stage.fault("stall", "/stop", seconds=30)
    card = await stage.ask(REQUESTER, "/rollout stop checkout-v2 in prod because wrong cohort")
    await stage.press(REQUESTER, card, "Type the name…")
    await stage.fill(REQUESTER, "checkout-v2")
    card = await stage.people.see(REQUESTER, "#deploys", lambda m: is_card(m) and "Approve" in labels(m))
    await stage.press(APPROVER, card, "Approve")
    change = await stage.ends(card, Status.UNKNOWN)
    assert change.attempt == 1
    card = await stage.see(REQUESTER, "Stop rollout checkout-v2 in PROD: outcome unknown")
    assert labels(card) == ["Open in Datadog", "It happened", "It did not happen…"]

    await stage.press(REQUESTER, card, "It happened")
    await stage.hear(REQUESTER, "Whoever asked cannot also settle it.")
    await stage.press(SECOND_APPROVER, card, "It happened")
    change = await stage.ends(card, Status.APPLIED)
    assert change.receipt is not None
    assert change.receipt.proof is Proof.PERSON

    stage.town.organisation.faults.clear()  # which lets the request that was held back arrive at last
    await stage.until(lambda: stage.came("/stop"), stage.nothing)
    assert stage.calls() == (1, 1)


async def test_drift_before_the_signature(stage: Stage) -> None:
    """What moved after it was planned is not overwritten; asked again, neither of the two who asked may sign."""
    card = await stage.ask(REQUESTER, "/flag enable dark-mode in prod because launch")
    await stage.people.tell_datadog("drift", flag="dark-mode", archived=True)
    await stage.press(APPROVER, card, "Approve")
    change = await stage.ends(card, Status.STALE)
    assert change.cause is Cause.DRIFT
    assert stage.calls() == (0, 0)
    await stage.people.tell_datadog("drift", flag="dark-mode", archived=False)

    stale = await stage.see(REQUESTER, "Enable flag dark-mode in PROD: no longer valid")
    assert labels(stale) == ["Ask again"]
    await stage.press(SECOND_APPROVER, stale, "Ask again")
    again = await stage.see(REQUESTER, "Enable flag dark-mode in PROD: waiting")
    for who in (REQUESTER, SECOND_APPROVER):
        await stage.press(who, again, "Approve")
        await stage.hear(who, "Whoever asked cannot also sign.")
    await stage.press(APPROVER, again, "Approve")
    following = await stage.ends(again, Status.APPLIED)
    assert following.parent == change.id
    assert stage.calls() == (1, 1)


async def test_already_so_when_its_turn_comes(stage: Stage) -> None:
    """Somebody else did it in Datadog meanwhile: nothing is sent, and the card does not take the credit."""
    card = await stage.ask(REQUESTER, DISABLE)
    await stage.people.tell_datadog("drift", flag="new-search", environment="prod", status="DISABLED")
    await stage.press(APPROVER, card, "Approve")
    change = await stage.ends(card, Status.APPLIED)
    assert change.receipt is not None
    assert change.receipt.proof is Proof.ALREADY
    assert stage.calls() == (0, 0)


async def test_datadog_away_when_asked(stage: Stage) -> None:
    """Where Datadog cannot be read, nobody is asked to sign anything."""
    await stage.fault("503", times=20)
    await stage.say(REQUESTER, DISABLE)
    await stage.hear(REQUESTER, "Datadog failed with status 503")
    assert await stage.store.active() == ()
