"""
Running: the transitions made by workers, by time, and by whoever settles what nobody could tell.

Pure functions of the record as it stands; `now` is the store's time in milliseconds.
"""

from bot.audit import AuditEvent
from bot.changes import notes
from bot.changes.deciding import barred_from_signing
from bot.changes.record import Cause, ChangeRequest, Status, Step, Terms, Verdict, job, lifetime, move
from bot.errors import NotASigner, TooLate
from bot.model import Actor, Due, Proof, Receipt


def stale(change: ChangeRequest, by: Actor, now: int, cause: Cause, note: str) -> Step:
    """End a change because what it was based on is no longer so."""
    event = AuditEvent(name="stale", by=by, at=now, data={"cause": cause, "note": note})
    step = move(change, Status.STALE, event, cause=cause, note=note)
    return step.model_copy(update={"jobs": (job("ask_instead", change),)}) if change.warrant else step


def strike(change: ChangeRequest, by: Actor, now: int, gone: tuple[str, ...], note: str, terms: Terms) -> Step:
    """Strike the votes of people who may no longer sign, and wait for others."""
    kept = tuple(r for r in change.reviews if r.verdict is not Verdict.APPROVE or r.by.id not in gone)
    event = AuditEvent(name="struck", by=by, at=now, data={"votes": list(gone), "note": note})
    expires = now + lifetime(change.plan, change.decision, terms)
    update = {"reviews": kept, "approved_at": None, "run_by": None, "note": note, "expires_at": expires}
    step = move(change, Status.PENDING, event, **update)
    return step.model_copy(update={"due": (Due(job=job("expire", change), at=expires),)})


def claim(change: ChangeRequest, by: Actor, now: int, worker: str) -> Step:
    """
    Take an approved change for execution, or take it over from a worker whose lease ran out.

    `repeated` remembers that a call may have been made before, of which nobody knows what came.
    """
    event = AuditEvent(name="claimed", by=by, at=now, data={"attempt": change.attempt + 1})
    repeated = change.repeated or change.called_at is not None
    step = move(change, Status.APPLYING, event, attempt=change.attempt + 1, worker=worker, repeated=repeated)
    guard = change.run_by if change.status is Status.APPROVED else None
    return step.model_copy(update={"before": guard})


def _being_applied(change: ChangeRequest) -> ChangeRequest:
    """Return the change if somebody has claimed it; a call is nobody else's to speak of."""
    if change.status is not Status.APPLYING:
        raise TooLate(f"This change is already {change.status}.", "Nothing was done.")
    return change


def call_started(change: ChangeRequest, by: Actor, now: int) -> Step:
    """Say, before the call, that it is about to be made."""
    event = AuditEvent(name="called", by=by, at=now, data={"attempt": change.attempt})
    return move(_being_applied(change), Status.APPLYING, event, called_at=now, note="", settles_at=None)


def call_unanswered(
    change: ChangeRequest, by: Actor, now: int, note: str, terms: Terms, receipt: Receipt | None = None
) -> Step:
    """Keep applying after a call that is not proved, until a read-back can tell; `receipt` is what was answered."""
    event = AuditEvent(name="unanswered", by=by, at=now, data={"attempt": change.attempt, "note": note})
    step = move(
        _being_applied(change),
        Status.APPLYING,
        event,
        note=note,
        receipt=receipt or change.receipt,
        settles_at=now + terms.settle,
    )
    return step.model_copy(update={"due": (Due(job=job("settle", change), at=now + terms.settle),)})


def call_not_sent(change: ChangeRequest, by: Actor, now: int, note: str, wait: int) -> Step:
    """Withdraw the marker of a call that never left (or was refused for pace), and try again after `wait` ms."""
    event = AuditEvent(name="not_sent", by=by, at=now, data={"attempt": change.attempt, "note": note})
    step = move(_being_applied(change), Status.APPLYING, event, called_at=None, note=note)
    return step.model_copy(update={"due": (Due(job=job("run", change), at=now + wait),)})


def applied(change: ChangeRequest, by: Actor, now: int, receipt: Receipt) -> Step:
    """
    End well, with the proof; a time box begins to run.

    What was done here (and was not so before) is told outside by a job of its own.
    """
    data = {"proof": receipt.proof, "status": receipt.status, "note": receipt.note}
    event = AuditEvent(name="applied", by=by, at=now, data=data)
    step = move(change, Status.APPLIED, event, receipt=receipt, note="")
    if receipt.proof is Proof.ALREADY:
        return step
    end = step.change.reverts_at
    due = () if end is None else (Due(job=job("take_back", change), at=end),)
    return step.model_copy(update={"jobs": (job("tell", change),), "due": due})


def submitted(change: ChangeRequest, by: Actor, now: int, receipt: Receipt, terms: Terms) -> Step:
    """Wait for an approval inside the provider, looking again from time to time."""
    data = {"status": receipt.status, "suggestion": receipt.suggestion}
    event = AuditEvent(name="submitted", by=by, at=now, data=data)
    step = move(change, Status.SUBMITTED, event, receipt=receipt, submitted_at=now, note="")
    return step.model_copy(update={"due": (Due(job=job("poll", change), at=now + terms.poll),)})


def failed(change: ChangeRequest, by: Actor, now: int, note: str, cause: Cause | None = None) -> Step:
    """End without effect, with the reason in one sentence."""
    event = AuditEvent(name="failed", by=by, at=now, data={"note": note, **({"cause": cause} if cause else {})})
    return move(change, Status.FAILED, event, note=note, cause=cause)


def unless_repeated(change: ChangeRequest, by: Actor, now: int, sure: Step, what: str) -> Step:
    """Return `sure`, which says that nothing took effect; UNKNOWN where an earlier call went unanswered."""
    if not change.repeated:
        return sure
    return unknown(change, by, now, notes.may_yet_land(what))


def unknown(change: ChangeRequest, by: Actor, now: int, note: str) -> Step:
    """Say that nobody can tell what came of the call; a person must."""
    event = AuditEvent(name="unknown", by=by, at=now, data={"note": note})
    return move(change, Status.UNKNOWN, event, note=note)


def settle(change: ChangeRequest, by: Actor, now: int, happened: bool) -> Step:
    """Record what a person found out about a change nobody could tell of."""
    if change.status is not Status.UNKNOWN:
        raise TooLate(f"This change is already {change.status}.", "Nothing was done.")
    if barred_from_signing(change, by):
        raise NotASigner("Whoever asked cannot also settle it.", "Another approver has to.")
    if happened:
        step = applied(change, by, now, Receipt(proof=Proof.PERSON, at=now))
    else:
        step = failed(change, by, now, notes.DID_NOT_HAPPEN)
    return step.model_copy(update={"change": step.change.model_copy(update={"settled_by": by})})
