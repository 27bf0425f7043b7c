"""Somebody at the sandbox's page: what they do there, and pictures of what they see."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.async_api import BrowserContext, Locator, Page, expect

SCREENS = os.environ.get("COUNTERSIGN_SCREENS")
DESK, PHONE = (1440, 900), (390, 844)


@dataclass(frozen=True, slots=True)
class Visitor:
    """One tab, in which one person looks at the workspace."""

    page: Page

    @property
    def messages(self) -> Locator:
        """What stands in the open channel."""
        return self.page.get_by_test_id("messages")

    async def go(self, place: str) -> None:
        """Open a channel, the direct messages, or the App Home by its name on the left."""
        await self.page.locator(f"[data-channel-name='{place}']").click()

    async def say(self, text: str) -> None:
        """Type something into the channel and send it."""
        await self.page.get_by_test_id("composer").fill(text)
        await self.page.get_by_test_id("composer-send").click()

    async def card(self, *said: str) -> Locator:
        """Wait for a message of the open channel that says all of this, and return the last such."""
        found = self.messages.locator("article[data-ephemeral=false]")
        for words in said:
            found = found.filter(has_text=words)
        await expect(found.last).to_be_visible()
        return found.last

    async def press(self, place: Locator, label: str, sure: bool = True) -> None:
        """Press a button, and agree where Slack asks."""
        await place.get_by_role("button", name=label).first.click()
        if sure:
            await self.page.get_by_test_id("confirm-yes").click()

    async def picture(self, name: str) -> None:
        """Keep a picture of the page, where pictures are wanted."""
        if SCREENS:
            await self.page.screenshot(path=Path(SCREENS) / f"{name}.png", animations="disabled")


@dataclass(slots=True)
class Visitors:
    """Everybody who looks at one workspace from one browser."""

    context: BrowserContext
    url: str
    errors: list[str] = field(default_factory=list)

    async def arrive(
        self, role: str, *, size: tuple[int, int] = DESK, colours: Literal["light", "dark"] = "light"
    ) -> Visitor:
        """Open the page in a tab of its own as somebody."""
        page = await self.context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        await page.emulate_media(color_scheme=colours)
        await page.goto(f"{self.url}/?as={role.lower().replace(' ', '')}")
        await expect(page.get_by_test_id("connection")).to_have_text("Live")
        return Visitor(page)
