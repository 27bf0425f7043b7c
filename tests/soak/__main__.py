"""
`python -m tests.soak [--changes 10000] [--seed N] [--round N] [--at-once 2]`: changes under random faults, and a table.

Everything random is drawn from the seed, which is printed first; `--round` plays one round of it again. Rounds know
nothing of each other, so that as many of them may be played at once as there are processors. The logs of a round in
which something was broken are kept in `.bench/soak`. Ctrl-C ends it, with the table of what was played until then.
"""

import argparse
import multiprocessing
import os
import secrets
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from typing import NoReturn

from tests.soak.rounds import Part, end_with_parent, played
from tests.soak.table import Table

A_ROUND = 100


def main() -> NoReturn:
    """Play all rounds, print the table, and end with 1 where something happened that must never."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--round", type=int, dest="only", help="play this round alone")
    parser.add_argument("--at-once", type=int, default=1, help="play so many rounds at a time")
    options = parser.parse_args()
    _say(f"seed {options.seed}")
    table = _play_all(list(_parts(options.seed, options.changes, options.only)), options.at_once)
    _say(f"{table.text()}\nseed {options.seed}")
    os._exit(0 if table.good else 1)  # players of rounds that were not finished end with this process


def _parts(seed: int, changes: int, only: int | None) -> list[Part]:
    rounds = range(-(-changes // A_ROUND))
    parts = [Part(seed, number, min(A_ROUND, changes - number * A_ROUND)) for number in rounds]
    return [part for part in parts if only in (None, part.number)]


def _play_all(parts: list[Part], at_once: int) -> Table:
    table, began = Table(), time.monotonic()
    players = ProcessPoolExecutor(at_once, multiprocessing.get_context("spawn"), end_with_parent)
    playing = {players.submit(played, part): part for part in parts}
    with suppress(KeyboardInterrupt):
        for done in as_completed(playing):
            found = done.result()
            table.join(found)
            table.seconds = time.monotonic() - began
            told = f"{table.changes} changes in {table.seconds:.0f} s, {table.kills} kills, {len(table.broken)} broken"
            _say(f"round {playing[done].number}: {told}")
            for _, broken in found.broken:
                _say(f"  {broken.kind}: {broken.what}")
    players.shutdown(wait=False, cancel_futures=True)
    return table


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
