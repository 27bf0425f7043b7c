"""The soak in short: 200 changes under random faults, from a seed that is always the same."""

import pytest

from tests.soak.rounds import play
from tests.soak.table import Table

SEED = 20
A_ROUND = 50


@pytest.mark.timeout(240)  # what it waits for is real time, and a busy machine has less of it
@pytest.mark.parametrize("number", range(4))
async def test_a_round_under_random_faults_doubles_and_loses_nothing(number: int) -> None:
    """With kills, stops, cuts and spoilt calls: one effect for each change, none lost, every card and answer true."""
    table = Table()
    await play(SEED, number, A_ROUND, table)
    assert table.changes + table.refused == A_ROUND
    assert table.kills + table.between.total() + table.spoilt > 0
    assert table.good, table.text()
