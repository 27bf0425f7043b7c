"""
Who may do what, and who must sign: Plan + Actor + rules -> PolicyDecision.

Rules are read in order and the first that matches decides; none matching is DENY. Whatever a rule says, the
production floor holds: in production a disruptive or expanding change needs one other person, an irreversible
one needs two and the typed name, and containing needs at least the requester's confirmation.
"""

from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from bot.actions import BY_NAME
from bot.model import Actor, Environment, Plan, Risk, Value


class Kind(StrEnum):
    """What a decision asks for, from nothing to never."""

    ALLOW = "allow"
    CONFIRM = "confirm"
    APPROVE = "approve"
    DENY = "deny"


_RANK = {kind: rank for rank, kind in enumerate(Kind)}


class Strict(Value):
    """A part of the policy file, in which an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Who(Strict):
    """People, by user group (id or handle) or by user id; empty means nobody."""

    groups: tuple[str, ...] = ()
    users: tuple[str, ...] = ()

    def includes(self, person: str, groups: frozenset[str]) -> bool:
        """Tell whether `person`, who belongs to `groups`, is meant."""
        return person in self.users or any(group in groups for group in self.groups)


class PolicyDecision(Value):
    """What must happen before a plan may run, and the rule that says so."""

    kind: Kind
    approvals: int = 0
    approvers: Who = Who()
    typed_name: bool = False
    reason_required: bool = False
    expires: int | None = None
    rule: str = ""

    def stricter_than(self, earlier: "PolicyDecision") -> bool:
        """Tell whether this decision asks for anything the earlier one did not."""
        mine = (_RANK[self.kind], self.approvals, self.typed_name)
        theirs = (_RANK[earlier.kind], earlier.approvals, earlier.typed_name)
        return any(a > b for a, b in zip(mine, theirs, strict=True))


def both(one: PolicyDecision, other: PolicyDecision) -> PolicyDecision:
    """Return the decision that asks for everything either asks for."""
    first, second = sorted((one, other), key=lambda d: (_RANK[d.kind], d.approvals), reverse=True)
    return first.model_copy(
        update={
            "typed_name": first.typed_name or second.typed_name,
            "reason_required": first.reason_required or second.reason_required,
            "rule": first.rule if first.rule == second.rule else f"{first.rule}; {second.rule}",
        }
    )


class Environments(Strict):
    """Which environments a rule speaks of: by name or id, or by production mark, or those that are both."""

    names: tuple[str, ...] = ()
    production: bool | None = None

    @model_validator(mode="after")
    def _speaks_of_some(self) -> Self:
        if not self.names and self.production is None:
            raise ValueError("say `names` or `production`; leave `environments` out where every one is meant")
        return self

    def match(self, environment: Environment | None, *, production: bool | None = None) -> bool:
        """
        Tell whether the rule covers `environment` (None: the whole organisation, which counts as production).

        `production` is what the target as a whole counts as, where that is known better.
        """
        counts = environment is None or environment.is_production if production is None else production
        if self.production is not None and self.production != counts:
            return False
        if not self.names:
            return True
        return environment is not None and (environment.id in self.names or environment.name in self.names)


class Rule(Strict):
    """One line of policy: when it matches, it decides."""

    name: str = Field(min_length=1)
    actions: tuple[str, ...] = Field(min_length=1)
    environments: Environments | None = None
    requesters: Who | None = None
    decision: Literal["allow", "confirm", "deny"] | None = None
    approvals: int = Field(default=0, ge=0, le=5)
    approvers: Who | None = None
    typed_name: bool = False
    reason: Literal["optional", "required"] = "optional"
    expires: int | None = Field(default=None, gt=0, description="minutes until an unanswered request expires")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.decision is not None and self.approvals:
            raise ValueError(f"`decision: {self.decision}` and `approvals` contradict each other; say one of them")
        return self

    def matches(self, plan: Plan, requester: Actor, groups: frozenset[str]) -> bool:
        """Tell whether the rule speaks of this plan and this person."""
        where = plan.target.environment
        return (
            any(fnmatchcase(word, pattern) for pattern in self.actions for word in (plan.action, plan.risk.value))
            and (self.environments is None or self.environments.match(where, production=plan.target.production))
            and (self.requesters is None or self.requesters.includes(requester.id, groups))
        )

    @property
    def kind(self) -> Kind:
        """What the rule asks for; without `decision`, its `approvals` speak, and nothing said is a confirmation."""
        if self.decision is not None:
            return Kind(self.decision)
        return Kind.APPROVE if self.approvals else Kind.CONFIRM


class Policy(Strict):
    """The whole policy file."""

    version: Literal[1] = 1
    approvers: Who
    rules: tuple[Rule, ...]

    def groups(self) -> frozenset[str]:
        """Return every user group the policy names."""
        everyone = [self.approvers]
        for rule in self.rules:
            everyone += [who for who in (rule.requesters, rule.approvers) if who is not None]
        return frozenset(group for who in everyone for group in who.groups)

    def requester_groups(self) -> frozenset[str]:
        """Return the groups that decide who may ask."""
        return frozenset(g for rule in self.rules if rule.requesters for g in rule.requesters.groups)


def floor(plan: Plan) -> PolicyDecision:
    """Return the least that production asks for, whatever the rules say."""
    if not plan.target.production or plan.risk in (Risk.READ, Risk.CONTROL):
        return PolicyDecision(kind=Kind.ALLOW)
    if plan.risk is Risk.CONTAIN:
        return PolicyDecision(kind=Kind.CONFIRM)
    if plan.risk is Risk.IRREVERSIBLE:
        return PolicyDecision(kind=Kind.APPROVE, approvals=2, typed_name=True)
    return PolicyDecision(kind=Kind.APPROVE, approvals=1)


def decide(policy: Policy, plan: Plan, requester: Actor, groups: frozenset[str]) -> PolicyDecision:
    """Return what must happen before `plan` may run when `requester`, who belongs to `groups`, asks."""
    for rule in policy.rules:
        if rule.matches(plan, requester, groups):
            return _raise_to_floor(_by_rule(rule, policy, plan), floor(plan), policy)
    return PolicyDecision(kind=Kind.DENY, rule="no rule matches")


def _by_rule(rule: Rule, policy: Policy, plan: Plan) -> PolicyDecision:
    action = BY_NAME.get(plan.action)
    typed_name = rule.typed_name or bool(action and action.typed_name)
    return PolicyDecision(
        kind=Kind.CONFIRM if typed_name and rule.kind is Kind.ALLOW else rule.kind,
        approvals=max(rule.approvals, 1) if rule.kind is Kind.APPROVE else 0,
        approvers=rule.approvers or policy.approvers,
        typed_name=typed_name,
        reason_required=rule.reason == "required",
        expires=rule.expires * 60_000 if rule.expires else None,
        rule=rule.name,
    )


def _raise_to_floor(decision: PolicyDecision, least: PolicyDecision, policy: Policy) -> PolicyDecision:
    if decision.kind is Kind.DENY or not least.stricter_than(decision):
        return decision
    kind = max(decision.kind, least.kind, key=lambda k: _RANK[k])
    return decision.model_copy(
        update={
            "kind": kind,
            "approvals": max(decision.approvals, least.approvals),
            "approvers": decision.approvers if decision.approvers != Who() else policy.approvers,
            "typed_name": decision.typed_name or least.typed_name,
            "rule": f"{decision.rule} (raised to the production floor)",
        }
    )
