"""Who may sign, reject and cancel, and what a press is worth that comes twice, late, or from the wrong person."""

import asyncio
from typing import Final

import pytest

from bot.changes.record import Status
from bot.sandbox.person import Json
from tests.dialogs.stage import (
    APPROVER,
    DEACTIVATED,
    DEPLOYS,
    GUEST,
    OUTSIDER,
    REQUESTER,
    SECOND_ACCOUNT,
    SECOND_APPROVER,
    Stage,
    is_card,
)

LINE: Final = "/flag disable new-search in prod because cart errors"


@pytest.mark.parametrize("who", [REQUESTER, SECOND_ACCOUNT])
async def test_whoever_asked_cannot_sign(stage: Stage, who: str) -> None:
    """The requester's own press is refused, also from their second account with the same e-mail."""
    card = await stage.ask(REQUESTER, LINE)
    await stage.press(who, card, "Approve")
    await stage.hear(who, "Whoever asked cannot also sign.")
    await stage.ends(card, Status.PENDING)
    assert (await stage.record(card)).reviews == ()
    assert stage.calls() == (0, 0)


async def test_a_guest_cannot_sign_or_ask(stage: Stage) -> None:
    """A guest is refused with a sentence, whichever way they come."""
    card = await stage.ask(REQUESTER, LINE)
    for label in ("Approve", "Reject…", "Cancel request"):
        await stage.press(GUEST, card, label)
    await stage.say(GUEST, "/flag disable new-checkout in prod because I can")
    told = await stage.answered(GUEST, 4)
    assert all("Guests cannot act on production or sign for it." in sentence for sentence in told)
    await stage.ends(card, Status.PENDING)
    assert len(await stage.store.pending()) == 1
    assert stage.calls() == (0, 0)


async def test_somebody_who_is_no_approver_cannot_sign(stage: Stage) -> None:
    """A member outside the group is told who may sign."""
    card = await stage.ask(APPROVER, LINE)
    await stage.press(SECOND_ACCOUNT, card, "Approve")
    told = await stage.hear(SECOND_ACCOUNT, "You are not among those who may sign this.")
    assert "These people may" in told["text"]
    await stage.press(SECOND_ACCOUNT, card, "Reject…")
    await stage.ends(card, Status.PENDING)
    assert stage.calls() == (0, 0)


async def test_an_outsider_is_refused(stage: Stage) -> None:
    """Somebody of another organisation gets a sentence and nothing else, in the channel shared with them."""
    await stage.say(OUTSIDER, "/flag disable new-search in prod because I can", channel="#partners")
    await stage.hear(OUTSIDER, "People of another organisation cannot act here or sign.", channel="#partners")
    assert await stage.store.pending() == ()
    assert stage.calls() == (0, 0)


async def test_a_deactivated_account_is_refused(stage: Stage) -> None:
    """A delivery in the name of a deactivated account does nothing, and says so."""
    ack = await stage.forge(DEACTIVATED, "disable new-search in prod because I was here")
    assert ack.ok
    assert "This account is deactivated." in await stage.told(DEACTIVATED)
    assert await stage.store.pending() == ()
    assert stage.calls() == (0, 0)


async def test_reject_with_a_reason(stage: Stage) -> None:
    """An approver says no in a form; the reason is on the card, in the thread, and with whoever asked."""
    card = await stage.ask(REQUESTER, LINE)
    await stage.press(APPROVER, card, "Reject…")
    sent = await stage.fill(APPROVER, "the errors are <still> there")
    assert sent["errors"] == {}
    change = await stage.ends(card, Status.REJECTED)
    assert change.note == "the errors are <still> there"
    assert "Their reason: the errors are &lt;still&gt; there." in (await stage.thread(card, 2))[-1]
    await stage.see(REQUESTER, "Disable flag new-search in PROD: rejected", channel="@")
    assert stage.calls() == (0, 0)


async def test_a_blank_reason_is_no_reason(stage: Stage) -> None:
    """Blanks alone are refused beside the field, and the request stays open."""
    card = await stage.ask(REQUESTER, LINE)
    await stage.press(APPROVER, card, "Reject…")
    sent = await stage.fill(APPROVER, "   ")
    assert list(sent["errors"]) == ["note"]
    await stage.ends(card, Status.PENDING)


async def test_whoever_asked_cannot_reject(stage: Stage) -> None:
    """The form does not open for the requester, who is told to cancel instead."""
    card = await stage.ask(REQUESTER, LINE)
    await stage.press(REQUESTER, card, "Reject…")
    await stage.hear(REQUESTER, "You can cancel your request instead.")
    assert (await stage.people.state(REQUESTER))["modal"] is None


