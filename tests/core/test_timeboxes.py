"""Time boxes: a change takes itself back when its time is over, once, and only if nothing moved."""

import pytest

from bot.changes.record import ChangeRequest, Status
from bot.errors import AskAgain
from bot.execution.timeboxes import leg_id
from bot.model import Job, Noun, Proof
from tests.core.fakes import House

HOUR = 3600


async def boxed(house: House, seconds: int = 2 * HOUR) -> ChangeRequest:
    """Return an applied change with a time box."""
    change = await house.approved("flag.disable", seconds=seconds)
    await house.drain()
    return await house.get(change.id)


async def over(house: House, change: ChangeRequest) -> ChangeRequest:
    """Let the time box end and return the leg back."""
    assert change.reverts_at is not None
    await house.later(change.reverts_at - house.changes.now())
    return await house.get(leg_id(change.id))


async def test_takes_itself_back() -> None:
    """A flag disabled for two hours is enabled again then, under the signatures of the first leg."""
    house = House()
    change = await boxed(house)
    assert change.status is Status.APPLIED
    leg = await over(house, change)
    assert (leg.status, leg.plan.action, leg.warrant) == (Status.APPLIED, "flag.enable", change.id)
    assert leg.receipt is not None
    assert leg.receipt.proof is Proof.READ_BACK


async def test_not_before_its_time() -> None:
    """A job that comes early, as a stray one may, does nothing."""
    house = House()
    change = await boxed(house)
    await house.execution().work(Job(kind="take_back", id=change.id))
    assert await house.changes.find(leg_id(change.id)) is None


async def test_once_however_often_the_job_comes() -> None:
    """The end of a time box opens one leg back."""
    house = House()
    change = await boxed(house)
    await over(house, change)
    calls = len(house.provider.calls)
    for _ in range(3):
        await house.execution().work(Job(kind="take_back", id=change.id))
        await house.drain()
    assert len(house.provider.calls) == calls


async def test_asks_when_something_moved() -> None:
    """A flag archived meanwhile is left alone, and an ordinary request opens in place of the leg back."""
    house = House()
    change = await boxed(house)
    house.provider.facts(Noun.FLAG)["archived"] = True
    leg = await over(house, change)
    assert leg.status is Status.STALE
    asked = [c for c in await house.changes.pending() if c.parent == leg.id]
    assert [c.plan.action for c in asked] == ["flag.enable"]


async def test_nothing_to_take_back() -> None:
    """Somebody who enabled the flag before the time was over leaves nothing to do."""
    house = House()
    change = await boxed(house)
    house.provider.facts(Noun.FLAG)["status"] = "ENABLED"
    calls = len(house.provider.calls)
    leg = await over(house, change)
    assert leg.receipt is not None
    assert leg.receipt.proof is Proof.ALREADY
    assert len(house.provider.calls) == calls


async def test_signers_who_lost_their_rights() -> None:
    """The leg back is refused when whoever signed may no longer sign."""
    house = House()
    change = await boxed(house)
    house.directory.groups = {group: set() for group in house.directory.groups}
    leg = await over(house, change)
    assert leg.status is Status.STALE


async def test_only_what_can_be_taken_back() -> None:
    """An action without an inverse has no time box."""
    house = House()
    with pytest.raises(AskAgain, match="time box"):
        await house.approved("rollout.stop", seconds=HOUR)
