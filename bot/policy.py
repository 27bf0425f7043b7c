"""
Who may do what, and who must sign: Plan + Actor + rules -> PolicyDecision.

Rules are read in order and the first that matches decides; none matching is DENY. Whatever a rule says, the
production floor holds: in production a disruptive or expanding change needs one other person, an irreversible
one needs two and the typed name, and containing needs at least the requester's confirmation.
"""

from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from bot.actions import BY_NAME
from bot.errors import AskAgain, NotPermitted
from bot.model import Actor, Environment, Plan, Risk, Value
from bot.reasons import matches, pattern_problem


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


SlackId = Annotated[str, Field(pattern="^[UW][A-Z0-9]{2,30}$")]


class Who(Strict):
    """People, by user group (id or handle) or by user id; empty means nobody."""

    groups: tuple[str, ...] = ()
    users: tuple[str, ...] = ()

    def includes(self, person: str, groups: frozenset[str]) -> bool:
        """Tell whether `person`, who belongs to `groups`, is meant."""
        return person in self.users or any(group in groups for group in self.groups)

    def with_(self, other: "Who") -> "Who":
        """Return the people of both."""
        return Who(
            groups=tuple(dict.fromkeys((*self.groups, *other.groups))),
            users=tuple(dict.fromkeys((*self.users, *other.users))),
        )


class Group(Value):
    """A user group as the directory knows it."""

    id: str
    handle: str


class PolicyDecision(Value):
    """
    What must happen before a plan may run, and the rule that says so.

    `groups` are its groups by the word the policy has for each, as the directory knew them when it was decided.
    """

    kind: Kind
    approvals: int = 0
    approvers: Who = Who()
    typed_name: bool = False
    reason_required: bool = False
    reason_pattern: str = ""
    reason_example: str = ""
    expires: int | None = None
    break_glass: Who = Who()
    freeze_exempt: bool = False
    notify: Who = Who()
    groups: dict[str, Group] = {}
    rule: str = ""

    def lacks(self, reason: str) -> AskAgain | None:
        """Return what a reason lacks, and what to type instead; None where it will do."""
        if self.reason_required and not reason.strip():
            return _lacking("Policy asks for a reason here.")
        if self.reason_pattern and not matches(self.reason_pattern, reason):
            like = f", such as “{self.reason_example}”" if self.reason_example else f" like {self.reason_pattern}"
            return _lacking(f"Policy asks for a reason of a certain form here{like}.")
        return None

    def stricter_than(self, earlier: "PolicyDecision") -> bool:
        """Tell whether this decision asks for anything the earlier one did not."""
        mine = (_RANK[self.kind], self.approvals, self.typed_name)
        theirs = (_RANK[earlier.kind], earlier.approvals, earlier.typed_name)
        return any(a > b for a, b in zip(mine, theirs, strict=True))


def _lacking(fact: str) -> AskAgain:
    return AskAgain(fact, "Add `because …` to the command.")


def both(one: PolicyDecision, other: PolicyDecision) -> PolicyDecision:
    """
    Return the decision that asks for everything either asks for; who may sign is whom both name.

    Raises NotPermitted where both ask for signatures and it cannot be said who may give them for both: a group and
    people beside it are not held against each other here, as the directory alone knows who is in a group.
    """
    first, second = sorted((one, other), key=lambda d: (_RANK[d.kind], d.approvals), reverse=True)
    approvals, votes = max(first.approvals, second.approvals), {first.kind, second.kind}
    return first.model_copy(
        update={
            "approvers": _common(first, second, approvals) if votes == {Kind.APPROVE} else first.approvers,
            "groups": {**second.groups, **first.groups},
            "approvals": approvals,
            "typed_name": first.typed_name or second.typed_name,
            "reason_required": first.reason_required or second.reason_required,
            "reason_pattern": first.reason_pattern or second.reason_pattern,
            "reason_example": first.reason_example if first.reason_pattern else second.reason_example,
            "break_glass": first.break_glass if first.break_glass == second.break_glass else Who(),
            "freeze_exempt": first.freeze_exempt and second.freeze_exempt,
            "notify": first.notify.with_(second.notify),
            "rule": first.rule if first.rule == second.rule else f"{first.rule}; {second.rule}",
        }
    )


def _common(first: PolicyDecision, second: PolicyDecision, approvals: int) -> Who:
    """Return the groups and people that both decisions name as approvers; raise NotPermitted where they are too few."""
    if first.approvers == second.approvers:
        return first.approvers
    also = {_id(word, second) for word in second.approvers.groups}
    groups = tuple(word for word in first.approvers.groups if _id(word, first) in also)
    users = tuple(user for user in first.approvers.users if user in second.approvers.users)
    if groups or len(users) >= approvals:
        return Who(groups=groups, users=users)
    raise NotPermitted(
        f"Policy names other people to sign for this ({first.rule}) than for taking it back ({second.rule}).",
        "Leave the time out, and ask for the two changes one by one.",
    )


def _id(word: str, decision: PolicyDecision) -> str:
    """Return a group's id where it is known; else the word that policy has for it."""
    known = decision.groups.get(word)
    return known.id if known else word


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


