"""
What a policy comes to: which rule decides and why, a table of all of it, and what cannot work in it.

Plans here are specimens: an action on nothing in particular, in production or outside it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bot.actions import BY_NAME, CATALOGUE, Action
from bot.model import Actor, Environment, Plan, Risk, Scope, Target
from bot.policy import Kind, Policy, PolicyDecision, Rule, Who, decide, effective

PRODUCTION = Environment(id="any production environment", name="production", is_production=True)
ELSEWHERE = Environment(id="any other environment", name="elsewhere", is_production=False)
ANYBODY = Actor(id="anybody")
Members = Mapping[str, frozenset[str]]


def specimen(action: Action, where: Environment, key: str = "anything") -> Plan:
    """Return a plan of an action with nothing in it but what policy looks at."""
    org = action.scope is Scope.ORG
    target = Target(
        noun=action.noun,
        id=key,
        key=key,
        environment=None if org else where,
        outside_production=org and not where.is_production,
    )
    return Plan(
        action=action.name, target=target, risk=action.risk, changes=(), consequence="", fingerprint="", taken_at=0
    )


def against(rule: Rule, plan: Plan, requester: Actor, groups: frozenset[str]) -> str:
    """Say why a rule does not match; empty where it does."""
    words = (plan.action, plan.risk.value)
    if not any(fnmatchcase(word, pattern) for pattern in rule.actions for word in words):
        return f"it speaks of {', '.join(rule.actions)}, and this is {plan.action}, {plan.risk}"
    target = plan.target
    if rule.environments and not rule.environments.match(target.environment, production=target.production):
        mark = "production" if target.production else "not production"
        return f"it is for other environments; {target.where} counts as {mark}"
    if rule.requesters and not rule.requesters.includes(requester.id, groups):
        return f"it is for {who(rule.requesters)} to ask, and {requester.id} is not among them"
    return ""


def who(people: Who) -> str:
    """Return people as text: groups with an @, users by id."""
    return ", ".join([*(f"@{group.lstrip('@')}" for group in people.groups), *people.users]) or "nobody"


def asked_for(decision: PolicyDecision) -> str:
    """Return what a decision asks for, in a few words."""
    if decision.kind is Kind.DENY:
        return "denied"
    parts = {
        Kind.ALLOW: "runs at once",
        Kind.CONFIRM: "the requester confirms",
        Kind.APPROVE: "1 signature" if decision.approvals == 1 else f"{decision.approvals} signatures",
    }[decision.kind]
    more = [
        "name typed" if decision.typed_name else "",
        "reason required" if decision.reason_required else "",
        "also while frozen" if decision.freeze_exempt else "",
        f"break-glass by {who(decision.break_glass)}" if decision.break_glass != Who() else "",
    ]
    return ", ".join([parts, *filter(None, more)])


def or_more(action: str) -> str:
    """Say so where a plan of an action can be of a graver class than the least one, which tables show."""
    known = BY_NAME.get(action)
    graver = known is not None and known.form is not None and known.form.gravest is not None
    return "or more, by what the form says" if graver else ""


def explained(policy: Policy, plan: Plan, requester: Actor, groups: frozenset[str]) -> list[str]:
    """Return, a line each, what policy says to a plan, which rule says so, and why no earlier one did."""
    decision = decide(policy, plan, requester, groups)
    lines = [f"{plan.action} on {plan.target.key} in {plan.target.where}: {asked_for(decision)}"]
    for number, rule in enumerate(policy.rules, start=1):
        if not (why := against(rule, plan, requester, groups)):
            lines.append(f"  rule {number} “{decision.rule}” decides")
            break
        lines.append(f"  rule {number} “{rule.name}” does not match: {why}")
    else:
        lines.append("  no rule matches, and what no rule allows is denied")
    if decision.kind is Kind.APPROVE:
        lines.append(f"  may sign: {who(decision.approvers)}; never whoever asked")
    if not plan.parameters and (more := or_more(plan.action)):
        lines.append(f"  {more}: this is the least it asks for; give the form with --json to know")
    if decision.notify != Who():
        lines.append(f"  told besides: {who(decision.notify)}")
    return lines


Cell = tuple[str, PolicyDecision]


def table(
    policy: Policy,
    environments: Sequence[Environment] = (PRODUCTION, ELSEWHERE),
    requester: Actor = ANYBODY,
    groups: frozenset[str] = frozenset(),
) -> list[tuple[str, list[Cell]]]:
    """Return what each action comes to in each environment, for one person: (action, [(environment, decision)])."""
    return [
        (a.name, [(_heading(e), decide(policy, specimen(a, e), requester, groups)) for e in environments])
        for a in CATALOGUE
    ]


def _heading(where: Environment) -> str:
    return where.name if where in (PRODUCTION, ELSEWHERE) else where.called


def as_text(rows: Sequence[tuple[str, list[Cell]]]) -> list[str]:
    """Return a table as lines of text with columns."""
    head = ["action", *(name for name, _ in rows[0][1])] if rows else []
    body = [
        [name, *(", ".join(filter(None, (asked_for(cell), or_more(name)))) + f" [{cell.rule}]" for _, cell in cells)]
        for name, cells in rows
    ]
    widths = [max(len(line[n]) for line in (head, *body)) for n in range(len(head))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (head, *body)
    ]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a policy that cannot work, in one sentence; `grave` ones keep people from working or signing."""

    sentence: str
    grave: bool = True


