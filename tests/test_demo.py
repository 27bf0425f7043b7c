"""The demo: a whole story over HTTP, told as it happens."""

import asyncio
from collections.abc import Callable

import pytest

from bot.errors import Misconfigured
from bot.sandbox.demo import demo
from bot.sandbox.town import POLICY, Town
from bot.settings import load
from handlers.app import build, run


async def test_every_step_goes_as_told(redis_url: str) -> None:
    """All scenes play to the end; who signed, what was called and what was read back is in the transcript."""

    async def bot(town: Town, stop: asyncio.Event, ready: Callable[[int], None]) -> None:
        given = {**town.environment(), "REDIS_URL": redis_url, "SUBMITTED_POLL": "0.1"}
        async with build(load(given), POLICY) as app:
            await run(app, stop, web_too=True, work_too=True, ready=ready)

    told: list[str] = []
    assert await demo(bot, told.append) == 0
    transcript = "".join(told)
    assert transcript.endswith("Every step went as told.\n")
    assert "Whoever asked cannot also sign." in transcript
    assert "Your press changed nothing." in transcript
    assert "calls that changed anything so far: 1)" in transcript
    assert "Read back" in transcript
    assert "<@" not in transcript  # people are called by name


async def test_a_bot_that_cannot_start_says_why() -> None:
    """What keeps the bot from starting is raised as it is, for the command line to say in a sentence."""

    async def bot(town: Town, stop: asyncio.Event, ready: Callable[[int], None]) -> None:
        del town, stop, ready
        raise Misconfigured("There is no embedded Redis on this platform.", "Set REDIS_URL.")

    told: list[str] = []
    with pytest.raises(Misconfigured, match="no embedded Redis"):
        await demo(bot, told.append)
    assert told == []
