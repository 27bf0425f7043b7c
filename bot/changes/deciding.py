"""
Asking and deciding: the transitions people make before anything runs.

Pure functions of the record as it stands; `now` is the store's time in milliseconds.
"""

from pydantic import JsonValue

from bot.audit import AuditEntry, AuditEvent
from bot.changes import notes
from bot.changes.record import (
    SCHEMA,
    ChangeRequest,
    Origin,
    Review,
    Status,
    Step,
    Terms,
    Verdict,
    approved,
    job,
    lifetime,
    move,
)
from bot.errors import NameMismatch, NotASigner, Tampered, TooLate
from bot.model import Actor, Due, Plan
from bot.policy import Kind, PolicyDecision


def open_change(
    id_: str,
    plan: Plan,
    decision: PolicyDecision,
    requester: Actor,
    now: int,
    terms: Terms,
    *,
    reason: str = "",
    origin: Origin | None = None,
    parent: str = "",
    warrant: str = "",
    barred: tuple[Actor, ...] = (),
    broken_glass: bool = False,
) -> Step:
    """Open a change; one that needs nobody starts APPROVED and runs."""
    change = ChangeRequest(
        schema_version=SCHEMA,
        id=id_,
        status=Status.PENDING,
        plan=plan,
        requester=requester,
        barred=barred,
        reason=reason,
        decision=decision,
        origin=origin or Origin(),
        parent=parent,
        warrant=warrant,
        broken_glass=broken_glass,
        created_at=now,
        expires_at=now + lifetime(plan, decision, terms),
    )
    event = AuditEvent(name="requested", by=requester, at=now, data=_asked(plan, decision, reason))
    if change.origin.account:
        came = {"via": change.origin.surface, "account": change.origin.account}
        event = event.model_copy(update={"data": {**event.data, **came}})
    if broken_glass:
        event = event.model_copy(update={"data": {**event.data, "broken_glass": True}})
        step = approved(change, event, terms)
        return step.model_copy(update={"jobs": (*step.jobs, job("after_review", change))})
    if decision.kind is Kind.ALLOW:
        return approved(change, event, terms)
    return Step(change=change, event=event, due=(Due(job=job("expire", change), at=change.expires_at),))


def _asked(plan: Plan, decision: PolicyDecision, reason: str) -> dict[str, JsonValue]:
    """Return what the chain keeps of a request beyond the life of its record."""
    return {
        "plan": plan.digest,
        "action": plan.action,
        "target": plan.target.slot,
        "key": plan.target.key,
        "where": plan.target.where,
        "production": plan.target.production,
        "rule": decision.rule,
        "reason": reason,
    }


def _vote(change: ChangeRequest, verdict: Verdict, by: Actor, now: int, note: str = "") -> tuple[Review, AuditEvent]:
    if change.status is not Status.PENDING:
        raise TooLate(f"This change is already {change.status}.", "Your press changed nothing.")
    review = Review(verdict=verdict, by=by, at=now, note=note)
    data = {"plan": change.plan.digest, "note": note}
    return review, AuditEvent(name=verdict.value, by=by, at=now, data=data)


def barred_from_signing(change: ChangeRequest, by: Actor) -> bool:
    """Tell whether `by` is the requester, or joined in asking, under any of their accounts."""
    return any(by.same_person(other) for other in (change.requester, *change.barred))


def confirm(change: ChangeRequest, by: Actor, now: int, terms: Terms, typed: str | None = None) -> Step:
    """Record the requester's own confirmation; with the name typed where that is asked for."""
    review, event = _vote(change, Verdict.CONFIRM, by, now)
    if by.id != change.requester.id:
        raise NotASigner("Only the person who asked can confirm this.", "Ask them, or make your own request.")
    if change.decision.typed_name and typed is not None and typed.strip() != change.plan.target.key:
        raise NameMismatch(f"That is not the name: it is {change.plan.target.key}.", "Type it exactly, case included.")
    if change.decision.typed_name and typed is None:
        raise NameMismatch("This change asks for the name to be typed.", "Use the button on the card.")
    reviews = (*change.reviews, review)
    if change.decision.kind is Kind.CONFIRM:
        step = approved(change, event, terms, reviews=reviews)
    else:
        step = move(change, Status.PENDING, event, reviews=reviews)
    return step.model_copy(update={"before": change.expires_at})


def approve(change: ChangeRequest, by: Actor, now: int, terms: Terms) -> Step:
    """Count one approving vote; the last one needed approves. Whether `by` may sign at all is asked before."""
    review, event = _vote(change, Verdict.APPROVE, by, now)
    if barred_from_signing(change, by):
        raise NotASigner("Whoever asked cannot also sign.", "Another approver has to.")
    if change.decision.kind is not Kind.APPROVE:
        raise NotASigner("This change needs only the requester's own confirmation.", "There is nothing to sign.")
    if change.waits_for_name:
        raise NotASigner("The requester has not typed the name yet.", "It can be signed after that.")
    if any(by.same_person(vote.by) for vote in change.approvals):
        raise NotASigner("You have signed this already.", "It waits for another approver.")
    reviews = (*change.reviews, review)
    if len(change.approvals) + 1 >= change.decision.approvals:
        step = approved(change, event, terms, reviews=reviews)
    else:
        step = move(change, Status.PENDING, event, reviews=reviews)
    return step.model_copy(update={"before": change.expires_at})


def reject(change: ChangeRequest, by: Actor, now: int, note: str) -> Step:
    """End the change with a reason, by somebody who may sign it."""
    review, event = _vote(change, Verdict.REJECT, by, now, note)
    if barred_from_signing(change, by):
        raise NotASigner("Whoever asked cannot also decide.", "You can cancel your request instead.")
    step = move(change, Status.REJECTED, event, reviews=(*change.reviews, review), note=note)
    return step.model_copy(update={"before": change.expires_at})


def cancel(change: ChangeRequest, by: Actor, now: int) -> Step:
    """Take the change back, by its requester, until it runs."""
    if by.id != change.requester.id:
        raise NotASigner("Only the person who asked can cancel this.", "An approver can reject it.")
    return move(change, Status.CANCELLED, AuditEvent(name="cancelled", by=by, at=now))


def expire(change: ChangeRequest, by: Actor, now: int) -> Step | None:
    """End a change whose time has come: unanswered, or approved and not run. None when it has not."""
    deadline = change.expires_at if change.status is Status.PENDING else change.run_by
    if change.status not in (Status.PENDING, Status.APPROVED) or deadline is None or now < deadline:
        return None
    why = notes.NOBODY_ANSWERED if change.status is Status.PENDING else notes.NOT_RUN_IN_TIME
    return move(change, Status.EXPIRED, AuditEvent(name="expired", by=by, at=now, data={"why": why}), note=why)


def check_votes(change: ChangeRequest, entries: tuple[AuditEntry, ...]) -> None:
    """
    Check that the record's plan and votes are those in its (verified) chain.

    Raises Tampered. Votes struck since are those the chain says were struck.
    """
    plan = change.plan.digest
    if not entries or entries[0].event.name != "requested" or entries[0].event.data.get("plan") != plan:
        raise Tampered(f"The plan of {change.id} is not the one that was asked for.")
    signed = {(e.event.name, e.event.by.id, e.event.at) for e in entries if e.event.data.get("plan") == plan}
    for review in change.reviews:
        if (review.verdict.value, review.by.id, review.at) not in signed:
            raise Tampered(f"A vote on {change.id} is not in its chain.")
