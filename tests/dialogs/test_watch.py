"""A rollout that is watched: one message to its end, and a thread that tells of each step."""

import pytest

from bot.changes.record import Status
from bot.sandbox.person import Json
from tests.dialogs.conftest import Opening
from tests.dialogs.stage import DEPLOYS, REQUESTER, Stage

FAST = {"PANEL_EVERY": "0.1", "PANEL_READ": "0.1", "PANEL_INDEX": "0.5", "PANEL_BUDGET": "100000"}


@pytest.fixture
async def stage(opening: Opening) -> Stage:
    """Give a stage whose watched rollouts are drawn quickly."""
    return await opening(**FAST)


async def watched(stage: Stage, *said: str) -> Json:
    """Wait for the watched rollout's message to say all of this."""
    return await stage.people.see(
        REQUESTER, DEPLOYS, lambda m: m["text"].startswith("Watching rollout") and all(s in m["text"] for s in said)
    )


async def test_watching_a_rollout_that_a_guardrail_stops(stage: Stage) -> None:
    """It says how far the rollout is, tells of the pause and the guardrail in its thread, and ends with the rollout."""
    await stage.say(REQUESTER, "/rollout watch checkout-v2 in prod")
    message = await watched(stage, "running (inferred)", "step 2 of 4")
    await stage.say(REQUESTER, "/rollout watch checkout-v2 in prod")
    await stage.hear(REQUESTER, "is watched here already")
    card = await stage.ask(REQUESTER, "/rollout pause checkout-v2 in prod because p99 is up")
    await stage.press(REQUESTER, card, "Confirm")
    await stage.ends(card, Status.APPLIED)
    await watched(stage, "paused (inferred)")
    assert "is paused at" in (await stage.thread(message, 1))[0]
    drift = {"flag": "checkout-v2", "environment": "prod"}
    await stage.people.tell_datadog("drift", **drift, verb="resume")
    await stage.people.tell_datadog("drift", **drift, guardrail="ABORT", metric="checkout.p99")
    lines = await stage.thread(message, 2)
    assert "guardrail stopped it" in lines[1]
    assert "metric checkout.p99" in lines[1]
    ended = await watched(stage, "stopped by a guardrail", "watching ends")
    assert not [block for block in ended["blocks"] if block["type"] == "actions"]
    assert ended["ts"] == message["ts"]


async def test_watching_a_rollout_to_its_end(stage: Stage) -> None:
    """The bar goes on with each step, the thread is told of each, and at the last one the watch ends by itself."""
    await stage.say(REQUESTER, "/rollout watch checkout-v2 in prod")
    message = await watched(stage, "running (inferred), 25 %, step 2 of 4")
    await stage.people.tell_datadog("drift", advance_seconds=1800)
    await watched(stage, "running (inferred), 50 %, step 3 of 4")
    await stage.people.tell_datadog("drift", advance_seconds=1800)
    ended = await watched(stage, "finished (inferred), 100 %, step 4 of 4", "watching ends")
    assert ended["ts"] == message["ts"]
    assert not [block for block in ended["blocks"] if block["type"] == "actions"]
    step, end = await stage.thread(message, 2)
    assert "went on to its next step: 50 %, step 3 of 4" in step
    assert "has finished: 100 %, step 4 of 4" in end


async def test_watching_from_the_card(stage: Stage) -> None:
    """The card of a rollout that was acted on has a button to watch it."""
    card = await stage.ask(REQUESTER, "/rollout pause checkout-v2 in prod because p99 is up")
    await stage.press(REQUESTER, card, "Confirm")
    await stage.ends(card, Status.APPLIED)
    done = await stage.see(REQUESTER, "Pause rollout checkout-v2 in PROD: accepted by Datadog")
    await stage.press(REQUESTER, done, "Watch")
    await watched(stage, "paused (inferred)")


async def test_a_choice_of_rollouts_watches_and_nothing_else(stage: Stage) -> None:
    """Where two rollouts answer to a name, picking one watches it, and pauses nothing."""
    await stage.say(REQUESTER, "/rollout watch search-ranking in prod")
    asked = await stage.hear(REQUESTER, "2 rollouts answer to search-ranking")
    await stage.press(REQUESTER, asked, "search-ranking · ranking-web")
    await watched(stage, "ranking-web", "running (inferred)")
    assert await stage.store.active() == ()
