"""A browser, a stage, and people who look at it, each in a tab of their own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.visitor import Visitors
from tests.chromium import FOUND, MISSING, launched
from tests.dialogs.stage import Stage, open_stage


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Give a browser for all stories of a file; where there is none they are skipped."""
    if FOUND is None:
        pytest.skip(MISSING)
    async with launched() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def stage(tmp_path: Path, redis_url: str) -> AsyncIterator[Stage]:
    """Give a running bot and its workspace, with quick panels."""
    quick = open_stage(
        tmp_path, redis_url, PANEL_EVERY="0.1", PANEL_READ="0.1", PANEL_INDEX="0.5", PANEL_BUDGET="100000"
    )
    async with quick as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def visitors(browser: Browser, stage: Stage) -> AsyncIterator[Visitors]:
    """Give the way to open the page as somebody; an error in a page fails the test."""
    expect.set_options(timeout=15_000)
    visitors = Visitors(await browser.new_context(), stage.town.slack_url)
    yield visitors
    await visitors.context.close()
    assert visitors.errors == []
