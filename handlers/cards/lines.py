"""One-line messages about a change: in its thread, and to whoever pressed too late."""

from collections.abc import Sequence
from typing import Literal

from bot.changes.record import ChangeRequest, Review, Status, Verdict
from bot.policy import Kind
from handlers.blocks import MAX_TEXT, Message, fit, quoted
from handlers.cards.phrases import (
    and_so_on,
    call_notified,
    call_signers,
    mention,
    moment,
    person,
    requesters,
    said,
    sentence,
    signatures,
    to_do,
)
from handlers.cards.standing import standing

Moment = Literal["requested", "ended"]


def notice(change: ChangeRequest, at: int) -> Message:
    """
    Say that something was asked for and how it stood at a time (ms); true for good, and so without a button.

    It is what a card is before it is drawn, what a phone's notification quotes, and all there is of a card whose place
    was lost.
    """
    why = f", because {quoted(change.reason, 300)}" if change.reason.strip() else ""
    asked = f"{said(change.plan)}, asked for by {requesters(change)}{why} ({change.id})."
    stood = f"Seen {moment(at)}: {standing(change).state}."
    return Message(fit(f"{asked} {stood} `/ops history {change.id}` tells how it went on.", MAX_TEXT), ())


def thread_line(change: ChangeRequest, moment: Moment) -> str:
    """Return the line for the card's thread; `requested` is the one that calls the approvers' groups."""
    lines = {"requested": _requested, "ended": _ended}
    return fit(lines[moment](change), MAX_TEXT)


def _requested(change: ChangeRequest) -> str:
    asks = f"{person(change.requester)} asks to {to_do(change.plan)}."
    until = f"Open until {moment(change.expires_at)}."
    told = f"{called}: " if (called := call_notified(change)) else ""
    if change.broken_glass:
        why = f" Because {quoted(sentence(change.reason), 600)}"
        who = f"{person(change.requester)} broke the glass to {to_do(change.plan)}, without a signature."
        return f"{told}{who}{why} Somebody else has to close the after-review: `/ops close {change.id} because …`"
    if change.status is not Status.PENDING:
        return f"{told}{asks} {standing(change).fact}"
    if change.decision.kind is not Kind.APPROVE:
        return f"{told}{asks} They still have to confirm it. {until}"
    needs = "is" if change.decision.approvals == 1 else "are"
    wanted = f"{signatures(change.decision.approvals)} {needs} needed"
    then = f"Once they have typed the name, {wanted}." if change.waits_for_name else f"{wanted}."
    whom = call_signers(change)
    line = f"{whom}: {asks} {then} {until}" if whom else f"{asks} {then} {until}"
    besides = call_notified(change, called=change.decision.approvers)
    return f"{line} For {besides} to know." if besides else line


def signed_line(change: ChangeRequest, vote: Review) -> str:
    """Return the line for one vote: whose it is, and how many signatures there were with it."""
    if vote.verdict is Verdict.APPROVE:
        count = sum(1 for other in change.approvals if other.at <= vote.at)
        said_so = f"{person(vote.by)} signed ({count} of {change.decision.approvals}) to {to_do(change.plan)}."
    else:
        said_so = f"{person(vote.by)} {_answered(change, vote)} the request to {to_do(change.plan)}."
    return fit(said_so, MAX_TEXT)


def _answered(change: ChangeRequest, vote: Review) -> str:
    if vote.verdict is Verdict.CONFIRM:
        return "typed the name for" if change.decision.typed_name else "confirmed"
    return "rejected"


def _ended(change: ChangeRequest) -> str:
    return f"{said(change.plan)} — {standing(change).whole}"


def reminder_line(change: ChangeRequest, people: Sequence[str]) -> str:
    """Call those who have not answered (by id), once more."""
    whom = and_so_on([mention(user) for user in people], most=10)
    missing = change.decision.approvals - len(change.approvals)
    line = f"{to_do(change.plan)} still waits for {signatures(missing)}, until {moment(change.expires_at)}."
    return fit(f"{whom}: the request to {line}" if whom else f"The request to {line}", MAX_TEXT)


def reminding_line(change: ChangeRequest) -> str:
    """Tell whoever asked for a reminder where it is said."""
    return f"Whoever can still sign {change.id} is reminded in its thread."


def late(change: ChangeRequest) -> str:
    """Tell whoever pressed too late what happened instead, who did it and when."""
    asked = f"Asked by {requesters(change)}, {moment(change.created_at)}."
    line = f"Your press changed nothing. {said(change.plan)} — {standing(change).fact}{_signers(change)} {asked}"
    return fit(line, MAX_TEXT)


def _signers(change: ChangeRequest) -> str:
    if change.status in (Status.PENDING, Status.APPROVED, Status.REJECTED) or not change.approvals:
        return ""
    votes = ", ".join(f"{person(vote.by)} {moment(vote.at)}" for vote in change.approvals[:5])
    return f" Signed by {votes}."
