"""The whole story on real replicated stores: behind a sentinel that fails over in its middle, and on a cluster."""

import asyncio

import pytest

from bot.changes.record import Status
from bot.errors import CountersignError
from tests.faults.invariants import broken, came_to, settled
from tests.faults.scene import Scene, open_scene
from tests.faults.servers import behind_sentinel, cluster, primary_of, servers
from tests.faults.test_kill_points import COMMANDS, FLAG, ROLLOUT
from tests.waiting import passed, until

pytestmark = pytest.mark.soak


async def _press_until_signed(scene: Scene, key: str) -> None:
    """Press as somebody does who is told that it was not recorded."""
    card = scene.cards(key)[-1]
    for _ in range(40):
        try:
            if (await scene.record(key)).approvals:
                return
            await scene.press("Approver", card, "change.approve")
        except CountersignError:  # the store is away for this test too
            await passed(0.1)
    raise AssertionError(f"{key} was never signed; {scene.logs()}")


async def test_a_failover_in_the_middle_of_an_approval_loses_nothing() -> None:
    """The primary dies as one change runs and another is signed; the new one has both, and each is done once."""
    async with servers() as mine:
        url, primary, sentinel = await behind_sentinel(mine)
        async with open_scene(redis_url=url, settings={"REDIS_REPLICAS": "1"}) as scene:
            await asyncio.gather(*(scene.start(name) for name in scene.fleet.members))
            running = await scene.ask(COMMANDS[FLAG], FLAG)
            await scene.ask(COMMANDS[ROLLOUT], ROLLOUT)
            await scene.drawn()
            await scene.press("Approver", running, "change.approve")
            mine.kill(primary)
            await _press_until_signed(scene, ROLLOUT)
            await until(lambda: primary_of(sentinel) not in (0, primary), "another has become the primary")
            await _press_until_signed(scene, FLAG)
            records = await settled(scene, *COMMANDS, within=40)
            assert await broken(scene, records) == []
            assert came_to(records[FLAG], Status.APPLIED)
            assert came_to(records[ROLLOUT], Status.APPLIED)


async def test_the_whole_story_on_a_cluster() -> None:
    """Three primaries: every commit stays in one slot, and both changes go their way."""
    async with servers() as mine, open_scene(redis_url=await cluster(mine)) as scene:
        await asyncio.gather(*(scene.start(name) for name in scene.fleet.members))
        for key, command in COMMANDS.items():
            await scene.press("Approver", await scene.ask(command, key), "change.approve")
        records = await settled(scene, *COMMANDS)
        assert await broken(scene, records) == []
        assert all(came_to(record, Status.APPLIED) for record in records.values())
