"""Each transition in full: what it leaves in the record, what it says in the chain, and what is due after it."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.audit import GENESIS, AuditEntry, AuditEvent
from bot.changes import deciding, reminding, running
from bot.changes.record import Cause, ChangeRequest, Origin, Status, Step, Verdict
from bot.errors import CountersignError, Tampered
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
    a_decision,
    a_plan,
    approved,
    called,
    claimed,
    opened,
    unanswered,
    with_name_typed,
    with_votes,
)
from tests.core.fakes import SIGNER

NOW = START + 7 * MINUTE
RECEIPT = Receipt(proof=Proof.ACCEPTED, status=200, note="accepted", at=NOW)
TWO = a_decision(a_plan(), approvals=2)
NAMED = TWO.model_copy(update={"typed_name": True})
CONFIRM = PolicyDecision(kind=Kind.CONFIRM, approvers=Who(users=(APPROVER.id,)))


def different(before: ChangeRequest, after: ChangeRequest) -> dict[str, Any]:
    """Return the fields that a transition changed, with their new values."""
    return {name: value for name, value in after if value != getattr(before, name)}


def due(step: Step) -> list[tuple[str, int]]:
    """Return the deadlines that are set."""
    return [(one.job.kind, one.at) for one in step.due if one.job.id == step.change.id]


def check(step: Step, before: ChangeRequest, event: tuple[str, Actor, dict[str, Any]], **changed: Any) -> None:
    """Check a transition: its one event, and exactly these changes in the record."""
    name, by, data = event
    assert step.event == AuditEvent(name=name, by=by, at=NOW, data=data)
    assert different(before, step.change) == changed


def test_a_request_in_full() -> None:
    """The chain's first entry keeps what was asked for, on what, under which rule and why."""
    plan = a_plan()
    step = deciding.open_change("cs-aaaaaa", plan, TWO, REQUESTER, NOW, TERMS, reason="p99 up", parent="cs-bbbbbb")
    assert step.event.data == {
        "plan": plan.digest,
        "action": "flag.disable",
        "target": plan.target.slot,
        "key": "new-search",
        "where": "Production",
        "production": True,
        "rule": TWO.rule,
        "reason": "p99 up",
    }
    change = step.change
    assert (change.reason, change.parent, change.origin, change.created_at) == ("p99 up", "cs-bbbbbb", Origin(), NOW)
    placed = deciding.open_change("cs-a", plan, TWO, REQUESTER, NOW, TERMS, origin=Origin(channel="C1")).change
    assert placed.origin == Origin(channel="C1")
    assert (placed.reason, placed.parent, placed.warrant, placed.broken_glass) == ("", "", "", False)


def test_a_confirmation_in_full() -> None:
    """The requester's word is kept as such, approves at once, and has its place in the chain."""
    change = opened(decision=CONFIRM)
    step = deciding.confirm(change, REQUESTER, NOW, TERMS)
    (word,) = step.change.reviews
    assert (word.verdict, word.by, word.at, word.note) == (Verdict.CONFIRM, REQUESTER, NOW, "")
    event = ("confirm", REQUESTER, {"plan": change.plan.digest, "note": ""})
    run_by = NOW + TERMS.run_by
    check(step, change, event, status=Status.APPROVED, reviews=(word,), approved_at=NOW, run_by=run_by)
    assert (due(step), step.before) == ([("run_by", run_by)], change.expires_at)


def test_signatures_in_full() -> None:
    """The vote before the last changes nothing but the votes, and the last one approves."""
    change = opened(decision=TWO)
    first = deciding.approve(change, APPROVER, NOW, TERMS)
    event = ("approve", APPROVER, {"plan": change.plan.digest, "note": ""})
    check(first, change, event, reviews=first.change.approvals)
    second = deciding.approve(first.change, SECOND_APPROVER, NOW, TERMS)
    assert [vote.by for vote in second.change.approvals] == [APPROVER, SECOND_APPROVER]
    assert (second.change.approved_at, second.change.run_by) == (NOW, NOW + TERMS.run_by)


def test_ends_before_running_in_full() -> None:
    """Rejected, cancelled and expired each say by whom, when and why, in the record and in the chain."""
    change = opened()
    rejected = deciding.reject(change, APPROVER, NOW, "not now")
    event = ("reject", APPROVER, {"plan": change.plan.digest, "note": "not now"})
    vote = rejected.change.reviews
    assert [(one.verdict, one.by, one.note) for one in vote] == [(Verdict.REJECT, APPROVER, "not now")]
    check(rejected, change, event, status=Status.REJECTED, reviews=vote, note="not now", ended_at=NOW)
    cancelled = deciding.cancel(change, REQUESTER, NOW)
    check(cancelled, change, ("cancelled", REQUESTER, {}), status=Status.CANCELLED, ended_at=NOW)


