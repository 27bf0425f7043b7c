"""Freezes and locks: refused at the request, at the press and at the claim; ended by time or by hand; never forged."""

from dataclasses import replace

import pytest

from bot.changes.record import Cause, Status
from bot.errors import Guarded, NotUnderstood, Tampered, TooLate
from bot.grammar.until import take_end
from bot.model import Noun
from bot.policy import Environments, Policy, Rule, Who
from tests.builders import APPROVER, GROUP, PRODUCTION, REQUESTER, STAGING, START, a_target
from tests.core.fakes import House

HOUR = 3_600_000
EXEMPT = Policy(
    approvers=Who(groups=(GROUP,)),
    rules=(Rule(name="exempt", actions=("*",), environments=Environments(production=True), freeze_exempt=True),),
)


@pytest.fixture
def house() -> House:
    """Give a house in whose production the flag is disabled, so that it can be enabled."""
    house = House()
    house.provider.facts(Noun.FLAG)["status"] = "DISABLED"
    return house


async def frozen(house: House, until: int | None = None) -> None:
    """Let somebody freeze production."""
    await house.guards.freeze(PRODUCTION, APPROVER, "the launch", until)


@pytest.mark.parametrize(
    ("action", "frozen_out", "locked_out"),
    [
        ("rollout.pause", False, False),
        ("rollout.stop", False, True),
        ("flag.disable", False, True),
        ("flag.enable", True, True),
        ("rollout.resume", True, True),
        ("rollout.start", True, True),
    ],
)
async def test_what_a_freeze_and_a_lock_leave_possible(
    house: House, action: str, *, frozen_out: bool, locked_out: bool
) -> None:
    """A freeze leaves what contains and disrupts, a lock only what contains; both say who, why and until when."""
    if action == "flag.disable":
        house.provider.facts(Noun.FLAG)["status"] = "ENABLED"
    await frozen(house, START + HOUR)
    if frozen_out:
        with pytest.raises(Guarded, match=r"PRODUCTION is frozen by Approver until 2026-.* UTC: the launch"):
            await house.submit(action)
    else:
        await house.submit(action, delivery="first")
    await house.guards.unfreeze(PRODUCTION, APPROVER)
    for change in await house.changes.active():
        await house.service.cancel(change.id, REQUESTER.id, "")
    await house.guards.lock(a_target(Noun(action.partition(".")[0])), APPROVER, "it is being mended", None)
    if locked_out:
        with pytest.raises(Guarded, match="is locked by Approver until it is lifted: it is being mended"):
            await house.submit(action)
    else:
        await house.submit(action)


async def test_a_freeze_is_of_one_environment(house: House) -> None:
    """Elsewhere everything goes on."""
    await frozen(house)
    house.provider.facts(Noun.FLAG, STAGING)["status"] = "DISABLED"
    await house.submit("flag.enable", environment="staging")


async def test_a_lock_of_a_flag_is_one_of_its_rollouts(house: House) -> None:
    """Whoever locks a flag locks the rollouts on it, in that environment alone."""
    await house.guards.lock(a_target(Noun.FLAG), APPROVER, "mending", None)
    with pytest.raises(Guarded):
        await house.submit("rollout.resume")
    await house.submit("rollout.resume", environment="staging")


async def test_an_exempt_rule_goes_on(house: House) -> None:
    """A rule that policy exempts asks as always while it is frozen; a lock it does not beat."""
    house.policy = EXEMPT
    await frozen(house)
    change = await house.submit("flag.enable")
    assert change.status is Status.PENDING
    await house.service.cancel(change.id, REQUESTER.id, "")
    await house.guards.lock(a_target(Noun.FLAG), APPROVER, "mending", None)
    with pytest.raises(Guarded):
        await house.submit("flag.enable")


async def test_refused_at_the_press(house: House) -> None:
    """A signature is refused while it is frozen, and counts once the freeze is over; a rejection is possible."""
    change = await house.submit("flag.enable")
    await frozen(house, START + 60_000)
    with pytest.raises(Guarded, match="the launch"):
        await house.service.approve(change.id, APPROVER.id, "press 1")
    assert (await house.get(change.id)).approvals == ()
    house.clock.advance(60_000)
    signed = await house.service.approve(change.id, APPROVER.id, "press 2")
    assert signed.status is Status.APPROVED


@pytest.mark.parametrize(("kind", "cause"), [("freeze", Cause.FREEZE), ("lock", Cause.LOCK)])
async def test_refused_at_the_claim(house: House, kind: str, cause: Cause) -> None:
    """What was approved before is stale when a worker takes it up, with the sentence, and nothing is sent."""
    change = await house.approved("flag.enable")
    if kind == "freeze":
        await frozen(house)
    else:
        await house.guards.lock(a_target(Noun.FLAG), APPROVER, "the launch", None)
    await house.drain()
    ended = await house.get(change.id)
    assert (ended.status, ended.cause) == (Status.STALE, cause)
    assert "by Approver until it is lifted: the launch" in ended.note
    assert house.provider.calls == []


