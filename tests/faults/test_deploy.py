"""A deploy in the middle of everything: the old processes end in time, and the new ones carry on."""

import asyncio
import signal
import time

from bot.changes.record import Status
from tests.faults.door import Trouble
from tests.faults.invariants import broken, came_to, settled
from tests.faults.scene import open_scene
from tests.faults.test_kill_points import COMMANDS, FLAG, ROLLOUT
from tests.waiting import until

OLD, NEW = ("web-1", "work-1"), ("web-2", "work-2")
STOP_SECONDS = 20


async def test_a_deploy_in_the_middle_loses_nothing() -> None:
    """One change is being called and one waits as the old end: both are done once, and every card is true."""
    async with open_scene(web=2, workers=2) as scene:
        await asyncio.gather(*(scene.start(name) for name in OLD))
        called, waits = [await scene.ask(COMMANDS[key], key) for key in (FLAG, ROLLOUT)]
        held = scene.datadog_door.trouble(Trouble.STALL, b"/disable ")
        await scene.press("Approver", called, "change.approve")
        await until(lambda: held.met, "the call is under way")
        await asyncio.gather(*(scene.start(name) for name in NEW))
        began = time.monotonic()
        for name in OLD:
            scene.fleet.members[name].signal(signal.SIGTERM)
        scene.datadog_door.lift()
        for name in OLD:
            await scene.fleet.gone(name)
        assert time.monotonic() - began < STOP_SECONDS
        assert [scene.fleet.members[name].exit_code for name in OLD] == [0, 0]
        scene.request_door.behind = [f"http://127.0.0.1:{scene.fleet.members['web-2'].port}"]
        await scene.press("Approver", waits, "change.approve")
        records = await settled(scene, *COMMANDS)
        assert await broken(scene, records) == []
        assert all(came_to(record, Status.APPLIED) for record in records.values())