@pytest.mark.parametrize(
    ("change", "why"),
    [(opened(), "nobody answered in time"), (approved(opened()), "it was approved but not run in time")],
)
def test_expiry_in_full(change: ChangeRequest, why: str) -> None:
    """What expires says which of its two times was over, and nothing does a millisecond before."""
    deadline = change.run_by or change.expires_at
    step = deciding.expire(change, WORKER, deadline)
    assert deciding.expire(change, WORKER, deadline - 1) is None
    assert step is not None
    assert step.event == AuditEvent(name="expired", by=WORKER, at=deadline, data={"why": why})
    assert different(change, step.change) == {"status": Status.EXPIRED, "note": why, "ended_at": deadline}


def test_claim_in_full() -> None:
    """A claim counts the attempt, names the worker, and is guarded by the time to run by, the first time only."""
    change = approved(opened())
    first = running.claim(change, WORKER, NOW, "worker-1")
    event = ("claimed", WORKER, {"attempt": 1})
    check(first, change, event, status=Status.APPLYING, attempt=1, worker="worker-1")
    assert (first.before, change.run_by is not None) == (change.run_by, True)
    second = running.claim(first.change, WORKER, NOW, "worker-2")
    check(second, first.change, ("claimed", WORKER, {"attempt": 2}), attempt=2, worker="worker-2")
    assert second.before is None


def test_the_call_in_full() -> None:
    """Started, unanswered and never sent: marker, note, receipt and the next look are what the record has."""
    taken = claimed(opened())
    started = running.call_started(taken, WORKER, NOW)
    check(started, taken, ("called", WORKER, {"attempt": 1}), called_at=NOW)
    after = unanswered(opened())
    assert after.settles_at is not None
    again = running.call_started(after, WORKER, NOW)
    check(again, after, ("called", WORKER, {"attempt": 1}), called_at=NOW, note="", settles_at=None)

    lost = running.call_unanswered(started.change, WORKER, NOW, "no answer", TERMS, RECEIPT)
    event = ("unanswered", WORKER, {"attempt": 1, "note": "no answer"})
    settles = NOW + TERMS.settle
    check(lost, started.change, event, note="no answer", receipt=RECEIPT, settles_at=settles)
    assert due(lost) == [("settle", settles)]
    kept = running.call_unanswered(lost.change, WORKER, NOW, "still none", TERMS)
    assert kept.change.receipt == RECEIPT

    unsent = running.call_not_sent(started.change, WORKER, NOW, "too fast", 5000)
    event = ("not_sent", WORKER, {"attempt": 1, "note": "too fast"})
    check(unsent, started.change, event, called_at=None, note="too fast")
    assert due(unsent) == [("run", NOW + 5000)]


def test_success_in_full() -> None:
    """What was applied has its receipt, no note left of a trouble before, and is told outside."""
    change = unanswered(opened())
    step = running.applied(change, WORKER, NOW, RECEIPT)
    event = ("applied", WORKER, {"proof": Proof.ACCEPTED, "status": 200, "note": "accepted"})
    check(step, change, event, status=Status.APPLIED, receipt=RECEIPT, note="", ended_at=NOW)
    assert [(job.kind, job.id) for job in step.jobs] == [("tell", change.id)]


def test_submission_in_full() -> None:
    """What waits inside Datadog has its receipt and the time of the next look, and has not ended."""
    change = unanswered(opened())
    receipt = Receipt(proof=Proof.SUBMITTED, status=202, suggestion="sg-41", at=NOW)
    step = running.submitted(change, WORKER, NOW, receipt, TERMS)
    event = ("submitted", WORKER, {"status": 202, "suggestion": "sg-41"})
    check(step, change, event, status=Status.SUBMITTED, receipt=receipt, submitted_at=NOW, note="")
    assert due(step) == [("poll", NOW + TERMS.poll)]


def test_failure_and_the_unknown_in_full() -> None:
    """Why it failed, or why nobody can tell, is in the record and in the chain; a cause only where there is one."""
    change = called(opened())
    failed = running.failed(change, WORKER, NOW, "refused")
    check(failed, change, ("failed", WORKER, {"note": "refused"}), status=Status.FAILED, note="refused", ended_at=NOW)
    caused = running.failed(change, WORKER, NOW, "withdrawn", Cause.WITHDRAWN)
    event = ("failed", WORKER, {"note": "withdrawn", "cause": Cause.WITHDRAWN})
    check(caused, change, event, status=Status.FAILED, note="withdrawn", cause=Cause.WITHDRAWN, ended_at=NOW)
    lost = running.unknown(change, WORKER, NOW, "no answer")
    check(
        lost, change, ("unknown", WORKER, {"note": "no answer"}), status=Status.UNKNOWN, note="no answer", ended_at=NOW
    )
    stale = running.stale(change, WORKER, NOW, Cause.DRIFT, "the status")
    event = ("stale", WORKER, {"cause": Cause.DRIFT, "note": "the status"})
    check(stale, change, event, status=Status.STALE, cause=Cause.DRIFT, note="the status", ended_at=NOW)


