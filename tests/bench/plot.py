"""The plot: acks side by side, the targets, and what much stored data costs; needs matplotlib."""

import importlib
import math
from pathlib import Path
from typing import Any

from tests.bench.acks import CONNECTIONS
from tests.bench.figures import Book, Target

SERVERS = {"aiohttp": "#9aa5b1", "Bolt": "#d98e04", "ours": "#1f7a5c", "whole bot": "#274c77"}


def draw(book: Book, path: Path) -> bool:
    """Write the plot; tell whether there is one (False where matplotlib is not installed)."""
    try:
        matplotlib: Any = importlib.import_module("matplotlib")
    except ImportError:
        return False
    matplotlib.use("Agg")
    figures: Any = importlib.import_module("matplotlib.figure")
    figure = figures.Figure(figsize=(14, 9), layout="constrained")
    grid = figure.subplots(2, 2)
    for axes, kind in zip(grid[0], ("/flag ack", "button ack"), strict=True):
        _latencies(axes, book, kind)
    _costs(grid[1][0], book)
    _targets(grid[1][1], book)
    figure.suptitle("Countersign beside bare Bolt and bare aiohttp, one run")
    figure.savefig(path, dpi=110)
    return True


def _value(book: Book, name: str) -> float:
    figure = book.figures.get(name)
    return figure.value if figure else math.nan


def _latencies(axes: Any, book: Book, kind: str) -> None:
    """Bars of p50 with a line up to p99, on a logarithmic scale."""
    for place, (server, colour) in enumerate(SERVERS.items()):
        at = [number + (place - 1.5) * 0.2 for number in range(len(CONNECTIONS))]
        names = [f"{kind} · {server} · {connections} conn." for connections in CONNECTIONS]
        middle = [_value(book, f"{name} · p50") for name in names]
        late = [_value(book, f"{name} · p99") - low for name, low in zip(names, middle, strict=True)]
        axes.bar(at, middle, 0.18, color=colour, label=server)
        axes.errorbar(at, middle, yerr=[[0.0] * len(at), [max(0.0, each) for each in late]], fmt="none", ecolor="#444")
    axes.set_yscale("log")
    axes.set_xticks(range(len(CONNECTIONS)), [f"{connections} connections" for connections in CONNECTIONS])
    axes.set_ylabel("ms, p50 up to p99")
    axes.set_title(kind)
    axes.legend(fontsize=8)


def _costs(axes: Any, book: Book) -> None:
    kinds = ("/flag ack", "button ack")
    for place, (server, colour) in enumerate(SERVERS.items()):
        values = [_value(book, f"{kind} · {server} · 16 conn. · CPU") for kind in kinds]
        if server == "whole bot":
            values[0] = math.nan  # it does the whole command, which is another scale
        axes.bar([n + (place - 1.5) * 0.2 for n in range(len(kinds))], values, 0.18, color=colour, label=server)
    axes.set_xticks(range(len(kinds)), kinds)
    axes.set_ylabel("µs of CPU a request, 16 connections")
    axes.set_title("CPU")


def _targets(axes: Any, book: Book) -> None:
    """How far each number is from its target; 1 is the target, left of it is well."""
    known = [t for t in reversed(book.targets) if t.goal and not math.isnan(t.measured.value)]
    shares = [_share(target) for target in known]
    colours = ["#1f7a5c" if target.met else "#b3261e" for target in known]
    axes.barh(range(len(known)), shares, color=colours)
    axes.axvline(1, color="#444", linewidth=1)
    axes.set_xscale("log")
    axes.set_yticks(range(len(known)), [target.name for target in known], fontsize=8)
    axes.set_title("measured ÷ target (right of 1: missed)")


def _share(target: Target) -> float:
    share = target.measured.value / target.goal
    return share if target.how == "at most" else 1 / share
