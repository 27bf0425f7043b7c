"""The soak in short: one round under random faults, from a seed that is always the same."""

from tests.soak.rounds import play
from tests.soak.table import Table

SEED = 20
CHANGES = 60
SECONDS = 8.0


async def test_a_round_under_random_faults_doubles_and_loses_nothing() -> None:
    """As many changes as a few seconds allow, with kills, stops, cuts and spoilt calls: one effect each, none lost."""
    table = Table()
    await play(SEED, 0, CHANGES, table, seconds=SECONDS)
    assert table.changes > 0
    assert table.kills + table.between.total() + table.spoilt > 0
    assert table.good, table.text()
