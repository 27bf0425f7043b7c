"""The store is away for a while: every path says so in one sentence, nothing runs, and all goes on afterwards."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from bot.changes.record import Status
from bot.sandbox.person import Json
from tests.dialogs.conftest import Opening
from tests.dialogs.stage import APPROVER, REQUESTER, SECOND_APPROVER, Stage
from tests.redis_proxy import Fault, Proxy, proxy

AWAY: Final = "The store did not take it, so nothing was recorded. Try again in a moment."
DISABLE: Final = "/flag disable new-search in prod because cart errors"
PAUSE: Final = "/rollout pause checkout-v2 in prod because p99 up"
STOP: Final = "/rollout stop checkout-v2 in prod because wrong cohort"
FAULTS: Final = [Fault.CUT, Fault.BLACK_HOLE, Fault.LOSE_REPLY]
Act = Callable[[Stage], Awaitable[None]]


@asynccontextmanager
async def behind_a_proxy(opening: Opening, redis_url: str, tmp_path: Path) -> AsyncIterator[tuple[Stage, Proxy]]:
    """Give a stage whose store can be taken away."""
    async with proxy(redis_url, tmp_path / "p.sock") as (between, url):
        yield await opening(REDIS_URL=url, REDIS_TIMEOUT="0.6"), between
        between.fault = Fault.NONE


@pytest.fixture
async def scene(opening: Opening, redis_url: str, tmp_path: Path) -> AsyncIterator[tuple[Stage, Proxy]]:
    """Give a stage and what stands between it and its store."""
    async with behind_a_proxy(opening, redis_url, tmp_path) as made:
        yield made


LINES: Final = [
    DISABLE,
    "/ops help",
    "/ops approvals",
    "/ops cancel cs-aaaaaa",
    "@Countersign pause checkout-v2 in prod",
]


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.BLACK_HOLE])
async def test_commands_are_told(scene: tuple[Stage, Proxy], fault: Fault) -> None:
    """Each command gets one sentence and leaves nothing behind; the same line works afterwards."""
    stage, between = scene
    for count, line in enumerate(LINES, start=1):
        between.fault = fault
        await stage.say(REQUESTER, line)
        assert await stage.answered(REQUESTER, count) == [AWAY] * count
        between.fault = Fault.NONE
    assert await stage.store.active() == ()
    card = await stage.ask(REQUESTER, DISABLE)
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    assert stage.calls() == (1, 1)


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.BLACK_HOLE])
async def test_presses_that_commit_are_told(scene: tuple[Stage, Proxy], fault: Fault) -> None:
    """Approve, Confirm and Cancel are answered by one sentence each and change nothing; then they count."""
    stage, between = scene
    card, pause = await stage.ask(REQUESTER, DISABLE), await stage.ask(REQUESTER, PAUSE)
    await stage.caught_up()
    presses = [(APPROVER, card, "Approve"), (REQUESTER, card, "Cancel request"), (REQUESTER, pause, "Confirm")]
    for who, message, label in presses:
        told = len(await stage.heard(who))
        between.fault = fault
        await stage.press(who, message, label)
        assert (await stage.answered(who, told + 1))[told:] == [AWAY]
        between.fault = Fault.NONE
        assert (await stage.record(message)).status is Status.PENDING
    assert stage.calls() == (0, 0)
    await stage.press(APPROVER, card, "Approve")
    await stage.press(REQUESTER, pause, "Confirm")
    await stage.ends(card, Status.APPLIED)
    await stage.ends(pause, Status.APPLIED)
    assert stage.calls() == (2, 2)


async def test_a_vote_whose_reply_was_lost_counts_once(scene: tuple[Stage, Proxy]) -> None:
    """A press whose commit arrived though its reply did not is told so; pressed again it counts once."""
    stage, between = scene
    card = await stage.ask(REQUESTER, DISABLE)
    await stage.caught_up()
    between.fault = Fault.LOSE_REPLY
    await stage.press(APPROVER, card, "Approve")
    assert await stage.answered(APPROVER, 1) == [AWAY]
    between.fault = Fault.NONE
    await stage.press(APPROVER, card, "Approve")
    change = await stage.ends(card, Status.APPLIED)
    assert [vote.by.id for vote in change.approvals] == [stage.town.workspace.role(APPROVER).id]
    assert stage.calls() == (1, 1)


async def test_forms_are_told(scene: tuple[Stage, Proxy]) -> None:
    """A form that cannot be opened is told in the channel, one that cannot be taken beside its field."""
    stage, between = scene
    stop, card = await stage.ask(REQUESTER, STOP), await stage.ask(REQUESTER, DISABLE)
    await stage.caught_up()
    for who, message, label in ((REQUESTER, stop, "Type the name…"), (SECOND_APPROVER, card, "Reject…")):
        between.fault = Fault.CUT
        await stage.press(who, message, label)
        assert await stage.answered(who, 1) == [AWAY]
        between.fault = Fault.NONE
        await stage.press(who, message, label)
        form = await stage.people.see_form(who)
        between.fault = Fault.CUT
        sent = await _fill(stage, who, form)
        assert list(sent["errors"].values()) == [AWAY]
        between.fault = Fault.NONE
        assert (await stage.record(message)).status is Status.PENDING
        assert (await _fill(stage, who, form))["errors"] == {}
    await stage.ends(card, Status.REJECTED)
    assert not (await stage.record(stop)).waits_for_name


async def _fill(stage: Stage, who: str, form: Json) -> Json:
    field = next(block for block in form["blocks"] if block["type"] == "input")
    typed = {field["block_id"]: {field["element"]["action_id"]: "checkout-v2"}}
    return await stage.people.send(who, form, typed)


async def test_following_requests_are_told(scene: tuple[Stage, Proxy]) -> None:
    """Undo and Ask again are answered by one sentence each and open nothing; then they open a request."""
    stage, between = scene
    card = await stage.ask(REQUESTER, DISABLE)
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    await stage.caught_up()
    done = await stage.see(REQUESTER, "Disable flag new-search in PROD: done")
    between.fault = Fault.CUT
    await stage.press(REQUESTER, done, "Undo")
    assert await stage.answered(REQUESTER, 1) == [AWAY]
    between.fault = Fault.NONE
    assert await stage.store.active() == ()
    await stage.press(REQUESTER, done, "Undo")
    await stage.see(REQUESTER, "Enable flag new-search in PROD: waiting")


@pytest.mark.parametrize("fault", FAULTS)
async def test_the_store_goes_while_a_change_runs(scene: tuple[Stage, Proxy], fault: Fault) -> None:
    """Whatever happens to the store after the signature, the change is made once and its card tells the truth."""
    stage, between = scene
    card = await stage.ask(REQUESTER, DISABLE)
    await stage.caught_up()
    await stage.press(APPROVER, card, "Approve")
    between.fault = fault
    assert (await _ready(stage))[0] == 503
    between.fault = Fault.NONE
    await stage.ends(card, Status.APPLIED)
    assert stage.calls()[1] == 1


async def test_readiness_says_so(scene: tuple[Stage, Proxy]) -> None:
    """`/readyz` is 503 with the sentence while the store is away, and 200 before and after."""
    stage, between = scene

    async def began() -> bool | None:
        return True if await _ready(stage) == (200, {"ready": True}) else None

    await stage.until(began, stage.nothing)
    for fault in FAULTS:
        between.fault = fault
        assert await _ready(stage) == (503, {"ready": False, "why": [AWAY]})
        between.fault = Fault.NONE
        assert (await _ready(stage))[0] == 200


async def _ready(stage: Stage) -> tuple[int, Json]:
    bot = stage.town.slack.settings.request_url.removesuffix("/slack/events")
    async with aiohttp.ClientSession() as session, session.get(f"{bot}/readyz") as answer:
        return answer.status, json.loads(await answer.text())
