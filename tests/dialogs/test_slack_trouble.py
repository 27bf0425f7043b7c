"""Where the card stands when Slack is in trouble, or when the channel is not a place for it."""

import pytest

from bot.changes.record import Status
from tests.dialogs.stage import APPROVER, DEPLOYS, REQUESTER, Stage, is_card, labels

DISABLE = "/flag disable new-search in prod because cart errors"
APPROVALS = "#approvals"


@pytest.mark.parametrize("channel", ["#random", "#partners"])
async def test_not_a_channel_for_cards(stage: Stage, channel: str) -> None:
    """Where the bot is not a member, and where another company reads along, the card goes to #approvals instead."""
    await stage.say(REQUESTER, DISABLE, channel)
    card = await stage.people.see(REQUESTER, APPROVALS, is_card)
    change = await stage.record(card)
    told = await stage.hear(REQUESTER, "Your request", channel)
    assert f"|{change.id}> stands in <#{card['channel']}" in told["text"]
    assert not any(not m["ephemeral"] for m in await stage.people.messages(REQUESTER, channel))
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED, APPROVALS)
    assert stage.calls() == (1, 1)


FAULTS = [
    pytest.param({"kind": "error", "error": "internal_error"}, id="an error of Slack's"),
    pytest.param({"kind": "http", "status": 503}, id="no answer of Slack's"),
]


@pytest.mark.parametrize("fault", FAULTS)
async def test_no_card_at_first(stage: Stage, fault: dict[str, object]) -> None:
    """Where Slack takes no message, the request is on record; the card comes once Slack is back, and it works."""
    await stage.slack(faults={"chat.postMessage": fault})
    await stage.say(REQUESTER, DISABLE)
    await stage.hear(REQUESTER, "its card is on its way")
    await stage.slack(faults=None)
    await stage.hurry()
    card = await stage.people.see(REQUESTER, DEPLOYS, is_card)
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    await stage.caught_up()
    assert len([m for m in await stage.people.messages(REQUESTER, DEPLOYS) if is_card(m)]) == 1
    assert stage.calls() == (1, 1)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_card_that_lags_behind(stage: Stage, fault: dict[str, object]) -> None:
    """A change runs though its card cannot be redrawn; the card catches up as soon as Slack is back."""
    card = await stage.ask(REQUESTER, DISABLE)
    await stage.slack(faults={"chat.update": fault})
    await stage.press(APPROVER, card, "Approve")
    await stage.becomes(card, Status.APPLIED)
    shown = await stage.people.see(REQUESTER, DEPLOYS, lambda m: m["ts"] == card["ts"])
    assert labels(shown) == labels(card)
    await stage.press(APPROVER, shown, "Approve")
    await stage.hear(APPROVER, "Your press changed nothing.")
    await stage.slack(faults=None)
    await stage.caught_up()
    await stage.ends(card, Status.APPLIED)
    assert len(await stage.thread(card, 3)) == 3
    assert stage.calls() == (1, 1)


async def test_a_card_deleted_by_hand(stage: Stage) -> None:
    """A card that somebody deleted is posted again when the change moves on, with its thread below it."""
    card = await stage.ask(REQUESTER, DISABLE)
    await stage.thread(card, 1)
    await stage.caught_up()
    await stage.remove(card)
    await stage.say(REQUESTER, f"/ops cancel {(await stage.record(card)).id}")
    await stage.ends(card, Status.CANCELLED)
    new = await stage.see(REQUESTER, "Disable flag new-search in PROD: cancelled")
    assert new["ts"] != card["ts"]
    assert "*Cancelled* by" in (await stage.thread(new, 1))[-1]


async def test_no_link_at_first(stage: Stage) -> None:
    """A link Slack does not give at first is asked for again, so that every message about the card carries it."""
    await stage.slack(faults={"chat.getPermalink": {"kind": "error", "error": "internal_error", "times": 1}})
    await stage.say(REQUESTER, DISABLE, "#random")
    told = await stage.hear(REQUESTER, "Your request", "#random")
    assert "<|" not in told["text"]
    await stage.caught_up()
    await stage.say(REQUESTER, "/ops approvals", "#random")
    listed = await stage.hear(REQUESTER, "1 request of yours is open.", "#random")
    assert "/archives/" in str(listed["blocks"])


async def test_slack_asks_for_patience(stage: Stage) -> None:
    """Being told to slow down costs a card a moment and nothing else."""
    await stage.slack(faults={"chat.postMessage": {"kind": "ratelimited", "retry_after": 0, "times": 1}})
    card = await stage.ask(REQUESTER, DISABLE)
    await stage.ends(card, Status.PENDING)
    assert await stage.heard(REQUESTER) == []


async def test_a_stray_copy_is_brought_up_to_date_when_pressed(stage: Stage) -> None:
    """A second message of a card, whose poster died before noting it, loses its buttons once somebody presses one."""
    card = await stage.ask(REQUESTER, DISABLE)
    bot = stage.town.workspace.app.bot_user_id
    stray = stage.town.workspace.post(card["channel"], bot, card["text"], blocks=card["blocks"])
    seen = await stage.people.see(REQUESTER, DEPLOYS, lambda m: bool(m["ts"] == stray.ts))
    await stage.press(APPROVER, seen, "Approve")
    await stage.people.see(REQUESTER, DEPLOYS, lambda m: m["ts"] == card["ts"] and "done" in m["text"])
    await stage.people.see(REQUESTER, DEPLOYS, lambda m: m["ts"] == stray.ts and "Approve" not in labels(m))
