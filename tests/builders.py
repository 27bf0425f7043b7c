"""
Readable builders of people, plans and changes, for tests that need one in a given state.

Plans come out of the planner, decisions out of the policy, and a change reaches its state by the transitions
themselves, so that no test stands on a record that could not exist.
"""

from bot.actions import BY_NAME
from bot.changes import deciding, running
from bot.changes.record import Cause, ChangeRequest, Origin, Status, Terms
from bot.model import Actor, Environment, Facts, FieldChange, Noun, Plan, Proof, Receipt, Scope, Snapshot, Target
from bot.planner import plan as planned
from bot.policy import Environments, Kind, Policy, PolicyDecision, Rule, Who, decide

START = 1_792_000_000_000
MINUTE = 60_000
TERMS = Terms()
GROUP = "S0APPROVERS"

REQUESTER = Actor(id="U0REQUESTER", team="T0SANDBOX", name="Requester", email="requester@sandbox.example")
APPROVER = Actor(id="U0APPROVER", team="T0SANDBOX", name="Approver", email="approver@sandbox.example")
SECOND_APPROVER = Actor(id="U0SECOND", team="T0SANDBOX", name="Second approver", email="approver-2@sandbox.example")
WORKER = Actor(id="worker", name="Countersign")

PRODUCTION = Environment(
    id="7f1c2d3e-0000-4000-8000-000000000001", name="Production", queries=("prod",), is_production=True
)
STAGING = Environment(
    id="7f1c2d3e-0000-4000-8000-000000000002", name="staging", queries=("staging",), is_production=False
)

POLICY = Policy(
    approvers=Who(groups=(GROUP,)),
    rules=(
        Rule(name="anyone may contain", actions=("contain",), decision="confirm"),
        Rule(
            name="production needs a second person",
            actions=("*",),
            environments=Environments(production=True),
            approvals=1,
        ),
        Rule(name="elsewhere a confirmation is enough", actions=("*",), decision="confirm"),
    ),
)

_FACTS: dict[str, Facts] = {
    "flag.enable": {"status": "DISABLED"},
    "flag.disable": {"status": "ENABLED"},
    "rollout.start": {"started_at": None},
    "flag.unarchive": {"archived": True},
    "test.start": {"status": "paused"},
}
_ORG_TARGETS: dict[Noun, Target] = {
    Noun.TEST: Target(
        noun=Noun.TEST, id="abc-def-ghi", key="checkout-api", reach="prod", also=("env:prod", "team:shop")
    ),
    Noun.DEPLOYMENT: Target(noun=Noun.DEPLOYMENT, id="jkl-mno-pqr", key="jkl-mno-pqr", reach="the fleet"),
    Noun.ENVIRONMENT: Target(
        noun=Noun.ENVIRONMENT,
        id="7f1c2d3e-0000-4000-8000-000000000003",
        key="eu-staging",
        reach="the organisation",
    ),
}
_ORG_FACTS: dict[Noun, Facts] = {
    Noun.TEST: {"test_id": "abc-def-ghi", "status": "live", "type": "api", "tags": ["env:prod", "team:shop"]},
    Noun.DEPLOYMENT: {
        "deployment_id": "jkl-mno-pqr",
        "status": "running",
        "over": False,
        "query": "env:prod",
        "versions": ["7.70.0"],
        "hosts": {"succeeded": 2, "running": 1, "pending": 2},
        "total_hosts": 5,
    },
    Noun.ENVIRONMENT: {
        "exists": True,
        "environment_id": "7f1c2d3e-0000-4000-8000-000000000003",
        "name": "eu-staging",
        "queries": ["eu-staging"],
        "production_mark": False,
        "enabled": ["eu-pricing", "payments-kill-switch"],
        "ruled": ["checkout-v2-eu"],
        "unread": 0,
    },
}


def an_environment(name: str, *, production: bool) -> Environment:
    """Return an environment of that name; Datadog's mark alone makes it production."""
    return Environment(id=f"id-of-{name}", name=name, queries=(name.lower(),), is_production=production)


