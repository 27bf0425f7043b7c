"""Finds the external contracts and recordings that some tests check against."""

from pathlib import Path

import pytest

_HOME = Path(__file__).resolve().parents[2] / "shared"


def contract(path: str) -> Path:
    """Return the contract file at `path`, or skip the test where it is absent."""
    found = _HOME / path
    if not found.exists():
        pytest.skip(f"the external contract {path} is not present beside this checkout")
    return found
