"""Slack and Datadog away, slow, refusing, or answering what never arrives; and deliveries that come twice."""

import asyncio
from typing import Literal

from bot.changes.record import Status
from bot.execution.timeboxes import leg_id
from bot.sandbox.datadog.faults import Fault, Match
from tests.contract.worlds import age_keys
from tests.faults.invariants import broken, came_to, settled
from tests.faults.scene import Scene, open_scene
from tests.faults.test_kill_points import COMMANDS, FLAG, ROLLOUT
from tests.waiting import until

_A, _U = Status.APPLIED, Status.UNKNOWN
OUTCOMES: dict[Literal["429", "500", "stall", "drop_before_apply", "drop_after_apply"], tuple[Status, Status]] = {
    "429": (_A, _A),
    "500": (_A, _U),
    "stall": (_A, _A),
    "drop_before_apply": (_A, _U),
    "drop_after_apply": (_A, _A),
}
"""What a fault at the call comes to, for a flag (which may be called again) and a rollout (which may not)."""


async def test_each_fault_of_datadog_ends_in_one_effect_or_an_honest_unknown() -> None:
    """Ten changes, each with its own fault at its call: a flag always gets there, a rollout is never called twice."""
    names = {f"{kind.replace('_', '-')}-{noun}": (kind, noun) for kind in OUTCOMES for noun in ("flag", "rollout")}
    async with open_scene(workers=2, settings={"DATADOG_FAILURES": "1000"}) as scene:
        scene.grow(*names)
        await asyncio.gather(*(scene.start(name) for name in scene.fleet.members))
        for key, (kind, noun) in names.items():
            card = await scene.ask("/flag disable" if noun == "flag" else "/rollout start", key)
            target = (await scene.record(key)).plan.target
            path = f"{target.id}/environments" if noun == "flag" else target.id
            match = Match(method="POST", path_contains=path)
            scene.town.organisation.faults.add(Fault(match=match, kind=kind, seconds=0.7))
            await scene.press("Approver", card, "change.approve")
        records = await settled(scene, *names)
        assert await broken(scene, records) == []
        for key, (kind, noun) in names.items():
            assert came_to(records[key], OUTCOMES[kind][noun == "rollout"]), (key, records[key].note)


async def test_slack_down_while_a_change_is_applied_leaves_a_card_that_catches_up() -> None:
    """The change runs while nothing can be posted; once Slack is back the card shows the end."""
    async with open_scene() as scene:
        await asyncio.gather(*(scene.start(name) for name in scene.fleet.members))
        card = await scene.ask(COMMANDS[FLAG], FLAG)
        down = {method: {"kind": "http", "status": 503} for method in ("chat.update", "chat.postMessage")}
        scene.town.slack.api.faults.change(down)
        await scene.press("Approver", card, "change.approve")
        await scene.ended(FLAG)
        assert ": waiting" in scene.cards(FLAG)[-1].text
        scene.town.slack.api.faults.change(None)
        records = await settled(scene, FLAG)
        assert await broken(scene, records) == []
        assert came_to(records[FLAG], Status.APPLIED)


async def test_slack_cut_off_after_a_signature_holds_the_change_until_rights_can_be_read() -> None:
    """Without Slack nobody's rights can be read afresh, so nothing is called; back again, it runs by itself."""
    async with open_scene() as scene:
        await asyncio.gather(*(scene.start(name) for name in scene.fleet.members))
        card = await scene.ask(COMMANDS[ROLLOUT], ROLLOUT)
        cut = scene.slack_door.cut()
        pressed = await scene.press("Approver", card, "change.approve")
        assert pressed.ack.ok
        await until(lambda: cut.met or scene.whispers("Approver", 0), "Slack is missed")
        assert not scene.tally.effective
        scene.slack_door.lift()
        if not (await scene.record(ROLLOUT)).approvals:  # rights had not been read within the last minute
            await scene.press("Approver", card, "change.approve")
        records = await settled(scene, ROLLOUT)
        assert await broken(scene, records) == []
        assert came_to(records[ROLLOUT], Status.APPLIED)


async def test_deliveries_made_twice_to_two_processes_count_once() -> None:
    """Command and presses reach both web processes at once, by two approvers: one request, one call."""
    async with open_scene(web=2, workers=2) as scene:
        await asyncio.gather(*(scene.start(name) for name in scene.fleet.members))
        scene.town.slack.settings.deliver_twice = True
        card = await scene.ask(COMMANDS[ROLLOUT], ROLLOUT)
        await asyncio.gather(*(scene.press(who, card, "change.approve") for who in ("Approver", "Second approver")))
        records = await settled(scene, ROLLOUT)
        assert await broken(scene, records) == []
        assert came_to(records[ROLLOUT], Status.APPLIED)
        assert len(scene.cards(ROLLOUT)) == 1
        assert len(records[ROLLOUT].approvals) == 1


async def test_a_delivery_that_comes_again_minutes_later_elsewhere_has_no_second_effect() -> None:
    """Five minutes later the other web process gets the same command, and then the same press: one of everything."""
    async with open_scene(web=2) as scene:
        await asyncio.gather(*(scene.start(name) for name in scene.fleet.members))
        first, second = tuple(scene.request_door.behind)
        scene.request_door.behind = [first]
        card = await scene.ask(COMMANDS[ROLLOUT], ROLLOUT)
        await _again_later(scene, second)
        await scene.press("Approver", card, "change.approve")
        await scene.ended(ROLLOUT)
        await _again_later(scene, first)
        records = await settled(scene, ROLLOUT)
        assert await broken(scene, records) == []
        assert came_to(records[ROLLOUT], Status.APPLIED)
        assert (len(scene.cards(ROLLOUT)), len(records[ROLLOUT].approvals)) == (1, 1)
        assert await scene.changes.active() == ()
        assert scene.whispers("Requester", 0) == []


async def _again_later(scene: Scene, to: str) -> None:
    """Let five minutes pass for whatever is remembered for a time, and deliver the last thing once more."""
    await age_keys(scene.link, 5 * 60_000)
    scene.request_door.behind = [to]
    _, ack = await scene.town.slack.deliverer.resend()
    assert ack.ok


async def test_clocks_an_hour_apart_change_nothing() -> None:
    """Only the store's time counts: nothing expires, is taken back, or is out of order for a worker an hour ahead."""
    async with open_scene() as scene:
        scene.grow("waits")
        await asyncio.gather(scene.start("web-1", clock=-120), scene.start("work-1", clock=3600))
        await scene.say("Requester", f"/flag disable {FLAG} in prod for 20m because it is tried", FLAG)
        cards = [await scene.card(FLAG), await scene.ask(COMMANDS[ROLLOUT], ROLLOUT)]
        await scene.ask("/flag disable", "waits")
        for card in cards:
            await scene.press("Approver", card, "change.approve")
        records = await settled(scene, *COMMANDS)
        assert await broken(scene, records) == []
        for record in records.values():
            times = [record.created_at, record.approved_at or 0, record.called_at or 0, record.ended_at or 0]
            assert times == sorted(times)
            assert times[-1] - times[0] < 30_000
        assert (await scene.record("waits")).status is Status.PENDING
        assert records[FLAG].reverts_at == (records[FLAG].ended_at or 0) + 20 * 60_000
        assert await scene.changes.find(leg_id(records[FLAG].id)) is None
