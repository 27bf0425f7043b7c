"""
`python -m tests.bench [--quick] [--out DIR] [--compare FILE]`: measure, and say what was found.

Everything listens on loopback, lives in a temporary folder and ends with the bench.
"""

import argparse
import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import acks, flows, plot, report, scaling, stall, starts, stored
from tests.bench.figures import Book
from tests.bench.processes import chapter
from tests.bench.requests import Desk
from tests.bench.town import open_town


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    rounds: int
    ack_s: float
    flows: int
    stall_s: float
    jobs: int
    sizes: tuple[int, ...]


FULL = Size(rounds=5, ack_s=0.4, flows=12, stall_s=30, jobs=64, sizes=(1_000, 100_000, 1_000_000))
QUICK = Size(rounds=3, ack_s=0.2, flows=6, stall_s=5, jobs=32, sizes=(1_000, 20_000))


def main() -> int:
    """Measure everything and write the table, the JSON and the plot."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped then too
    earlier = report.figures_of(options.compare) if options.compare else None  # first, while nothing is lost yet
    size = QUICK if options.quick else FULL
    book = Book(_say)
    began, started = report.conditions(), time.monotonic()
    _measure(book, size, set(options.only))
    took = time.monotonic() - started
    options.out.mkdir(parents=True, exist_ok=True)
    parts = [report.sides(book), report.others(book), report.verdicts(book)]
    if earlier is not None:
        parts.append(report.compared(book, earlier))
    parts += [*book.notes, _about(began, took)]
    _say("\n" + report.page(parts))
    (options.out / "bench.txt").write_text(report.page(parts), encoding="utf-8")
    document = report.document(book, began, took, quick=options.quick)
    (options.out / "bench.json").write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")
    drawn = plot.draw(book, options.out / "bench.png")
    _say(f"Written to {options.out}/: bench.txt, bench.json{', bench.png' if drawn else ''}\n")
    if not drawn:
        _say("There is no plot, as matplotlib is not installed.\n")
    return 1 if book.notes else 0


def _measure(book: Book, size: Size, only: set[str]) -> None:
    def wanted(name: str) -> bool:
        return not only or name in only

    with open_town(2 * size.flows + 40) as town:
        desk = Desk(town)
        if wanted("starts"):
            with chapter(book, "Cold starts"):
                starts.measure(book, town, size.rounds)
        if wanted("acks"):
            with chapter(book, "Acks, side by side"):
                acks.measure(book, town, size.rounds, size.ack_s)
        if wanted("flows") or wanted("stored"):
            with chapter(book, "From the press to Datadog, and back"):
                flows.measure(book, town, desk, size.flows)
        if wanted("web"):
            with chapter(book, "One and two web processes"):
                scaling.web(book, town, size.rounds, size.ack_s * 2)
        if wanted("stored"):
            with chapter(book, f"{' and '.join(f'{each:,}' for each in size.sizes)} stored requests"):
                stored.measure(book, town, size.sizes, size.rounds)
    if wanted("workers"):
        with chapter(book, "One and two workers"):
            scaling.workers(book, min(3, size.rounds), size.jobs)
    if wanted("stall"):
        with open_town(stall.flags_for(size.stall_s) + 1) as town, chapter(book, "A Datadog that stalls"):
            stall.measure(book, town, Desk(town), size.stall_s)


def _about(began: dict[str, Any], took: float) -> str:
    before, after = began["load_average"], os.getloadavg()
    return (
        f"{took:.0f} s on {began['cores']} cores, Python {began['python']}; load average {before[0]} before (what "
        f"others were doing), {after[0]:.2f} after. Ratios below {report.SAME} x mean little where it is not idle."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything, in under a minute")
    parser.add_argument("--out", type=Path, default=Path(".bench"), help="where the results go (default .bench)")
    parser.add_argument("--compare", type=Path, help="an earlier bench.json to compare with")
    sections = ("starts", "acks", "flows", "web", "stored", "workers", "stall")
    parser.add_argument("--only", nargs="*", default=[], choices=sections, help="some sections alone")
    return parser.parse_args()


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
