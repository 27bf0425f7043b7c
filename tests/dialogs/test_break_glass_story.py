"""Break-glass from the alarm to the closed after-review: what it beats, what it does not, and who is called for it."""

from bot.adapters.redis import keys
from bot.breakglass import REMIND
from bot.changes.record import Status
from bot.sandbox.person import Json
from tests.dialogs.stage import APPROVER, DEPLOYS, GUEST, REQUESTER, SECOND_ACCOUNT, Stage, change_id, is_card

ENABLE = "/flag enable dark-mode in prod --break-glass because checkout is down"


async def smashed(stage: Stage, line: str = ENABLE) -> Json:
    """Break the glass, and return the card."""
    await stage.say(REQUESTER, line)
    return await stage.people.see(APPROVER, DEPLOYS, lambda m: is_card(m))


async def a_day_passes(stage: Stage) -> None:
    """Let the time of every daily reminder come."""
    for member in await stage.redis.zrange(keys.DEADLINES, 0, -1):
        if REMIND in str(member):
            await stage.redis.zadd(keys.DEADLINES, {str(member): 0}, xx=True)


async def test_what_it_beats_and_what_not(stage: Stage) -> None:
    """It runs in a frozen environment; a lock holds, what cannot be undone is never served, and a guest never acts."""
    await stage.say(REQUESTER, "/ops delete environment eu-staging --break-glass because fire")
    await stage.hear(REQUESTER, "Break-glass never serves what cannot be undone.")
    await stage.say(GUEST, ENABLE)
    await stage.hear(GUEST, "Guests cannot act")
    await stage.say(APPROVER, "/ops lock flag dark-mode in prod because it is being mended")
    await stage.see(REQUESTER, "*Flag dark-mode in prod is locked* by <@")
    await stage.say(REQUESTER, ENABLE)
    await stage.hear(REQUESTER, "Flag dark-mode in prod is locked by")
    await stage.say("Second approver", "/ops unlock flag dark-mode in prod")
    await stage.see(REQUESTER, "*Flag dark-mode in prod is no longer locked*")
    await stage.say(APPROVER, "/ops freeze prod because the launch")
    await stage.see(REQUESTER, "*PROD is frozen* by <@")
    assert stage.calls() == (0, 0)
    card = await smashed(stage)
    ended = await stage.ends(card, Status.APPLIED)
    assert (ended.broken_glass, ended.approvals) == (True, ())
    assert stage.status("dark-mode") == "ENABLED"


async def test_it_makes_way_for_itself(stage: Stage) -> None:
    """Somebody else's open request for the same flag is over, and its card says what came before it."""
    waiting = await stage.ask(APPROVER, "/flag disable new-search in prod because cart errors")
    await stage.say(REQUESTER, "/flag disable new-search in prod --break-glass because checkout is down")
    ended = await stage.ends(waiting, Status.STALE)
    assert "superseded by cs-" in ended.note
    await stage.ends(await stage.see(APPROVER, "because checkout is down"), Status.APPLIED)
    assert stage.calls() == (1, 1)


async def test_the_after_review_to_its_end(stage: Stage) -> None:
    """It is announced, listed and reminded of daily, until somebody who could have signed closes it with a note."""
    card = await smashed(stage)
    await stage.ends(card, Status.APPLIED)
    id_ = change_id(card)
    assert "Break-glass" in str(card["blocks"])
    line = (await stage.thread(card, 1))[0]
    assert line.startswith("<!subteam^")
    assert "checkout is down" in line

    await a_day_passes(stage)
    reminded = await stage.see(APPROVER, "*After-review still open*")
    assert f"`/ops close {id_} because …`" in reminded["text"]

    await stage.say(SECOND_ACCOUNT, f"/ops close {id_} because it was right")
    await stage.hear(SECOND_ACCOUNT, "Whoever acted cannot also close the after-review.")
    await stage.say(APPROVER, f"/ops close {id_}")
    await stage.hear(APPROVER, "Closing an after-review wants a note")
    await stage.say(APPROVER, f"/ops close {id_} because the cart was down, and is up")
    closed = await stage.see(REQUESTER, f"*After-review of {id_} closed* by")
    assert "the cart was down, and is up." in closed["text"]

    await stage.say(APPROVER, f"/ops close {id_} because once more")
    await stage.hear(APPROVER, f"There is no open after-review of {id_}.")
    told = len(await stage.heard(APPROVER))
    await stage.say(APPROVER, "/ops approvals")
    assert "After-reviews to close" not in (await stage.answered(APPROVER, told + 1))[-1]
    assert not [one for one in await stage.redis.zrange(keys.DEADLINES, 0, -1) if REMIND in str(one)]
