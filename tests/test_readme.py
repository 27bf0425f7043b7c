"""The README says what the code says."""

import re
from pathlib import Path

import pytest

from tests.readme_tables import README, TABLES, table, written


@pytest.mark.parametrize("name", TABLES)
def test_table_is_the_codes(name: str) -> None:
    """A table of the README is the one the code makes (`python -m tests.readme_tables` writes it)."""
    assert written(name) == table(name)


def test_names_the_two_commands() -> None:
    """The README opens with the two commands that do everything."""
    text = README.read_text(encoding="utf-8")
    assert "\nmake run " in text
    assert "\nmake test " in text


def test_what_stops_a_threat_is_tested() -> None:
    """Every test that the table of threats names is there."""
    told = README.read_text(encoding="utf-8").partition("## Threats")[2].partition("\n## ")[0]
    named = re.findall(r"`((?:[a-z]+/)?test_[a-z_]+)`", told)
    assert len(named) > 15
    assert [name for name in named if not (Path(__file__).parent / f"{name}.py").is_file()] == []
