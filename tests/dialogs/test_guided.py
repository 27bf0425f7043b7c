"""The guided way: a modal asks for one thing after the other, and shows what would come of it before it is sent."""

from bot.changes.record import Status
from tests.dialogs.modal import Modal, field, words
from tests.dialogs.stage import APPROVER, DEPLOYS, GUEST, REQUESTER, Stage, labels

WHAT, WHERE, WHY, HOW_LONG = "What should happen", "In which environment", "Why", "For how long"


async def test_from_nothing_to_a_card(stage: Stage) -> None:
    """Verb, place and target are chosen, the plan is read before anything is asked, and the card is the usual one."""
    await stage.say(REQUESTER, "/ops")
    modal = Modal(stage, REQUESTER)
    first = await modal.titled("Ask for a change")
    assert [block["type"] for block in first["blocks"]] == ["input", "section"]
    await modal.pick(WHAT, "Disable flag")
    await modal.pick(WHERE, "PROD", "pro")
    offered = await modal.offers("Which flag", "serch")
    assert "new-search" in offered
    assert offered["new-search"] != "new-search"
    await modal.pick("Which flag", "new-search")
    shown = await modal.reads("It needs 1 signature")
    assert "PROD · Disable flag new-search" in words(shown)
    assert "Now: *enabled* → after: *disabled*" in words(shown)
    await modal.pick(HOW_LONG, "2 hours")
    await modal.reads("2 h")
    assert await stage.store.pending() == ()
    await modal.type(WHY, "cart errors")
    outcome = await modal.send()
    assert outcome["errors"] == {}
    await modal.closes()
    card = await stage.see(APPROVER, "Disable flag new-search in PROD")
    change = await stage.record(card)
    assert (change.status, change.reason, change.plan.seconds) == (Status.PENDING, "cart errors", 7200)
    assert change.origin.surface == "form"
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    assert stage.status("new-search") == "DISABLED"


async def test_what_is_wrong_stands_beside_the_field(stage: Stage) -> None:
    """A target that moved away, and somebody who may not ask, are told in the form, which stays open."""
    await stage.say(REQUESTER, "/flag disable dark-mode in prod because noise")
    await stage.hear(REQUESTER, "already")
    await stage.say(REQUESTER, "/flag disable new-search in prod because cart errors")
    await stage.see(REQUESTER, "Disable flag new-search in PROD")
    modal = Modal(stage, APPROVER)
    await stage.say(APPROVER, "/ops")
    await modal.pick(WHAT, "Disable flag")
    await modal.pick(WHERE, "PROD")
    await modal.pick("Which flag", "new-search")
    await modal.reads("It needs 1 signature")
    outcome = await modal.send()
    assert "cs-" in outcome["errors"]["what"]
    assert (await modal.see())["errors"] == outcome["errors"]
    await modal.pick("Which flag", "dark-mode")
    await modal.reads("Nothing to do.")
    await modal.send()
    await modal.reads("Nothing was sent to Datadog")
    assert len(await stage.store.pending()) == 1


async def test_what_was_refused_beside_a_field_is_sent_again_as_it_stands(stage: Stage) -> None:
    """Once what stood against it has gone, the same form goes through: sending it again is no repeated delivery."""
    held = await stage.ask(REQUESTER, "/flag disable new-search in prod because cart errors")
    await stage.say(APPROVER, "/ops")
    modal = Modal(stage, APPROVER)
    await modal.pick(WHAT, "Disable flag")
    await modal.pick(WHERE, "PROD")
    await modal.pick("Which flag", "new-search")
    await modal.reads("It needs 1 signature")
    await modal.type(WHY, "still broken")
    assert "cs-" in (await modal.send())["errors"]["what"]
    await stage.press(REQUESTER, held, "Cancel request")
    await stage.becomes(held, Status.CANCELLED)
    assert (await modal.send())["errors"] == {}
    card = await stage.see(APPROVER, "still broken")
    assert (await stage.record(card)).status is Status.PENDING


async def test_what_is_chosen_last_is_what_is_shown(stage: Stage) -> None:
    """While a slow plan is being read another target is chosen; the plan of the first one never takes its place."""
    await stage.say(REQUESTER, "/ops")
    modal = Modal(stage, REQUESTER)
    await modal.pick(WHAT, "Disable flag")
    await modal.pick(WHERE, "PROD")
    offered = await modal.offers("Which flag")
    view = await modal.see(lambda shown: "Which flag" in str(shown))
    await stage.fault("stall", offered["new-search"], times=1, seconds=1.0)
    block = field(view, "Which flag")
    await modal.press(view, block, offered["new-search"])
    await modal.reads("Reading…")
    await modal.press(await modal.see(), block, offered["checkout-v2"])
    shown = await modal.reads("checkout-v2")
    assert "Disable flag checkout-v2" in words(await modal.reads("Disable flag checkout-v2"))
    assert "new-search" not in words(shown)


