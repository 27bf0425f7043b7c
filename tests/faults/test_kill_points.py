"""A process killed at any point of a change's way: one call, nothing lost, and a card that tells the truth."""

import asyncio
import contextlib
from itertools import product

import pytest

from bot.changes.record import ChangeRequest, Status
from bot.sandbox.slack.records import Refused
from tests.faults.fleet import Hit
from tests.faults.invariants import Broken, broken, came_to, settled
from tests.faults.points import Point
from tests.faults.scene import open_scene
from tests.waiting import until

FLAG, ROLLOUT = "new-search", "checkout-v2-eu"
COMMANDS = {FLAG: "/flag disable", ROLLOUT: "/rollout start"}
WORKER = {
    "claim": (Point.BEFORE_CLAIM, Point.AFTER_CLAIM),
    "mark": (Point.BEFORE_MARK, Point.AFTER_MARK),
    "call": (Point.BEFORE_CALL, Point.AFTER_CALL),
    "outcome": (Point.AFTER_ANSWER, Point.BEFORE_RECORD),
    "drawing": (Point.AFTER_RECORD, Point.BEFORE_DRAW),
}
UNTOLD = frozenset({Point.AFTER_MARK, Point.BEFORE_CALL, Point.AFTER_CALL, Point.BEFORE_DRAW})
"""After these a started rollout may be one nobody can tell of; drawing goes on beside the call."""
ASKING = {
    "record": Hit(Point.AFTER_ASK),
    "card": Hit(Point.BEFORE_DRAW),
    "posted": Hit(Point.AFTER_POST),
    "noted": Hit(Point.AFTER_NOTE),
    "drawn": Hit(Point.AFTER_DRAW),
}
VOTING = {
    "before": Hit(Point.BEFORE_VOTE),
    "after": Hit(Point.AFTER_VOTE),
    "card": Hit(Point.BEFORE_DRAW, 2),
    "drawn": Hit(Point.AFTER_DRAW, 2),
}
Played = tuple[ChangeRequest, list[Broken]]


async def worker_killed(point: Point, key: str) -> Played:
    """Kill the worker at a point of one change; return the record at rest and what is broken."""
    async with open_scene() as scene:
        await scene.start("web-1")
        card = await scene.ask(COMMANDS[key], key)
        await scene.press("Approver", card, "change.approve")
        await scene.card(key, "approved")  # the web process has drawn; what comes now the worker draws
        await scene.start("work-1", Hit(point))
        await scene.fleet.hit("work-1")
        await scene.release_leases()
        await scene.start("work-1")
        records = await settled(scene, key)
        return records[key], await broken(scene, records)


@pytest.mark.parametrize("place", WORKER)
async def test_a_worker_killed_anywhere_leaves_one_effect_and_a_true_card(place: str) -> None:
    """Wherever it is killed, a flag ends disabled once; a rollout is started once, or said to be unknown."""
    cases = list(product(WORKER[place], COMMANDS))
    played = await asyncio.gather(*(worker_killed(*case) for case in cases))
    for (point, key), (record, found) in zip(cases, played, strict=True):
        assert (point, key, found) == (point, key, [])
        untold = key == ROLLOUT and point in UNTOLD
        assert came_to(record, Status.APPLIED, *([Status.UNKNOWN] if untold else [])), (point, key, record.note)


async def web_killed_asking(hit: Hit, key: str) -> Played:
    """Kill the web process while it takes the request."""
    async with open_scene() as scene:
        await scene.start("web-1", hit)
        await scene.say("Requester", f"{COMMANDS[key]} {key} in prod because it is tried", key)
        await scene.fleet.hit("web-1")
        await asyncio.gather(scene.start("web-1"), scene.start("work-1"))
        await scene.release_drawings()
        await scene.card(key, "waiting")
        await scene.press("Approver", await scene.kept_card(key), "change.approve")
        records = await settled(scene, key)
        return records[key], await broken(scene, records)


async def web_killed_voting(hit: Hit, key: str) -> Played:
    """Kill the web process while it takes the signature; whoever is told that it failed presses again."""
    async with open_scene() as scene:
        await asyncio.gather(scene.start("web-1", hit), scene.start("work-1"))
        card = await scene.ask(COMMANDS[key], key)
        pressed = await scene.press("Approver", card, "change.approve")
        await scene.fleet.hit("web-1")
        await scene.start("web-1")
        if not pressed.ack.ok:
            with contextlib.suppress(Refused):  # the card has been redrawn already, and has no button any more
                await scene.press("Approver", card, "change.approve")
        records = await settled(scene, key)
        return records[key], await broken(scene, records)


async def test_a_web_process_killed_while_it_is_asked_leaves_a_card_and_one_effect() -> None:
    """What was recorded gets its card from another process, and goes its way."""
    cases = list(zip(ASKING.values(), (FLAG, ROLLOUT, FLAG, ROLLOUT, FLAG), strict=True))
    played = await asyncio.gather(*(web_killed_asking(*case) for case in cases))
    assert [found for _, found in played] == [[]] * len(cases)
    assert all(came_to(record, Status.APPLIED) for record, _ in played)


async def test_a_web_process_killed_at_a_signature_leaves_one_vote_and_one_effect() -> None:
    """A vote that was recorded counts once, one that was not is pressed again."""
    cases = list(zip(VOTING.values(), (ROLLOUT, FLAG, ROLLOUT, FLAG), strict=True))
    played = await asyncio.gather(*(web_killed_voting(*case) for case in cases))
    assert [found for _, found in played] == [[]] * len(cases)
    assert all(came_to(record, Status.APPLIED) for record, _ in played)
    assert [len(record.approvals) for record, _ in played] == [1] * len(cases)


async def test_a_command_lost_before_it_was_recorded_is_apologised_for() -> None:
    """Killed about the ack and before the record: nothing was recorded, and whoever asked is told so."""
    async with open_scene(settings={"INTAKE_GRACE": "1"}) as scene:
        await scene.start("web-1", Hit(Point.BEFORE_ASK))
        said = await scene.say("Requester", f"{COMMANDS[FLAG]} {FLAG} in prod because it is tried", FLAG)
        assert said.ack.ok or said.shown is not None
        await scene.fleet.hit("web-1")
        await scene.start("work-1")
        await until(lambda: scene.whispers("Requester", 0), "the requester is told")
        assert await scene.changes.active() == ()
