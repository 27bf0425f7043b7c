"""What every implementation of Outbox keeps: nothing stays undrawn, and one draws at a time."""

from bot.ports import Commit
from tests.contract.worlds import World

HOLD = 10_000


async def write(world: World, version: int, id_: str = "cs-a") -> None:
    """Commit a version that has to be drawn."""
    await world.records.commit(Commit(kind="change", id=id_, expected=version - 1, data="{}", redraw=True))


async def test_what_nobody_drew_is_due_after_two_seconds(world: World) -> None:
    """A redraw is left to whoever committed it for two seconds, then anybody may see to it."""
    await write(world, 1)
    assert await world.outbox.due(10, HOLD) == ()
    await world.pass_time(2_000)
    assert await world.outbox.due(10, HOLD) == ("cs-a",)


async def test_a_commit_without_redraw_is_not_due(world: World) -> None:
    """Only commits that ask for it are drawn."""
    await world.records.commit(Commit(kind="change", id="cs-a", expected=0, data="{}"))
    await world.pass_time(60_000)
    assert await world.outbox.due(10, HOLD) == ()


async def test_what_is_due_is_held_by_the_one_it_was_given_to(world: World) -> None:
    """A record that one drawer got is not given to another until the hold ends."""
    await write(world, 1)
    await world.pass_time(2_000)
    assert await world.outbox.due(10, HOLD) == ("cs-a",)
    other = world.another_outbox()
    assert await other.due(10, HOLD) == ()
    assert not await other.hold("cs-a", HOLD)
    await world.pass_time(HOLD)
    assert await other.due(10, HOLD) == ("cs-a",)


async def test_one_at_a_time_holds_a_record(world: World) -> None:
    """A hold is refused while another has it, and given when that one is done."""
    await write(world, 1)
    other = world.another_outbox()
    assert await world.outbox.hold("cs-a", HOLD)
    assert not await other.hold("cs-a", HOLD)
    assert not await world.outbox.hold("cs-a", HOLD)
    assert await world.outbox.settle("cs-a", 1)
    assert await other.hold("cs-a", HOLD)


async def test_a_hold_ends_by_itself(world: World) -> None:
    """The record of a drawer that was killed can be held again."""
    assert await world.outbox.hold("cs-a", HOLD)
    await world.pass_time(HOLD)
    assert await world.another_outbox().hold("cs-a", HOLD)


async def test_what_is_being_drawn_is_not_due(world: World) -> None:
    """A record that changes while somebody draws it is left to that drawer, until the hold ends."""
    assert await world.outbox.hold("cs-a", HOLD)
    await write(world, 1)
    other = world.another_outbox()
    await world.pass_time(3_000)
    assert await other.due(10, HOLD) == ()
    await world.pass_time(HOLD - 3_000)
    assert await other.due(10, HOLD) == ("cs-a",)


async def test_what_was_settled_is_not_due(world: World) -> None:
    """A drawn version needs no further drawing."""
    await write(world, 1)
    await world.outbox.hold("cs-a", HOLD)
    assert await world.outbox.settle("cs-a", 1)
    await world.pass_time(60_000)
    assert await world.outbox.due(10, HOLD) == ()


async def test_a_newer_version_keeps_the_drawer_at_it(world: World) -> None:
    """Settling an older version says so and keeps the hold; settling the newest lets go."""
    await write(world, 1)
    await world.outbox.hold("cs-a", HOLD)
    await write(world, 2)
    assert not await world.outbox.settle("cs-a", 1)
    assert not await world.another_outbox().hold("cs-a", HOLD)
    assert await world.outbox.settle("cs-a", 2)
    assert await world.another_outbox().hold("cs-a", HOLD)


async def test_who_lost_the_hold_leaves_it_to_the_next(world: World) -> None:
    """A slow drawer neither takes the hold back nor ends it, and the newer version stays to be drawn."""
    await write(world, 1)
    other = world.another_outbox()
    await world.outbox.hold("cs-a", HOLD)
    await world.pass_time(HOLD)
    assert await other.hold("cs-a", HOLD)
    await write(world, 2)
    assert await world.outbox.settle("cs-a", 1)
    await world.outbox.postpone("cs-a", 1)
    assert not await world.outbox.hold("cs-a", HOLD)
    assert not await other.settle("cs-a", 1)
    assert await other.settle("cs-a", 2)


async def test_a_settled_version_that_is_newer_than_noted_is_enough(world: World) -> None:
    """Whoever drew a later state has drawn the earlier one too."""
    await write(world, 1)
    assert await world.outbox.hold("cs-a", HOLD)
    assert await world.outbox.settle("cs-a", 3)
    await world.pass_time(60_000)
    assert await world.outbox.due(10, HOLD) == ()


async def test_a_drawing_past_its_hold_is_drawn_once_more(world: World) -> None:
    """Whoever stood still past the hold may have drawn over something newer, so it is drawn again."""
    await write(world, 1)
    assert await world.outbox.hold("cs-a", HOLD)
    await world.pass_time(HOLD + 1)
    assert await world.outbox.settle("cs-a", 1)
    assert await world.outbox.due(10, HOLD) == ("cs-a",)
    assert await world.outbox.settle("cs-a", 1)
    await world.pass_time(60_000)
    assert await world.outbox.due(10, HOLD) == ()


