"""Nobody signs what they asked for themselves: every route by which they might try is closed."""

from collections.abc import Awaitable, Callable

import pytest

from bot.actions import BY_NAME
from bot.asking import Asking, Opened
from bot.changes.record import ChangeRequest, Status
from bot.errors import CountersignError, OutcomeUnknown
from bot.model import Actor, Standing
from bot.policy import Rule, Who
from bot.terminal.changing import changed
from tests.builders import APPROVER, GROUP, POLICY, REQUESTER, SECOND_APPROVER, a_target
from tests.core.fakes import ORIGIN, House, Outcome
from tests.terminal.scene import Scene, command

Route = Callable[[House], Awaitable[tuple[ChangeRequest, str]]]


async def directly(house: House) -> tuple[ChangeRequest, str]:
    """Press on one's own request, being an approver."""
    house.directory.groups[GROUP].add(REQUESTER.id)
    return await house.submit(), REQUESTER.id


async def second_account(house: House) -> tuple[ChangeRequest, str]:
    """Press with a second account of the same e-mail address, however it is written."""
    assert REQUESTER.email
    house.directory.add("U0OTHER", email=REQUESTER.email.upper())
    house.directory.groups[GROUP].add("U0OTHER")
    return await house.submit(), "U0OTHER"


async def by_a_bot(house: House) -> tuple[ChangeRequest, str]:
    """Let a bot in the group press."""
    house.directory.add("U0BOT", standing=Standing.BOT)
    house.directory.groups[GROUP].add("U0BOT")
    return await house.submit(), "U0BOT"


async def by_a_guest(house: House) -> tuple[ChangeRequest, str]:
    """Let a guest in the group press."""
    house.directory.add("U0GUEST", standing=Standing.GUEST)
    house.directory.groups[GROUP].add("U0GUEST")
    return await house.submit(), "U0GUEST"


async def by_an_administrator(house: House) -> tuple[ChangeRequest, str]:
    """Press as somebody who is an operator, and not among the approvers."""
    house.directory.add("U0OPERATOR")
    operators = house.policy.operators.model_copy(update={"users": ("U0OPERATOR",)})
    house.policy = house.policy.model_copy(update={"operators": operators})
    return await house.submit(), "U0OPERATOR"


async def changed_group(house: House) -> tuple[ChangeRequest, str]:
    """Ask, then join the approvers, then press."""
    change = await house.submit()
    house.directory.groups[GROUP].add(REQUESTER.id)
    return change, REQUESTER.id


async def by_undo(house: House) -> tuple[ChangeRequest, str]:
    """Let a friend ask for the undo of one's own change, and sign that."""
    house.directory.groups[GROUP].add(REQUESTER.id)
    change = await house.approved()
    await house.drain()
    return await _followed(house.service.undo, change), REQUESTER.id


async def by_asking_again(house: House) -> tuple[ChangeRequest, str]:
    """Let a friend ask again for one's own change, and sign that."""
    house.directory.groups[GROUP].add(REQUESTER.id)
    change = await house.submit()
    await house.service.cancel(change.id, REQUESTER.id, "")
    return await _followed(house.service.again, change), REQUESTER.id


async def by_a_timer(house: House) -> tuple[ChangeRequest, str]:
    """Sign what opens when one's own time box could not take itself back."""
    house.directory.groups[GROUP].add(REQUESTER.id)
    change = await house.approved(seconds=3600)
    await house.drain()
    house.policy = house.policy.model_copy(
        update={"rules": (house.policy.rules[1].model_copy(update={"approvals": 2}), *house.policy.rules[1:])}
    )
    await house.later(3_700_000)
    opened = [one for one in await house.changes.pending() if one.id != change.id]
    assert len(opened) == 1
    return opened[0], REQUESTER.id


async def by_the_command_line(house: House) -> tuple[ChangeRequest, str]:
    """Ask on the command line, and press in Slack as the person the account stands for."""
    house.directory.groups[GROUP].add(REQUESTER.id)
    return await _typed(house), REQUESTER.id


async def by_the_command_line_and_a_second_account(house: House) -> tuple[ChangeRequest, str]:
    """Ask on the command line, and press in Slack with another account of the same person."""
    house.directory.add("U0OTHER", email=REQUESTER.email)
    house.directory.groups[GROUP].add("U0OTHER")
    return await _typed(house), "U0OTHER"