def test_what_may_have_been_called_before_is_not_said_to_have_failed() -> None:
    """After an unanswered call, a refusal ends as unknown with the reason; else it is what it seems."""
    change = called(opened())
    sure = running.failed(change, WORKER, NOW, "refused")
    assert running.unless_repeated(change, WORKER, NOW, sure, "Refused.") is sure
    twice = change.model_copy(update={"repeated": True})
    step = running.unless_repeated(twice, WORKER, NOW, sure, "Refused.")
    note = "Refused. An earlier call went unanswered and may be the reason or still land."
    check(step, twice, ("unknown", WORKER, {"note": note}), status=Status.UNKNOWN, note=note, ended_at=NOW)


def test_settling_by_a_person_in_full() -> None:
    """Whoever settles is named in the chain, and their word is the proof."""
    change = a_change(Status.UNKNOWN)
    yes = running.settle(change, APPROVER, NOW, happened=True)
    receipt = Receipt(proof=Proof.PERSON, at=NOW)
    event = ("applied", APPROVER, {"proof": Proof.PERSON, "status": 0, "note": ""})
    check(yes, change, event, status=Status.APPLIED, receipt=receipt, note="", ended_at=NOW, settled_by=APPROVER)
    no = running.settle(change, APPROVER, NOW, happened=False)
    note = "A person looked and found that it did not happen."
    check(
        no,
        change,
        ("failed", APPROVER, {"note": note}),
        status=Status.FAILED,
        note=note,
        ended_at=NOW,
        settled_by=APPROVER,
    )


def test_striking_in_full() -> None:
    """A vote that is struck is named in the chain; others stay, and the time to answer begins anew."""
    change = with_votes(opened(decision=TWO), 2)
    step = running.strike(change, WORKER, NOW, (APPROVER.id,), "left the group", TERMS)
    event = ("struck", WORKER, {"votes": [APPROVER.id], "note": "left the group"})
    expires = NOW + TERMS.expiry_production
    more = {"approved_at": None, "run_by": None, "expires_at": expires, "note": "left the group"}
    check(step, change, event, status=Status.PENDING, reviews=change.reviews[1:], **more)
    assert due(step) == [("expire", expires)]


def test_a_reminder_in_full() -> None:
    """Reminding changes nothing but when it was done, and does not count once the request has expired."""
    change = opened(decision=TWO)
    step = reminding.remind(change, REQUESTER, NOW, TERMS)
    check(step, change, ("reminded", REQUESTER, {}), reminded=(NOW,))
    assert step.before == change.expires_at
    half = change.expires_at - TERMS.expiry_production // 2
    assert due(step) == [("remind", half)]
    assert due(reminding.with_reminder(deciding.approve(change, APPROVER, NOW, TERMS), half, TERMS)) == [
        ("remind", change.expires_at - reminding.SHORTLY)
    ]
    assert reminding.remind_due(change, WORKER, change.expires_at, TERMS) is None
    assert reminding.remind_due(change, WORKER, change.expires_at - 1, TERMS) is not None


