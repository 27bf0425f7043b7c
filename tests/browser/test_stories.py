"""The main stories of the README on the sandbox's page, as people at their tabs live through them."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.visitor import PHONE, Visitor, Visitors
from tests.dialogs.stage import APPROVER, GUEST, REQUESTER, SECOND_APPROVER, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

DISABLE = "/flag disable new-search in prod because cart errors"
PAUSING = "Pause rollout checkout-v2"
METRIC = "checkout.p99"
THREE = (REQUESTER, APPROVER, SECOND_APPROVER)
PAUSE = re.compile(r"^Pause: .*checkout-v2 ")


async def choose(page: Page, label: str, typed: str, option: str) -> None:
    """Type into a field of the modal that asks the app for choices, and take one."""
    field = page.get_by_test_id("modal").get_by_label(label, exact=True)
    await field.press_sequentially(typed)
    await page.get_by_role("option", name=re.compile(rf"^{option}( |$)")).click()


async def test_a_guided_request_is_signed(visitors: Visitors, stage: Stage) -> None:
    """Nothing is typed but a search and a reason: the modal shows the plan before it is sent, and a card follows."""
    requester = await visitors.arrive(REQUESTER)
    await requester.go("deploys")
    await expect(requester.page.get_by_test_id("nothing-yet")).to_contain_text("/ops panel in prod")
    await requester.page.get_by_test_id("composer").fill("/ops")
    await requester.page.get_by_test_id("composer").press("Escape")
    await requester.page.get_by_test_id("composer").press("Enter")
    form = requester.page.get_by_test_id("modal")
    await form.get_by_label("What should happen").select_option(label="Disable flag")
    await choose(requester.page, "In which environment", "pro", "PROD")
    await choose(requester.page, "Which flag", "serch", "new-search")
    await expect(form).to_contain_text("It needs 1 signature")
    await expect(form.get_by_role("option", name="new-search")).to_have_count(0)
    await form.get_by_label("Why").fill("cart errors")
    await requester.picture("guided-modal")
    assert await stage.store.pending() == ()
    await requester.page.get_by_test_id("modal-submit").click()
    await expect(form).to_be_hidden()
    await expect(requester.page.get_by_test_id("composer")).to_be_focused()

    approver = await visitors.arrive(APPROVER)
    await approver.go("deploys")
    card = await approver.card("Disable flag new-search", "cart errors")
    await expect(approver.page.get_by_test_id("nothing-yet")).to_be_hidden()
    await approver.press(card, "Approve")
    await requester.card("Disable flag new-search", "Read back")
    await requester.picture("guided-done")
    assert stage.status("new-search") == "DISABLED"


async def test_an_incident_from_the_panel(visitors: Visitors, stage: Stage) -> None:
    """Two clicks pause a rollout; a guardrail that trips is announced by its metric, and can be left as it is."""
    responder = await visitors.arrive(REQUESTER)
    await responder.go("inc-checkout")
    await responder.say("/ops panel in prod")
    panel = await responder.card("Incident panel")
    await expect(panel).to_contain_text("running (inferred)")
    pause = panel.get_by_role("button", name=PAUSE)
    await pause.hover()
    await responder.picture("panel")
    await pause.click()
    await expect(responder.page.get_by_test_id("confirm")).to_contain_text("checkout-v2")
    await responder.picture("panel-question")
    await responder.page.get_by_test_id("confirm-yes").click()
    await responder.card(PAUSING, "Datadog accepted")
    assert stage.rollout("checkout-v2-gradual") == "paused"

    rollout = responder.page.locator("[data-flag=search-ranking][data-env=prod] [data-rollout-name=ranking-web]")
    await rollout.get_by_role("button", name="Trip the guardrail").click()
    said = await responder.card("guardrail paused it", METRIC)
    await responder.picture("guardrail")
    await responder.press(said, "Keep paused", sure=False)
    await expect(said).to_contain_text("keeps it paused")
    await expect(said.get_by_role("button", name="Keep paused")).to_have_count(0)
    await expect(rollout).to_contain_text(f"A guardrail paused it: {METRIC}")


@pytest.mark.soak
async def test_an_archived_channel(visitors: Visitors, stage: Stage) -> None:
    """An archived channel takes no word and its panel ends; opened again, it takes both."""
    person = await visitors.arrive(REQUESTER)
    await person.go("inc-checkout")
    await person.say("/ops panel in prod")
    panel = await person.card("Incident panel", "running (inferred)")
    await person.page.get_by_test_id("archive").click()
    await expect(person.page.get_by_test_id("composer")).to_be_hidden()
    last = await panel.inner_text()
    await stage.people.tell_datadog("drift", flag="checkout-v2", environment="prod", guardrail="PAUSE", metric=METRIC)

    async def gone() -> bool | None:
        return None if await stage.redis.zcard("{countersign}:index:ledger:panel") else True

    await stage.until(gone, stage.nothing)
    await person.picture("archived")
    assert await panel.inner_text() == last
    assert METRIC not in last
    await person.page.get_by_test_id("archive").click()
    await person.say("/ops panel in prod")
    await person.card("Incident panel", METRIC)


async def test_signing_on_the_app_home(visitors: Visitors, stage: Stage) -> None:
    """Each tab has its own person's page: one signs there, both see how it ends without a further step."""
    await stage.say(REQUESTER, DISABLE)
    requester = await visitors.arrive(REQUESTER)
    await requester.go("Countersign Home")
    mine = requester.page.get_by_test_id("app-home")
    await expect(mine).to_contain_text("Your requests (1)")
    await expect(mine.get_by_role("button", name="Approve")).to_have_count(0)
    approver = await visitors.arrive(APPROVER)
    await approver.go("Countersign Home")
    home = approver.page.get_by_test_id("app-home")
    await expect(home).to_contain_text("To sign (1)")
    await approver.picture("home-to-sign")
    await approver.press(home, "Approve")
    await expect(home).to_contain_text("Nothing waits for your signature.")
    await expect(mine).to_contain_text("You have no open requests.")
    await requester.picture("home-after")
    assert stage.status("new-search") == "DISABLED"


