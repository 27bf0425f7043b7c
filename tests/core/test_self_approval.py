"""Nobody signs what they asked for themselves: every route by which they might try is closed."""

from collections.abc import Awaitable, Callable

import pytest

from bot.asking import Asking, Opened
from bot.changes.record import ChangeRequest, Status
from bot.errors import CountersignError
from bot.model import Standing
from tests.builders import APPROVER, GROUP, REQUESTER
from tests.core.fakes import ORIGIN, House

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
