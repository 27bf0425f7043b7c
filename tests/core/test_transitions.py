"""The transitions: the table as decided, and what no sequence of them can bring about."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.audit import AuditEvent
from bot.changes import deciding, running
from bot.changes.record import ENDED, TRANSITIONS, Cause, ChangeRequest, Status, Step, Terms, Verdict, move
from bot.errors import CountersignError, NameMismatch, NotASigner, TooLate
from bot.model import Actor, Proof, Receipt
from bot.policy import Kind, PolicyDecision, Who
from tests.builders import (
    APPROVER,
    MINUTE,
    REQUESTER,
    SECOND_APPROVER,
    START,
    TERMS,
    WORKER,
    a_change,
    a_plan,
    approved,
    called,
    claimed,
    not_sent,
    opened,
    unanswered,
    with_votes,
)

S = Status
DECIDED = {
    S.PENDING: {S.PENDING, S.APPROVED, S.REJECTED, S.CANCELLED, S.EXPIRED, S.STALE},
    S.APPROVED: {S.APPLYING, S.CANCELLED, S.EXPIRED, S.STALE, S.PENDING},
    S.APPLYING: {S.APPLYING, S.APPLIED, S.SUBMITTED, S.FAILED, S.STALE, S.UNKNOWN},
    S.SUBMITTED: {S.SUBMITTED, S.APPLIED, S.FAILED, S.UNKNOWN},
    S.UNKNOWN: {S.APPLIED, S.FAILED},
}
TWO = PolicyDecision(kind=Kind.APPROVE, approvals=2, approvers=Who(groups=("S0APPROVERS",)))
RECEIPT = Receipt(proof=Proof.ACCEPTED, status=200)


@pytest.mark.parametrize("after", list(Status))
@pytest.mark.parametrize("before", list(Status))
def test_the_table(before: Status, after: Status) -> None:
    """A change moves along the table and along nothing else."""
    change = a_change(Status.PENDING).model_copy(update={"status": before})
    event = AuditEvent(name="moved", by=WORKER, at=START)
    if after in DECIDED.get(before, set()):
        assert move(change, after, event).change.status is after
    else:
        with pytest.raises(TooLate):
            move(change, after, event)


def test_what_has_ended_has_no_way_on() -> None:
    """The six ends are ends."""
    assert {S.APPLIED, S.FAILED, S.STALE, S.REJECTED, S.CANCELLED, S.EXPIRED} == ENDED
    assert set(TRANSITIONS) == set(Status)


def test_a_change_that_needs_nobody_starts_approved() -> None:
    """Where policy allows, the change is approved at once, with its job and its run-by time."""
    step = deciding.open_change("cs-aaaaaa", a_plan(), PolicyDecision(kind=Kind.ALLOW), REQUESTER, START, TERMS)
    assert step.change.status is Status.APPROVED
    assert [job.kind for job in step.jobs] == ["run"]
    assert [(due.job.kind, due.at) for due in step.due] == [("run_by", START + TERMS.run_by)]


@pytest.mark.parametrize(("production", "lifetime"), [(True, TERMS.expiry_production), (False, TERMS.expiry_other)])
def test_a_request_expires_by_where_it_is(lifetime: int, *, production: bool) -> None:
    """A request lives thirty minutes in production and four hours elsewhere, unless the rule says otherwise."""
    plan = a_plan(production=production)
    step = deciding.open_change("cs-aaaaaa", plan, TWO, REQUESTER, START, TERMS)
    assert [(due.job.kind, due.at) for due in step.due] == [("expire", START + lifetime)]
    short = TWO.model_copy(update={"expires": 5 * MINUTE})
    assert (
        deciding.open_change("cs-aaaaaa", plan, short, REQUESTER, START, TERMS).change.expires_at == START + 5 * MINUTE
    )


def test_the_last_vote_approves_and_brings_the_job() -> None:
    """The first of two votes waits, the second approves, and the job is written with it."""
    change = opened(decision=TWO)
    first = deciding.approve(change, APPROVER, START + 1, TERMS)
    assert (first.change.status, first.jobs) == (Status.PENDING, ())
    second = deciding.approve(first.change, SECOND_APPROVER, START + 2, TERMS)
    assert second.change.status is Status.APPROVED
    assert [job.kind for job in second.jobs] == ["run"]
    assert [job.kind for job in second.cancel] == ["expire", "remind"]


@pytest.mark.parametrize(
    "vote",
    [
        lambda c: deciding.approve(c, APPROVER, START + 1, TERMS),
        lambda c: deciding.reject(c, APPROVER, START + 1, "no"),
    ],
    ids=["approve", "reject"],
)
def test_every_vote_is_guarded_by_the_expiry(vote: Callable[[ChangeRequest], Step]) -> None:
    """A vote hands the deadline to the commit, so that one in the expiring millisecond does not count."""
    for change in (opened(), opened(decision=TWO)):
        assert vote(change).before == change.expires_at


def test_a_confirmation_is_guarded_by_the_expiry() -> None:
    """The requester's own confirmation is held to the deadline too."""
    for decision in (PolicyDecision(kind=Kind.CONFIRM), TWO.model_copy(update={"typed_name": True})):
        change = opened(decision=decision)
        assert deciding.confirm(change, REQUESTER, START + 1, TERMS, "new-search").before == change.expires_at


