"""The one poller: what it draws, how often, what it asks Datadog for, and what a restart leaves as it was."""

import random
from itertools import pairwise

import pytest
from pydantic import JsonValue

from bot.changes.record import Status
from bot.errors import ProviderError
from bot.model import Environment
from bot.panel.boards import Board, Watch
from bot.panel.budget import MINUTE
from bot.panel.poller import Shown
from bot.panel.progress import State
from bot.panel.sights import Trip
from bot.panel.watching import News
from tests.builders import APPROVER, PRODUCTION, REQUESTER, START
from tests.panel_world import STEP, PanelWorld, a_rollout

CHANNEL = "C0INCIDENT"


async def opened(where: Environment | None = PRODUCTION, budget: int = 60) -> PanelWorld:
    """Return a world with a rollout that runs, and a panel in one channel."""
    world = PanelWorld(budget)
    world.sights.put(a_rollout(START - 60_000))
    await world.boards.post(Board(channel=CHANNEL, ts="1.0", environment=where), REQUESTER)
    return world


def shown(world: PanelWorld) -> list[State]:
    """Return how the rollouts stand on the panel as it was drawn last."""
    return [row.progress.state for row in world.screen.panels[-1][1].rollouts]


async def test_nothing_is_read_or_drawn_where_there_is_no_panel() -> None:
    """Without a panel or a watch Datadog is not asked for anything."""
    world = PanelWorld()
    await world.turns(30_000)
    assert world.sights.asked == []
    assert world.screen.panels == []


async def test_a_panel_is_drawn_when_something_changed_and_only_then() -> None:
    """A quiet minute brings no edit; a pause brings one."""
    world = await opened()
    await world.turns(10_000)
    drawn = len(world.screen.panels)
    assert shown(world) == [State.RUNNING]
    await world.turns(60_000)
    assert len(world.screen.panels) == drawn
    change = await world.house.submit("rollout.pause")
    await world.house.service.confirm(change.id, REQUESTER.id, "press")
    await world.house.drain()
    assert (await world.house.service.get(change.id)).status is Status.APPLIED
    await world.turns(4_000)
    assert shown(world) == [State.PAUSED]
    assert world.screen.panels[-1][1].actions[0].id == change.id


@pytest.mark.parametrize("seed", range(3))
async def test_a_thousand_events_make_one_edit_every_three_seconds_at_most(seed: int) -> None:
    """However fast things happen, edits keep their distance, and the last state is what is shown in the end."""
    chance = random.Random(seed)  # noqa: S311 - it only shuffles
    world = await opened()
    places = [START - n * STEP - 60_000 for n in range(3)]
    for n in range(1_000):
        what = chance.randrange(12)
        if what < 6:
            world.sights.put(a_rollout(chance.choice(places)))
        elif what == 6:
            await world.house.guards.freeze(PRODUCTION, APPROVER, f"reason {n}", None)
        else:
            trip = Trip(id="t", action="PAUSE", metrics=("error_rate",), at=START - 120_000)
            world.sights.put(a_rollout(chance.choice(places), trip=chance.choice([None, trip])))
        world.house.clock.advance(chance.randrange(150))
        await world.poller.sweep()
    world.sights.put(a_rollout(places[2]))
    await world.house.guards.freeze(PRODUCTION, APPROVER, "the last one", None)
    await world.turns(20_000)
    times = [at for at, _ in world.screen.panels]
    assert len(times) > 10
    assert all(later - earlier >= 3_000 for earlier, later in pairwise(times))
    last = world.screen.panels[-1][1]
    assert last.frozen is not None
    assert last.frozen.why == "the last one"
    assert (last.rollouts[0].progress.state, last.rollouts[0].progress.step) == (State.RUNNING, 3)


async def test_datadog_is_asked_within_the_budget_and_what_runs_first() -> None:
    """In no minute more is asked than the budget has, and a rollout that runs is still read when there is little."""
    world = await opened(budget=20)
    flag = a_rollout(0).target.flag_id
    for n in range(300):
        world.sights.rollouts[f"other-{n}"] = ()
    await world.turns(600_000)
    asked = world.sights.asked
    for at in {at for _, at in asked}:
        assert sum(3 if what == "around" else 1 for what, when in asked if at - MINUTE < when <= at) <= 20 + 3
    times = [at for what, at in asked if what == flag]
    assert all(later - earlier >= 10_000 for earlier, later in pairwise(times))
    assert len(times) > 40
    assert world.screen.panels[-1][1].unread < 300


async def test_one_process_polls_and_another_takes_over() -> None:
    """While one has the lease the other draws nothing; once it is given up, or over, the other draws everything."""
    world = await opened()
    first = world.poller
    await first.sweep()
    second = world.restarted("worker-2")
    await second.sweep()
    assert len(world.screen.panels) == 1
    await first.release()
    await second.sweep()
    assert len(world.screen.panels) == 2
    third = world.restarted("worker-3")
    world.house.clock.advance(12_001)
    await third.sweep()
    assert len(world.screen.panels) == 3