async def test_a_form_that_comes_too_late(stage: Stage) -> None:
    """A rejection sent after somebody else signed says what happened instead."""
    card = await stage.ask(REQUESTER, LINE)
    await stage.press(APPROVER, card, "Reject…")
    await stage.people.see_form(APPROVER)
    await stage.press(SECOND_APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    sent = await stage.fill(APPROVER, "the errors are still there")
    assert sent["errors"] == {}
    assert sent["response_action"] == "update"
    assert "Your press changed nothing" in str(sent["open"]["blocks"])
    assert stage.calls() == (1, 1)


async def test_only_whoever_asked_cancels(stage: Stage) -> None:
    """Others are refused; the requester takes the request back, after which nothing decides it."""
    card = await stage.ask(REQUESTER, LINE)
    await stage.press(APPROVER, card, "Cancel request")
    await stage.hear(APPROVER, "Only the person who asked can cancel this.")
    await stage.ends(card, Status.PENDING)

    await stage.press(REQUESTER, card, "Cancel request")
    await stage.ends(card, Status.CANCELLED)
    await stage.late_press(APPROVER, card, "Approve")
    told = await stage.hear(APPROVER, "Your press changed nothing.")
    assert "*Cancelled* by" in told["text"]
    assert stage.calls() == (0, 0)


async def test_cancel_by_id(stage: Stage) -> None:
    """`/ops cancel` takes a request back, says so plainly, and refuses others and unknown ids."""
    card = await stage.ask(REQUESTER, LINE)
    id_ = (await stage.record(card)).id
    await stage.say(APPROVER, f"/ops cancel {id_}")
    await stage.hear(APPROVER, "Only the person who asked can cancel this.")
    await stage.say(REQUESTER, "/ops cancel cs-aaaaaa")
    await stage.hear(REQUESTER, "There is no request cs-aaaaaa")
    await stage.say(REQUESTER, f"/ops cancel {id_}")
    told = await stage.hear(REQUESTER, "*Cancelled* by")
    assert "changed nothing" not in told["text"]
    await stage.ends(card, Status.CANCELLED)
    assert stage.calls() == (0, 0)


async def test_two_approvers_at_once(stage: Stage) -> None:
    """Two signatures at the same moment make one call, and the late one is told what happened."""
    card = await stage.ask(REQUESTER, LINE)
    pair = (APPROVER, SECOND_APPROVER)
    await asyncio.gather(*(stage.press(who, card, "Approve") for who in pair))
    change = await stage.ends(card, Status.APPLIED)
    (winner,) = (who for who in pair if stage.town.workspace.role(who).id == change.approvals[0].by.id)
    (loser,) = {*pair} - {winner}
    await stage.hear(loser, "Your press changed nothing.")
    assert await stage.heard(winner) == []
    assert len(change.approvals) == 1
    assert stage.calls() == (1, 1)


async def test_a_double_click(stage: Stage) -> None:
    """The second click of one person does nothing more, and is answered."""
    card = await stage.ask(REQUESTER, LINE)
    await asyncio.gather(stage.press(APPROVER, card, "Approve"), stage.press(APPROVER, card, "Approve"))
    change = await stage.ends(card, Status.APPLIED)
    await stage.hear(APPROVER, "Your press changed nothing.")
    assert len(change.approvals) == 1
    assert stage.calls() == (1, 1)


async def test_every_delivery_twice(stage: Stage) -> None:
    """What Slack delivers twice has one effect, one card and no second answer."""
    await stage.slack(deliver_twice=True)
    card = await stage.ask(REQUESTER, LINE)
    await stage.press(APPROVER, card, "Approve")
    change = await stage.ends(card, Status.APPLIED)
    await stage.thread(card, 3)
    cards = [message for message in await stage.people.messages(REQUESTER, DEPLOYS) if is_card(message)]
    assert len(cards) == 1
    assert len(change.approvals) == 1
    assert await stage.heard(REQUESTER) == []
    assert await stage.heard(APPROVER) == []
    assert stage.calls() == (1, 1)


async def test_a_delivery_once_more(stage: Stage) -> None:
    """A command and a press that Slack sends again after they were answered change nothing and say nothing."""
    card = await stage.ask(REQUESTER, LINE)
    assert (await stage.people.act("redeliver"))["outcome"] == "acked"
    await stage.press(APPROVER, card, "Approve")
    change = await stage.ends(card, Status.APPLIED)
    assert (await stage.people.act("redeliver"))["outcome"] == "acked"
    assert await stage.record(card) == change
    cards = [message for message in await stage.people.messages(REQUESTER, DEPLOYS) if is_card(message)]
    assert len(cards) == 1
    assert await stage.heard(REQUESTER) == await stage.heard(APPROVER) == []
    assert stage.calls() == (1, 1)


async def test_a_press_after_the_end(stage: Stage) -> None:
    """A button of a card that is no longer up to date says what happened instead, and by whom."""
    card = await stage.ask(REQUESTER, LINE)
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    await stage.late_press(SECOND_APPROVER, card, "Approve")
    told = await stage.hear(SECOND_APPROVER, "Your press changed nothing.")
    assert "*Disabled.*" in told["text"]
    assert "Signed by <@" in told["text"]
    assert stage.calls() == (1, 1)


async def test_one_request_at_a_time(stage: Stage) -> None:
    """A second request for the same target is told which one is open."""
    card = await stage.ask(REQUESTER, LINE)
    await stage.say(APPROVER, "/flag disable new-search in prod because me too")
    told = await stage.hear(APPROVER, "already has an open request")
    assert (await stage.record(card)).id in told["text"]
    assert len(await stage.store.pending()) == 1


async def test_ten_open_requests_a_person(stage: Stage) -> None:
    """The eleventh open request of one person is refused with a sentence."""
    flags = [
        *("new-search", "checkout-v2", "checkout-v2-eu", "new-checkout", "resume-upload", "payments-kill-switch"),
        "button-colour",
    ]
    lines = [f"/flag disable {flag} in prod because audit" for flag in flags]
    lines += [f"/flag enable {flag} in prod because audit" for flag in ("dark-mode", "eu-pricing", "new-search-v2")]
    for line in lines:
        await stage.say(REQUESTER, line)
    await stage.people.until("/sandbox/state?as=Requester", lambda state: _cards(state) == 10)
    await stage.say(REQUESTER, "/flag disable search-ranking in prod because audit")
    await stage.hear(REQUESTER, "You have as many open requests as one person may have.")
    assert len(await stage.store.pending()) == 10


def _cards(state: Json) -> int:
    return sum(is_card(message) for channel in state["channels"] for message in channel["messages"] if channel["name"])