def test_the_claim_is_guarded_by_the_run_by_time() -> None:
    """A claim of an approved change hands its run-by time to the commit; a takeover has none."""
    change = approved(opened())
    assert running.claim(change, WORKER, START + 1, "worker-1").before == change.run_by
    assert running.claim(claimed(change), WORKER, START + 1, "worker-2").before is None


def test_a_claim_after_a_call_remembers_it() -> None:
    """Whoever takes over after the mark of a call knows that one may have been made."""
    assert running.claim(called(opened()), WORKER, START + 1, "worker-2").change.repeated
    assert running.claim(unanswered(opened()), WORKER, START + 1, "worker-2").change.repeated
    assert not running.claim(claimed(opened()), WORKER, START + 1, "worker-2").change.repeated
    assert not running.claim(not_sent(opened()), WORKER, START + 1, "worker-2").change.repeated


def test_struck_votes_are_gone_and_the_rest_stay() -> None:
    """After a strike the change waits again, with the confirmation and the other votes it had, and a new deadline."""
    typed = TWO.model_copy(update={"typed_name": True})
    change = with_votes(opened(decision=typed), 2)
    now = START + 9 * MINUTE
    step = running.strike(change, WORKER, now, (APPROVER.id,), "left the group", TERMS)
    assert step.change.status is Status.PENDING
    assert [vote.by.id for vote in step.change.approvals] == [SECOND_APPROVER.id]
    assert step.change.confirmed
    assert (step.change.approved_at, step.change.run_by) == (None, None)
    assert [(due.job.kind, due.at) for due in step.due] == [("expire", now + TERMS.expiry_production)]
    assert [job.kind for job in step.cancel] == ["run_by"]


def test_reviews_carry_who_when_and_why() -> None:
    """A review has its person, its time and its note, and the event has the plan that was signed."""
    step = deciding.reject(opened(), APPROVER, START + 5, "not during the launch")
    (review,) = step.change.reviews
    assert (review.verdict, review.by, review.at, review.note) == (
        Verdict.REJECT,
        APPROVER,
        START + 5,
        "not during the launch",
    )
    assert step.event.data["plan"] == step.change.plan.digest


SECOND_ACCOUNT = Actor(id="U0REQUESTER2", name="Requester again", email="REQUESTER@sandbox.example")
JOINED = Actor(id="U0JOINED", name="Joined", email="joined@sandbox.example")


@pytest.mark.parametrize("by", [REQUESTER, SECOND_ACCOUNT, JOINED], ids=["requester", "second account", "joined"])
def test_whoever_asked_cannot_sign_reject_or_settle(by: Actor) -> None:
    """The requester, their other accounts, and who joined in asking, have no say as approvers."""
    change = opened(barred=(JOINED,))
    with pytest.raises(NotASigner):
        deciding.approve(change, by, START + 1, TERMS)
    with pytest.raises(NotASigner):
        deciding.reject(change, by, START + 1, "no")
    with pytest.raises(NotASigner):
        running.settle(an_unknown(change), by, START + 1, happened=True)


def an_unknown(change: ChangeRequest) -> ChangeRequest:
    """Return the change after a call of which nobody can tell what came."""
    return running.unknown(called(change), WORKER, START + 9 * MINUTE, "no answer").change


