"""What every implementation of Records keeps of trails: how long they live, in which order, and what is dropped."""

import asyncio
from typing import Any

from bot.ports import Chain, Commit, Committed, Raw, Verdict
from tests.contract.worlds import World, entry

MINUTE = 60_000
NOTHING = Raw(version=None, data=None, head=None, entries=())


async def write(world: World, id_: str = "cs-a", expected: int = 0, *, kind: str = "change", **more: Any) -> Committed:
    """Commit a record with one entry."""
    signed = entry(id_, expected + 1)
    return await world.records.commit(
        Commit(kind=kind, id=id_, expected=expected, data="{}", entries=(signed,), **more)
    )


async def order(world: World, **which: Any) -> list[str]:
    """Return the ids of the chains in the order of their last changes."""
    return [chain.id for chain in await world.records.chains(10, **which)]


async def test_a_trail_outlives_its_record(world: World) -> None:
    """A record goes when its time is over, and its trail stays for a time of its own."""
    await write(world, keep=10 * MINUTE, keep_trail=30 * MINUTE)
    await world.pass_time(20 * MINUTE)
    assert await world.records.read("change", "cs-a") is None
    assert await world.records.verified("change", "cs-a") is None
    assert await world.records.trail("change", "cs-a") == (entry("cs-a", 1),)
    raw = await world.records.raw("change", "cs-a")
    assert (raw.version, raw.data, raw.head, len(raw.entries)) == (None, None, None, 1)
    await world.pass_time(20 * MINUTE)
    assert await world.records.trail("change", "cs-a") == ()
    assert await world.records.raw("change", "cs-a") == NOTHING


async def test_a_trail_persists_again_with_its_record(world: World) -> None:
    """A later commit without a limit makes record and trail persist."""
    await write(world, keep=10 * MINUTE, keep_trail=30 * MINUTE)
    await write(world, expected=1)
    await world.pass_time(60 * MINUTE)
    assert len((await world.records.raw("change", "cs-a")).entries) == 2


async def test_nothing_is_written_onto_the_trail_of_a_record_that_is_gone(world: World) -> None:
    """An id whose trail is still kept is not given to a new record."""
    await write(world, keep=10 * MINUTE, keep_trail=30 * MINUTE)
    await world.pass_time(20 * MINUTE)
    assert (await write(world)).verdict is Verdict.CONFLICT
    assert len(await world.records.trail("change", "cs-a")) == 1
    await world.pass_time(20 * MINUTE)
    assert (await write(world)).verdict is Verdict.WRITTEN


async def test_a_record_is_seen_as_it_lies(world: World) -> None:
    """The raw look gives version, data, head and the entries as they are spelled."""
    await write(world)
    raw = await world.records.raw("change", "cs-a")
    signed = entry("cs-a", 1)
    spelled = signed.model_dump_json(exclude_defaults=True)
    assert raw == Raw(version="1", data="{}", head=signed.mac, entries=(spelled,))
    assert await world.records.raw("change", "cs-none") == NOTHING


async def test_chains_are_in_the_order_of_their_last_changes(world: World) -> None:
    """Each commit with an entry makes its chain the last; each has a place of its own, not before its time."""
    before = (await write(world, "cs-a")).at
    await write(world, "cs-b")
    await write(world, "C 1", kind="binding")
    await write(world, "cs-a", 1)
    found = await world.records.chains(10)
    assert [(chain.kind, chain.id) for chain in found] == [("change", "cs-b"), ("binding", "C 1"), ("change", "cs-a")]
    places = [chain.at for chain in found]
    assert before < places[0] < places[1] < places[2]
    assert await world.records.chains(1) == found[:1]
    assert await world.records.chains(0) == ()


async def test_no_two_changes_have_the_same_place(world: World) -> None:
    """However many commit at once, their places differ."""
    await asyncio.gather(*(write(world, f"cs-{n}") for n in range(50)))
    found = await world.records.chains(100)
    assert len({chain.at for chain in found}) == 50


async def test_chains_are_asked_for_by_time_either_way_round(world: World) -> None:
    """Both ends of the time asked for are included."""
    for id_ in ("cs-a", "cs-b", "cs-c"):
        await write(world, id_)
    first, middle, last = await world.records.chains(10)
    assert await order(world, since=middle.at) == ["cs-b", "cs-c"]
    assert await order(world, until=middle.at) == ["cs-a", "cs-b"]
    assert await order(world, since=middle.at, until=middle.at) == ["cs-b"]
    assert await order(world, until=middle.at, newest_first=True) == ["cs-b", "cs-a"]
    assert await order(world, newest_first=True) == ["cs-c", "cs-b", "cs-a"]
    assert first.at < last.at


async def test_a_commit_without_entries_has_no_place_in_the_order(world: World) -> None:
    """Only what is audited is listed."""
    await world.records.commit(Commit(kind="change", id="cs-a", expected=0, data="{}"))
    assert await order(world) == []


async def test_a_refused_commit_leaves_the_order_alone(world: World) -> None:
    """What is not written has not changed."""
    await write(world, "cs-a")
    await write(world, "cs-b")
    assert (await write(world, "cs-a", 7)).verdict is Verdict.CONFLICT
    assert await order(world) == ["cs-a", "cs-b"]


async def test_others_are_dropped_with_the_commit_that_says_so(world: World) -> None:
    """Record, trail and place of what is dropped go together, in the commit that names them."""
    for id_ in ("cs-a", "cs-b", "cs-c"):
        await write(world, id_)
    gone = await world.records.chains(2)
    assert (await write(world, "checkpoint", kind="audit", drop=gone)).verdict is Verdict.WRITTEN
    assert await order(world) == ["cs-c", "checkpoint"]
    for chain in gone:
        assert await world.records.raw(chain.kind, chain.id) == NOTHING


async def test_what_changed_meanwhile_is_not_dropped(world: World) -> None:
    """A chain that is no longer as it was seen, or gone, makes the whole commit a conflict."""
    for id_ in ("cs-a", "cs-b"):
        await write(world, id_)
    seen = await world.records.chains(2)
    await write(world, "cs-b", 1)
    assert (await write(world, "checkpoint", kind="audit", drop=seen)).verdict is Verdict.CONFLICT
    nobody = (Chain(kind="change", id="cs-none", at=1),)
    assert (await write(world, "checkpoint", kind="audit", drop=nobody)).verdict is Verdict.CONFLICT
    assert await order(world) == ["cs-a", "cs-b"]
    assert await world.records.read("audit", "checkpoint") is None