def test_when_to_remind_of_a_short_request() -> None:
    """One that lives five minutes is told of at half time and not at once; half of an odd time is a whole number."""
    change = opened(decision=TWO.model_copy(update={"expires": reminding.SHORTLY}))
    assert reminding.remind_due(change, WORKER, START + 1, TERMS) is None
    assert due(reminding.with_reminder(running.strike(change, WORKER, START, (), "", TERMS), START, TERMS)) == [
        ("expire", change.expires_at),
        ("remind", START + reminding.SHORTLY // 2),
    ]
    odd = opened(decision=TWO.model_copy(update={"expires": 61_001}))
    half = reminding.with_reminder(deciding.approve(odd, APPROVER, START, TERMS), START, TERMS)
    assert due(half) == [("remind", odd.expires_at - 30_500)]


REFUSALS: dict[str, tuple[Callable[[], object], str]] = {
    "no way on": (
        lambda: deciding.cancel(a_change(Status.APPLIED), REQUESTER, NOW),
        "This change is already applied. Nothing was done.",
    ),
    "a late press": (
        lambda: deciding.approve(a_change(Status.CANCELLED), APPROVER, NOW, TERMS),
        "This change is already cancelled. Your press changed nothing.",
    ),
    "somebody else confirms": (
        lambda: deciding.confirm(opened(decision=CONFIRM), APPROVER, NOW, TERMS),
        "Only the person who asked can confirm this. Ask them, or make your own request.",
    ),
    "another name typed": (
        lambda: deciding.confirm(opened(decision=NAMED), REQUESTER, NOW, TERMS, "New-search"),
        "That is not the name: it is new-search. Type it exactly, case included.",
    ),
    "no name typed": (
        lambda: deciding.confirm(opened(decision=NAMED), REQUESTER, NOW, TERMS),
        "This change asks for the name to be typed. Use the button on the card.",
    ),
    "the requester signs": (
        lambda: deciding.approve(opened(), REQUESTER, NOW, TERMS),
        "Whoever asked cannot also sign. Another approver has to.",
    ),
    "nothing to sign": (
        lambda: deciding.approve(opened(decision=CONFIRM), APPROVER, NOW, TERMS),
        "This change needs only the requester's own confirmation. There is nothing to sign.",
    ),
    "before the name": (
        lambda: deciding.approve(opened(decision=NAMED), APPROVER, NOW, TERMS),
        "The requester has not typed the name yet. It can be signed after that.",
    ),
    "signed twice": (
        lambda: deciding.approve(with_votes(opened(decision=TWO), 1), APPROVER, NOW, TERMS),
        "You have signed this already. It waits for another approver.",
    ),
    "the requester rejects": (
        lambda: deciding.reject(opened(), REQUESTER, NOW, "no"),
        "Whoever asked cannot also decide. You can cancel your request instead.",
    ),
    "somebody else cancels": (
        lambda: deciding.cancel(opened(), APPROVER, NOW),
        "Only the person who asked can cancel this. An approver can reject it.",
    ),
    "a call without a claim": (
        lambda: running.call_started(opened(), WORKER, NOW),
        "This change is already pending. Nothing was done.",
    ),
    "settling what is known": (
        lambda: running.settle(opened(), APPROVER, NOW, happened=True),
        "This change is already pending. Nothing was done.",
    ),
    "the requester settles": (
        lambda: running.settle(a_change(Status.UNKNOWN), REQUESTER, NOW, happened=True),
        "Whoever asked cannot also settle it. Another approver has to.",
    ),
    "reminding of nothing": (
        lambda: reminding.remind(opened(decision=CONFIRM), REQUESTER, NOW, TERMS),
        "This request does not wait for a signature. Nobody was reminded.",
    ),
    "somebody else reminds": (
        lambda: reminding.remind(opened(), APPROVER, NOW, TERMS),
        "Only whoever asked can remind. Approvers sign or reject on the card.",
    ),
    "reminding before the name": (
        lambda: reminding.remind(opened(decision=NAMED), REQUESTER, NOW, TERMS),
        "The name has not been typed yet. It waits for whoever asked.",
    ),
    "reminding again at once": (
        lambda: reminding.remind(reminding.remind(opened(), REQUESTER, NOW, TERMS).change, REQUESTER, NOW + 1, TERMS),
        "Approvers were reminded less than a minute ago. Give them a moment.",
    ),
    "reminding a fourth time": (
        lambda: reminding.remind(opened().model_copy(update={"reminded": (1, 2, 3)}), REQUESTER, NOW, TERMS),
        "Approvers have been reminded 3 times. Ask one of them directly.",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_each_refusal_in_its_own_words(case: str) -> None:
    """Whoever is refused reads what stands against it, and what to do instead."""
    attempt, said = REFUSALS[case]
    with pytest.raises(CountersignError) as refused:
        attempt()
    assert str(refused.value) == said


def test_the_name_as_it_is_typed() -> None:
    """Blanks around the typed name are nobody's intention; its confirmation stands and the signatures come after."""
    change = opened(decision=NAMED)
    step = deciding.confirm(change, REQUESTER, NOW, TERMS, " new-search ")
    assert step.change.status is Status.PENDING
    assert not step.change.waits_for_name
    assert deciding.approve(with_name_typed(change), APPROVER, NOW, TERMS).change.approvals


@pytest.mark.parametrize("first", ["requested", "reminded"])
def test_a_chain_begins_with_the_request_for_this_plan(first: str) -> None:
    """A first entry of another name, or for another plan, is none."""
    change = opened()
    for name, plan in ((first, change.plan.digest), ("requested", a_plan("flag.enable").digest)):
        event = AuditEvent(name=name, by=REQUESTER, at=START, data={"plan": plan})
        entries: tuple[AuditEntry, ...] = (SIGNER.sign(change.id, 1, event, "", GENESIS),)
        if (name, plan) == ("requested", change.plan.digest):
            deciding.check_votes(change, entries)
            continue
        with pytest.raises(Tampered, match=r"The plan of cs-k3f9qa is not the one that was asked for\."):
            deciding.check_votes(change, entries)
