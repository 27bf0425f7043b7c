"""Who is called for a request: named approvers by direct message, whoever has not answered by a reminder."""

from bot.changes.record import Status
from bot.policy import Policy, Who
from bot.sandbox.slack.seed import APPROVER_ID, REQUESTER_ID
from bot.sandbox.town import POLICY
from tests.dialogs.conftest import Opening
from tests.dialogs.stage import APPROVER, REQUESTER, SECOND_APPROVER, Stage, labels

ENABLE = "/flag enable dark-mode in prod because the fix is out"
DIRECT = "@"


def by_name() -> Policy:
    """Return the sandbox's policy with two people named as approvers, one of whom asks."""
    return POLICY.model_copy(update={"approvers": Who(users=(APPROVER_ID, REQUESTER_ID))})


async def _texts(stage: Stage, who: str) -> list[str]:
    return [message["text"] for message in await stage.people.messages(who, DIRECT)]


async def test_named_approvers_get_a_direct_message(opening: Opening) -> None:
    """Who is named in the policy is written to at the start, whoever asks is not, and hears the end instead."""
    stage = await opening(policy=by_name())
    card = await stage.ask(REQUESTER, ENABLE)
    letter = await stage.see(APPROVER, "Enable flag dark-mode in PROD: waiting for 1 signature", DIRECT)
    assert "*Your signature is asked for.*" in str(letter["blocks"])
    assert labels(letter) == ["Open the request"]
    await stage.press(SECOND_APPROVER, card, "Approve")
    await stage.hear(SECOND_APPROVER, f"<@{APPROVER_ID}>")
    await stage.ends(card, Status.PENDING)
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    await stage.see(REQUESTER, "Enable flag dark-mode in PROD: done, read back", DIRECT)
    assert not any("Your signature" in text or "waiting for" in text for text in await _texts(stage, REQUESTER))
    assert len(await _texts(stage, APPROVER)) == 1


async def test_a_reminder_at_half_time(opening: Opening) -> None:
    """At half time those who have not answered are called by name in the thread, once, by itself."""
    stage = await opening(EXPIRY_PRODUCTION="1.6")
    card = await stage.ask(REQUESTER, ENABLE)
    line = (await stage.thread(card, 2))[1]
    assert f"<@{APPROVER_ID}>" in line
    assert f"<@{REQUESTER_ID}>" not in line
    assert "still waits for 1 signature, until <!date^" in line
    ended = await stage.ends(card, Status.EXPIRED)
    assert len(ended.reminded) == 1
