"""
`python -m tests.soak [--changes 10000] [--seed N] [--round N | --part 1/2]`: changes under random faults, and a table.

Everything random is drawn from the seed, which is printed first; `--round` plays one round of it again. Rounds know
nothing of each other, so that `--part 1/2` and `--part 2/2` may be played side by side.
"""

import argparse
import asyncio
import secrets
import sys
import time

from tests.soak.rounds import play
from tests.soak.table import Table

A_ROUND = 100


def main() -> int:
    """Play all rounds, print the table, and return 1 where something happened that must never."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--round", type=int, dest="only", help="play this round alone")
    parser.add_argument("--part", type=_part, default=(1, 1), help="play every n-th round alone: 1/2, then 2/2")
    options = parser.parse_args()
    sys.stdout.write(f"seed {options.seed}\n")
    table = Table()
    began = time.monotonic()
    asyncio.run(_play_all(options, table))
    table.seconds = time.monotonic() - began
    sys.stdout.write(f"{table.text()}\nseed {options.seed}\n")
    return 0 if table.good else 1


def _part(text: str) -> tuple[int, int]:
    part, _, parts = text.partition("/")
    if not 1 <= int(part) <= int(parts):
        raise ValueError(text)
    return int(part), int(parts)


async def _play_all(options: argparse.Namespace, table: Table) -> None:
    began = time.monotonic()
    rounds = -(-options.changes // A_ROUND)
    for number in range(rounds):
        part, parts = options.part
        if options.only in (None, number) and number % parts == part - 1:
            changes = min(A_ROUND, options.changes - number * A_ROUND)
            await play(options.seed, number, changes, table)
            done = f"{table.changes} changes in {time.monotonic() - began:.0f} s"
            sys.stdout.write(f"round {number}: {done}, {table.kills} kills, {len(table.broken)} broken\n")
            sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
