"""Every message a person can read, each in a situation with a name: what goldens are made of."""

from collections.abc import Callable

from bot.changes import running
from bot.changes.record import Cause, ChangeRequest, Status
from bot.errors import AmbiguousTarget, Misconfigured, NotRecorded
from bot.model import Plan, Proof
from bot.policy import Who
from handlers.cards.answers import answer, nothing_to_do
from handlers.cards.card import card
from handlers.cards.forms import name_view, reject_view
from handlers.cards.help import help_message
from handlers.cards.inbox import inbox
from handlers.cards.letters import direct_message
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
    needing_nobody,
    not_sent,
    opened,
    unanswered,
    with_name_typed,
    with_votes,
)
from tests.handlers.card_text import drawn, drawn_view

LINK = "https://sandbox.slack.com/archives/C0DEPLOYS/p1792000000000100"
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
        Status.STALE, cause=Cause.FREEZE, note="Production is frozen by Operator until 2026-10-14 18:00 UTC: launch."
    ),
    "stale-lock": lambda: a_change(
        Status.STALE, cause=Cause.LOCK, note="flag new-search in Production is locked by Operator until it is lifted."
    ),
    "rejected": lambda: a_change(Status.REJECTED),
    "cancelled": lambda: a_change(Status.CANCELLED),
    "expired": lambda: a_change(Status.EXPIRED),
    "pending-archive": lambda: opened(a_plan("flag.archive")),
    "pending-test": lambda: opened(a_plan("test.pause")),
    "pending-deployment": lambda: opened(a_plan("deployment.cancel")),
    "pending-deletion": lambda: with_name_typed(opened(a_plan("environment.delete"))),
    "applied-deletion": lambda: a_change(Status.APPLIED, plan=a_plan("environment.delete")),
}

USAGES = (
    ("/flag disable new-search in prod because …", "turns the flag off in one environment"),
    ("/rollout pause checkout-v2 in prod", "stops the growth and keeps the place"),
)
CONTROLS = (("/ops approvals", "what waits for your signature"), ("/ops cancel cs-k3f9qa", "takes a request back"))
CHOICES = (
    ("new-search", "disable flag new-search in Production"),
    ("new-search-v2", "disable flag new-search-v2 in Production"),
)


def _inbox() -> str:
    signable = opened(rollout("resume"), id_="cs-aaaaaa", at=START - 60_000)
    return drawn(inbox((opened(), signable), (opened(rollout()),), {"cs-k3f9qa": LINK, "cs-aaaaaa": LINK}))


OTHERS: dict[str, Callable[[], str]] = {
    "answer": lambda: drawn(answer(NotRecorded("The store did not take it.", "Nothing happened; try again."))),
    "answer-with-choices": lambda: drawn(answer(AmbiguousTarget("Two flags answer to search.", "Which one?", CHOICES))),
    "answer-misconfigured": lambda: drawn(answer(Misconfigured("The policy is wrong.", "", ("line 3: no such verb",)))),
    "nothing-to-do": lambda: drawn(nothing_to_do(a_plan(facts={"status": "DISABLED"}))),
    "inbox": _inbox,
    "inbox-empty": lambda: drawn(inbox((), (), {})),
    "help": lambda: drawn(help_message(USAGES, CONTROLS, "")),
    "help-topic": lambda: drawn(help_message(USAGES[:1], (), "disable")),
    "help-unknown-topic": lambda: drawn(help_message((), (), "fly")),
    "letter-approver": lambda: drawn(direct_message(named_approvers(), "approver", LINK)),
    "letter-requester": lambda: drawn(direct_message(a_change(Status.APPLIED), "requester", LINK)),
    "form-reject": lambda: drawn_view(reject_view(opened())),
    "form-name": lambda: drawn_view(name_view(opened(rollout("stop")))),
}

GOLDENS: dict[str, Callable[[], str]] = {
    **{f"card-{name}": (lambda build=build: drawn(card(build()))) for name, build in CARDS.items()},  # type: ignore[misc]  # mypy cannot infer a lambda's default
    **OTHERS,
}