async def test_a_look_is_put_together(stage: Stage) -> None:
    """What can be looked at is chosen like a change, and answered where `/ops` was typed, to that person alone."""
    await stage.say(REQUESTER, "/ops")
    modal = Modal(stage, REQUESTER)
    await modal.pick(WHAT, "Show rules of flag")
    await modal.titled("Look at something")
    await modal.pick(WHERE, "PROD")
    await modal.pick("Which flag", "checkout-v2")
    await modal.send()
    await modal.closes()
    told = await stage.hear(REQUESTER, "Rules of checkout-v2")
    assert told["ephemeral"]

    await stage.say(REQUESTER, "/ops")
    await modal.pick(WHAT, "List environments")
    await modal.reads("You alone see it")
    await modal.send()
    await stage.hear(REQUESTER, "eu-staging")


async def test_a_command_of_the_bots_own_is_put_together(stage: Stage) -> None:
    """It is chosen by its word, and what belongs to it is typed; what is wrong stands beside the field."""
    await stage.say(REQUESTER, "/ops")
    modal = Modal(stage, REQUESTER)
    await modal.pick(WHAT, "freeze")
    await modal.reads("/ops freeze <environment>".replace("<", "&lt;").replace(">", "&gt;"))
    await modal.type("With these words", "prod for 1h because launch")
    await modal.send()
    await modal.closes()
    await stage.see(APPROVER, "PROD is frozen")
    await stage.say(REQUESTER, "/flag enable dark-mode in prod because it is tried")
    await stage.hear(REQUESTER, "launch")

    await stage.say(REQUESTER, "/ops")
    again = Modal(stage, REQUESTER)
    await again.pick(WHAT, "whoami")
    await again.titled("Countersign's own")
    await again.send()
    await stage.hear(REQUESTER, "You are")


async def test_shortcuts_open_the_same(stage: Stage) -> None:
    """The shortcut used anywhere says where the card stands; used on a message, the card stands in its channel."""
    await stage.people.act("shortcut", **{"as": REQUESTER}, callback_id="ask_for_a_change")
    modal = Modal(stage, REQUESTER)
    await modal.pick(WHAT, "Cancel deployment")
    view = await modal.see(lambda shown: "Which deployment" in str(shown))
    assert WHERE not in str(view)
    offered = await modal.offers("Which deployment")
    await modal.pick("Which deployment", next(iter(offered)))
    await modal.reads("It needs 1 signature")
    await modal.send()
    said = await modal.reads("Your request")
    assert "stands in <#" in words(said)
    await stage.see(APPROVER, "Cancel deployment", "#approvals")

    await stage.people.say(REQUESTER, DEPLOYS, "look at this")
    message = (await stage.people.messages(REQUESTER, DEPLOYS))[-1]
    place = {"channel": message["channel"], "ts": message["ts"]}
    await stage.people.act("shortcut", **{"as": APPROVER}, callback_id="ask_for_a_change_here", **place)
    other = Modal(stage, APPROVER)
    await other.pick(WHAT, "Pause test")
    tests = await other.offers("Which test")
    await other.pick("Which test", next(iter(tests)))
    await other.reads("dry run")
    await other.type(WHY, "noise")
    await other.send()
    await stage.see(APPROVER, "Pause test", DEPLOYS)


async def test_help_offers_to_guide(stage: Stage) -> None:
    """A command alone shows help with a button, which opens the modal for that kind; guests are told nothing."""
    await stage.say(REQUESTER, "/flag ")
    told = await stage.hear(REQUESTER, "Flags: what you can say")
    assert "Guide me" in labels(told)
    await stage.press(REQUESTER, told, "Guide me")
    modal = Modal(stage, REQUESTER)
    view = await modal.titled("Ask for a change")
    groups = field(view, WHAT)["element"]["option_groups"]
    assert [group["label"]["text"] for group in groups] == ["Feature flags", "To look at"]
    assert "List rollouts" not in str(groups)

    await stage.say(GUEST, "/ops")
    guest = Modal(stage, GUEST)
    await guest.pick(WHAT, "Disable flag")
    await guest.see(lambda shown: WHERE in str(shown))
    assert await guest.offers(WHERE) == {}
