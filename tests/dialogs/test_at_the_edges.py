"""Presses from outside the workspace, production under another name, and work under way when the bot is stopped."""

import asyncio
from pathlib import Path

import pytest

from bot.changes.record import Status
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.ratelimit import RateLimiter
from bot.sandbox.town import POLICY, open_town
from bot.settings import load
from handlers.app import build, run
from handlers.background import Closed
from tests.dialogs.stage import OUTSIDER, PATIENCE, REQUESTER, Stage

DISABLE = "/flag disable new-search in prod because cart errors"


async def test_a_press_from_another_organisation(stage: Stage) -> None:
    """Whoever is of another organisation and presses Approve all the same is told so, and no vote is counted."""
    card = await stage.ask(REQUESTER, DISABLE)
    workspace = stage.town.workspace
    outsider = workspace.role(OUTSIDER)
    message = next(one for one in workspace.all_messages() if one.ts == card["ts"])
    button = next(
        element
        for block in card["blocks"]
        for element in block.get("elements", ())
        if element.get("action_id") == "change.approve"
    )
    action = {**button, "block_id": "b", "action_ts": workspace.new_ts()}
    payload = stage.town.slack.payloads.message_action_press(outsider, message, action, {})
    ack = await stage.town.slack.deliverer.send(Delivery.of_payload(payload))
    assert ack.ok
    assert "You belong to another organisation" in await stage.told(OUTSIDER)
    record = await stage.record(card)
    assert (record.status, record.reviews) == (Status.PENDING, ())
    assert stage.calls() == (0, 0)


async def test_production_is_what_datadog_marks(stage: Stage) -> None:
    """A change in the environment called Development needs a second person: Datadog marks it as production."""
    card = await stage.ask(REQUESTER, "/flag enable button-colour in Development because the launch")
    record = await stage.record(card)
    assert record.plan.target.production
    assert record.decision.approvals == 1
    assert "PRODUCTION (Development)" in card["text"]


async def test_what_is_under_way_is_finished_before_the_end(tmp_path: Path, redis_url: str) -> None:
    """Work that goes on after its acknowledgement is waited for when the bot is stopped; none is taken after that."""
    async with open_town(tmp_path, limiter=RateLimiter(limits={})) as town:
        settings = load({**town.environment(), "REDIS_URL": redis_url})
        async with build(settings, POLICY) as app:
            stop, ready, gate = asyncio.Event(), asyncio.Event(), asyncio.Event()
            running = asyncio.create_task(
                run(app, stop, web_too=True, work_too=False, ready=lambda _: ready.set()), name="run"
            )
            await asyncio.wait_for(ready.wait(), PATIENCE)
            begun = app.background.start(_after(gate), "an answer")
            stop.set()
            gate.set()
            await asyncio.wait_for(running, PATIENCE)
            assert begun.done()
            assert len(app.background) == 0
            with pytest.raises(Closed):
                app.background.start(_after(gate), "too late")


async def _after(gate: asyncio.Event) -> None:
    await gate.wait()