def test_one_person_signs_once_under_any_account() -> None:
    """A second account of somebody who signed does not count as a second person."""
    change = deciding.approve(opened(decision=TWO), APPROVER, START + 1, TERMS).change
    again = Actor(id="U0OTHER", email=(APPROVER.email or "").upper())
    for by in (APPROVER, again):
        with pytest.raises(NotASigner, match="already"):
            deciding.approve(change, by, START + 2, TERMS)


def test_no_e_mail_is_nobodys_e_mail() -> None:
    """Two people without a known e-mail address are two people."""
    change = deciding.approve(opened(decision=TWO), Actor(id="U1", email=""), START + 1, TERMS).change
    assert deciding.approve(change, Actor(id="U2", email=""), START + 2, TERMS).change.status is Status.APPROVED
    assert Actor(id="U1").same_person(Actor(id="U1"))
    assert not Actor(id="U1").same_person(Actor(id="U2"))


def test_a_name_must_be_typed_before_anybody_signs() -> None:
    """Where the name is asked for, signing waits for the requester to type it exactly."""
    change = opened(decision=TWO.model_copy(update={"typed_name": True}))
    with pytest.raises(NotASigner, match="typed"):
        deciding.approve(change, APPROVER, START + 1, TERMS)
    for typed in ("New-search", "new", None, ""):
        with pytest.raises(NameMismatch):
            deciding.confirm(change, REQUESTER, START + 1, TERMS, typed)
    confirmed = deciding.confirm(change, REQUESTER, START + 1, TERMS, " new-search ").change
    assert deciding.approve(confirmed, APPROVER, START + 2, TERMS).change.status is Status.PENDING


def test_a_late_confirmation_is_told_so_whatever_was_typed() -> None:
    """A confirmation of what has ended is answered with what happened, and not with the name."""
    change = deciding.cancel(opened(decision=TWO.model_copy(update={"typed_name": True})), REQUESTER, START + 1).change
    for typed in (None, "wrong"):
        with pytest.raises(TooLate, match="cancelled"):
            deciding.confirm(change, REQUESTER, START + 2, TERMS, typed)


def test_a_confirmation_is_the_requesters_alone() -> None:
    """Nobody else can confirm or cancel a request."""
    change = opened(decision=PolicyDecision(kind=Kind.CONFIRM))
    with pytest.raises(NotASigner):
        deciding.confirm(change, APPROVER, START + 1, TERMS)
    with pytest.raises(NotASigner):
        deciding.cancel(change, APPROVER, START + 1)
    with pytest.raises(NotASigner, match="own confirmation"):
        deciding.approve(change, APPROVER, START + 1, TERMS)
    assert deciding.confirm(change, REQUESTER, START + 1, TERMS).change.status is Status.APPROVED


@pytest.mark.parametrize("status", [Status.PENDING, Status.APPROVED])
def test_expiry_comes_at_its_time_and_not_before(status: Status) -> None:
    """A change ends at its deadline to the millisecond: unanswered, or approved and not run."""
    change = a_change(status)
    deadline = (change.expires_at if status is Status.PENDING else change.run_by) or 0
    assert deciding.expire(change, WORKER, deadline - 1) is None
    step = deciding.expire(change, WORKER, deadline)
    assert step is not None
    assert step.change.status is Status.EXPIRED
    assert deciding.expire(step.change, WORKER, deadline + 1) is None


def test_an_end_without_effect_is_unknown_after_an_unanswered_call() -> None:
    """Where an earlier call went unanswered, no later refusal may say that nothing took effect."""
    first = claimed(opened())
    again = running.claim(unanswered(opened()), WORKER, START + 5 * MINUTE, "worker-2").change
    for change, status in ((first, Status.FAILED), (again, Status.UNKNOWN)):
        sure = running.failed(change, WORKER, START + 6 * MINUTE, "refused")
        assert running.unless_repeated(change, WORKER, START + 6 * MINUTE, sure, "refused").change.status is status


@dataclass(frozen=True)
class Move:
    """One attempt at a transition, by a name for hypothesis to show."""

    name: str
    attempt: Callable[[ChangeRequest, Actor, int], Step | None]


