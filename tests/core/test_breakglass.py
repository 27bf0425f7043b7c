"""Break-glass: only where a rule names somebody, never for what cannot be undone, told, and looked at afterwards."""

import pytest

from bot.asking import Asking, Opened
from bot.breakglass import obstacle
from bot.changes.record import Cause, ChangeRequest, Status
from bot.errors import AskAgain, Guarded, NotASigner, NotPermitted, TooLate
from bot.grammar.command import Command
from bot.model import Noun, Risk
from bot.policy import Policy, Rule, Who
from tests.builders import APPROVER, GROUP, PRODUCTION, REQUESTER, SECOND_APPROVER, a_decision, a_plan, a_target
from tests.core.fakes import ORIGIN, House

DAY = 86_400_000
GLASS = Who(users=(REQUESTER.id,))


def a_policy(glass: Who | None = GLASS) -> Policy:
    """Return a policy in which everything needs a signature, and some may break the glass."""
    rule = Rule(name="one", actions=("*",), approvals=1, break_glass=glass)
    return Policy(approvers=Who(groups=(GROUP,)), rules=(rule,))


@pytest.fixture
def house() -> House:
    """Give a house whose policy lets the requester break the glass."""
    return House(policy=a_policy())


async def smash(
    house: House, action: str = "flag.disable", *, person: str = REQUESTER.id, reason: str = "all is on fire"
) -> ChangeRequest:
    """Break the glass for something in production."""
    command = Command(
        action=action,
        target=a_target(Noun(action.partition(".")[0])).key,
        environment="Production",
        reason=reason,
        switches=frozenset({"break-glass"}),
    )
    opened = await house.service.submit(command, Asking(person=person, origin=ORIGIN))
    assert isinstance(opened, Opened)
    return opened.change


async def test_it_runs_at_once(house: House) -> None:
    """Without a signature it is approved, runs, and says in record and chain that the glass was broken."""
    change = await smash(house)
    assert (change.status, change.broken_glass, change.decision.rule) == (Status.APPROVED, True, "one (break-glass)")
    await house.drain()
    assert (await house.get(change.id)).status is Status.APPLIED
    assert len(house.provider.calls) == 1
    trail = await house.changes.trail(change.id)
    assert trail[0].event.data["broken_glass"] is True


async def test_a_typed_name_is_not_waited_for(house: House) -> None:
    """What asks for its name to be typed runs at once as well."""
    assert (await smash(house, "rollout.stop")).status is Status.APPROVED


async def test_who_may_not(house: House) -> None:
    """Whom the rule does not name, and where it names nobody or no reason is given, it is refused with a sentence."""
    with pytest.raises(NotPermitted, match="not among those who may break the glass"):
        await smash(house, person=APPROVER.id)
    with pytest.raises(AskAgain, match="wants a reason"):
        await smash(house, reason=" ")
    house.policy = a_policy(None)
    with pytest.raises(NotPermitted, match="foresees no break-glass"):
        await smash(house)
    house.policy = Policy(approvers=Who(groups=(GROUP,)), rules=(Rule(name="no", actions=("*",), decision="deny"),))
    with pytest.raises(NotPermitted):
        await smash(house)
    assert await house.changes.active() == ()


async def test_never_for_what_cannot_be_undone(house: House) -> None:
    """An irreversible plan is refused, whatever the rule says."""

    plan = a_plan().model_copy(update={"risk": Risk.IRREVERSIBLE})
    decision = a_decision(plan).model_copy(update={"break_glass": GLASS})
    assert "cannot be undone" in str(await obstacle(house.rights, plan, decision, REQUESTER))


async def test_it_beats_a_freeze_and_no_lock(house: House) -> None:
    """While production is frozen it runs; while the target is locked it does not, at the request and at the claim."""
    house.provider.facts(Noun.FLAG)["status"] = "DISABLED"
    await house.guards.freeze(PRODUCTION, APPROVER, "the launch", None)
    change = await smash(house, "flag.enable")
    await house.guards.lock(a_target(Noun.FLAG), APPROVER, "mending", None)
    await house.drain()
    ended = await house.get(change.id)
    assert (ended.status, ended.cause) == (Status.STALE, Cause.LOCK)
    with pytest.raises(Guarded):
        await smash(house, "flag.enable")
    await house.guards.unlock(a_target(Noun.FLAG), APPROVER)
    change = await smash(house, "flag.enable")
    await house.drain()
    assert (await house.get(change.id)).status is Status.APPLIED


async def test_the_right_is_read_again_at_the_claim(house: House) -> None:
    """Who loses the right before a worker takes it up sees it end without a call."""
    change = await smash(house)
    house.policy = a_policy(Who(users=("U0SOMEBODY",)))
    await house.drain()
    ended = await house.get(change.id)
    assert (ended.status, ended.cause) == (Status.STALE, Cause.POLICY)
    assert house.provider.calls == []


async def test_it_is_not_kept_waiting(house: House) -> None:
    """An open request for the same target makes way."""
    waiting = await house.submit("flag.disable", person=APPROVER.id)
    await smash(house)
    assert (await house.get(waiting.id)).cause is Cause.SUPERSEDED


async def test_the_after_review(house: House) -> None:
    """It opens with the request, reminds daily, and is closed once, with a note, by an approver who did not ask."""
    change = await smash(house)
    await house.drain()
    assert [one.change.id for one in await house.reviews.standing()] == [change.id]
    await house.reviews.open(change.id)
    await house.later(DAY)
    await house.later(DAY)
    assert house.reminded == [change.id, change.id]
    house.directory.groups[GROUP].add(REQUESTER.id)
    second = house.directory.add("U0SECONDACCOUNT", email=REQUESTER.email)
    house.directory.groups[GROUP].add(second.id)
    stranger = house.directory.add("U0STRANGER")
    for person in (REQUESTER, second, stranger):
        with pytest.raises(NotASigner):
            await house.reviews.close(change.id, person.id, "it was right")
    with pytest.raises(AskAgain, match="wants a note"):
        await house.reviews.close(change.id, APPROVER.id, " ")
    await house.reviews.close(change.id, APPROVER.id, "it was right")
    assert await house.reviews.standing() == ()
    with pytest.raises(TooLate):
        await house.reviews.close(change.id, SECOND_APPROVER.id, "again")
    await house.later(2 * DAY)
    assert house.reminded == [change.id, change.id]
    trail = await house.records.trail("after_review", change.id)
    assert trail[-1].event.by == APPROVER
