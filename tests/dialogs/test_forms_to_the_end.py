"""Every action with a form, from the typed command over its form to what Datadog shows afterwards."""

import pytest

from bot.changes.record import Status
from bot.model import Proof
from tests.dialogs.modal import Modal
from tests.dialogs.stage import APPROVER, REQUESTER, Stage

EVERYBODY = '[{"key": "everybody", "name": "Everybody", "variant_weights": [{"variant": "on", "value": 100}]}]'
FORMS = {
    "/flag edit new-search because it was renamed": ("Edit flag", {"Name": "Search anew"}),
    "/flag add-rule dark-mode in prod because beta testers get it": (
        "Add targeting rule",
        {"Key": "beta", "Name": "Beta", "Variants": "on 60\noff 40", "Who": "country ONE_OF US, CA"},
    ),
    "/flag replace-rules dark-mode in prod because the test is over": ("Replace targeting rules", {"Rules": EVERYBODY}),
    "/ops create environment eu-west because a region opens": ("Create environment", {"Serves": "eu-west"}),
    "/ops edit environment eu-staging because it serves more": (
        "Edit environment",
        {"Serves": "eu-staging, eu-stage"},
    ),
}


@pytest.mark.parametrize("line", FORMS)
async def test_a_form_is_filled_in_signed_and_read_back(stage: Stage, line: str) -> None:
    """The form opens with what was typed, becomes a card, is signed by another, sent once, and read back."""
    title, entered = FORMS[line]
    await stage.say(REQUESTER, line)
    await stage.press(REQUESTER, await stage.hear(REQUESTER, "Its form opens here"), "Open the form")
    modal = Modal(stage, REQUESTER)
    await modal.see(lambda shown: next(iter(entered)) in str(shown["blocks"]))
    for label, text in entered.items():
        await modal.type(label, text)
    assert (await modal.send())["errors"] == {}
    card = await stage.see(APPROVER, title)
    assert stage.calls() == (0, 0)
    await stage.press(APPROVER, card, "Approve")
    change = await stage.ends(card, Status.APPLIED)
    assert change.receipt is not None
    assert change.receipt.proof is Proof.READ_BACK
    assert change.reason == line.partition(" because ")[2]
    assert stage.calls() == (1, 1)
