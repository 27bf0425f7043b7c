"""The stage most tests of the sandbox Slack workspace use."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.sandbox.slack.stage import Clock, Stage, staged


@pytest.fixture
def clock() -> Clock:
    """A wall clock tests move."""
    return Clock()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A sandbox on the real clock, without rate limits."""
    async with staged() as running:
        yield running


@pytest.fixture
async def timed_stage(clock: Clock) -> AsyncIterator[Stage]:
    """A sandbox on the `clock` of the test."""
    async with staged(clock=clock) as running:
        yield running
