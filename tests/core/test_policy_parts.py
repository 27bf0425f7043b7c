"""What a decision is made of: each field from its rule, what the floor adds, and two decisions made one."""

import pytest

from bot.model import Environment, Risk
from bot.policy import Environments, Kind, Policy, PolicyDecision, ReasonForm, Rule, Who, both, decide, effective
from tests.builders import GROUP, POLICY, PRODUCTION, REQUESTER, STAGING, a_plan

OTHERS = Who(users=("U0OTHER",))
GLASS = Who(groups=("S0GLASS",))
TICKET = ReasonForm(pattern="INC-[0-9]+", example="INC-412")


def test_each_field_is_its_rules() -> None:
    """What a rule says of signatures, reason, time, emergency, freeze and telling is in the decision, word for word."""
    rule = Rule(
        name="everything said",
        actions=("flag.disable",),
        approvals=2,
        approvers=OTHERS,
        typed_name=True,
        reason=TICKET,
        expires=7,
        break_glass=GLASS,
        freeze_exempt=True,
        notify=Who(users=("U0TOLD",)),
    )
    assert effective(rule, POLICY, a_plan()) == PolicyDecision(
        kind=Kind.APPROVE,
        approvals=2,
        approvers=OTHERS,
        typed_name=True,
        reason_required=True,
        reason_pattern="INC-[0-9]+",
        reason_example="INC-412",
        expires=7 * 60_000,
        break_glass=GLASS,
        freeze_exempt=True,
        notify=Who(users=("U0TOLD",)),
        rule="everything said",
    )


def test_what_a_rule_leaves_out_is_nothing() -> None:
    """Left out, a rule asks for a confirmation by the policy's approvers, and for no reason, emergency or telling."""
    bare = Rule(name="bare", actions=("*",))
    assert effective(bare, POLICY, a_plan(production=False)) == PolicyDecision(
        kind=Kind.CONFIRM, approvers=POLICY.approvers, rule="bare"
    )


@pytest.mark.parametrize(("own", "signers"), [(OTHERS, OTHERS), (None, POLICY.approvers)])
def test_the_floor_leaves_a_rule_its_own_signers(own: Who | None, signers: Who) -> None:
    """A rule that is raised to the floor is signed by those whom it names, or else by the policy's approvers."""
    raised = effective(Rule(name="lax", actions=("*",), decision="allow", approvers=own), POLICY, a_plan())
    assert (raised.kind, raised.approvals, raised.approvers) == (Kind.APPROVE, 1, signers)
    assert raised.rule.startswith("lax")


def test_signers_that_a_rule_empties_are_the_policys() -> None:
    """A rule whose approvers are nobody cannot keep the floor's signature from anybody."""
    raised = effective(Rule(name="lax", actions=("*",), decision="allow", approvers=Who()), POLICY, a_plan())
    assert raised.approvers == Who(groups=(GROUP,))


@pytest.mark.parametrize(
    ("speaks_of", "where", "production", "meant"),
    [
        (Environments(names=("Production",)), PRODUCTION, None, True),
        (Environments(names=(PRODUCTION.id,)), PRODUCTION, None, True),
        (Environments(names=("Production",)), STAGING, None, False),
        (Environments(names=("Production",)), None, None, False),
        (Environments(production=True), PRODUCTION, None, True),
        (Environments(production=True), STAGING, None, False),
        (Environments(production=True), None, None, True),
        (Environments(production=False), None, False, True),
        (Environments(production=True), None, False, False),
        (Environments(production=True), STAGING, True, True),
        (Environments(names=("staging",), production=True), STAGING, None, False),
        (Environments(names=("staging",), production=False), STAGING, None, True),
    ],
)
def test_which_environments_a_rule_speaks_of(
    speaks_of: Environments, where: Environment | None, production: bool | None, meant: bool
) -> None:
    """Name or id, production mark, or both; the whole organisation counts as production unless it is known better."""
    assert speaks_of.match(where, production=production) is meant


def test_a_rule_for_one_environment_leaves_the_others() -> None:
    """The first rule that speaks of the plan's own environment decides."""
    named = tuple(
        Rule(name=f"in {name}", actions=("*",), environments=Environments(names=(name,)))
        for name in ("staging", "Production")
    )
    policy = Policy(approvers=POLICY.approvers, rules=named)
    assert decide(policy, a_plan(production=False), REQUESTER, frozenset()).rule == "in staging"
    assert decide(policy, a_plan(), REQUESTER, frozenset()).rule.startswith("in Production")
    whole = a_plan("flag.archive")
    assert decide(policy, whole, REQUESTER, frozenset()).kind is Kind.DENY


