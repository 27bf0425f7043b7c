"""Redis killed, cut off, and losing replies or its stream: one honest sentence, and everything goes on."""

import asyncio

from bot.adapters.redis import keys
from bot.changes.record import Status
from tests.faults.door import Trouble
from tests.faults.invariants import broken, came_to, settled
from tests.faults.process import GRACE
from tests.faults.scene import Scene, open_scene
from tests.faults.test_kill_points import COMMANDS, FLAG, ROLLOUT
from tests.waiting import until


async def _open(scene: Scene) -> None:
    await asyncio.gather(*(scene.start(name) for name in scene.fleet.members))


async def _told_once(scene: Scene, who: str, since: float) -> str:
    """Wait until somebody has been told something, and return the only sentence."""
    await until(lambda: bool(scene.whispers(who, since)), f"{who} is told")
    (only,) = scene.whispers(who, since)
    return only.text


async def test_redis_killed_at_a_press_is_said_and_the_next_press_counts() -> None:
    """A press without a store is answered with one sentence; after the restart everything is still there."""
    async with open_scene() as scene:
        await _open(scene)
        card = await scene.ask(COMMANDS[FLAG], FLAG)
        await scene.drawn()
        since = scene.town.workspace.now()
        await scene.kill_redis()
        assert (await scene.press("Approver", card, "change.approve")).ack.ok
        assert "not take it" in await _told_once(scene, "Approver", since)
        await asyncio.to_thread(scene.redis.start)
        assert (await scene.record(FLAG)).status is Status.PENDING
        await scene.press("Approver", card, "change.approve")
        records = await settled(scene, FLAG)
        assert await broken(scene, records) == []
        assert came_to(records[FLAG], Status.APPLIED)


async def test_redis_killed_during_a_call_loses_neither_call_nor_outcome() -> None:
    """The store dies while Datadog works, and comes back: one call, and its outcome is recorded."""
    async with open_scene() as scene:
        await _open(scene)
        cards = [await scene.ask(COMMANDS[key], key) for key in COMMANDS]
        held = [scene.datadog_door.trouble(Trouble.STALL, word) for word in (b"/disable ", b"/start ")]
        for card in cards:
            await scene.press("Approver", card, "change.approve")
        await until(lambda: all(rule.met for rule in held), "both calls are under way")
        await scene.kill_redis()
        scene.datadog_door.lift()
        await until(lambda: len(scene.tally.effective) == 2, "both calls have arrived")
        await asyncio.to_thread(scene.redis.start)
        records = await settled(scene, *COMMANDS)
        assert await broken(scene, records) == []
        assert all(came_to(record, Status.APPLIED) for record in records.values())


async def test_redis_cut_off_for_a_while_is_said_once_and_everything_goes_on() -> None:
    """While it is cut nothing runs and the presser is told; afterwards what was approved before runs by itself."""
    async with open_scene() as scene:
        await asyncio.gather(scene.start("web-1"))
        first = await scene.ask(COMMANDS[FLAG], FLAG)
        second = await scene.ask(COMMANDS[ROLLOUT], ROLLOUT)
        await scene.press("Approver", first, "change.approve")
        await scene.start("work-1")
        for door in scene.redis_doors.values():
            door.cut()
        since = scene.town.workspace.now()
        assert (await scene.press("Approver", second, "change.approve")).ack.ok
        assert "not take it" in await _told_once(scene, "Approver", since)
        await until(lambda: scene.town.workspace.now() > since + 2, "two seconds have passed")
        assert (await scene.record(ROLLOUT)).status is Status.PENDING
        for door in scene.redis_doors.values():
            door.lift()
        await scene.ended(FLAG)
        await scene.press("Approver", second, "change.approve")
        records = await settled(scene, *COMMANDS)
        assert await broken(scene, records) == []
        assert all(came_to(record, Status.APPLIED) for record in records.values())


async def test_a_vote_whose_reply_is_lost_counts_once() -> None:
    """The store took the vote and its reply was lost: whatever the presser does, there is one vote and one call."""
    async with open_scene() as scene:
        await _open(scene)
        card = await scene.ask(COMMANDS[FLAG], FLAG)
        lost = scene.redis_doors["web-1"].trouble(Trouble.LOSE_REPLY, b'"approve"', times=1)
        await scene.press("Approver", card, "change.approve")
        assert lost.met == 1
        assert scene.whispers("Approver", 0) == []  # the vote stands, so nobody may be told that it does not
        records = await settled(scene, FLAG)
        assert await broken(scene, records) == []
        assert came_to(records[FLAG], Status.APPLIED)
        assert len(records[FLAG].approvals) == 1


async def test_a_vote_whose_reply_stays_lost_is_said_to_be_in_doubt() -> None:
    """The store took the vote and no try hears of it: nobody is told that nothing was recorded, and it counts once."""
    async with open_scene() as scene:
        await _open(scene)
        card = await scene.ask(COMMANDS[FLAG], FLAG)
        since = scene.town.workspace.now()
        lost = scene.redis_doors["web-1"].trouble(Trouble.LOSE_REPLY, b'"approve"', times=2)
        await scene.press("Approver", card, "change.approve")
        told = await _told_once(scene, "Approver", since)
        assert lost.met == 2
        assert "not known whether this was recorded" in told
        assert "Look at the card" in told
        records = await settled(scene, FLAG)
        assert await broken(scene, records) == []
        assert came_to(records[FLAG], Status.APPLIED)
        assert len(records[FLAG].approvals) == 1


async def test_a_worker_whose_replies_are_lost_still_makes_one_call() -> None:
    """The replies to claim, mark and outcome are lost, each once; one effect, and the outcome is known."""
    async with open_scene() as scene:
        await _open(scene)
        cards = [await scene.ask(COMMANDS[key], key) for key in COMMANDS]
        door = scene.redis_doors["work-1"]
        lost = [door.trouble(Trouble.LOSE_REPLY, word, times=1) for word in (b'"claimed"', b'"called"', b'"applied"')]
        for card in cards:
            await scene.press("Approver", card, "change.approve")
        records = await settled(scene, *COMMANDS)
        assert await broken(scene, records) == []
        assert all(came_to(record, Status.APPLIED) for record in records.values())
        assert [rule.met for rule in lost] == [1, 1, 1]


async def test_a_stream_deleted_by_hand_is_made_good() -> None:
    """The job of an approved change vanishes with the stream; the janitor gives it a new one."""
    async with open_scene(settings={GRACE: "300"}) as scene:
        await scene.start("web-1")
        card = await scene.ask(COMMANDS[FLAG], FLAG)
        await scene.press("Approver", card, "change.approve")
        assert await scene.link.call("DEL", keys.JOBS) == 1
        await scene.start("work-1")
        records = await settled(scene, FLAG)
        assert await broken(scene, records) == []
        assert came_to(records[FLAG], Status.APPLIED)
