"""Who may do what: the shipped policy cell by cell, and the floor that no rule can lower."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.actions import BY_NAME, CATALOGUE
from bot.adapters.policy_file import load_policy
from bot.model import Actor, Plan, Risk, Scope
from bot.policy import Environments, Kind, Policy, PolicyDecision, Rule, Who, decide, floor
from tests.builders import APPROVER, PRODUCTION, REQUESTER, STAGING, a_plan

SHIPPED = load_policy(Path(__file__).parents[2] / "policy.yaml")
SIGNERS = Who(groups=("S0APPROVERS",))
NOBODY: frozenset[str] = frozenset()


def a_risky_plan(risk: Risk, *, production: bool = True, everywhere: bool = False) -> Plan:
    """Return a plan of that class, in production or not, or in no environment but the whole organisation."""
    plan = a_plan("flag.disable", production=production)
    target = plan.target.model_copy(update={"environment": None}) if everywhere else plan.target
    return plan.model_copy(update={"risk": risk, "target": target})


def asks(decision: PolicyDecision) -> tuple[Kind, int, bool]:
    """Return what a decision asks for."""
    return decision.kind, decision.approvals, decision.typed_name


ONE, TWO = (Kind.APPROVE, 1, False), (Kind.APPROVE, 2, True)
IN_PRODUCTION = {
    "flag.enable": ONE,
    "flag.disable": ONE,
    "flag.archive": ONE,
    "flag.unarchive": ONE,
    "rollout.start": ONE,
    "rollout.pause": (Kind.CONFIRM, 0, False),
    "rollout.resume": ONE,
    "rollout.stop": (Kind.APPROVE, 1, True),
    "test.pause": ONE,
    "test.start": ONE,
    "deployment.cancel": ONE,
    "environment.delete": TWO,
    "flag.create": ONE,
    "flag.edit": ONE,
    "flag.add-rule": ONE,
    "flag.replace-rules": ONE,
    "environment.create": ONE,
    "environment.edit": ONE,
}
ELSEWHERE = {
    "flag.enable": (Kind.CONFIRM, 0, False),
    "flag.disable": (Kind.CONFIRM, 0, False),
    "rollout.start": (Kind.CONFIRM, 0, False),
    "rollout.pause": (Kind.CONFIRM, 0, False),
    "rollout.resume": (Kind.CONFIRM, 0, False),
    "rollout.stop": (Kind.CONFIRM, 0, True),
    "flag.add-rule": (Kind.CONFIRM, 0, False),
    "flag.replace-rules": (Kind.CONFIRM, 0, False),
}
IN_ONE = [action.name for action in CATALOGUE if action.scope is Scope.ENVIRONMENT]
CELLS = [(action.name, True) for action in CATALOGUE] + [(name, False) for name in IN_ONE]


@pytest.mark.parametrize(
    ("requester", "groups"),
    [(REQUESTER, NOBODY), (APPROVER, frozenset({"sre-approvers"}))],
    ids=["requester", "approver"],
)
@pytest.mark.parametrize(("name", "production"), CELLS)
def test_the_shipped_policy_cell_by_cell(
    name: str, requester: Actor, groups: frozenset[str], *, production: bool
) -> None:
    """For each action, in production and elsewhere, the shipped policy asks for what is written down here."""
    action = BY_NAME[name]
    plan = a_risky_plan(action.risk, production=production, everywhere=action.scope is Scope.ORG)
    decision = decide(SHIPPED, plan.model_copy(update={"action": name}), requester, groups)
    assert asks(decision) == (IN_PRODUCTION if production else ELSEWHERE)[name]
    assert decision.approvers == SHIPPED.approvers


@pytest.mark.parametrize("production", [True, False])
def test_the_shipped_policy_asks_two_for_what_cannot_be_undone(*, production: bool) -> None:
    """An irreversible change needs two signatures and the typed name, wherever it is."""
    decision = decide(SHIPPED, a_risky_plan(Risk.IRREVERSIBLE, production=production), REQUESTER, NOBODY)
    assert asks(decision) == (Kind.APPROVE, 2, True)


def test_nothing_matching_is_a_refusal() -> None:
    """A plan that no rule speaks of is denied."""
    policy = Policy(approvers=SIGNERS, rules=(Rule(name="flags", actions=("flag.*",), approvals=1),))
    assert decide(policy, a_plan("rollout.pause"), REQUESTER, NOBODY).kind is Kind.DENY
    assert decide(Policy(approvers=SIGNERS, rules=()), a_plan(), REQUESTER, NOBODY).kind is Kind.DENY


def test_the_first_matching_rule_decides() -> None:
    """A later rule does not matter where an earlier one matches."""
    rules = (Rule(name="first", actions=("flag.disable",), approvals=2), Rule(name="second", actions=("*",)))
    decision = decide(Policy(approvers=SIGNERS, rules=rules), a_plan("flag.disable"), REQUESTER, NOBODY)
    assert (decision.rule, decision.approvals) == ("first", 2)


@pytest.mark.parametrize("pattern", ["disr*", "disruptive", "flag.*", "*.disable", "flag.disable", "*"])
def test_patterns_speak_of_names_and_classes(pattern: str) -> None:
    """A wildcard matches names and classes alike, so that a rule that denies by class does deny."""
    policy = Policy(
        approvers=SIGNERS,
        rules=(Rule(name="no", actions=(pattern,), decision="deny"), Rule(name="else", actions=("*",), approvals=1)),
    )
    assert decide(policy, a_plan("flag.disable"), REQUESTER, NOBODY).kind is Kind.DENY
    assert decide(policy, a_plan("rollout.pause"), REQUESTER, NOBODY).kind is (
        Kind.DENY if pattern == "*" else Kind.APPROVE
    )


def test_an_environment_rule_means_both_of_what_it_says() -> None:
    """A rule that names environments and asks for the production mark matches only where both are so."""
    where = Environments(names=("staging", "Production"), production=False)
    assert where.match(STAGING)
    assert not where.match(PRODUCTION)
    assert not where.match(STAGING.model_copy(update={"name": "dev", "id": "dev"}))
    assert not where.match(None)


def test_production_is_the_mark_and_not_the_name() -> None:
    """An environment called Development that Datadog marks as production is production, and the reverse."""
    marked = PRODUCTION.model_copy(update={"name": "Development"})
    unmarked = STAGING.model_copy(update={"name": "Production"})
    assert decide(SHIPPED, a_plan("flag.disable", environment=marked), REQUESTER, NOBODY).kind is Kind.APPROVE
    assert decide(SHIPPED, a_plan("flag.disable", environment=unmarked), REQUESTER, NOBODY).kind is Kind.CONFIRM


def test_the_whole_organisation_counts_as_production() -> None:
    """What spans environments falls under the production rule and the floor."""
    assert Environments(production=True).match(None)
    assert not Environments(names=("Production",)).match(None)
    decision = decide(SHIPPED, a_risky_plan(Risk.EXPANDING, everywhere=True), REQUESTER, NOBODY)
    assert asks(decision) == (Kind.APPROVE, 1, False)


@pytest.mark.parametrize(
    "fields",
    [
        {"decision": "allow", "approvals": 2},
        {"decision": "confirm", "approvals": 1},
        {"decision": "deny", "approvals": 1},
        {"environments": {}},
        {"environments": {"names": []}},
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(fields: dict[str, object]) -> None:
    """A rule that asks for signatures and waives them, or that speaks of no environment, is an error."""
    with pytest.raises(ValidationError):
        Rule.model_validate({"name": "odd", "actions": ["*"], **fields})


def test_a_name_to_be_typed_is_asked_for_even_where_policy_allows() -> None:
    """Where the name is to be typed, "allow" becomes a confirmation, since there must be somebody who types it."""
    policy = Policy(approvers=SIGNERS, rules=(Rule(name="free", actions=("*",), decision="allow"),))
    decision = decide(policy, a_plan("rollout.stop", production=False), REQUESTER, NOBODY)
    assert asks(decision) == (Kind.CONFIRM, 0, True)
    assert decide(policy, a_plan("flag.disable", production=False), REQUESTER, NOBODY).kind is Kind.ALLOW


def test_requesters_limit_a_rule_to_people() -> None:
    """A rule with requesters matches its people and groups only."""
    rule = Rule(name="some", actions=("*",), requesters=Who(groups=("S1",), users=("U1",)), approvals=1)
    policy = Policy(approvers=SIGNERS, rules=(rule,))
    assert decide(policy, a_plan(), REQUESTER, NOBODY).kind is Kind.DENY
    assert decide(policy, a_plan(), REQUESTER, frozenset({"S1"})).kind is Kind.APPROVE
    assert decide(policy, a_plan(), REQUESTER.model_copy(update={"id": "U1"}), NOBODY).kind is Kind.APPROVE
    assert policy.requester_groups() == {"S1"}
    assert policy.groups() == {"S1", "S0APPROVERS"}


def test_the_expiry_is_in_minutes() -> None:
    """A rule's minutes become the decision's milliseconds."""
    policy = Policy(approvers=SIGNERS, rules=(Rule(name="soon", actions=("*",), approvals=1, expires=5),))
    assert decide(policy, a_plan(), REQUESTER, NOBODY).expires == 300_000


def test_stricter_is_more_of_anything() -> None:
    """A decision is stricter when it asks for a higher kind, more signatures, or the name; never when for less."""
    one = PolicyDecision(kind=Kind.APPROVE, approvals=1)
    assert one.model_copy(update={"approvals": 2}).stricter_than(one)
    assert one.model_copy(update={"typed_name": True}).stricter_than(one)
    assert PolicyDecision(kind=Kind.DENY).stricter_than(one)
    assert not one.stricter_than(one)
    assert not PolicyDecision(kind=Kind.CONFIRM).stricter_than(one)
    assert PolicyDecision(kind=Kind.CONFIRM, typed_name=True).stricter_than(one)


_KINDS = st.sampled_from(["allow", "confirm", "deny", None])
_PATTERNS = st.sampled_from(["*", "flag.*", "contain", "disruptive", "expanding", "irreversible", "rollout.stop"])
_WHERE = st.sampled_from([None, Environments(production=True), Environments(names=("Production",))])


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Draw any rule that can be written."""
    kind = draw(_KINDS)
    return Rule(
        name=draw(st.text(min_size=1, max_size=5)),
        actions=(draw(_PATTERNS),),
        environments=draw(_WHERE),
        decision=kind,
        approvals=0 if kind else draw(st.integers(0, 5)),
        approvers=draw(st.sampled_from([None, Who(users=("U1",))])),
        typed_name=draw(st.booleans()),
    )


