"""Actions that want a form: opened from a typed command, filled with what is there, checked beside each field."""

from bot.changes.record import Status
from tests.dialogs.modal import Modal, field, words
from tests.dialogs.stage import APPROVER, REQUESTER, Stage

WHAT, WHERE, WHY = "What should happen", "In which environment", "Why"


async def test_create_a_flag(stage: Stage) -> None:
    """A typed command offers its form; errors stand beside the fields, and what is sent becomes a card and a flag."""
    await stage.say(REQUESTER, "/flag create beta-cart because the launch")
    offer = await stage.hear(REQUESTER, "Its form opens here")
    await stage.press(REQUESTER, offer, "Open the form")
    modal = Modal(stage, REQUESTER)
    view = await modal.titled("Create flag")
    assert field(view, "Key")["element"]["initial_value"] == "beta-cart"
    assert field(view, WHY)["element"]["initial_value"] == "the launch"
    await modal.type("Name", "Beta cart")
    await modal.type("Variants", "on = yes\noff = false")
    refused = await modal.send()
    assert refused["errors"] == {"form.variants": "The value of on is not true or false."}
    await modal.push("Show what would come of it")
    await modal.reads("• Variants: The value of on is not true or false.")
    await modal.type("Variants", "on = true\noff = false")
    await modal.push("Show what would come of it")
    assert "beta-cart" in words(await modal.reads("It needs 1 signature"))
    assert await stage.store.pending() == ()
    sent = await modal.send()
    assert sent["errors"] == {}
    card = await stage.see(APPROVER, "Create flag beta-cart")
    change = await stage.record(card)
    assert change.reason == "the launch"
    assert change.plan.parameters["variants"] == [
        {"key": "on", "name": "on", "value": "true"},
        {"key": "off", "name": "off", "value": "false"},
    ]
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)


async def test_edit_a_flag_through_the_guide(stage: Stage) -> None:
    """The guided modal goes on to the form, which holds what is there; sent unchanged there is nothing to do."""
    await stage.say(REQUESTER, "/ops")
    modal = Modal(stage, REQUESTER)
    await modal.pick(WHAT, "Edit flag")
    await modal.pick("Which flag", "new-search")
    await modal.see(lambda shown: shown["submit"]["text"] == "Next")
    await modal.send()
    view = await modal.titled("Edit flag")
    view = await modal.see(lambda shown: "Name" in str(shown["blocks"]) and shown["submit"] is not None)
    assert "`new-search`" in words(view)
    name = field(view, "Name")["element"]["initial_value"]
    assert name
    await modal.send()
    await modal.reads("Nothing to do.")

    await stage.say(REQUESTER, "/flag edit new-search")
    offer = await stage.hear(REQUESTER, "Its form opens here")
    await stage.press(REQUESTER, offer, "Open the form")
    again = Modal(stage, REQUESTER)
    await again.see(lambda shown: "Description" in str(shown["blocks"]))
    await again.type("Name", f"{name} 2")
    await again.send()
    card = await stage.see(APPROVER, "Edit flag new-search")
    assert f"{name} 2" in str(card["blocks"])


async def test_a_rule_that_does_not_add_up(stage: Stage) -> None:
    """What the model refuses, and what only Datadog's flag can tell, both stand in the form before anything is sent."""
    await stage.say(REQUESTER, "/flag add-rule dark-mode in prod")
    offer = await stage.hear(REQUESTER, "Its form opens here")
    await stage.press(REQUESTER, offer, "Open the form")
    modal = Modal(stage, REQUESTER)
    await modal.see(lambda shown: "Variants" in str(shown["blocks"]))
    await modal.type("Key", "everybody")
    await modal.type("Name", "Everybody")
    await modal.type("Variants", "on 60\noff 30")
    refused = await modal.send()
    assert list(refused["errors"].values()) == ["The weights add up to 90, and have to add up to 100."]
    await modal.type("Variants", "on 60\npurple 40")
    refused = await modal.send()
    assert "purple" in str(refused["errors"])
    assert await stage.store.pending() == ()
    assert stage.calls() == (0, 0)


async def test_a_long_difference_is_shown_whole(stage: Stage) -> None:
    """A card that cuts its difference opens all of it in pages, which turn both ways; then it is signed as usual."""
    conditions = "\n".join(f"id NOT_MATCHES c{n:03}" for n in range(140))
    await stage.say(REQUESTER, "/flag add-rule dark-mode in prod because the launch")
    offer = await stage.hear(REQUESTER, "Its form opens here")
    await stage.press(REQUESTER, offer, "Open the form")
    modal = Modal(stage, REQUESTER)
    await modal.see(lambda shown: "Variants" in str(shown["blocks"]))
    for label, text in {"Key": "many", "Name": "Many", "Variants": "on 100", "Who": conditions}.items():
        await modal.type(label, text)
    assert (await modal.send())["errors"] == {}
    card = await stage.see(APPROVER, "Add targeting rule")
    await stage.press(APPROVER, card, "Show all of it")
    reader = Modal(stage, APPROVER)
    shown = words(await reader.reads("Page 1 of"))
    pages = int(shown.partition("Page 1 of ")[2].partition(".")[0])
    for page in range(2, pages + 1):
        await reader.push("Next")
        shown += words(await reader.reads(f"Page {page} of"))
    assert pages > 1
    assert all(f"c{n:03}" in shown for n in (0, 70, 139))
    await reader.push("Back")
    await reader.reads(f"Page {pages - 1} of")
    assert (await stage.record(card)).status is Status.PENDING


async def test_a_form_that_takes_long_says_so_and_then_what_came(stage: Stage) -> None:
    """Datadog takes longer than a form can wait: the form says that it is at work, and then where the card stands."""
    await stage.people.act("shortcut", **{"as": REQUESTER}, callback_id="ask_for_a_change")
    modal = Modal(stage, REQUESTER)
    await modal.pick(WHAT, "Disable flag")
    await modal.pick(WHERE, "PROD")
    await modal.pick("Which flag", "new-search")
    await modal.reads("It needs 1 signature")
    await stage.slack(deliver_twice=True)
    target = next(key for key in modal.values if key.startswith("target"))
    await stage.fault("stall", str(next(iter(modal.values[target].values()))), times=1, seconds=1.3)
    outcome = await modal.send()
    assert outcome["response_action"] == "update"
    await modal.reads("Your request")
    assert len(await stage.store.pending()) == 1