@pytest.mark.soak
@pytest.mark.parametrize("roles", [THREE, (*THREE, *THREE, GUEST)])
async def test_several_people_in_several_tabs(visitors: Visitors, stage: Stage, roles: tuple[str, ...]) -> None:
    """What one person does is seen by all others within a second, in as many tabs of one browser as they like."""
    people = [await visitors.arrive(role) for role in roles]
    for person in people:
        await person.go("deploys")
    await people[0].say(DISABLE)
    cards = [await person.card("Disable flag new-search") for person in people]
    await people[2].press(cards[2], "Reject…", sure=False)
    form = people[2].page.get_by_test_id("modal")
    await form.get_by_label("Reason").fill("not during the sale")
    assert await people[0].page.get_by_test_id("modal").is_hidden()
    await people[2].page.get_by_test_id("modal-submit").click()
    await expect(cards[2]).to_contain_text("Rejected by")
    for card in cards:
        await expect(card).to_contain_text("not during the sale", timeout=1000)
    await people[0].page.close()
    await people[1].say("does the next tab listen now?")
    for person in people[1:]:
        await person.card("does the next tab listen now?")
    assert stage.calls() == (0, 0)


@pytest.mark.soak
async def test_by_keyboard_alone(visitors: Visitors, stage: Stage) -> None:
    """Typed, sent, found by Tab, signed: no step needs a pointer, and the focus is never lost."""
    await stage.say(REQUESTER, DISABLE)
    approver = await visitors.arrive(APPROVER)
    await expect(approver.messages).to_contain_text("Disable flag new-search")
    page, keys = approver.page, approver.page.keyboard
    await keys.press("Tab")
    await expect(page.get_by_role("button", name="Skip to the composer")).to_be_focused()
    await keys.press("Enter")
    await expect(page.get_by_test_id("composer")).to_be_focused()
    await keys.type("/flag show dark-mode in prod")
    await keys.press("Enter")
    await expect(approver.messages).to_contain_text("Only visible to you")
    approve = approver.messages.get_by_role("button", name="Approve")
    await tab_to(page, approve, "Shift+Tab")
    await approver.picture("keyboard")
    await keys.press("Enter")
    await expect(page.get_by_test_id("confirm-yes")).to_be_focused()
    await keys.press("Escape")
    await expect(approve).to_be_focused()
    assert stage.calls() == (0, 0)
    await keys.press("Enter")
    await expect(page.get_by_test_id("confirm-yes")).to_be_focused()
    await keys.press("Enter")
    card = await approver.card("Disable flag new-search", "Read back")
    await expect(card.get_by_test_id("replies")).to_contain_text("3 replies")
    await expect(card.locator(":focus")).to_have_count(1)
    await tab_to(page, card.get_by_test_id("replies"), "Tab")
    await keys.press("Enter")
    await expect(page.get_by_test_id("thread-composer")).to_be_focused()
    await keys.press("Escape")
    await expect(card.get_by_test_id("replies")).to_be_focused()


