"""What every implementation of Intake keeps: a command is taken once, and found when nobody answered it."""

from tests.contract.worlds import World

GRACE, HOLD = 15_000, 60_000


async def take(world: World, command: str = "t1") -> bool:
    """Take a command of somebody's."""
    return await world.intake.take(command, "UREQUESTER", "CDEPLOYS")


async def orphans(world: World, limit: int = 10) -> list[str]:
    """Return the tokens of what nobody answered."""
    return [one.token for one in await world.intake.orphans(GRACE, HOLD, limit)]


async def test_a_delivery_is_taken_once(world: World) -> None:
    """The same delivery is not taken again within ten minutes, also when it was answered long before."""
    assert await take(world)
    assert not await take(world)
    await world.intake.answered("t1")
    await world.pass_time(9 * 60_000)
    assert not await take(world)
    await world.pass_time(2 * 60_000)
    assert await take(world)


async def test_what_was_answered_is_no_orphan(world: World) -> None:
    """An answered command is never found."""
    await take(world)
    await world.intake.answered("t1")
    await world.pass_time(GRACE)
    assert await orphans(world) == []


async def test_what_nobody_answered_is_found(world: World) -> None:
    """A command without an answer is found after its time and not before, with whose it was and where."""
    await take(world)
    await world.pass_time(GRACE - 1_000)
    assert await orphans(world) == []
    await world.pass_time(1_000)
    (lost,) = await world.intake.orphans(GRACE, HOLD, 10)
    assert (lost.token, lost.person, lost.channel) == ("t1", "UREQUESTER", "CDEPLOYS")
    assert lost.at > 0


async def test_one_at_a_time_sees_to_an_orphan(world: World) -> None:
    """What was found is given to nobody else for a while; it comes again unless it was answered meanwhile."""
    await take(world)
    await take(world, "t2")
    await world.pass_time(GRACE)
    assert await orphans(world) == ["t1", "t2"]
    assert await orphans(world) == []
    await world.intake.answered("t1")
    await world.pass_time(HOLD)
    assert await orphans(world) == ["t2"]


async def test_the_oldest_come_first_up_to_the_limit(world: World) -> None:
    """As many as asked for are given."""
    for token in ("b", "a", "c"):
        await take(world, token)
        await world.pass_time(100)
    await world.pass_time(GRACE)
    assert await orphans(world, 2) == ["b", "a"]
    assert await orphans(world, 2) == ["c"]


async def test_what_somebody_is_at_is_no_orphan(world: World) -> None:
    """A command that takes long is not taken for lost while somebody says that they are at it."""
    await take(world)
    await world.pass_time(GRACE - 1_000)
    await world.intake.renew("t1")
    await world.intake.renew("never taken")
    await world.pass_time(GRACE - 1_000)
    assert await orphans(world) == []
    await world.pass_time(1_000)
    assert await orphans(world) == ["t1"]
