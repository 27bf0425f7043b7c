"""A worker that stands still for longer than its lease, and then goes on as if nothing had been."""

import asyncio
import signal
from itertools import product

from bot.changes.record import Status
from tests.faults.fleet import Hit
from tests.faults.invariants import broken, came_to, settled
from tests.faults.points import Point
from tests.faults.scene import open_scene
from tests.faults.test_kill_points import COMMANDS, FLAG, Played

STANDS = (Point.AFTER_MARK, Point.BEFORE_CALL, Point.AFTER_ANSWER)


async def stood_still(point: Point, key: str) -> Played:
    """Stop a worker at a point until another has brought the change to its end, and let it go on."""
    async with open_scene(workers=2) as scene:
        await asyncio.gather(scene.start("web-1"), scene.start("work-1", Hit(point, sign="STOP")))
        card = await scene.ask(COMMANDS[key], key)
        await scene.press("Approver", card, "change.approve")
        await scene.fleet.hit("work-1")
        await scene.start("work-2")
        await scene.ended(key)
        scene.fleet.members["work-1"].signal(signal.SIGCONT)
        scene.fleet.members["work-1"].signal(signal.SIGTERM)  # it finishes what it has begun, and ends
        await scene.fleet.gone("work-1")
        records = await settled(scene, key)
        return records[key], await broken(scene, records)


async def test_a_worker_that_wakes_after_its_lease_does_no_second_thing() -> None:
    """Another worker has ended the change by then; the one that wakes alters neither state nor record."""
    cases = list(product(STANDS, COMMANDS))
    played = await asyncio.gather(*(stood_still(*case) for case in cases))
    for (point, key), (record, found) in zip(cases, played, strict=True):
        assert (point, key, found) == (point, key, [])
        told = key == FLAG or point is Point.AFTER_ANSWER
        assert came_to(record, Status.APPLIED if told else Status.UNKNOWN), (point, key, record.note)