def a_target(
    noun: Noun = Noun.FLAG, *, key: str = "", environment: Environment | None = PRODUCTION, rule: str = ""
) -> Target:
    """Return the flag `new-search`, the rollout of `checkout-v2`, or what there is of another noun."""
    if noun not in (Noun.FLAG, Noun.ROLLOUT):
        usual = _ORG_TARGETS[noun]
        return usual.model_copy(update={"key": key or usual.key, "environment": None})
    flag = noun is Noun.FLAG
    return Target(
        noun=noun,
        id="0c9d7a52-0000-4000-8000-00000000f1a6" if flag else "0c9d7a52-0000-4000-8000-00000000c4ed",
        key=key or ("new-search" if flag else "checkout-v2"),
        name="New search" if flag else "Checkout, second version",
        rule="" if flag else rule or "Everyone",
        flag_id="0c9d7a52-0000-4000-8000-00000000f1a6",
        environment=environment,
        url="https://app.datadoghq.com/feature-flags/0c9d7a52-0000-4000-8000-00000000f1a6",
    )


def a_snapshot(target: Target | None = None, *, at: int = START, facts: Facts | None = None) -> Snapshot:
    """Return what a provider would have seen of the target; `facts` replace some of it."""
    target = target or a_target()
    if target.noun in _ORG_FACTS:
        return Snapshot(target=target, facts=_ORG_FACTS[target.noun] | (facts or {}), taken_at=at)
    seen: Facts = {"flag_id": target.flag_id, "approval_required": False, "pending_suggestion": None}
    if target.noun is Noun.FLAG:
        everywhere: Facts = {"enabled_in": ["Production", "staging"]}
        here: Facts = {"status": "ENABLED", "rules": "5f2a"}
        seen |= {"archived": False, **(here if target.environment else everywhere)}
    else:
        seen |= {"schedule_id": target.id, "rule": target.rule, "flag_status": "ENABLED", "guardrail": None}
        seen |= {"started_at": "2026-10-14T12:00:00Z", "updated_at": "2026-10-14T12:00:00Z", "steps": [0.01, 0.1, 1]}
    return Snapshot(target=target, facts=seen | (facts or {}), taken_at=at)


def a_plan(
    action: str = "flag.disable",
    *,
    production: bool = True,
    environment: Environment | None = None,
    key: str = "",
    at: int = START,
    facts: Facts | None = None,
) -> Plan:
    """Return the plan of `action`, on a target in the state from which the action makes sense."""
    literal = BY_NAME[action]
    where = None if literal.scope is Scope.ORG else environment or (PRODUCTION if production else STAGING)
    target = a_target(literal.noun, key=key, environment=where)
    return planned(literal, a_snapshot(target, at=at, facts=_FACTS.get(action, {}) | (facts or {})))


def a_decision(plan: Plan, *, approvals: int | None = None, approvers: Who | None = None) -> PolicyDecision:
    """Return the policy's decision on a plan; `approvals` and `approvers` replace what it says (0: a confirmation)."""
    decision = decide(POLICY, plan, REQUESTER, frozenset())
    changed: dict[str, object] = {"approvers": approvers} if approvers else {}
    if approvals is not None:
        changed |= {"kind": Kind.APPROVE if approvals else Kind.CONFIRM, "approvals": approvals}
    return decision.model_copy(update=changed)


def needing_nobody(plan: Plan) -> PolicyDecision:
    """Return a decision under which the plan may run at once."""
    return PolicyDecision(kind=Kind.ALLOW, rule="anyone may do this", approvers=a_decision(plan).approvers)


def opened(
    plan: Plan | None = None,
    decision: PolicyDecision | None = None,
    *,
    reason: str = "error rate doubled after the release",
    id_: str = "cs-k3f9qa",
    at: int = START,
    parent: str = "",
    barred: tuple[Actor, ...] = (),
) -> ChangeRequest:
    """Return a change as the requester opened it."""
    plan = plan or a_plan(at=at)
    origin = Origin(channel="C0DEPLOYS")
    decision = decision or a_decision(plan)
    return deciding.open_change(
        id_, plan, decision, REQUESTER, at, TERMS, reason=reason, origin=origin, parent=parent, barred=barred
    ).change


def with_name_typed(change: ChangeRequest) -> ChangeRequest:
    """Return the change after its requester typed the name, where that is asked for."""
    if not change.waits_for_name:
        return change
    return deciding.confirm(change, change.requester, change.created_at + MINUTE, TERMS, change.plan.target.key).change


def with_votes(change: ChangeRequest, count: int) -> ChangeRequest:
    """Return the change after `count` people signed, one a minute."""
    change = with_name_typed(change)
    voters = [APPROVER, SECOND_APPROVER, *(Actor(id=f"U0SIGNER{n}", name=f"Signer {n}") for n in range(3, count + 1))]
    for n, voter in enumerate(voters[:count], start=2):
        change = deciding.approve(change, voter, change.created_at + n * MINUTE, TERMS).change
    return change


