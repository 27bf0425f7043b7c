"""Signatures as they come in: counted on the card, reminded of, and given up before the change runs."""

from bot.changes.record import Status
from bot.sandbox.person import Json
from tests.dialogs.conftest import Opening
from tests.dialogs.stage import APPROVER, DEPLOYS, REQUESTER, SECOND_APPROVER, Stage, is_card, labels

DELETE = "/ops delete environment eu-staging because nobody uses it"


async def named(stage: Stage) -> Json:
    """Ask for what needs two signatures, type the name, and return the card that can be signed."""
    card = await stage.ask(REQUESTER, DELETE)
    await stage.press(REQUESTER, card, "Type the name…")
    assert (await stage.fill(REQUESTER, "eu-staging"))["errors"] == {}
    return await stage.people.see(REQUESTER, DEPLOYS, lambda m: is_card(m) and "Approve" in labels(m))


async def test_each_signature_is_counted_and_a_rejection_ends_it(stage: Stage) -> None:
    """After the first of two the card says so and by whom; nobody signs twice; a rejection then ends it for good."""
    card = await named(stage)
    assert "Waiting for 2 signatures" in str(card)
    await stage.press(APPROVER, card, "Approve")
    card = await stage.people.see(REQUESTER, DEPLOYS, lambda m: m["ts"] == card["ts"] and "1 of 2" in str(m))
    assert f"<@{stage.town.workspace.role(APPROVER).id}>" in str(card["blocks"])
    assert "1 of 2" in (await stage.thread(card, 3))[2]
    await stage.press(APPROVER, card, "Approve")
    await stage.hear(APPROVER, "You have signed this already.")
    await stage.press(SECOND_APPROVER, card, "Reject…")
    assert (await stage.fill(SECOND_APPROVER, "somebody does use it"))["errors"] == {}
    ended = await stage.ends(card, Status.REJECTED)
    assert (len(ended.approvals), ended.note) == (1, "somebody does use it")
    assert stage.calls() == (0, 0)


async def test_who_has_not_signed_is_reminded_at_half_time(opening: Opening) -> None:
    """At half of its time whoever has not answered is called by name, once; then the request expires."""
    stage = await opening(EXPIRY_PRODUCTION="5")
    card = await named(stage)
    await stage.press(APPROVER, card, "Approve")
    ended = await stage.ends(card, Status.EXPIRED)
    assert len(ended.reminded) == 1
    assert 2000 <= ended.reminded[0] - ended.created_at < 4500
    lines = await stage.thread(card, 4)
    (reminder,) = [line for line in lines if "still waits for 1 signature" in line]
    assert f"<@{stage.town.workspace.role(SECOND_APPROVER).id}>" in reminder
    assert f"<@{stage.town.workspace.role(APPROVER).id}>" not in reminder
    assert f"<@{stage.town.workspace.role(REQUESTER).id}>" not in reminder
    assert stage.calls() == (0, 0)


async def test_taken_back_after_it_was_signed(opening: Opening) -> None:
    """Whoever asked can still cancel what is signed and has not begun; no worker runs it then."""
    stage = await opening(work=False)
    card = await stage.ask(REQUESTER, "/flag disable new-search in prod because cart errors")
    await stage.press(APPROVER, card, "Approve")
    await stage.becomes(card, Status.APPROVED)
    signed = await stage.people.see(REQUESTER, DEPLOYS, lambda m: m["ts"] == card["ts"] and "Approve" not in labels(m))
    await stage.press(REQUESTER, signed, "Cancel request")
    await stage.ends(card, Status.CANCELLED)
    async with stage.worker():
        other = await stage.ask(REQUESTER, "/rollout pause checkout-v2 in prod because p99 up")
        await stage.press(REQUESTER, other, "Confirm")
        await stage.ends(other, Status.APPLIED)
    assert stage.status("new-search") == "ENABLED"
    assert stage.calls() == (1, 1)