async def test_a_trip_is_announced_once_also_after_a_restart() -> None:
    """A guardrail's act is said once, with its metric; a later one anew, and one from before the panel not at all."""
    world = await opened()
    old = Trip(id="old", action="PAUSE", metrics=("error_rate",), at=START - 3_600_000)
    world.sights.put(a_rollout(START - 2 * 3_600_000, trip=old))
    await world.turns(15_000)
    assert world.screen.announced == []
    assert shown(world) == [State.GUARDED]
    new = Trip(id="new", action="PAUSE", metrics=("error_rate",), at=world.house.clock.now())
    world.sights.put(a_rollout(START - 60_000, trip=new))
    world.screen.place = Shown.LATER
    await world.turns(12_000)
    world.screen.place = Shown.SHOWN
    world.screen.announced.clear()
    await world.turns(5_000)
    assert [row.progress.trip for row in world.screen.announced] == [new]
    world.restarted()
    await world.turns(15_000)
    assert len(world.screen.announced) == 1


async def test_what_is_gone_ends_the_panel() -> None:
    """A channel that was archived, or a message that was deleted, is not drawn and not read for any more."""
    world = await opened()
    await world.turns(5_000)
    world.screen.place = Shown.GONE
    await world.turns(MINUTE * 4)
    assert await world.boards.panels() == ()
    world.sights.asked.clear()
    await world.turns(60_000)
    assert world.sights.asked == []
    world.screen.place = Shown.SHOWN
    await world.boards.post(Board(channel=CHANNEL, ts="2.0", environment=PRODUCTION), REQUESTER)
    await world.turns(5_000)
    assert world.screen.panels[-1][1].where == PRODUCTION


async def test_trouble_with_datadog_is_said_and_goes_away() -> None:
    """While Datadog cannot be read the panel says since when, and what it saw before stays."""
    world = await opened()
    await world.turns(12_000)
    world.sights.away = ProviderError("Datadog did not answer.")
    await world.turns(20_000)
    view = world.screen.panels[-1][1]
    assert view.trouble == "Datadog did not answer."
    assert shown(world) == [State.RUNNING]
    asked = len(world.sights.asked)
    await world.turns(10_000)
    assert len(world.sights.asked) - asked <= 1
    world.sights.away = None
    await world.turns(40_000)
    assert world.screen.panels[-1][1].trouble == ""


async def test_an_unbound_panel_waits_for_its_environment() -> None:
    """It offers the environments there are, and follows the channel's binding once there is one."""
    world = await opened(where=None)
    await world.turns(5_000)
    assert world.screen.panels[-1][1].where is None
    assert PRODUCTION in world.screen.panels[-1][1].choices
    bound: dict[str, JsonValue] = {"environment": PRODUCTION.id, "name": PRODUCTION.name, "production": True}
    await world.house.ledger.put("binding", CHANNEL, bound, APPROVER)
    await world.turns(5_000)
    assert world.screen.panels[-1][1].where == PRODUCTION
    assert shown(world) == [State.RUNNING]


async def test_a_watch_that_has_just_begun_is_drawn_at_once() -> None:
    """What a panel read a moment before is read again at the next turn, and its first step is told of."""
    world = await opened()
    await world.turns(1_000)
    world.sights.put(a_rollout(START))
    begun = world.house.clock.now()
    watch = Watch(channel=CHANNEL, ts="2.0", target=a_rollout(0).target, begun_at=begun)
    await world.boards.begin(watch, REQUESTER)
    await world.turns(3_000)
    assert world.screen.watches[-1][0] - begun <= 2_000
    world.sights.put(a_rollout(START - STEP))
    await world.turns(15_000)
    assert world.screen.told == [News.STEP]


async def test_a_watched_rollout_is_told_of_to_its_end() -> None:
    """Each step, a pause, its resumption, a guardrail and the end are told once, also over a restart; then it ends."""
    world = PanelWorld()
    seen = a_rollout(START)
    world.sights.put(seen)
    await world.boards.begin(Watch(channel=CHANNEL, ts="1.0", target=seen.target, begun_at=START), REQUESTER)
    await world.turns(5_000)
    assert world.screen.told == []
    await world.turns(STEP + 20_000, every=10_000)
    assert world.screen.told == [News.STEP]
    world.restarted()
    await world.turns(60_000, every=10_000)
    assert world.screen.told == [News.STEP]
    for verb, news in (("pause", News.PAUSED), ("resume", News.RESUMED)):
        change = await world.house.submit(f"rollout.{verb}")
        if verb == "pause":
            await world.house.service.confirm(change.id, REQUESTER.id, verb)
        else:
            await world.house.service.approve(change.id, APPROVER.id, verb)
        await world.house.drain()
        await world.turns(20_000, every=10_000)
        assert world.screen.told[-1] is news
    trip = Trip(id="t", action="PAUSE", metrics=("error_rate",), at=world.house.clock.now())
    world.sights.put(a_rollout(START, trip=trip))
    await world.turns(20_000, every=10_000)
    assert world.screen.told[-1:] == [News.GUARDRAIL]
    world.sights.put(a_rollout(START))
    await world.turns(4 * STEP, every=10_000)
    assert world.screen.told[-1:] == [News.FINISHED]
    assert world.screen.told.count(News.FINISHED) == 1
    assert world.screen.watches[-1][1].end is News.FINISHED
    assert await world.boards.watches() == ()
