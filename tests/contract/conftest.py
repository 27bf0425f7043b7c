"""The fixture that runs each test of a port over every implementation."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.worlds import World, world_of


@pytest.fixture(params=["memory", "redis"])
async def world(request: pytest.FixtureRequest, redis_url: str) -> AsyncIterator[World]:
    """Give each implementation in turn, empty."""
    async with world_of(request.param, redis_url) as made:
        yield made
