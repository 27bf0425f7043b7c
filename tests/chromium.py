"""Debian's Chromium, as pages are looked at with it: no window, no word to anybody, and few processes of its own."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

FOUND = shutil.which("chromium")
MISSING = "there is no chromium on this machine"
_ARGUMENTS = (
    *("--headless", "--no-sandbox", "--no-first-run"),
    *("--disable-gpu", "--disable-software-rasterizer", "--in-process-gpu"),
    *("--renderer-process-limit=1", "--disable-site-isolation-trials"),
    *("--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """Give a browser; there has to be one on the machine."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=FOUND, args=_ARGUMENTS)
        yield browser
        await browser.close()
