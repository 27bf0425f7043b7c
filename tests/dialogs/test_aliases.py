"""Aliases as people use them: given by an operator, read by everybody, and always shown as the real key."""

from bot.changes.record import Status
from tests.dialogs.stage import APPROVER, REQUESTER, SECOND_APPROVER, Stage

OPERATOR = SECOND_APPROVER
LINE = "/flag disable checkout in prod because cart errors"


async def test_an_alias_from_its_giving_to_its_end(stage: Stage) -> None:
    """An operator gives it, the card has the real key, whoever used it is told, and afterwards it means nothing."""
    await stage.say(REQUESTER, "/ops aliases")
    await stage.hear(REQUESTER, "There are no aliases.")
    await stage.say(REQUESTER, "/ops alias checkout = flag new-checkout")
    await stage.hear(REQUESTER, "Only operators give an alias.")
    await stage.say(OPERATOR, "/ops alias new-search = flag new-checkout")
    await stage.hear(OPERATOR, "There is a flag called new-search.")
    await stage.say(OPERATOR, "/ops alias checkout = flag new-chekout")
    offer = await stage.hear(OPERATOR, "Did you mean one of these?")
    await stage.press(OPERATOR, offer, "new-checkout")
    said = await stage.see(REQUESTER, "*checkout stands for flag new-checkout* and its rollouts")
    assert f"<@{stage.town.workspace.role(OPERATOR).id}>" in said["text"]

    await stage.say(REQUESTER, "/ops aliases")
    told = await stage.hear(REQUESTER, "Aliases: checkout is flag new-checkout.")
    assert f"<@{stage.town.workspace.role(OPERATOR).id}>" in str(told["blocks"])
    assert "<!date^" in str(told["blocks"])

    card = await stage.ask(REQUESTER, LINE)
    assert "new-checkout" in card["text"]
    assert "flag checkout" not in str(card)
    await stage.hear(REQUESTER, "checkout is flag new-checkout.")
    await stage.press(APPROVER, card, "Approve")
    change = await stage.ends(card, Status.APPLIED)
    assert change.plan.target.key == "new-checkout"
    assert stage.status("new-checkout") == "DISABLED"

    await stage.say(REQUESTER, "/ops unalias checkout")
    await stage.hear(REQUESTER, "Only operators take an alias away.")
    await stage.say(OPERATOR, "/ops unalias checkout")
    await stage.see(REQUESTER, "*checkout is no alias any more*")
    await stage.say(REQUESTER, LINE)
    await stage.hear(REQUESTER, "There is no flag called checkout in prod.")
    assert stage.calls() == (1, 1)