@pytest.mark.soak
async def test_on_a_phone_in_the_dark(visitors: Visitors, stage: Stage) -> None:
    """At 390 and 320 pixels nothing is cut off, and every view and the whole story are within reach."""
    responder = await visitors.arrive(REQUESTER, size=PHONE, colours="dark")
    tabs = responder.page.get_by_role("navigation", name="Views")
    await tabs.get_by_text("Channels").click()
    await responder.go("inc-checkout")
    await responder.say("/ops panel in prod")
    panel = await responder.card("Incident panel", "running (inferred)")
    await stage.say(REQUESTER, DISABLE, "#inc-checkout")
    card = await responder.card("Disable flag new-search", "May sign")
    await expect(card.get_by_role("button", name="Approve")).to_be_in_viewport()
    await fits(responder, "phone-card")
    await panel.get_by_role("button", name=PAUSE).click()
    await fits(responder, "phone-question")
    await responder.page.get_by_test_id("confirm-yes").click()
    await responder.card(PAUSING, "Datadog accepted")
    await responder.page.get_by_role("button", name="Ask for a change").last.click()
    await expect(responder.page.get_by_test_id("modal")).to_contain_text("What should happen")
    await fits(responder, "phone-modal")
    await responder.page.keyboard.press("Escape")
    await responder.page.set_viewport_size({"width": 320, "height": 640})
    for view in ("Channels", "Messages", "Datadog", "Faults"):
        await tabs.get_by_text(view).click()
        await fits(responder, f"phone-{view.lower()}")
    await tabs.get_by_text("Channels").click()
    await responder.go("Countersign Home")
    await expect(responder.page.get_by_test_id("app-home")).to_contain_text("Your requests (1)")
    await fits(responder, "phone-home")


async def tab_to(page: Page, wanted: Locator, key: str) -> None:
    """Go to an element by a key that moves the focus; it shows that it has it."""
    for _ in range(40):
        if await wanted.evaluate("element => element === document.activeElement"):  # a redrawing may have put it there
            break
        await page.keyboard.press(key)
    await expect(wanted).to_be_focused()
    await expect(wanted).to_have_css("outline-style", "solid")


async def fits(person: Visitor, picture: str) -> None:
    """See that nothing makes the page wider than its screen, and keep a picture of it."""
    await person.picture(picture)
    wide = "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
    shown = ".filter(e => e.checkVisibility() && !e.closest('.block-table, .visually-hidden, code'))"
    assert await person.page.evaluate(f"{wide}{shown}.map(e => e.outerHTML.slice(0, 120))") == []
    assert await person.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
