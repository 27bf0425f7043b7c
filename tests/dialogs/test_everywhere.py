"""What spans environments, from the typed line to the card that says what was read back, and what Datadog is told."""

import pytest

from bot.changes.record import Status
from bot.model import Proof
from bot.sandbox.person import Json
from tests.dialogs.stage import APPROVER, DEPLOYS, REQUESTER, SECOND_APPROVER, Stage, is_card, labels


async def _signed(stage: Stage, line: str) -> Json:
    """Ask, have it signed, and wait for the read-back; return the card."""
    card = await stage.ask(REQUESTER, line)
    assert stage.calls() == (0, 0)
    await stage.press(APPROVER, card, "Approve")
    change = await stage.ends(card, Status.APPLIED)
    assert change.receipt is not None
    assert change.receipt.proof is Proof.READ_BACK
    assert stage.calls() == (1, 1)
    return card


def _archived(stage: Stage, key: str) -> bool:
    return next(flag for flag in stage.town.organisation.world.flags if flag.key == key).archived_at is not None


async def test_archive_a_flag_and_bring_it_back(stage: Stage) -> None:
    """A flag is archived everywhere at once, and [Undo] asks for the way back under its own signature."""
    card = await _signed(stage, "/flag archive new-search because the launch is over")
    assert _archived(stage, "new-search")
    await stage.see(REQUESTER, "Archive flag new-search in PRODUCTION (all environments): done, read back")
    done = await stage.people.see(REQUESTER, DEPLOYS, lambda m: m["ts"] == card["ts"] and "Undo" in labels(m))
    await stage.press(REQUESTER, done, "Undo")
    back = await stage.see(REQUESTER, "Unarchive flag new-search in PRODUCTION (all environments): waiting")
    await stage.press(SECOND_APPROVER, back, "Approve")
    await stage.ends(back, Status.APPLIED)
    assert not _archived(stage, "new-search")


async def test_unarchive_a_flag(stage: Stage) -> None:
    """An archived flag is found by its key, although nothing else finds it."""
    await _signed(stage, "/flag unarchive old-banner because it is still asked for")
    assert not _archived(stage, "old-banner")


@pytest.mark.parametrize(
    ("line", "test", "status"),
    [
        ("/ops pause test checkout-api because the endpoint is moving", "abc-def-ghi", "paused"),
        ("/ops mute test team:platform because the page is moving", "x9f-k1s-u7e", "paused"),
    ],
)
async def test_pause_a_test(stage: Stage, line: str, test: str, status: str) -> None:
    """A test that watches production is paused once somebody else has signed."""
    await _signed(stage, line)
    assert stage.town.organisation.test(test).status == status


async def test_a_test_outside_production_is_confirmed(stage: Stage) -> None:
    """A test whose environments are not production needs the requester's own confirmation alone."""
    card = await stage.ask(REQUESTER, "/ops start test h4t-5pz-c8w because the fix is out")
    assert "search-page in staging" in card["text"]
    await stage.press(REQUESTER, card, "Confirm")
    await stage.ends(card, Status.APPLIED)
    assert stage.town.organisation.test("h4t-5pz-c8w").status == "live"


async def test_a_tag_of_several_tests_is_a_choice(stage: Stage) -> None:
    """A tag that several tests have is asked about, and nothing is planned."""
    await stage.say(REQUESTER, "/ops pause test env:prod because the endpoint is moving")
    told = await stage.hear(REQUESTER, "2 tests answer to env:prod")
    assert {"checkout-api", "login-api"} <= set(labels(told))
    assert stage.calls() == (0, 0)


async def test_cancel_the_running_deployment(stage: Stage) -> None:
    """The running deployment is cancelled by that word, with its progress on the card; what has ended is told."""
    card = await _signed(stage, "/ops cancel the running deployment because the new agent crashes")
    assert "2 succeeded, 1 running, 2 pending of 5" in str(card["blocks"])
    assert "Nothing that hosts already have is undone" in str(card["blocks"])
    assert stage.town.organisation.deployment("abc-def-ghi").status == "canceled"
    await stage.say(REQUESTER, "/ops cancel deployment stu-vwx-yza because of nothing")
    await stage.hear(REQUESTER, "already ended (completed)")


async def test_delete_an_environment(stage: Stage) -> None:
    """Deleting lists what lives there, wants the name typed and two signatures, and is read back as gone."""
    card = await stage.ask(REQUESTER, "/ops delete environment eu-staging because nobody uses it")
    assert "eu-pricing" in str(card["blocks"])
    assert "Approve" not in labels(card)
    await stage.press(REQUESTER, card, "Type the name…")
    wrong = await stage.fill(REQUESTER, "staging")
    assert "That is not the name" in wrong["errors"]["name"]
    assert (await stage.fill(REQUESTER, "eu-staging"))["errors"] == {}
    card = await stage.people.see(REQUESTER, DEPLOYS, lambda m: is_card(m) and "Approve" in labels(m))

    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.PENDING)
    assert stage.calls() == (0, 0)
    await stage.press(SECOND_APPROVER, card, "Approve")

    change = await stage.ends(card, Status.APPLIED)
    assert change.receipt is not None
    assert (change.receipt.proof, change.receipt.facts) == (Proof.READ_BACK, {"exists": False})
    assert stage.calls() == (1, 1)
    assert "eu-staging" not in {one.name for one in stage.town.organisation.world.environments}


async def test_datadog_is_told_of_an_applied_change(stage: Stage) -> None:
    """After the end Datadog has a change event with who asked, who signed and where the card is."""
    card = await _signed(stage, "/flag disable new-search in prod because cart errors")
    change = await stage.record(card)

    async def told() -> Json | None:
        return next((each.attributes for each in stage.town.organisation.world.events), None)

    async def nothing() -> str:
        return "no event"

    attributes = await stage.until(told, nothing)
    metadata = attributes["attributes"]["change_metadata"]
    assert attributes["aggregation_key"] == metadata["request"] == change.id
    assert metadata["requester"]["name"] == change.requester.name
    assert [each["id"] for each in metadata["approvers"]] == [vote.by.id for vote in change.approvals]
    assert metadata["permalink"].startswith("http")
    assert attributes["attributes"]["prev_value"] == {"Flag in prod": "enabled"}
