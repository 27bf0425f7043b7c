"""A stage for each dialog, and stages with other numbers."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.policy import Policy
from bot.sandbox.town import POLICY
from tests.dialogs.stage import Stage, open_stage

Opening = Callable[..., Awaitable[Stage]]


@pytest.fixture
async def opening(tmp_path: Path, redis_url: str) -> AsyncIterator[Opening]:
    """Give what opens a stage, with settings of its own where it is told some."""
    async with AsyncExitStack() as closing:

        async def opened(*, work: bool = True, policy: Policy = POLICY, **numbers: str) -> Stage:
            return await closing.enter_async_context(
                open_stage(tmp_path, redis_url, work=work, policy=policy, **numbers)
            )

        yield opened


@pytest.fixture
async def stage(opening: Opening) -> Stage:
    """Give a stage with the usual numbers."""
    return await opening()