def approved(change: ChangeRequest) -> ChangeRequest:
    """Return the change with everything given that it asked for."""
    if change.status is Status.APPROVED:
        return change
    if change.decision.kind is Kind.CONFIRM:
        typed = change.plan.target.key if change.decision.typed_name else None
        return deciding.confirm(change, change.requester, change.created_at + MINUTE, TERMS, typed).change
    return with_votes(change, change.decision.approvals - len(change.approvals))


def claimed(change: ChangeRequest) -> ChangeRequest:
    """Return the change in the hands of a worker, nothing sent so far."""
    change = approved(change)
    return running.claim(change, WORKER, _last(change) + 1000, "worker-1").change


def called(change: ChangeRequest) -> ChangeRequest:
    """Return the change with the call started."""
    change = claimed(change)
    return running.call_started(change, WORKER, _last(change) + 2000).change


def unanswered(change: ChangeRequest, note: str = "Datadog did not answer within 10 seconds.") -> ChangeRequest:
    """Return the change after a call without an answer."""
    change = called(change)
    return running.call_unanswered(change, WORKER, _last(change) + 12_000, note, TERMS).change


def not_sent(change: ChangeRequest, note: str = "Datadog asked for a slower pace.") -> ChangeRequest:
    """Return the change after a call that never left."""
    change = called(change)
    return running.call_not_sent(change, WORKER, _last(change) + 3000, note, 5000).change


def _last(change: ChangeRequest) -> int:
    return change.approved_at or change.created_at


def a_change(
    status: Status = Status.PENDING,
    *,
    plan: Plan | None = None,
    decision: PolicyDecision | None = None,
    proof: Proof = Proof.READ_BACK,
    cause: Cause | None = None,
    note: str = "",
    reason: str = "error rate doubled after the release",
    id_: str = "cs-k3f9qa",
    at: int = START,
) -> ChangeRequest:
    """Return a change in any status, by the way that leads there most often."""
    change = opened(plan, decision, reason=reason, id_=id_, at=at)
    if status in (Status.PENDING, Status.REJECTED, Status.CANCELLED, Status.EXPIRED):
        return _undecided(change, status, note)
    if status is Status.APPROVED:
        return approved(change)
    if status is Status.APPLYING:
        return claimed(change)
    if status is Status.STALE:
        return _stale(change, cause or Cause.DRIFT, note)
    return _after_the_call(called(change), status, proof, cause, note)


def _undecided(change: ChangeRequest, status: Status, note: str) -> ChangeRequest:
    now = change.created_at + 3 * MINUTE
    if status is Status.REJECTED:
        return deciding.reject(change, APPROVER, now, note or "not during the launch").change
    if status is Status.CANCELLED:
        return deciding.cancel(change, change.requester, now).change
    if status is Status.EXPIRED:
        step = deciding.expire(change, WORKER, change.run_by or change.expires_at)
        assert step is not None, "a change expires at its deadline"
        return step.change
    return change


def _stale(change: ChangeRequest, cause: Cause, note: str) -> ChangeRequest:
    change = claimed(change)
    return running.stale(change, WORKER, _last(change) + 2000, cause, note or "the flag's status").change


def _after_the_call(
    change: ChangeRequest, status: Status, proof: Proof, cause: Cause | None, note: str
) -> ChangeRequest:
    now = _last(change) + 4000
    if status is Status.SUBMITTED:
        receipt = Receipt(proof=Proof.SUBMITTED, status=202, suggestion="sg-41", at=now)
        return running.submitted(change, WORKER, now, receipt, TERMS).change
    if status is Status.FAILED:
        said = note or "Datadog refused it: the keys may not change this flag."
        return running.failed(change, WORKER, now, said, cause).change
    if status is Status.UNKNOWN or proof is Proof.PERSON:
        unknown = running.unknown(change, WORKER, now, note or "Datadog gave no answer and its state cannot be read.")
        if status is Status.UNKNOWN:
            return unknown.change
        return running.settle(unknown.change, APPROVER, now + 5 * MINUTE, happened=True).change
    return running.applied(change, WORKER, now, Receipt(proof=proof, status=200, note=note, at=now)).change


def with_plan(change: ChangeRequest, **fields: object) -> ChangeRequest:
    """Return the change with parts of its plan replaced, for text that only a hostile provider would send."""
    return change.model_copy(update={"plan": change.plan.model_copy(update=fields)})


def many_changes(count: int, text: str = "value") -> tuple[FieldChange, ...]:
    """Return a plan's differences, `count` of them."""
    return tuple(FieldChange(label=f"{text} {n}", before=text, after=text) for n in range(count))