PEOPLE = (
    REQUESTER,
    SECOND_ACCOUNT,
    JOINED,
    APPROVER,
    Actor(id="U0APPROVER2", email="Approver@Sandbox.example"),
    SECOND_APPROVER,
    Actor(id="U0NOMAIL"),
)
MOVES = (
    Move("approve", lambda c, by, now: deciding.approve(c, by, now, TERMS)),
    Move("confirm", lambda c, by, now: deciding.confirm(c, by, now, TERMS, c.plan.target.key)),
    Move("reject", lambda c, by, now: deciding.reject(c, by, now, "no")),
    Move("cancel", lambda c, by, now: deciding.cancel(c, by, now)),
    Move("expire", lambda c, _, now: deciding.expire(c, WORKER, now)),
    Move("stale", lambda c, _, now: running.stale(c, WORKER, now, Cause.DRIFT, "moved")),
    Move("strike", lambda c, by, now: running.strike(c, WORKER, now, (by.id,), "left", TERMS)),
    Move("claim", lambda c, _, now: running.claim(c, WORKER, now, "worker-1")),
    Move("call", lambda c, _, now: running.call_started(c, WORKER, now)),
    Move("unanswered", lambda c, _, now: running.call_unanswered(c, WORKER, now, "no answer", TERMS)),
    Move("not sent", lambda c, _, now: running.call_not_sent(c, WORKER, now, "pace", 1000)),
    Move("applied", lambda c, _, now: running.applied(c, WORKER, now, RECEIPT)),
    Move("submitted", lambda c, _, now: running.submitted(c, WORKER, now, RECEIPT, TERMS)),
    Move("failed", lambda c, _, now: running.failed(c, WORKER, now, "refused")),
    Move("unknown", lambda c, _, now: running.unknown(c, WORKER, now, "nobody knows")),
    Move("settle", lambda c, by, now: running.settle(c, by, now, happened=True)),
)
DECISIONS = (
    PolicyDecision(kind=Kind.CONFIRM),
    PolicyDecision(kind=Kind.APPROVE, approvals=1),
    TWO,
    TWO.model_copy(update={"typed_name": True}),
    PolicyDecision(kind=Kind.APPROVE, approvals=3),
)
ATTEMPTS = st.lists(
    st.tuples(st.sampled_from(MOVES), st.sampled_from(PEOPLE), st.integers(0, 20 * MINUTE)), max_size=30
)


@given(st.sampled_from(DECISIONS), ATTEMPTS)
@settings(max_examples=300)
def test_no_sequence_of_moves_breaks_the_rules(
    decision: PolicyDecision, attempts: list[tuple[Move, Actor, int]]
) -> None:
    """Whatever is tried in whatever order: the table, the quorum, the barred, and the ends hold."""
    change, now = opened(decision=decision, barred=(JOINED,)), START
    for one, by, pause in attempts:
        now += pause
        try:
            step = one.attempt(change, by, now)
        except CountersignError:
            continue
        if step is None:
            continue
        check_step(change, step)
        change = step.change


def check_step(before: ChangeRequest, step: Step) -> None:
    """Check what must hold of any single transition."""
    after = step.change
    assert after.status in TRANSITIONS[before.status]
    assert not before.ended
    voters = [vote.by for vote in after.approvals]
    assert not any(a.same_person(b) for i, a in enumerate(voters) for b in voters[:i])
    assert not any(voter.same_person(asked) for voter in voters for asked in (REQUESTER, JOINED))
    if after.status in (Status.APPROVED, Status.APPLYING) and before.status is not after.status:
        enough = len(voters) >= after.decision.approvals
        assert enough
        assert after.confirmed or not (after.decision.typed_name or after.decision.kind is Kind.CONFIRM)
    if len(after.reviews) > len(before.reviews):
        assert step.before == before.expires_at
    if before.status is Status.APPROVED and after.status is Status.APPLYING:
        assert step.before == before.run_by
    assert (after.plan, after.requester, after.decision) == (before.plan, before.requester, before.decision)


def test_the_terms_are_the_decided_numbers() -> None:
    """Expiry, run-by, settle time and the rest are those that were decided on."""
    terms = Terms()
    assert (terms.expiry_production, terms.expiry_other) == (30 * MINUTE, 240 * MINUTE)
    assert (terms.run_by, terms.settle, terms.open_per_person) == (10 * MINUTE, 20_000, 10)
    assert (terms.submitted_limit, terms.keep) == (24 * 60 * MINUTE, 30 * 24 * 60 * MINUTE)