def unruled(policy: Policy) -> Iterable[Fault]:
    """Yield each action that nobody may do in some kind of environment, because no rule speaks of it."""
    for name, cells in table(policy, requester=ANYBODY):
        missing = [where for where, cell in cells if cell.rule == "no rule matches" and not _by_somebody(policy, name)]
        if missing:
            yield Fault(f"No rule speaks of {name} ({' and '.join(missing)}); it is denied to everybody.", grave=False)


def _by_somebody(policy: Policy, name: str) -> bool:
    return any(rule.requesters and any(fnmatchcase(name, p) for p in rule.actions) for rule in policy.rules)


def unreachable(policy: Policy, members: Members, unable: frozenset[str] = frozenset()) -> Iterable[Fault]:
    """
    Yield each quorum that cannot be met when one of those who may sign is the one who asks.

    `unable` are people who can do neither, whoever names them: guests, bots, closed accounts.
    """
    signers = people(policy.approvers, members) - unable
    if len(signers) < 2:
        yield Fault(f"At least two people have to be able to sign; {who(policy.approvers)} is {len(signers)}.")
    for rule in policy.rules:
        needed = max((d.approvals for d in _decisions(rule, policy)), default=0)
        if not needed:
            continue
        able = people(rule.approvers or policy.approvers, members) - unable
        askers = people(rule.requesters, members) - unable if rule.requesters else able
        left = min((len(able - {asker}) for asker in askers), default=len(able))
        if left < needed:
            yield Fault(
                f"“{rule.name}” asks for {needed} of {who(rule.approvers or policy.approvers)}, which leaves {left} "
                "when one of them asks."
            )


def _decisions(rule: Rule, policy: Policy) -> Iterable[PolicyDecision]:
    risks = [*Risk]
    for action in CATALOGUE:
        for where in (PRODUCTION, ELSEWHERE):
            for risk in {action.risk, *(r for r in risks if r.value in rule.actions)}:
                plan = specimen(action, where).model_copy(update={"risk": risk})
                everywhere = rule.model_copy(update={"requesters": None})
                if not against(everywhere, plan, ANYBODY, frozenset()) and rule.kind is not Kind.DENY:
                    yield effective(rule, policy, plan)


def people(named: Who, members: Members) -> frozenset[str]:
    """Return the ids of everybody who is meant."""
    return frozenset(named.users).union(*(members.get(group, frozenset()) for group in named.groups))


def unguarded(policy: Policy) -> Iterable[Fault]:
    """Yield what is missing for the bot's own commands, and what is said in vain."""
    if policy.operators == Who():
        yield Fault("`operators` names nobody: what is frozen or locked ends by its time only.", grave=False)
    if "root" in policy.people:
        yield Fault("`people` names root, an account of many, which reads and plans only.", grave=False)
    for rule in policy.rules:
        if rule.break_glass and any(d.typed_name and d.approvals > 1 for d in _decisions(rule, policy)):
            yield Fault(f"“{rule.name}” names `break_glass`, which never serves what cannot be undone.", grave=False)