@given(
    st.lists(rules(), max_size=6),
    st.sampled_from([Risk.CONTAIN, Risk.DISRUPTIVE, Risk.EXPANDING, Risk.IRREVERSIBLE]),
    st.booleans(),
)
def test_no_order_of_rules_lowers_the_floor(drawn: list[Rule], risk: Risk, everywhere: bool) -> None:
    """Whatever the rules say and in whatever order, production keeps its least."""
    plan = a_risky_plan(risk, everywhere=everywhere)
    decision = decide(Policy(approvers=SIGNERS, rules=tuple(drawn)), plan, REQUESTER, NOBODY)
    assert decision.kind is Kind.DENY or not floor(plan).stricter_than(decision)
    if decision.kind is Kind.APPROVE:
        assert decision.approvals >= 1
        assert decision.approvers != Who()


@pytest.mark.parametrize(
    ("risk", "least"),
    [
        (Risk.CONTAIN, (Kind.CONFIRM, 0, False)),
        (Risk.DISRUPTIVE, (Kind.APPROVE, 1, False)),
        (Risk.EXPANDING, (Kind.APPROVE, 1, False)),
        (Risk.IRREVERSIBLE, (Kind.APPROVE, 2, True)),
    ],
)
def test_the_floor_of_production(risk: Risk, least: tuple[Kind, int, bool]) -> None:
    """Under a policy that allows everything, production still asks for the floor, and says who may sign."""
    policy = Policy(approvers=SIGNERS, rules=(Rule(name="all", actions=("*",), decision="allow"),))
    decision = decide(policy, a_risky_plan(risk), REQUESTER, NOBODY)
    assert asks(decision) == least
    assert "floor" in decision.rule
    assert decision.kind is not Kind.APPROVE or decision.approvers == SIGNERS
    assert decide(policy, a_risky_plan(risk, production=False), REQUESTER, NOBODY).kind is Kind.ALLOW


def test_every_action_of_the_catalogue_has_its_cell() -> None:
    """A new action needs its line in the tables above."""
    assert set(BY_NAME) <= set(IN_PRODUCTION)
    assert set(IN_ONE) == set(ELSEWHERE)
