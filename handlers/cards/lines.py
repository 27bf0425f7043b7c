"""One-line messages about a change: in its thread, and to whoever pressed too late."""

from typing import Literal

from bot.changes.record import ChangeRequest, Status, Verdict
from bot.policy import Kind
from handlers.blocks import MAX_TEXT, fit
from handlers.cards.phrases import call_signers, moment, person, requesters, said, signatures, to_do
from handlers.cards.standing import standing

Moment = Literal["requested", "signed", "ended"]


def thread_line(change: ChangeRequest, moment: Moment) -> str:
    """Return the line for the card's thread; `requested` is the one that calls the approvers' groups."""
    lines = {"requested": _requested, "signed": _signed, "ended": _ended}
    return fit(lines[moment](change), MAX_TEXT)


def _requested(change: ChangeRequest) -> str:
    asks = f"{person(change.requester)} asks to {to_do(change.plan)}."
    until = f"Open until {moment(change.expires_at)}."
    if change.status is not Status.PENDING:
        return f"{asks} {standing(change).fact}"
    if change.decision.kind is not Kind.APPROVE:
        return f"{asks} They still have to confirm it. {until}"
    needs = "is" if change.decision.approvals == 1 else "are"
    wanted = f"{signatures(change.decision.approvals)} {needs} needed"
    then = f"Once they have typed the name, {wanted}." if change.waits_for_name else f"{wanted}."
    whom = call_signers(change)
    return f"{whom}: {asks} {then} {until}" if whom else f"{asks} {then} {until}"


def _signed(change: ChangeRequest) -> str:
    last = change.reviews[-1] if change.reviews else None
    if last is None:
        return f"{said(change.plan)}: nobody has signed."
    if last.verdict is Verdict.APPROVE:
        count = f"{len(change.approvals)} of {change.decision.approvals}"
        return f"{person(last.by)} signed ({count}) to {to_do(change.plan)}."
    verb = "confirmed" if last.verdict is Verdict.CONFIRM else "rejected"
    return f"{person(last.by)} {verb} the request to {to_do(change.plan)}."


def _ended(change: ChangeRequest) -> str:
    return f"{said(change.plan)} — {standing(change).whole}"


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
