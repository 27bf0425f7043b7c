"""The card of a change in every state."""

from collections.abc import Callable

from bot.changes import running
from bot.changes.record import Cause, ChangeRequest, Status
from bot.model import Plan, Proof
from bot.policy import Who
from handlers.cards.card import card
from tests.builders import (
    APPROVER,
    SECOND_APPROVER,
    START,
    TERMS,
    WORKER,
    a_change,
    a_decision,
    a_plan,
    an_environment,
    called,
    many_changes,
    needing_nobody,
    not_sent,
    opened,
    unanswered,
    with_name_typed,
    with_plan,
    with_votes,
)
from tests.handlers.scenes.shown import Scene

GUARDED = {"guardrail": {"metrics": ["error rate"]}, "approval_required": True}


def rollout(verb: str = "pause", **more: object) -> Plan:
    """Return the plan of something done to a rollout in production."""
    return a_plan(f"rollout.{verb}", facts=dict(more))  # type: ignore[arg-type]  # facts are JSON, written as keywords


def needing_two() -> ChangeRequest:
    """Return a change that one of two people has signed."""
    plan = a_plan()
    return with_votes(opened(plan, a_decision(plan, approvals=2)), 1)


def struck() -> ChangeRequest:
    """Return a change that lost its signature again, because its giver left the approvers."""
    change = a_change(Status.APPROVED)
    note = "Approver has left the approvers."
    return running.strike(change, WORKER, START + 200_000, (APPROVER.id,), note, TERMS).change


def called_in_development() -> ChangeRequest:
    """Return a change in an environment whose name does not say that it is production."""
    return opened(a_plan(environment=an_environment("Development", production=True)))


def named_approvers() -> ChangeRequest:
    """Return a change that a group by its handle and two named people may sign."""
    plan = a_plan()
    who = Who(groups=("release-approvers",), users=(APPROVER.id, SECOND_APPROVER.id))
    return opened(plan, a_decision(plan, approvers=who))


CARDS: dict[str, Callable[[], ChangeRequest]] = {
    "pending-signature": opened,
    "pending-second-signature": needing_two,
    "pending-signature-struck": struck,
    "pending-named-approvers": named_approvers,
    "pending-production-in-disguise": called_in_development,
    "pending-confirmation": lambda: opened(rollout()),
    "pending-confirmation-elsewhere": lambda: opened(a_plan(production=False), reason=""),
    "pending-name": lambda: opened(rollout("stop")),
    "pending-name-typed": lambda: with_name_typed(opened(rollout("stop"))),
    "pending-with-warnings": lambda: opened(rollout("resume", **GUARDED), parent="cs-old234", barred=(APPROVER,)),
    "approved": lambda: a_change(Status.APPROVED),
    "approved-by-confirmation": lambda: a_change(Status.APPROVED, plan=rollout()),
    "approved-needing-nobody": lambda: opened(a_plan(production=False), needing_nobody(a_plan(production=False))),
    "applying": lambda: a_change(Status.APPLYING),
    "applying-called": lambda: called(opened()),
    "applying-unanswered": lambda: unanswered(opened()),
    "applying-not-sent": lambda: not_sent(opened()),
    "submitted": lambda: a_change(Status.SUBMITTED),
    "applied-read-back": lambda: a_change(Status.APPLIED),
    "applied-accepted": lambda: a_change(Status.APPLIED, plan=rollout(), proof=Proof.ACCEPTED),
    "applied-already": lambda: a_change(Status.APPLIED, proof=Proof.ALREADY),
    "applied-by-a-person": lambda: a_change(Status.APPLIED, proof=Proof.PERSON),
    "applied-without-inverse": lambda: a_change(Status.APPLIED, plan=rollout("start")),
    "failed": lambda: a_change(Status.FAILED),
    "failed-withdrawn": lambda: a_change(Status.FAILED, cause=Cause.WITHDRAWN, note="the suggestion is gone"),
    "failed-integrity": lambda: a_change(Status.FAILED, cause=Cause.INTEGRITY, note="A vote is not in its chain."),
    "unknown": lambda: a_change(Status.UNKNOWN),
    "stale-drift": lambda: a_change(Status.STALE),
    "stale-superseded": lambda: a_change(Status.STALE, cause=Cause.SUPERSEDED, note="cs-b7m2xd paused it"),
    "stale-freeze": lambda: a_change(
        Status.STALE, cause=Cause.FREEZE, note="PRODUCTION is frozen by Operator until 2026-10-14 18:00 UTC: launch."
    ),
    "stale-lock": lambda: a_change(
        Status.STALE, cause=Cause.LOCK, note="Flag new-search in Production is locked by Operator until it is lifted."
    ),
    "rejected": lambda: a_change(Status.REJECTED),
    "cancelled": lambda: a_change(Status.CANCELLED),
    "expired": lambda: a_change(Status.EXPIRED),
    "pending-long": lambda: with_plan(opened(), changes=many_changes(18, "a rule of many words, " * 16)),
    "pending-archive": lambda: opened(a_plan("flag.archive")),
    "pending-test": lambda: opened(a_plan("test.pause")),
    "pending-deployment": lambda: opened(a_plan("deployment.cancel")),
    "pending-deletion": lambda: with_name_typed(opened(a_plan("environment.delete"))),
    "applied-deletion": lambda: a_change(Status.APPLIED, plan=a_plan("environment.delete")),
}

SCENES: dict[str, Scene] = {
    f"card-{name}": (lambda build=build: card(build()))  # type: ignore[misc]  # mypy cannot infer a lambda's default
    for name, build in CARDS.items()
}
