"""Retries of reads without their pauses."""

from collections.abc import Iterator

import pytest
import stamina


@pytest.fixture(autouse=True)
def no_pauses() -> Iterator[None]:
    """Let retried reads go on at once, for as many attempts as they really have."""
    with stamina.set_testing(True, attempts=10, cap=True):
        yield
