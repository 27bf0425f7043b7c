"""A time box has two legs: who signs for it may sign for either; where nobody can be named for both it is denied."""

import pytest

from bot.changes.record import Status
from bot.errors import NotASigner, NotPermitted
from bot.execution.timeboxes import leg_id
from bot.policy import Group, Kind, Policy, PolicyDecision, Rule, Who, both
from tests.builders import APPROVER, GROUP, SECOND_APPROVER
from tests.core.fakes import House

HOUR = 3600
OTHERS = "S0OTHERS"


def house_of(disable: Rule, enable: Rule) -> House:
    """Return a house in which each leg has its own rule, and another group than the approvers'."""
    house = House(policy=Policy(approvers=Who(groups=(GROUP,)), rules=(disable, enable)))
    house.directory.groups[OTHERS] = {SECOND_APPROVER.id}
    return house


def rule(action: str, *groups: str, users: tuple[str, ...] = (), approvals: int = 1) -> Rule:
    """Return a rule of one action."""
    return Rule(name=action, actions=(action,), approvals=approvals, approvers=Who(groups=groups, users=users))


async def test_other_people_for_each_leg_are_no_time_box() -> None:
    """What nobody is known to be able to sign for both ways is refused with what to do; without a time it is taken."""
    house = house_of(rule("flag.disable", GROUP), rule("flag.enable", OTHERS))
    with pytest.raises(NotPermitted, match=r"flag\.disable.*flag\.enable.*one by one"):
        await house.submit(seconds=HOUR)
    assert (await house.submit()).status is Status.PENDING


@pytest.mark.parametrize("swapped", [False, True])
async def test_whom_both_legs_name_may_sign_and_no_other(swapped: bool) -> None:
    """Of several groups and people only those that both rules name sign, and the way back then runs by itself."""
    wide, narrow = (GROUP, OTHERS), (OTHERS,)
    first, second = (narrow, wide) if swapped else (wide, narrow)
    house = house_of(rule("flag.disable", *first), rule("flag.enable", *second))
    change = await house.submit(seconds=HOUR)
    assert change.decision.approvers == Who(groups=(OTHERS,))
    with pytest.raises(NotASigner):
        await house.service.approve(change.id, APPROVER.id, "no")
    await house.service.approve(change.id, SECOND_APPROVER.id, "yes")
    await house.drain()
    change = await house.get(change.id)
    assert change.reverts_at is not None
    await house.later(change.reverts_at - house.changes.now())
    assert (await house.get(leg_id(change.id))).status is Status.APPLIED


async def test_a_way_back_that_asks_for_more_is_signed_by_its_own_people() -> None:
    """Where only the way back wants a signature, those whom its rule names give it, and no others."""
    confirmed = Rule(name="at once", actions=("rollout.pause",), confirm=True)
    house = house_of(confirmed, rule("rollout.resume", OTHERS))
    change = await house.submit("rollout.pause", seconds=HOUR)
    with pytest.raises(NotASigner):
        await house.service.approve(change.id, APPROVER.id, "no")
    await house.service.approve(change.id, SECOND_APPROVER.id, "yes")
    await house.drain()
    assert (await house.get(change.id)).status is Status.APPLIED


def signed(*groups: str, users: tuple[str, ...] = (), approvals: int = 1, **known: str) -> PolicyDecision:
    """Return a decision that asks for signatures; `known` are ids of groups by the word for them."""
    return PolicyDecision(
        kind=Kind.APPROVE,
        approvals=approvals,
        approvers=Who(groups=groups, users=users),
        groups={word: Group(id=id_, handle=word) for word, id_ in known.items()},
    )


def test_who_is_named_by_both() -> None:
    """Groups are one by their id, whatever word each rule has for them; people alone have to be enough."""
    one, other = signed("approvers", approvers="S0A"), signed("S0A", "S0B", S0A="S0A")
    assert both(one, other).approvers == Who(groups=("approvers",))
    assert both(signed("S0A", users=("U1",)), signed(users=("U1", "U2"))).approvers == Who(users=("U1",))
    with pytest.raises(NotPermitted):
        both(signed(users=("U1", "U2"), approvals=2), signed(users=("U1", "U3")))
    assert both(one, PolicyDecision(kind=Kind.CONFIRM)).approvers == one.approvers