def test_what_is_known_to_touch_no_production_is_no_production() -> None:
    """A target of the whole organisation that touches no production falls under the rules for the rest."""
    plan = a_plan("test.pause")
    outside = plan.model_copy(update={"target": plan.target.model_copy(update={"outside_production": True})})
    assert decide(POLICY, plan, REQUESTER, frozenset()).rule == "production needs a second person"
    assert decide(POLICY, outside, REQUESTER, frozenset()).rule == "elsewhere a confirmation is enough"


ONE = PolicyDecision(kind=Kind.APPROVE, approvals=1, approvers=OTHERS, rule="one")
CONFIRM = PolicyDecision(kind=Kind.CONFIRM, rule="confirm")


@pytest.mark.parametrize("turned", [False, True])
def test_both_asks_for_everything_either_asks_for(*, turned: bool) -> None:
    """Of two decisions, the stricter one's signatures count, and whatever else one of them asks for."""
    two = ONE.model_copy(
        update={
            "approvals": 2,
            "freeze_exempt": True,
            "break_glass": GLASS,
            "notify": Who(users=("U0A", "U0B"), groups=("S0A",)),
            "rule": "two",
        }
    )
    lesser = CONFIRM.model_copy(
        update={
            "typed_name": True,
            "reason_required": True,
            "reason_pattern": TICKET.pattern,
            "reason_example": TICKET.example,
            "notify": Who(users=("U0B", "U0C"), groups=("S0B",)),
        }
    )
    one, other = (lesser, two) if turned else (two, lesser)
    assert both(one, other) == PolicyDecision(
        kind=Kind.APPROVE,
        approvals=2,
        approvers=OTHERS,
        typed_name=True,
        reason_required=True,
        reason_pattern=TICKET.pattern,
        reason_example=TICKET.example,
        notify=Who(users=("U0A", "U0B", "U0C"), groups=("S0A", "S0B")),
        rule="two; confirm",
    )


def test_both_keeps_what_the_two_agree_on() -> None:
    """The same emergency, the same exemption and the same rule stay; the first's form of a reason comes first."""
    said = ONE.model_copy(update={"break_glass": GLASS, "freeze_exempt": True})
    assert both(said, said) == said
    tickets = {"reason_pattern": "A", "reason_example": "a"}, {"reason_pattern": "B", "reason_example": "b"}
    merged = both(ONE.model_copy(update=tickets[0]), CONFIRM.model_copy(update=tickets[1]))
    assert (merged.reason_pattern, merged.reason_example) == ("A", "a")


def test_everybody_once() -> None:
    """The people of two lists are each there once, in order."""
    one, other = Who(users=("U0A", "U0B"), groups=("S0A",)), Who(users=("U0B", "U0C"), groups=("S0A", "S0B"))
    assert one.with_(other) == Who(users=("U0A", "U0B", "U0C"), groups=("S0A", "S0B"))


@pytest.mark.parametrize(
    ("asked", "reason", "lacks"),
    [
        (ONE, "", ""),
        (ONE.model_copy(update={"reason_required": True}), " ", "Policy asks for a reason here."),
        (ONE.model_copy(update={"reason_required": True}), "errors", ""),
        (
            ONE.model_copy(update={"reason_pattern": "INC-[0-9]+", "reason_example": "INC-412"}),
            "errors",
            "Policy asks for a reason of a certain form here, such as “INC-412”.",
        ),
        (
            ONE.model_copy(update={"reason_pattern": "INC-[0-9]+"}),
            "INC-",
            "Policy asks for a reason of a certain form here like INC-[0-9]+.",
        ),
        (ONE.model_copy(update={"reason_pattern": "INC-[0-9]+"}), "INC-7", ""),
    ],
)
def test_what_a_reason_lacks(asked: PolicyDecision, reason: str, lacks: str) -> None:
    """A missing reason and one of another form are each told, with what to type."""
    found = asked.lacks(reason)
    assert (found.fact if found else "") == lacks


def test_irreversible_is_never_less_than_two_and_the_name() -> None:
    """Whatever the rule, what cannot be undone in production needs two others and the typed name."""
    plan = a_plan("environment.delete")
    assert plan.risk is Risk.IRREVERSIBLE
    for rule in (Rule(name="r", actions=("*",), decision="allow"), Rule(name="r", actions=("*",), approvals=1)):
        decision = effective(rule, POLICY, plan)
        assert (decision.kind, decision.approvals, decision.typed_name) == (Kind.APPROVE, 2, True)
