"""One table, one JSON file, and the comparison with an earlier one."""

import json
import math
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.figures import Book, Figure

SAME = 1.3  # ratios below this mean nothing on a machine that does other things as well
_WIDTH = 72


def table(rows: Sequence[Sequence[str]], head: Sequence[str]) -> str:
    """Return rows in columns."""
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    top = "  ".join(cell.ljust(width) for cell, width in zip(head, widths, strict=True)).rstrip()
    return "\n".join([top, "─" * max(len(top), _WIDTH), *lines])


def sides(book: Book) -> str:
    """Return what stands side by side: acks by server and number of connections."""
    rows = []
    for name in book.figures:
        if not name.endswith("conn. · p50"):
            continue
        at = name.removesuffix(" · p50")
        parts = [book.figures[f"{at} · {what}"].text() for what in ("p50", "p95", "p99", "CPU", "rate")]
        rows.append([*at.split(" · "), *parts])
    rows.sort(key=lambda row: (row[0], int(row[2].split()[0])))
    return table(rows, ("delivery", "server", "at", "p50", "p95", "p99", "CPU each", "rate"))


def others(book: Book) -> str:
    """Return every other figure."""
    rows = [[name, figure.text()] for name, figure in book.figures.items() if " conn. · " not in name]
    return table(rows, ("figure", "measured (median ± half the quartiles' span)"))


def verdicts(book: Book) -> str:
    """Return the targets and what came of them."""
    rows = [
        [
            target.name,
            f"{'≤' if target.how == 'at most' else '≥'} {target.goal:g} {target.measured.unit}".strip(),
            target.measured.text(),
            target.verdict + (f"; {target.why}" if target.why and not target.met else ""),
        ]
        for target in book.targets
    ]
    return table(rows, ("target", "wanted", "measured", "verdict"))


def conditions() -> dict[str, Any]:
    """Return what the numbers depend on: machine, versions and how busy it was."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load_average": [round(each, 2) for each in os.getloadavg()],
        "machine": platform.machine(),
        "python": sys.version.split()[0],
    }


def document(book: Book, began: dict[str, Any], seconds: float, *, quick: bool) -> dict[str, Any]:
    """Return everything as JSON."""
    return {
        "began": began,
        "ended": conditions(),
        "seconds": round(seconds),
        "quick": quick,
        "notes": book.notes,
        "figures": {name: _plain(figure) for name, figure in book.figures.items()},
        "targets": [
            {
                "name": target.name,
                "goal": target.goal,
                "how": target.how,
                "measured": _plain(target.measured),
                "met": target.met,
                "verdict": target.verdict,
            }
            for target in book.targets
        ],
    }


def _plain(figure: Figure) -> dict[str, Any]:
    value = None if math.isnan(figure.value) else figure.value
    return {"value": value, "unit": figure.unit, "rounds": figure.rounds, "noise": round(figure.noise, 4)}


def figures_of(earlier: Path) -> dict[str, Any]:
    """Return the figures of an earlier run's file; raise ValueError where it is none, OSError where there is none."""
    document = json.loads(earlier.read_text(encoding="utf-8"))
    figures = document.get("figures") if isinstance(document, dict) else None
    if isinstance(figures, dict):
        return figures
    raise ValueError(f"{earlier} has no figures")


def compared(book: Book, before: dict[str, Any]) -> str:
    """Return the figures that differ from an earlier run's by more than noise."""
    rows = []
    for name, figure in book.figures.items():
        old = before.get(name, {}).get("value")
        if not old or math.isnan(figure.value) or not figure.value:
            continue
        times = figure.value / old
        noise = figure.noise + float(before[name]["noise"])
        if max(times, 1 / times) > max(SAME, 1 + 2 * noise):
            rows.append([name, Figure(old, figure.unit).text(), figure.text(), f"{times:.2f} x"])
    if not rows:
        return f"Nothing differs from the earlier run by more than {SAME} x or twice the noise."
    return table(rows, ("differs", "earlier", "now", "times"))


def page(parts: Iterable[str]) -> str:
    """Return the parts as one text."""
    return "\n\n".join(parts) + "\n"
