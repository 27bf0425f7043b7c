"""Cold starts: from the start of a process until it takes connections, in interleaved rounds."""

from collections.abc import Callable

from tests.bench.figures import Book
from tests.bench.processes import Child
from tests.bench.town import Town


def measure(book: Book, town: Town, rounds: int) -> None:
    """Start and stop the bot and its peers, and keep how long each took and its memory then."""
    kinds: dict[str, Callable[[], Child]] = {
        "aiohttp": lambda: town.bare("aiohttp"),
        "Bolt": lambda: town.bare("Bolt"),
        "whole bot": town.web,
    }
    took: dict[str, list[float]] = {name: [] for name in kinds}
    memory: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, start in kinds.items():
            child = start()
            try:
                took[name].append(child.up() * 1000)
                memory[name].append(child.rss_mb())
            finally:
                child.stop()
    for name in kinds:
        book.add(f"cold start · {name}", took[name], "ms")
        book.add(f"memory at start · {name}", memory[name], "MB")
    book.ratio("cold start, ours to Bolt's", "cold start · whole bot", "cold start · Bolt")
    book.aim("cold start against bare Bolt's", 2.0, "cold start, ours to Bolt's")
