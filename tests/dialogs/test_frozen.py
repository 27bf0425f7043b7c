"""Freezes and locks met everywhere: at the request, at the press, at the claim, by a bot that has just started."""

from bot.changes.record import Cause, Status
from bot.sandbox.person import Json
from tests.dialogs.conftest import Opening
from tests.dialogs.stage import APPROVER, DEPLOYS, REQUESTER, SECOND_APPROVER, Stage, is_card, is_open, labels
from tests.waiting import passed

OPERATOR = SECOND_APPROVER
ENABLE = "/flag enable dark-mode in prod because the fix is out"


async def test_frozen_between_signing_and_running(opening: Opening) -> None:
    """A worker that starts afterwards knows of the freeze; the card says by whom it is, until when and why."""
    stage = await opening(work=False)
    card = await stage.ask(REQUESTER, ENABLE)
    await stage.press(APPROVER, card, "Approve")
    await stage.becomes(card, Status.APPROVED)
    await stage.say(APPROVER, "/ops freeze prod until tomorrow 9:00 because the launch")
    await stage.see(REQUESTER, "*PROD is frozen* by <@")
    async with stage.worker():
        ended = await stage.ends(card, Status.STALE)
        assert ended.cause is Cause.FREEZE
        shown = await stage.see(REQUESTER, "Enable flag dark-mode in PROD: ")
        assert "PROD is frozen by approver until <!date^" in str(shown["blocks"])
        assert "the launch" in str(shown["blocks"])
        assert "Approve" not in labels(shown)
        await stage.press(REQUESTER, shown, "Ask again")
        await stage.hear(REQUESTER, "PROD is frozen by")
    assert stage.calls() == (0, 0)


async def test_a_freeze_ends_by_itself(stage: Stage) -> None:
    """When its time is over nobody has to lift it, and there is nothing left to lift."""
    await stage.say(REQUESTER, "/ops freeze prod for 2s because a quick look")
    await stage.see(APPROVER, "*PROD is frozen* by <@")
    await stage.say(REQUESTER, ENABLE)
    await stage.hear(REQUESTER, "PROD is frozen by")

    async def asked_for() -> Json | None:
        await stage.say(REQUESTER, ENABLE)
        await passed(0.2)
        cards = [one for one in await stage.people.messages(REQUESTER, DEPLOYS) if is_card(one) and is_open(one)]
        return cards[0] if cards else None

    card = await stage.until(asked_for, stage.nothing)
    await stage.say(OPERATOR, "/ops unfreeze prod")
    await stage.hear(OPERATOR, "prod is not frozen.")
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)


async def test_a_lock_at_the_request_and_at_the_press(stage: Stage) -> None:
    """What is locked is neither asked for nor signed, by a sentence with who and why; containing goes on."""
    card = await stage.ask(REQUESTER, "/rollout resume checkout-v2 in prod because p99 is fine")
    await stage.say(REQUESTER, "/ops lock flag checkout-v2 in prod for 2h")
    await stage.hear(REQUESTER, "wants a reason")
    await stage.say(REQUESTER, "/ops lock flag checkout-v2 in prod for 2h because it is being mended")
    said = await stage.see(APPROVER, "*Flag checkout-v2 in prod is locked* by <@")
    assert "Because it is being mended." in said["text"]
    assert "Pausing a rollout is still possible." in said["text"]
    assert said["text"].count("is still possible") == 1
    await stage.press(APPROVER, card, "Approve")
    await stage.hear(APPROVER, "Flag checkout-v2 in prod is locked by")
    await stage.ends(card, Status.PENDING)
    await stage.say(APPROVER, "/flag disable checkout-v2 in prod because cart errors")
    told = await stage.hear(APPROVER, "Pausing a rollout is still possible")
    assert "it is being mended" in told["text"]
    await stage.say(APPROVER, "/ops unlock flag checkout-v2 in prod")
    await stage.hear(APPROVER, "Only operators lift a lock.")
    pause = await stage.ask(APPROVER, "/rollout pause checkout-v2 in prod because p99 up")
    await stage.press(APPROVER, pause, "Confirm")
    await stage.ends(pause, Status.APPLIED)
    assert stage.calls() == (1, 1)
