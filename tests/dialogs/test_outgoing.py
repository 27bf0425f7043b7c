"""What goes out: a failing Datadog is spared, Slack's pace is kept, cards come to the truth, lost commands are told."""

import pytest

from bot.adapters.redis import keys
from bot.adapters.redis.connection import connected
from bot.adapters.redis.intake import RedisIntake
from bot.changes.record import Status
from bot.sandbox.person import Json
from bot.sandbox.slack.ratelimit import RateLimiter
from bot.sandbox.slack.seed import DEPLOYS_ID, REQUESTER_ID
from tests.dialogs.conftest import Opening
from tests.dialogs.stage import APPROVER, DEPLOYS, REQUESTER, Stage, change_id, is_card, labels
from tests.waiting import passed

DISABLE = "/flag disable new-search in prod because cart errors"
ENABLE = "/flag enable dark-mode in prod because launch"


async def test_a_failing_datadog_is_waited_for(opening: Opening) -> None:
    """Cards say what is waited for, approvals and reads go on; afterwards each change is made once."""
    stage = await opening(DATADOG_FAILURES="1", DATADOG_PAUSE="600")
    first, second = await stage.ask(REQUESTER, DISABLE), await stage.ask(REQUESTER, ENABLE)
    await stage.fault("503", times=1)
    await stage.press(APPROVER, first, "Approve")
    await stage.people.see(
        REQUESTER, DEPLOYS, lambda m: m["ts"] == first["ts"] and "waiting for datadog" in str(m["blocks"]).casefold()
    )
    await stage.say(REQUESTER, "/flag disable eu-pricing in prod because x")
    await stage.hear(REQUESTER, "already disabled")
    await stage.press(APPROVER, second, "Approve")
    assert (await stage.record(second)).approvals
    assert await stage.heard(APPROVER) == []
    assert stage.calls() == (0, 0)
    (paused,) = await stage.redis.keys(keys.circuit("*"))
    await stage.redis.hset(paused, "until", 1)  # the pause is over
    for card in (first, second):
        await stage.ends(card, Status.APPLIED)
    assert stage.calls() == (2, 2)


async def test_slacks_limits_are_kept(opening: Opening) -> None:
    """With Slack's limits on, several requests at once get their cards and lines, and Slack has to refuse nothing."""
    stage = await opening(SLACK_GAP="1")
    stage.town.slack.api.limiter = RateLimiter()
    flags = ("new-search", "eu-pricing", "dark-mode")
    verbs = ("disable", "enable", "enable")
    for verb, flag in zip(verbs, flags, strict=True):
        await stage.say(REQUESTER, f"/flag {verb} {flag} in prod because x")
    cards = [await stage.see(REQUESTER, f"flag {flag} in PROD: waiting") for flag in flags]
    for card in cards:
        await stage.ends(card, Status.PENDING)
        await stage.thread(card, 1)
    assert not [call for call in stage.town.workspace.call_log if call.error == "ratelimited"]


async def test_a_card_that_cannot_be_redrawn_is_replaced(stage: Stage) -> None:
    """After five failures apart in time a new message tells the truth; the old one changes nothing; both catch up."""
    card = await stage.ask(REQUESTER, DISABLE)
    await stage.thread(card, 1)
    await stage.caught_up()
    await stage.slack(faults={"chat.update": {"kind": "error", "error": "internal_error"}})
    await stage.press(APPROVER, card, "Approve")
    record = await stage.becomes(card, Status.APPLIED)

    async def told() -> Json | None:
        await stage.hurry()
        await passed(0.05)
        shown = await stage.people.messages(REQUESTER, DEPLOYS)
        return next((m for m in shown if record.id in m["text"] and "done, read back" in m["text"]), None)

    new = await stage.until(told, stage.nothing)
    failed = [c for c in stage.town.workspace.call_log if c.method == "chat.update" and c.error == "internal_error"]
    assert len(failed) >= 5
    assert not labels(new)
    old = await stage.people.see(REQUESTER, DEPLOYS, lambda m: m["ts"] == card["ts"])
    before = await stage.record(card)
    for who in (APPROVER, REQUESTER):
        await stage.press(who, old, "Approve")
        await stage.hear(who, "Your press changed nothing.")
    assert await stage.record(card) == before
    await stage.slack(faults=None)
    await stage.hurry()
    shown = await stage.see(REQUESTER, "Disable flag new-search in PROD: done")
    assert shown["ts"] == new["ts"]
    await stage.people.see(REQUESTER, DEPLOYS, lambda m: m["ts"] == card["ts"] and "Approve" not in labels(m))
    assert stage.calls() == (1, 1)


async def test_a_card_whose_answer_was_lost(stage: Stage) -> None:
    """Where Slack's answer to the post was lost, a plain line stays behind, and there is one card."""
    await stage.slack(faults={"chat.postMessage": {"kind": "lost", "times": 1}})
    await stage.say(REQUESTER, DISABLE)
    await stage.hear(REQUESTER, "its card is on its way")
    await stage.hurry()
    await stage.caught_up()
    shown = await stage.people.messages(REQUESTER, DEPLOYS)
    (card,) = [m for m in shown if is_card(m)]
    (line,) = [m for m in shown if change_id(card) in m["text"] and not m["ephemeral"] and m is not card]
    assert not line["blocks"]
    assert "waiting for 1 signature" in line["text"]
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    assert stage.calls() == (1, 1)


async def test_a_command_whose_process_ended_is_apologised_for(opening: Opening, redis_url: str) -> None:
    """A command that was acknowledged by a process which then was killed is apologised for by the next."""
    async with connected(redis_url) as link:
        await RedisIntake(link).take("of a process that is gone", REQUESTER_ID, DEPLOYS_ID)
        await link.call("ZINCRBY", keys.INTAKE, -60_000, "of a process that is gone")
    stage = await opening()
    await stage.hear(REQUESTER, "may have been lost")
    await stage.until(lambda: _empty(stage), stage.nothing)
    assert len(await stage.heard(REQUESTER)) == 1


async def _empty(stage: Stage) -> bool | None:
    return None if await stage.redis.exists(keys.INTAKE, keys.TAKEN) else True


@pytest.mark.parametrize("line", [DISABLE, "/ops help", "/ops frobnicate", "/flag disable new-search"])
async def test_answered_commands_leave_no_note(stage: Stage, line: str) -> None:
    """Nothing is kept of a command that has its card or its answer."""
    await stage.say(REQUESTER, line)
    await stage.people.see(REQUESTER, DEPLOYS, lambda m: is_card(m) or m["ephemeral"])
    await stage.until(lambda: _empty(stage), stage.nothing)
