"""A caller of a fresh organisation for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.sandbox.datadog.serving import Api, calling


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """Yield a caller of a fresh organisation."""
    async with calling() as caller:
        yield caller
