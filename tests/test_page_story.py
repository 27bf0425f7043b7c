"""The whole story on the sandbox's page, in a browser: asked, confirmed, read back, and seen in Datadog."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.chromium import FOUND, MISSING, launched
from tests.dialogs.stage import APPROVER, Stage, open_stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

_SECONDS = 15
DISABLE = "/flag disable new-search in prod because cart errors"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Give a browser for all stories of this file."""
    if FOUND is None:
        pytest.skip(MISSING)
    async with launched() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def stage(tmp_path: Path, redis_url: str) -> AsyncIterator[Stage]:
    """Give a running bot and its workspace."""
    async with open_stage(tmp_path, redis_url) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, stage: Stage) -> Page:
    """Give the page as the requester sees it; an error in the page fails the test."""
    expect.set_options(timeout=_SECONDS * 1000)
    opened = await browser.new_page(viewport={"width": 1600, "height": 1000})
    opened.set_default_timeout(_SECONDS * 1000)
    opened.on("pageerror", lambda error: pytest.fail(f"the page threw {error}"))
    await opened.goto(f"{stage.town.slack_url}/?as=requester")
    await opened.locator("[data-channel-name=deploys]").click()
    return opened


async def becomes(page: Page, role: str) -> None:
    """Switch who the page is."""
    person = await page.locator(f"[data-testid=who-switch] option[data-role='{role}']").get_attribute("value")
    await page.get_by_test_id("who-switch").select_option(person)
    await expect(page).to_have_title(f"{role} · Countersign sandbox")
    await page.locator("[data-channel-name=deploys]").click()


async def asked(page: Page) -> Locator:
    """Type the command as the requester, and return its card."""
    await page.get_by_test_id("composer").fill(DISABLE)
    await page.get_by_test_id("composer-send").click()
    card = page.get_by_test_id("messages").locator("article", has_text="Disable flag new-search")
    await expect(card.locator("h3")).to_have_text("PROD · Disable flag new-search")
    return card


async def test_disable_a_flag_on_the_page(page: Page, stage: Stage) -> None:
    """The requester asks, the approver confirms Slack's question, and everything there is to see says so."""
    card = await asked(page)
    await expect(card).to_contain_text("Now: enabled → after: disabled")

    await becomes(page, APPROVER)
    await card.get_by_role("button", name="Approve").click()
    question = page.get_by_test_id("confirm")
    await expect(question).to_contain_text("Approve this change?")
    assert stage.calls() == (0, 0)
    await page.get_by_test_id("confirm-yes").click()

    await expect(card).to_contain_text("Read back")
    await expect(card.get_by_role("button", name="Approve")).to_have_count(0)
    await card.get_by_test_id("replies").click()
    thread = page.get_by_test_id("thread")
    for line in ("1 signature is needed", "signed (1 of 1)", "Disabled. Read back"):
        await expect(thread).to_contain_text(line)

    await becomes(page, "Requester")
    await page.locator("[data-channel-name=Countersign]").click()
    await expect(page.get_by_test_id("messages")).to_contain_text("Disable flag new-search in PROD")
    setting = page.locator("[data-flag=new-search][data-env=prod]")
    await expect(setting).to_have_attribute("data-status", "DISABLED")
    assert stage.calls() == (1, 1)


async def test_reject_on_the_page(page: Page, stage: Stage) -> None:
    """A rejection without a reason is refused beside the field; with one it ends the request."""
    card = await asked(page)
    await becomes(page, APPROVER)
    await card.get_by_role("button", name="Reject…").click()
    form = page.get_by_test_id("modal")
    await expect(form).to_contain_text("Reject this request")
    beside = form.locator("[data-error-for=note]")
    for nothing in ("", "   "):
        await form.get_by_label("Reason").fill(nothing)
        await page.get_by_test_id("modal-submit").click()
        await expect(beside).not_to_be_empty()
    await expect(beside).to_contain_text("A reason is needed")

    await form.get_by_label("Reason").fill("the errors are still there")
    await page.get_by_test_id("modal-submit").click()
    await expect(form).to_be_hidden()
    await expect(card).to_contain_text("Rejected by @approver")
    await expect(card).to_contain_text("the errors are still there")
    assert await stage.store.pending() == ()
    assert stage.calls() == (0, 0)