async def by_an_account_mapped_to_the_second_account(house: House) -> tuple[ChangeRequest, str]:
    """Ask on the command line as a second account, and press as oneself."""
    house.directory.add("U0OTHER", email=REQUESTER.email)
    house.directory.groups[GROUP].add(REQUESTER.id)
    return await _typed(house, "U0OTHER"), REQUESTER.id


async def by_a_panel(house: House) -> tuple[ChangeRequest, str]:
    """Ask with a panel's button, and sign on the card."""
    house.directory.groups[GROUP].add(REQUESTER.id)
    asking = Asking(person=REQUESTER.id, origin=ORIGIN, reason="errors", delivery="a panel's press")
    opened = await house.service.ask(BY_NAME["flag.disable"], a_target(), asking)
    assert isinstance(opened, Opened)
    return opened.change, REQUESTER.id


async def by_asking_again_with_a_second_account(house: House) -> tuple[ChangeRequest, str]:
    """Ask again with a second account for what one asked for before, and sign as oneself."""
    house.directory.add("U0OTHER", email=REQUESTER.email)
    house.directory.groups[GROUP].add(REQUESTER.id)
    change = await house.submit()
    await house.service.cancel(change.id, REQUESTER.id, "")
    opened = await house.service.again(change.id, Asking(person="U0OTHER", origin=ORIGIN))
    assert isinstance(opened, Opened)
    return opened.change, REQUESTER.id


async def by_an_operator_in_the_group(house: House) -> tuple[ChangeRequest, str]:
    """Ask as an operator who is an approver too, and sign."""
    operators = house.policy.operators.model_copy(update={"users": (REQUESTER.id,)})
    house.policy = house.policy.model_copy(update={"operators": operators})
    house.directory.groups[GROUP].add(REQUESTER.id)
    return await house.submit(), REQUESTER.id


async def _typed(house: House, person: str = REQUESTER.id) -> ChangeRequest:
    """Ask on the command line, as the person an account is mapped to."""
    scene = Scene(house, person=person)
    change = await changed(scene.desk, scene.terminal, command(), yes=True)
    assert change is not None
    return change


async def _followed(follow: Callable[[str, Asking], Awaitable[object]], change: ChangeRequest) -> ChangeRequest:
    opened = await follow(change.id, Asking(person=APPROVER.id, origin=ORIGIN))
    assert isinstance(opened, Opened)
    return opened.change


ROUTES: tuple[Route, ...] = (
    directly,
    second_account,
    by_a_bot,
    by_a_guest,
    by_an_administrator,
    changed_group,
    by_undo,
    by_asking_again,
    by_a_timer,
    by_the_command_line,
    by_the_command_line_and_a_second_account,
    by_an_account_mapped_to_the_second_account,
    by_a_panel,
    by_asking_again_with_a_second_account,
    by_an_operator_in_the_group,
)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.__name__)
async def test_no_route_leads_to_ones_own_signature(route: Route) -> None:
    """The press is refused, no vote is recorded, nothing is sent; a real approver's signature still counts."""
    house = House()
    change, person = await route(house)
    sent = len(house.provider.calls)
    with pytest.raises(CountersignError):
        await house.service.approve(change.id, person, "press")
    with pytest.raises(CountersignError):
        await house.service.reject(change.id, person, "press 2", "no")
    now = await house.get(change.id)
    assert (now.status, now.approvals) == (Status.PENDING, ())
    await house.drain()
    assert len(house.provider.calls) == sent


@pytest.mark.parametrize("how", ["same address later", "out of the group", "closed account"])
async def test_a_vote_is_struck_at_the_claim(how: str) -> None:
    """Who turns out to be the requester, or no approver any more, does not count when a worker looks again."""
    house = House()
    change = await house.approved()
    if how == "same address later":
        house.directory.people[APPROVER.id] = APPROVER.model_copy(update={"email": REQUESTER.email})
    elif how == "out of the group":
        house.directory.groups[GROUP].discard(APPROVER.id)
    else:
        house.directory.people[APPROVER.id] = APPROVER.model_copy(update={"standing": Standing.DEACTIVATED})
    await house.drain()
    struck = await house.get(change.id)
    assert (struck.status, struck.approvals) == (Status.PENDING, ())
    assert house.provider.calls == []


