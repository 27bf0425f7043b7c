"""The bot's own commands as people use them: freezing, locking, binding a channel, and asking before doing."""

from bot.changes.record import Cause, Status
from tests.dialogs.conftest import Opening
from tests.dialogs.stage import APPROVER, GUEST, REQUESTER, SECOND_APPROVER, Stage

INCIDENT = "#inc-checkout"
OPERATOR = SECOND_APPROVER
ENABLE = "/flag enable dark-mode in prod because the fix is out"


async def test_freeze_and_unfreeze(stage: Stage) -> None:
    """Anybody freezes with a reason, the channel reads it, what expands is refused, and an operator lifts it."""
    await stage.say(REQUESTER, "/ops freeze prod until 18:00")
    await stage.hear(REQUESTER, "wants a reason")
    await stage.say(GUEST, "/ops freeze prod because I can")
    await stage.hear(GUEST, "Guests cannot act")
    await stage.say(REQUESTER, "/ops freeze prod for 2h because the launch")
    said = await stage.see(APPROVER, "*PROD is frozen* by <@")
    assert "Because the launch." in said["text"]
    assert "<!date^" in said["text"]
    await stage.say(APPROVER, ENABLE)
    await stage.hear(APPROVER, "PROD is frozen by")
    card = await stage.ask(APPROVER, "/flag disable new-search in prod because cart errors")
    await stage.ends(card, Status.PENDING)
    await stage.say(REQUESTER, "/ops unfreeze prod")
    await stage.hear(REQUESTER, "Only operators lift a freeze.")
    await stage.say(OPERATOR, "/ops unfreeze prod")
    await stage.see(REQUESTER, "*PROD is no longer frozen*")
    await stage.ask(APPROVER, ENABLE)
    assert stage.calls() == (0, 0)


async def test_frozen_between_asking_and_signing(stage: Stage) -> None:
    """A press meets the freeze with its sentence; after the freeze the same button signs."""
    card = await stage.ask(REQUESTER, ENABLE)
    await stage.say(OPERATOR, "/ops freeze prod because the launch")
    await stage.see(REQUESTER, "*PROD is frozen* by <@")
    await stage.press(APPROVER, card, "Approve")
    await stage.hear(APPROVER, "PROD is frozen by")
    await stage.ends(card, Status.PENDING)
    await stage.say(OPERATOR, "/ops unfreeze prod")
    await stage.see(REQUESTER, "*PROD is no longer frozen*")
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)


async def test_locked_between_signing_and_running(opening: Opening) -> None:
    """What was signed before a lock ends as no longer valid, and the card says by whom it is locked and why."""
    stage = await opening(work=False)
    card = await stage.ask(REQUESTER, ENABLE)
    await stage.press(APPROVER, card, "Approve")
    await stage.becomes(card, Status.APPROVED)
    await stage.say(APPROVER, "/ops lock flag dark-mode in prod because it is being mended")
    await stage.see(REQUESTER, "*Flag dark-mode in prod is locked*")
    async with stage.worker():
        ended = await stage.ends(card, Status.STALE)
    assert ended.cause is Cause.LOCK
    assert stage.calls() == (0, 0)
    await stage.say(OPERATOR, "/ops unlock flag dark-mode in prod")
    await stage.see(REQUESTER, "is no longer locked")


async def test_a_channel_bound_to_an_environment(stage: Stage) -> None:
    """A bound channel stands for its environment, says so, and never replaces one that was typed."""
    await stage.say(REQUESTER, "/ops bind prod", INCIDENT)
    await stage.hear(REQUESTER, "Only operators bind a channel to production", INCIDENT)
    await stage.say(OPERATOR, "/ops bind prod", INCIDENT)
    await stage.see(REQUESTER, "*This channel stands for PROD*", INCIDENT)
    await stage.say(REQUESTER, "/flag disable new-search in mars because cart errors", INCIDENT)
    await stage.hear(REQUESTER, "There is no environment called mars.", INCIDENT)
    await stage.ask(REQUESTER, "/flag disable new-search because cart errors", INCIDENT)
    await stage.hear(REQUESTER, "Environment taken from this channel's binding: PROD.", INCIDENT)
    await stage.say(REQUESTER, "/flag disable new-search because cart errors")
    await stage.hear(REQUESTER, "Which environment?")


async def test_asking_before_doing(stage: Stage) -> None:
    """A dry run, `can-i`, `policy` and `whoami` tell what would be, and leave nothing behind."""
    await stage.say(REQUESTER, "/ops plan disable flag new-search in prod because cart errors")
    told = await stage.hear(REQUESTER, "Dry run, nothing was done.")
    assert "It needs 1 signature from" in told["text"]
    assert "production needs a second person" in str(told["blocks"])
    await stage.say(REQUESTER, "/ops can-i pause rollout checkout-v2 in prod")
    await stage.hear(REQUESTER, "You confirm it yourself")
    await stage.say(REQUESTER, "/ops policy")
    table = await stage.hear(REQUESTER, "What you may do")
    assert "Delete environment" in str(table["blocks"])
    await stage.say(REQUESTER, "/ops whoami")
    told = await stage.hear(REQUESTER, "a full member")
    assert "You are not an operator." in told["text"]
    assert await stage.store.active() == ()
    assert stage.calls() == (0, 0)


async def test_reminding_by_hand(stage: Stage) -> None:
    """Whoever asked calls those who have not answered, by name, in the card's thread."""
    card = await stage.ask(REQUESTER, ENABLE)
    id_ = (await stage.record(card)).id
    await stage.say(APPROVER, f"/ops remind {id_}")
    await stage.hear(APPROVER, "Only whoever asked can remind.")
    await stage.say(REQUESTER, f"/ops remind {id_}")
    await stage.hear(REQUESTER, "is reminded in its thread")
    line = (await stage.thread(card, 2))[1]
    assert f"<@{stage.town.workspace.role(APPROVER).id}>" in line
    assert f"<@{stage.town.workspace.role(REQUESTER).id}>" not in line
    assert "still waits for 1 signature" in line
