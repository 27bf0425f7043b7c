"""
Reminding: approvers who have not answered are told again, at half time, shortly before the end, and by hand.

Pure functions of the record as it stands; times are milliseconds of the store.
"""

from bot.audit import AuditEvent
from bot.changes.deciding import barred_from_signing
from bot.changes.record import ChangeRequest, Status, Step, Terms, job, lifetime, move
from bot.errors import NotASigner, TooLate
from bot.model import Actor, Due
from bot.policy import Kind

MOST = 3
SHORTLY = 5 * 60_000
AGAIN = 60_000


def with_reminder(step: Step, now: int, terms: Terms) -> Step:
    """Return a step that waits for signatures with the deadline of its next reminder, where there is one."""
    change = step.change
    if change.status is not Status.PENDING or change.decision.kind is not Kind.APPROVE:
        return step
    at = next((mark for mark in _marks(change, terms) if mark > now), None)
    due = () if at is None else (Due(job=job("remind", change), at=at),)
    return step.model_copy(update={"due": (*step.due, *due)})


def remind_due(change: ChangeRequest, by: Actor, now: int, terms: Terms) -> Step | None:
    """Remind where it is time and nobody did since; None otherwise, as the job may come any number of times."""
    passed = [mark for mark in _marks(change, terms) if mark <= now < change.expires_at]
    late = not passed or any(at >= passed[-1] for at in change.reminded)
    if change.status is not Status.PENDING or late or len(change.reminded) >= MOST:
        return None
    return _reminded(change, by, now, terms)


def remind(change: ChangeRequest, by: Actor, now: int, terms: Terms) -> Step:
    """Remind by hand, by whoever asked, three times in all; raise what stands against it."""
    if change.status is not Status.PENDING or change.decision.kind is not Kind.APPROVE:
        raise TooLate("This request does not wait for a signature.", "Nobody was reminded.")
    if not barred_from_signing(change, by):
        raise NotASigner("Only whoever asked can remind.", "Approvers sign or reject on the card.")
    if change.waits_for_name:
        raise TooLate("The name has not been typed yet.", "It waits for whoever asked.")
    if len(change.reminded) >= MOST:
        raise TooLate(f"Approvers have been reminded {MOST} times.", "Ask one of them directly.")
    if any(now - at < AGAIN for at in change.reminded):
        raise TooLate("Approvers were reminded less than a minute ago.", "Give them a moment.")
    return _reminded(change, by, now, terms)


def _reminded(change: ChangeRequest, by: Actor, now: int, terms: Terms) -> Step:
    event = AuditEvent(name="reminded", by=by, at=now)
    step = move(change, Status.PENDING, event, reminded=(*change.reminded, now))
    return with_reminder(step.model_copy(update={"before": change.expires_at}), now, terms)


def _marks(change: ChangeRequest, terms: Terms) -> list[int]:
    """Return when to remind: at half time and shortly before the end."""
    life = lifetime(change.plan, change.decision, terms)
    marks = {change.expires_at - life // 2, change.expires_at - SHORTLY}
    return sorted(mark for mark in marks if change.expires_at - life < mark)
