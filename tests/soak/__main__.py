"""
`python -m tests.soak [--changes 10000] [--seed N] [--round N]`: many changes under random faults, and a table.

Everything random is drawn from the seed, which is printed first; `--round` plays one round of it again.
"""

import argparse
import asyncio
import secrets
import sys

from tests.soak.rounds import play
from tests.soak.table import Table

A_ROUND = 60


def main() -> int:
    """Play all rounds, print the table, and return 1 where something happened that must never."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--round", type=int, dest="only", help="play this round alone")
    options = parser.parse_args()
    sys.stdout.write(f"seed {options.seed}\n")
    table = Table()
    asyncio.run(_play_all(options, table))
    sys.stdout.write(f"{table.text()}\nseed {options.seed}\n")
    return 0 if table.good else 1


async def _play_all(options: argparse.Namespace, table: Table) -> None:
    rounds = -(-options.changes // A_ROUND)
    for number in range(rounds):
        if options.only in (None, number):
            changes = min(A_ROUND, options.changes - number * A_ROUND)
            await play(options.seed, number, changes, table)
            sys.stdout.write(
                f"round {number}: {table.changes} changes, {table.kills} kills, {len(table.broken)} broken\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
