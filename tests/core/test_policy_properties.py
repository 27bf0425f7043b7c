"""
What no policy can bring about, whatever its rules say and in whatever order, and what one decides cell by cell.

The rules drawn here say everything that a rule can say.
"""

import asyncio
from collections.abc import Callable
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.actions import CATALOGUE
from bot.changes import deciding
from bot.changes.record import Status
from bot.errors import CountersignError, NotPermitted
from bot.model import Actor, Environment, Plan, Risk, Standing
from bot.policy import Environments, Kind, Policy, PolicyDecision, ReasonForm, Rule, Who, both, decide, floor
from bot.policy_reading import ELSEWHERE, PRODUCTION, specimen
from tests.builders import APPROVER, GROUP, REQUESTER, SECOND_APPROVER, TERMS
from tests.core.fakes import House

SIGNERS = Who(groups=(GROUP,))
LEADS = frozenset({"leads"})

WORDS = [*(action.name for action in CATALOGUE), *(risk.value for risk in Risk), "*", "flag.*", "*e*"]
people = st.sampled_from([None, Who(), Who(users=(REQUESTER.id,)), Who(groups=("leads",)), SIGNERS])
where = st.sampled_from(
    [None, Environments(production=True), Environments(production=False), Environments(names=("production",))]
)
plans = st.builds(
    specimen, st.sampled_from(CATALOGUE), st.sampled_from((PRODUCTION, ELSEWHERE)), st.sampled_from(("a", "b"))
)
groups = st.sampled_from((frozenset[str](), LEADS, frozenset({GROUP})))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Draw any rule that can be written."""
    decision = draw(st.sampled_from(["allow", "confirm", "deny", None]))
    return Rule(
        name=draw(st.text(min_size=1, max_size=5)),
        actions=tuple(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))),
        environments=draw(where),
        requesters=draw(people),
        decision=decision,
        confirm=decision == "confirm" and draw(st.booleans()),
        approvals=0 if decision else draw(st.integers(0, 5)),
        approvers=draw(people),
        typed_name=draw(st.booleans()),
        reason=draw(st.sampled_from(["optional", "required", ReasonForm(pattern="INC-[0-9]+")])),
        expires=draw(st.sampled_from([None, 1, 60])),
        break_glass=draw(people),
        freeze_exempt=draw(st.booleans()),
        notify=draw(people),
    )


some = people.filter(bool)
policies = st.builds(Policy, approvers=some, operators=some, rules=st.lists(rules(), max_size=5).map(tuple))


def together(one: PolicyDecision, other: PolicyDecision) -> PolicyDecision:
    """Return the decision on two legs, of which a refusal is one too."""
    try:
        return both(one, other)
    except NotPermitted:
        return PolicyDecision(kind=Kind.DENY)


def irreversible(plan: Plan) -> Plan:
    """Return the plan as one that cannot be undone."""
    return plan.model_copy(update={"risk": Risk.IRREVERSIBLE})


@settings(max_examples=150)
@given(policies, plans, groups)
def test_nothing_irreversible_in_production_goes_without_its_quorum(
    policy: Policy, plan: Plan, mine: frozenset[str]
) -> None:
    """Whatever is written and whoever asks: denied, or two signatures and the typed name, also within a time box."""
    decision = decide(policy, irreversible(plan), REQUESTER, mine)
    if not plan.target.production or decision.kind is Kind.DENY:
        return
    for one in (decision, together(decision, decide(policy, plan, REQUESTER, mine))):
        assert one.kind in (Kind.APPROVE, Kind.DENY)
        assert one.kind is Kind.DENY or (one.approvals >= 2 and one.typed_name)


@settings(max_examples=100)
@given(st.lists(rules(), max_size=4), plans, groups)
def test_no_order_lowers_the_floor(drawn: list[Rule], plan: Plan, mine: frozenset[str]) -> None:
    """Each order of the same rules is denied or asks for at least what production does."""
    for order in permutations(drawn):
        decision = decide(Policy(approvers=SIGNERS, rules=order), plan, REQUESTER, mine)
        assert decision.kind is Kind.DENY or not floor(plan).stricter_than(decision)


@given(policies, plans, groups)
def test_a_rule_put_last_changes_nothing_that_was_decided(policy: Policy, plan: Plan, mine: frozenset[str]) -> None:
    """What a rule has decided is decided the same when another rule follows, even one that allows everything."""
    free = Rule(name="free", actions=("*",), decision="allow")
    longer = policy.model_copy(update={"rules": (*policy.rules, free)})
    before = decide(policy, plan, REQUESTER, mine)
    if before.rule != "no rule matches":
        assert decide(longer, plan, REQUESTER, mine) == before


@given(policies, plans, plans, groups)
def test_two_legs_ask_for_what_either_asks_for(policy: Policy, one: Plan, other: Plan, mine: frozenset[str]) -> None:
    """A decision for two plans is never less than that for either of them."""
    first, second = (decide(policy, plan, REQUESTER, mine) for plan in (one, other))
    for whole in (together(first, second), together(second, first)):
        if whole.kind is Kind.DENY:
            continue
        assert not first.stricter_than(whole)
        assert not second.stricter_than(whole)
        assert whole.reason_required == (first.reason_required or second.reason_required)
        assert whole.freeze_exempt <= (first.freeze_exempt and second.freeze_exempt)
        for leg in (first, second):
            if leg.kind is Kind.APPROVE:
                assert {*whole.approvers.groups, *whole.approvers.users} <= {
                    *leg.approvers.groups,
                    *leg.approvers.users,
                }


LOSSES: dict[str, Callable[[House, str], object]] = {
    "out of the group": lambda house, id_: house.directory.groups[GROUP].discard(id_),
    "account closed": lambda house, id_: house.directory.add(id_, standing=Standing.DEACTIVATED),
    "made a guest": lambda house, id_: house.directory.add(id_, standing=Standing.GUEST),
    "the requester's address": lambda house, id_: house.directory.add(id_, email=REQUESTER.email),
}


@settings(max_examples=40)
@given(
    needed=st.integers(1, 4),
    spare=st.integers(0, 1),
    lost=st.sets(st.integers(0, 4), max_size=3),
    how=st.sampled_from(sorted(LOSSES)),
)
def test_taking_any_signers_right_takes_the_approval(needed: int, spare: int, lost: set[int], how: str) -> None:
    """Whichever signers lose their right before the run, their votes are gone and nothing is sent."""
    asyncio.run(_signed_and_lost(needed, needed + spare, {n for n in lost if n < needed}, how))


async def _signed_and_lost(needed: int, count: int, lost: set[int], how: str) -> None:
    house = House(policy=Policy(approvers=SIGNERS, rules=(Rule(name="n", actions=("*",), approvals=needed),)))
    signers = [house.directory.add(f"U0SIGNER{n}", email=f"signer-{n}@sandbox.example").id for n in range(count)]
    house.directory.groups[GROUP] = set(signers)
    change = await house.submit()
    for id_ in signers[:needed]:
        assert house.provider.calls == []
        await house.service.approve(change.id, id_, f"press {id_}")
    for n in lost:
        LOSSES[how](house, signers[n])
    await house.drain()
    done = await house.get(change.id)
    kept = [id_ for n, id_ in enumerate(signers[:needed]) if n not in lost]
    assert [vote.by.id for vote in done.approvals] == kept
    assert done.status is (Status.PENDING if lost else Status.APPLIED)
    assert bool(house.provider.calls) is not bool(lost)


@given(policies, plans, st.lists(st.sampled_from((REQUESTER, APPROVER, SECOND_APPROVER, REQUESTER)), max_size=6))
def test_no_votes_but_the_quorum_approve(policy: Policy, plan: Plan, voters: list[Actor]) -> None:
    """Under any policy, a change is approved by as many different others as its decision says, and by nothing less."""
    decision = decide(policy, plan, REQUESTER, LEADS)
    if decision.kind is not Kind.APPROVE:
        return
    change = deciding.open_change("cs-aaaaaa", plan, decision, REQUESTER, 1, TERMS).change
    change = deciding.confirm(change, REQUESTER, 2, TERMS, plan.target.key).change
    for voter in voters:
        try:
            change = deciding.approve(change, voter, 3, TERMS).change
        except CountersignError:
            continue
    others = {voter.id for voter in voters} - {REQUESTER.id}
    assert (change.status is Status.APPROVED) == (len(others) >= decision.approvals)


ALLOW, CONFIRM, DENY = (Kind.ALLOW, 0, False), (Kind.CONFIRM, 0, False), (Kind.DENY, 0, False)
ONE, TWO, TWO_TYPED = (Kind.APPROVE, 1, False), (Kind.APPROVE, 2, False), (Kind.APPROVE, 2, True)
SAYS: dict[str, dict[str, object]] = {
    "allow": {"decision": "allow"},
    "confirm": {"decision": "confirm"},
    "one": {"approvals": 1},
    "two": {"approvals": 2},
    "deny": {"decision": "deny"},
    "nothing": {},
}
# What a rule says, by what a plan can do: in production, and elsewhere.
TABLE: dict[str, dict[Risk, tuple[tuple[Kind, int, bool], tuple[Kind, int, bool]]]] = {
    "allow": {
        Risk.CONTAIN: (CONFIRM, ALLOW),
        Risk.DISRUPTIVE: (ONE, ALLOW),
        Risk.EXPANDING: (ONE, ALLOW),
        Risk.IRREVERSIBLE: (TWO_TYPED, ALLOW),
    },
    "confirm": {
        Risk.CONTAIN: (CONFIRM, CONFIRM),
        Risk.DISRUPTIVE: (ONE, CONFIRM),
        Risk.EXPANDING: (ONE, CONFIRM),
        Risk.IRREVERSIBLE: (TWO_TYPED, CONFIRM),
    },
    "one": {
        Risk.CONTAIN: (ONE, ONE),
        Risk.DISRUPTIVE: (ONE, ONE),
        Risk.EXPANDING: (ONE, ONE),
        Risk.IRREVERSIBLE: (TWO_TYPED, ONE),
    },
    "two": {
        Risk.CONTAIN: (TWO, TWO),
        Risk.DISRUPTIVE: (TWO, TWO),
        Risk.EXPANDING: (TWO, TWO),
        Risk.IRREVERSIBLE: (TWO_TYPED, TWO),
    },
    "deny": dict.fromkeys((Risk.CONTAIN, Risk.DISRUPTIVE, Risk.EXPANDING, Risk.IRREVERSIBLE), (DENY, DENY)),
}
TABLE["nothing"] = TABLE["confirm"]
CELLS = [(says, risk) for says, row in TABLE.items() for risk in row]


@pytest.mark.parametrize(("says", "risk"), CELLS)
@pytest.mark.parametrize("place", [PRODUCTION, ELSEWHERE], ids=["production", "elsewhere"])
def test_what_a_rule_comes_to_cell_by_cell(says: str, risk: Risk, place: Environment) -> None:
    """For what a rule says and what a plan can do, production and elsewhere ask for what is written down here."""
    rule = Rule.model_validate({"name": says, "actions": ["*"], **SAYS[says]})
    action = next(one for one in CATALOGUE if one.name == "flag.disable")
    plan = specimen(action, place).model_copy(update={"risk": risk})
    decision: PolicyDecision = decide(Policy(approvers=SIGNERS, rules=(rule,)), plan, REQUESTER, frozenset())
    wanted = TABLE[says][risk][0 if place is PRODUCTION else 1]
    assert (decision.kind, decision.approvals, decision.typed_name) == wanted