async def test_a_time_box_ends_into_a_lock(house: House) -> None:
    """What would take itself back is refused while its target is locked; people are told, and nothing is sent."""
    house.provider.facts(Noun.FLAG)["status"] = "ENABLED"
    change = await house.approved("flag.disable", seconds=3600)
    await house.drain()
    assert (await house.get(change.id)).status is Status.APPLIED
    await house.guards.lock(a_target(Noun.FLAG), APPROVER, "mending", None)
    await house.later(3_700_000)
    assert [plan.action for plan in house.provider.calls] == ["flag.disable"]


async def test_it_ends_by_itself_and_by_hand(house: House) -> None:
    """A freeze is over at its time; lifting one that is not there says so."""
    await frozen(house, START + HOUR)
    await house.guards.lock(a_target(Noun.FLAG), APPROVER, "mending", START + 2 * HOUR)
    assert [guard.what for guard in await house.guards.standing()] == ["Production", "flag new-search in Production"]
    house.clock.advance(HOUR)
    assert [guard.what for guard in await house.guards.standing()] == ["flag new-search in Production"]
    with pytest.raises(TooLate, match="Production is not frozen"):
        await house.guards.unfreeze(PRODUCTION, APPROVER)
    await house.guards.unlock(a_target(Noun.FLAG), APPROVER)
    assert await house.guards.standing() == ()
    await house.submit("flag.enable")


async def test_each_word_is_in_the_chain(house: House) -> None:
    """Freezing and lifting are entries of one chain, by whoever did them."""
    await frozen(house)
    await house.guards.unfreeze(PRODUCTION, REQUESTER)
    trail = await house.records.trail("freeze", "environments")
    assert [(entry.event.name, entry.event.by.id) for entry in trail] == [
        ("frozen", APPROVER.id),
        ("unfrozen", REQUESTER.id),
    ]


@pytest.mark.parametrize("forgery", ["altered", "set back", "taken away"])
async def test_what_was_forged_in_the_store_keeps_everything(house: House, forgery: str) -> None:
    """Whoever can write to the store alone can neither lift a freeze nor invent one: all that it guards is refused."""
    change = await house.approved("flag.enable")
    key = ("freeze", "environments")
    await house.guards.freeze(STAGING, APPROVER, "cleaning", None)
    earlier = house.state.records[key]
    await frozen(house)
    now = house.state.records[key]
    if forgery == "altered":
        house.state.records[key] = replace(now, data=now.data.replace("the launch", "the lunch"))
    elif forgery == "set back":
        house.state.records[key] = earlier
    else:
        del house.state.records[key]
    with pytest.raises(Tampered):
        await house.submit("rollout.resume")
    await house.drain()
    ended = await house.get(change.id)
    assert (ended.status, ended.cause) == (Status.STALE, Cause.INTEGRITY)
    assert house.provider.calls == []


NOON = 1_792_065_600_000  # 2026-10-15 12:00 UTC, 14:00 in Berlin


@pytest.mark.parametrize(
    ("text", "name", "hours"),
    [
        ("prod", "prod", None),
        ("prod for 2h", "prod", 2.0),
        ("prod until 18:00", "prod", 4.0),
        ("prod until 6pm", "prod", 4.0),
        ("prod until 9:00", "prod", 19.0),
        ("prod until tomorrow 9:00", "prod", 19.0),
        ('"eu prod" until 2026-10-16 15:00', "eu prod", 25.0),
        ("flag new-search in prod for 90m", "flag new-search in prod", 1.5),
    ],
)
def test_an_end_is_in_the_speakers_zone(text: str, name: str, hours: float | None) -> None:
    """Times of day are those of whoever says them; one that is over today is meant tomorrow."""
    assert take_end(text, NOON, "Europe/Berlin") == (name, hours and NOON + int(hours * HOUR))


@pytest.mark.parametrize(
    "text",
    [
        *("prod until", "prod until dawn", "prod until 25:00", "prod for ever", "prod until 2026-10-15 1:00"),
        *("prod for 31d", "prod until 18", "prod until 13pm", "prod until 2026-13-45 9:00"),
    ],
)
def test_an_end_that_cannot_be_is_asked_back(text: str) -> None:
    """What is no time, is over or is too far away is not guessed."""
    with pytest.raises(NotUnderstood):
        take_end(text, NOON, "Europe/Berlin")