async def test_a_postponed_drawing_comes_back(world: World) -> None:
    """A drawing that failed is due again after the delay, for anybody, and not before."""
    await write(world, 1)
    await world.pass_time(2_000)
    await world.outbox.due(10, HOLD)
    await world.outbox.postpone("cs-a", 30_000)
    await world.pass_time(29_000)
    assert await world.outbox.due(10, HOLD) == ()
    await world.pass_time(1_000)
    assert await world.another_outbox().due(10, HOLD) == ("cs-a",)


async def test_postponing_lets_go(world: World) -> None:
    """Somebody who has news may draw although the last try was postponed."""
    await world.outbox.hold("cs-a", HOLD)
    await world.outbox.postpone("cs-a", 30_000)
    assert await world.another_outbox().hold("cs-a", HOLD)
    await world.pass_time(30_000)
    assert await world.another_outbox().due(10, HOLD) == ("cs-a",)


async def test_a_new_version_does_not_hurry_what_was_postponed(world: World) -> None:
    """The delay that a refusal asked for is kept even when the record changes meanwhile."""
    await write(world, 1)
    await world.outbox.postpone("cs-a", 30_000)
    await write(world, 2)
    await world.pass_time(10_000)
    assert await world.outbox.due(10, HOLD) == ()


async def test_the_longest_waiting_come_first_up_to_the_limit(world: World) -> None:
    """As many as asked for are given, the oldest first."""
    for id_ in ("cs-b", "cs-a", "cs-c"):
        await write(world, 1, id_)
        await world.pass_time(100)
    await world.pass_time(2_000)
    assert await world.outbox.due(2, HOLD) == ("cs-b", "cs-a")
    assert await world.outbox.due(2, HOLD) == ("cs-c",)


async def test_who_lost_the_hold_is_drawn_over_once_more(world: World) -> None:
    """What was drawn past its hold while another draws may stand over it: that one draws again, once."""
    await write(world, 1)
    other = world.another_outbox()
    await world.outbox.hold("cs-a", HOLD)
    await world.pass_time(HOLD)
    assert await other.hold("cs-a", HOLD)
    assert await world.outbox.settle("cs-a", 1)
    assert not await other.settle("cs-a", 1)
    assert await other.settle("cs-a", 1)
    await world.pass_time(60_000)
    assert await other.due(10, HOLD) == ()


async def test_what_was_drawn_over_outlives_its_drawer(world: World) -> None:
    """Where the other one dies, too, the record is due once its hold is over, although nobody wrote it anew."""
    await write(world, 1)
    other = world.another_outbox()
    await world.outbox.hold("cs-a", HOLD)
    assert await world.outbox.settle("cs-a", 1)
    assert await other.hold("cs-a", HOLD)
    assert await world.outbox.settle("cs-a", 1)
    await world.pass_time(HOLD)
    assert await world.another_outbox().due(10, HOLD) == ("cs-a",)


async def test_the_holder_alone_says_where_a_record_stands(world: World) -> None:
    """Neither who never held it, nor who lost the hold, whether to another or to nobody, may say where it was drawn."""
    other = world.another_outbox()
    assert not await other.place("cs-a", "never held", 60_000)
    await world.outbox.hold("cs-a", HOLD)
    assert not await other.place("cs-a", "held by another", 60_000)
    assert await world.outbox.place("cs-a", "here", 60_000)
    await world.pass_time(HOLD)
    assert not await world.outbox.place("cs-a", "too late", 60_000)
    assert await other.hold("cs-a", HOLD)
    assert not await world.outbox.place("cs-a", "lost to another", 60_000)
    assert await world.outbox.placement("cs-a") == "here"


async def test_a_place_is_remembered_as_long_as_asked(world: World) -> None:
    """Where a record was drawn is known until its time is over, and can be replaced."""
    assert await world.outbox.placement("cs-a") is None
    await world.outbox.hold("cs-a", HOLD)
    await world.outbox.place("cs-a", '{"ts": "1"}', 60_000)
    await world.outbox.place("cs-a", '{"ts": "2"}', 60_000)
    await world.pass_time(50_000)
    assert await world.outbox.placement("cs-a") == '{"ts": "2"}'
    assert await world.outbox.placements(("cs-b", "cs-a")) == (None, '{"ts": "2"}')
    assert await world.outbox.placements(()) == ()
    await world.pass_time(20_000)
    assert await world.outbox.placement("cs-a") is None


async def test_what_nobody_draws_by_turns_is_kept_without_a_hold(world: World) -> None:
    """What is kept under a name is found under it until its time is over."""
    await world.outbox.keep("home:U1", "opened", 60_000)
    assert await world.another_outbox().placement("home:U1") == "opened"
    await world.pass_time(60_001)
    assert await world.outbox.placement("home:U1") is None