@pytest.mark.parametrize("how", ["joined between request and claim", "address changed between request and claim"])
async def test_a_vote_given_under_another_account_is_struck_at_the_claim(how: str) -> None:
    """Rights and addresses are read again at the claim: what made a vote possible at the press does not save it."""
    house = House()
    house.directory.add("U0OTHER", email="other@sandbox.example")
    house.directory.groups[GROUP].add("U0OTHER")
    change = await house.submit()
    await house.service.approve(change.id, "U0OTHER", "press")
    if how.startswith("joined"):
        house.directory.groups[GROUP].discard("U0OTHER")
    else:
        house.directory.add("U0OTHER", email=(REQUESTER.email or "").upper())
    await house.drain()
    now = await house.get(change.id)
    assert (now.status, now.approvals, house.provider.calls) == (Status.PENDING, (), [])


async def test_an_address_that_was_not_known_is_read_at_the_claim() -> None:
    """Where the request was recorded without the requester's address, it is read before their votes are counted."""
    house = House()
    house.directory.people[REQUESTER.id] = REQUESTER.model_copy(update={"email": None})
    house.directory.add("U0OTHER", email=REQUESTER.email)
    house.directory.groups[GROUP].add("U0OTHER")
    change = await house.submit()
    await house.service.approve(change.id, "U0OTHER", "press")
    house.directory.people[REQUESTER.id] = REQUESTER
    await house.drain()
    now = await house.get(change.id)
    assert (now.status, now.approvals, house.provider.calls) == (Status.PENDING, (), [])


async def a_broken_glass(house: House) -> ChangeRequest:
    """Break the glass, so that somebody else has to look at it afterwards."""
    glass = Rule(name="one", actions=("*",), approvals=1, break_glass=Who(users=(REQUESTER.id,)))
    house.policy = POLICY.model_copy(update={"rules": (glass,)})
    asked = command(switches=frozenset({"break-glass"}))
    opened = await house.service.submit(asked, Asking(person=REQUESTER.id, origin=ORIGIN))
    assert isinstance(opened, Opened)
    await house.drain()
    return opened.change


async def an_unknown(house: House) -> ChangeRequest:
    """Let a call of one's own go unanswered for good."""
    house.provider.script.append(Outcome(lands=False, error=OutcomeUnknown("No answer.")))
    change = await house.approved("rollout.resume")
    for _ in range(3):
        await house.drain()
        await house.later(60_000)
    assert (await house.get(change.id)).status is Status.UNKNOWN
    return change


async def close(house: House, id_: str, person: str) -> None:
    """Close the after-review."""
    await house.reviews.close(id_, person, "I looked at it")


async def settle(house: House, id_: str, person: str) -> None:
    """Say that it happened."""
    await house.service.settle(id_, person, f"settle {person}", happened=True)


@pytest.mark.parametrize(("begin", "end"), [(a_broken_glass, close), (an_unknown, settle)], ids=["review", "unknown"])
@pytest.mark.parametrize("who", ["oneself", "second account", "bot", "guest", "operator"])
async def test_what_somebody_else_has_to_end_is_not_ended_by_oneself(
    begin: Callable[[House], Awaitable[ChangeRequest]],
    end: Callable[[House, str, str], Awaitable[None]],
    who: str,
) -> None:
    """An after-review and an unknown outcome stay open until somebody ends them who could have signed."""
    house = House()
    others = {
        "oneself": REQUESTER,
        "second account": house.directory.add("U0OTHER", email=(REQUESTER.email or "").upper()),
        "bot": house.directory.add("U0BOT", standing=Standing.BOT),
        "guest": house.directory.add("U0GUEST", standing=Standing.GUEST),
        "operator": Actor(id=house.directory.add("U0OPERATOR").id),
    }
    change = await begin(house)
    person = others[who].id
    if who == "operator":
        house.policy = house.policy.model_copy(update={"operators": Who(users=(person,))})
    else:
        house.directory.groups[GROUP].add(person)
    with pytest.raises(CountersignError):
        await end(house, change.id, person)
    await end(house, change.id, SECOND_APPROVER.id)