class ReasonForm(Strict):
    """A reason is required, and the whole of it has to be as the pattern says (a ticket's number, perhaps)."""

    pattern: str = Field(min_length=1, description="a regular expression for the whole reason, without look-arounds")
    example: str = Field(default="", max_length=100, description="a reason that will do, shown to people")

    @model_validator(mode="after")
    def _can_be_matched(self) -> Self:
        if problem := pattern_problem(self.pattern):
            raise ValueError(f"the pattern {problem}")
        if self.example and not matches(self.pattern, self.example):
            raise ValueError("the example is not as the pattern says")
        return self


class Rule(Strict):
    """One line of policy: when it matches, it decides."""

    name: str = Field(min_length=1, description="how the rule is called on cards and in the audit")
    actions: tuple[str, ...] = Field(
        min_length=1, description="actions or classes, with wildcards: flag.disable, flag.*, disruptive"
    )
    environments: Environments | None = Field(default=None, description="left out: every environment")
    requesters: Who | None = Field(default=None, description="left out: everybody who is a full member")
    decision: Literal["allow", "confirm", "deny"] | None = Field(
        default=None, description="what to do where no signature is asked for; left out: a confirmation"
    )
    confirm: bool = Field(default=False, description="the requester has to confirm; the same as `decision: confirm`")
    approvals: int = Field(default=0, ge=0, le=5, description="how many other people have to sign")
    approvers: Who | None = Field(default=None, description="who may sign; left out: the policy's `approvers`")
    typed_name: bool = Field(default=False, description="the requester has to type the target's name")
    reason: Literal["optional", "required"] | ReasonForm = Field(default="optional")
    expires: int | None = Field(default=None, gt=0, description="minutes until an unanswered request expires")
    break_glass: Who | None = Field(default=None, description="who may do it at once in an emergency; left out: nobody")
    freeze_exempt: bool = Field(default=False, description="whether it goes on in an environment that is frozen")
    notify: Who | None = Field(default=None, description="who is told of each request, apart from who may sign")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        said = f"decision: {self.decision}" if self.decision else "confirm: true"
        if (self.decision is not None or self.confirm) and self.approvals:
            raise ValueError(f"`{said}` and `approvals` contradict each other; say one of them")
        if self.confirm and self.decision not in (None, "confirm"):
            raise ValueError(f"`{said}` and `confirm: true` contradict each other; say one of them")
        return self

    def people(self) -> tuple[Who, ...]:
        """Return everybody the rule names."""
        named = (self.requesters, self.approvers, self.break_glass, self.notify)
        return tuple(who for who in named if who is not None)

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
    approvers: Who = Field(description="who may sign where a rule does not say")
    operators: Who = Field(default=Who(), description="who may unfreeze, unlock and bind a channel to production")
    people: dict[Annotated[str, Field(min_length=1)], SlackId] = Field(
        default={}, description="who is who on the command line: operating-system user to Slack user id"
    )
    rules: tuple[Rule, ...]

    def groups(self) -> frozenset[str]:
        """Return every user group the policy names."""
        everyone = [self.approvers, self.operators, *(who for rule in self.rules for who in rule.people())]
        return frozenset(group for who in everyone for group in who.groups)

    def users(self) -> frozenset[str]:
        """Return everybody the policy names by id."""
        everyone = [self.approvers, self.operators, *(who for rule in self.rules for who in rule.people())]
        return frozenset(user for who in everyone for user in who.users)

    def requester_groups(self) -> frozenset[str]:
        """Return the groups that decide who may ask."""
        return frozenset(g for rule in self.rules if rule.requesters for g in rule.requesters.groups)

    def signer_groups(self) -> frozenset[str]:
        """Return the groups that decide who may sign."""
        named = (self.approvers, *(rule.approvers for rule in self.rules if rule.approvers))
        return frozenset(group for who in named for group in who.groups)


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
            return effective(rule, policy, plan)
    return PolicyDecision(kind=Kind.DENY, rule="no rule matches")


def effective(rule: Rule, policy: Policy, plan: Plan) -> PolicyDecision:
    """Return what a rule that matches comes to, raised to the production floor where it asks for less."""
    return _raise_to_floor(_by_rule(rule, policy, plan), floor(plan), policy)


def _by_rule(rule: Rule, policy: Policy, plan: Plan) -> PolicyDecision:
    action = BY_NAME.get(plan.action)
    typed_name = rule.typed_name or bool(action and action.typed_name)
    return PolicyDecision(
        kind=Kind.CONFIRM if typed_name and rule.kind is Kind.ALLOW else rule.kind,
        approvals=max(rule.approvals, 1) if rule.kind is Kind.APPROVE else 0,
        approvers=rule.approvers or policy.approvers,
        typed_name=typed_name,
        reason_required=rule.reason != "optional",
        reason_pattern=rule.reason.pattern if isinstance(rule.reason, ReasonForm) else "",
        reason_example=rule.reason.example if isinstance(rule.reason, ReasonForm) else "",
        expires=rule.expires * 60_000 if rule.expires else None,
        break_glass=rule.break_glass or Who(),
        freeze_exempt=rule.freeze_exempt,
        notify=rule.notify or Who(),
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
