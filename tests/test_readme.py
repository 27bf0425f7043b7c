"""The README says what the code says."""

import pytest

from tests.readme_tables import README, table, written


@pytest.mark.parametrize("name", ["actions", "controls", "scopes", "settings", "terminal", "transcript"])
def test_table_is_the_codes(name: str) -> None:
    """A table of the README is the one the code makes (`python -m tests.readme_tables` writes it)."""
    assert written(name) == table(name)


def test_names_the_two_commands() -> None:
    """The README opens with the two commands that do everything."""
    text = README.read_text(encoding="utf-8")
    assert "\nmake run " in text
    assert "\nmake test " in text
