"""
The record of a change, and the table of its transitions.

A Step is one transition: the record after it, the audit event, and the jobs and deadlines that belong to it.
`before` hands a deadline to the commit, which compares it with the store's clock at the moment of writing.
"""

from enum import StrEnum

from bot.audit import AuditEvent
from bot.errors import TooLate
from bot.model import Actor, Basis, Due, Job, Plan, Proof, Receipt, Value
from bot.policy import PolicyDecision

SCHEMA = 1
"""
The version of the record. An older process ignores fields it does not know, and loses them when it writes; so what
must not be lost or misread (a status, a cause, a field that decides) raises this number, and older processes then
leave such a record to newer ones.
"""


class Status(StrEnum):
    """Where a change stands."""

    PENDING = "pending"
    APPROVED = "approved"
    APPLYING = "applying"
    SUBMITTED = "submitted"
    APPLIED = "applied"
    FAILED = "failed"
    UNKNOWN = "unknown"
    STALE = "stale"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Cause(StrEnum):
    """Why a change became stale, or failed without a call's answer."""

    DRIFT = "drift"
    POLICY = "policy"
    FREEZE = "freeze"
    LOCK = "lock"
    SUPERSEDED = "superseded"
    INTEGRITY = "integrity"
    WITHDRAWN = "withdrawn"


_S = Status
TRANSITIONS: dict[Status, frozenset[Status]] = {
    _S.PENDING: frozenset({_S.PENDING, _S.APPROVED, _S.REJECTED, _S.CANCELLED, _S.EXPIRED, _S.STALE}),
    _S.APPROVED: frozenset({_S.APPLYING, _S.CANCELLED, _S.EXPIRED, _S.STALE, _S.PENDING}),
    _S.APPLYING: frozenset({_S.APPLYING, _S.APPLIED, _S.SUBMITTED, _S.FAILED, _S.STALE, _S.UNKNOWN}),
    _S.SUBMITTED: frozenset({_S.SUBMITTED, _S.APPLIED, _S.FAILED, _S.UNKNOWN}),
    _S.UNKNOWN: frozenset({_S.APPLIED, _S.FAILED}),
    **{end: frozenset() for end in (_S.APPLIED, _S.FAILED, _S.STALE, _S.REJECTED, _S.CANCELLED, _S.EXPIRED)},
}
ENDED = frozenset(status for status, onward in TRANSITIONS.items() if not onward)


class Verdict(StrEnum):
    """What a review says; CONFIRM is the requester's own and never counts as approval."""

    APPROVE = "approve"
    REJECT = "reject"
    CONFIRM = "confirm"


class Review(Value):
    """One person's word on a change."""

    verdict: Verdict
    by: Actor
    at: int
    note: str = ""


class Origin(Value):
    """
    Where a change was asked for.

    `surface` is `command` in Slack and `cli` on the command line, where `account` is the operating system's.
    """

    channel: str = ""
    thread: str = ""
    surface: str = "command"
    account: str = ""


class Terms(Value):
    """The numbers, in milliseconds, by which changes expire, run and are kept."""

    expiry_production: int = 30 * 60_000
    expiry_other: int = 4 * 3_600_000
    run_by: int = 10 * 60_000
    settle: int = 20_000
    poll: int = 15_000
    submitted_limit: int = 24 * 3_600_000
    keep: int = 30 * 86_400_000
    open_per_person: int = 10


class ChangeRequest(Value):
    """
    The record of one change, from the asking to its end.

    `parent` is the change it follows on; `warrant` the time-boxed change whose signatures it runs under. One for
    which the glass was broken runs without any, and has an after-review.
    """

    schema_version: int
    id: str
    status: Status
    plan: Plan
    requester: Actor
    barred: tuple[Actor, ...] = ()
    reason: str = ""
    decision: PolicyDecision
    reviews: tuple[Review, ...] = ()
    origin: Origin = Origin()
    parent: str = ""
    warrant: str = ""
    broken_glass: bool = False
    created_at: int
    expires_at: int
    approved_at: int | None = None
    run_by: int | None = None
    attempt: int = 0
    worker: str = ""
    called_at: int | None = None
    repeated: bool = False
    settles_at: int | None = None
    submitted_at: int | None = None
    ended_at: int | None = None
    cause: Cause | None = None
    note: str = ""
    reminded: tuple[int, ...] = ()
    receipt: Receipt | None = None
    settled_by: Actor | None = None
    deliveries: tuple[str, ...] = ()

    @property
    def approvals(self) -> tuple[Review, ...]:
        """The approving votes."""
        return tuple(review for review in self.reviews if review.verdict is Verdict.APPROVE)

    @property
    def confirmed(self) -> bool:
        """Whether the requester has confirmed (and typed the name, where that is asked for)."""
        return any(review.verdict is Verdict.CONFIRM for review in self.reviews)

    @property
    def waits_for_name(self) -> bool:
        """Whether the requester must still type the name before anybody may sign."""
        return self.status is Status.PENDING and self.decision.typed_name and not self.confirmed

    @property
    def reverts_at(self) -> int | None:
        """When a time box ends: the change was made by us, and takes itself back then."""
        if self.status is not Status.APPLIED or self.plan.seconds is None or self.ended_at is None:
            return None
        ours = self.receipt is None or self.receipt.proof is not Proof.ALREADY
        return self.ended_at + self.plan.seconds * 1000 if ours else None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in ENDED


class Step(Value):
    """A transition: the record after it, and all that is written with it."""

    change: ChangeRequest
    event: AuditEvent
    jobs: tuple[Job, ...] = ()
    due: tuple[Due, ...] = ()
    cancel: tuple[Job, ...] = ()
    before: int | None = None
    basis: tuple[Basis, ...] = ()


def lifetime(plan: Plan, decision: PolicyDecision, terms: Terms) -> int:
    """Return how many milliseconds an unanswered request lives."""
    return decision.expires or (terms.expiry_production if plan.target.production else terms.expiry_other)


def job(kind: str, change: ChangeRequest) -> Job:
    """Return the job of one kind for a change."""
    return Job(kind=kind, id=change.id)


def move(change: ChangeRequest, to: Status, event: AuditEvent, **update: object) -> Step:
    """Move to another status, by the table; raise TooLate where the table has no such way."""
    if to not in TRANSITIONS[change.status]:
        raise TooLate(f"This change is already {change.status}.", "Nothing was done.")
    if to in ENDED or to is Status.UNKNOWN:
        update.setdefault("ended_at", event.at)
    moved = change.model_copy(update={"status": to, **update})
    cancel: tuple[Job, ...] = ()
    if change.status is Status.PENDING and to is not Status.PENDING:
        cancel = (job("expire", change), job("remind", change))
    elif change.status is Status.APPROVED:
        cancel = (job("run_by", change),)
    return Step(change=moved, event=event, cancel=cancel)


def approved(change: ChangeRequest, event: AuditEvent, terms: Terms, **update: object) -> Step:
    """Approve: the job to run it is written with it, and the time by which it must have run."""
    run_by = event.at + terms.run_by
    step = move(change, Status.APPROVED, event, approved_at=event.at, run_by=run_by, **update)
    due = (Due(job=job("run_by", change), at=run_by),)
    return step.model_copy(update={"jobs": (job("run", change),), "due": due})
