"""
The acks: latency, CPU and memory of the bot's front beside bare Bolt and bare aiohttp.

"ours" is the bot's own front up to the ack, with what comes after it left out, as bare Bolt has nothing after it
either; "whole bot" is a real web process that does everything.
"""

import time
from contextlib import ExitStack
from dataclasses import dataclass, field

from handlers import ids
from tests.bench.client import Load, closed_loop
from tests.bench.figures import Book
from tests.bench.processes import Child, NotUp, until
from tests.bench.signed import Template, press, slash
from tests.bench.town import Town

CONNECTIONS = (1, 16, 64)
_MOST_PER_S = 8000


@dataclass(frozen=True, slots=True)
class Cell:
    """One server with one kind of delivery; `at_work` says that it goes on working after its answers."""

    kind: str
    who: str
    child: Child
    template: Template
    at_work: bool = False

    @property
    def name(self) -> str:
        """How its figures are called."""
        return f"{self.kind} · {self.who}"


@dataclass(slots=True)
class Seen:
    """The rounds of one cell at one number of connections."""

    p50: list[float] = field(default_factory=list)
    p95: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)

    def add(self, load: Load, cpu_s: float) -> None:
        """Keep one round."""
        self.p50.append(load.ms(0.5))
        self.p95.append(load.ms(0.95))
        self.p99.append(load.ms(0.99))
        self.cpu_us.append(cpu_s * 1e6 / len(load.latencies))
        self.rate.append(load.rate)


def measure(book: Book, town: Town, rounds: int, seconds: float) -> None:
    """Measure every server in interleaved rounds."""
    with ExitStack() as closing:
        cells = _cells(town, closing)
        for cell in cells:
            closed_loop([cell.child.port], cell.template.many(60), 1, 1)
        seen: dict[tuple[str, int], Seen] = {}
        for _ in range(rounds):
            for connections in CONNECTIONS:
                for cell in cells:
                    load, cpu_s = _round(cell, connections, seconds)
                    seen.setdefault((cell.name, connections), Seen()).add(load, cpu_s)
                    if load.refused:
                        raise NotUp(f"{cell.name} refused {load.refused} requests")
        for (name, connections), all_rounds in seen.items():
            _keep(book, name, connections, all_rounds)
        for cell in cells:
            book.add(f"{cell.name} · memory", [cell.child.rss_mb()], "MB")
    _aim(book)


def _cells(town: Town, closing: ExitStack) -> list[Cell]:
    up = closing.enter_context
    plain, front = up(town.bare("aiohttp")), up(town.front())
    whole = up(town.web())
    command, link = slash(), press()
    return [
        Cell("/flag ack", "aiohttp", plain, command),
        Cell("/flag ack", "Bolt", up(town.bare("Bolt")), command),
        Cell("/flag ack", "ours", front, command),
        Cell("/flag ack", "whole bot", whole, command, at_work=True),
        Cell("button ack", "aiohttp", plain, link),
        Cell("button ack", "Bolt", up(town.bare("Bolt", f"press:{ids.OPEN}")), link),
        Cell("button ack", "ours", front, link),
        Cell("button ack", "whole bot", whole, link),
    ]


def _round(cell: Cell, connections: int, seconds: float) -> tuple[Load, float]:
    most = connections + 20 if cell.at_work else int(_MOST_PER_S * seconds)
    requests = cell.template.many(most)
    before = cell.child.cpu_s()
    load = closed_loop([cell.child.port], requests, connections, seconds)
    if cell.at_work:
        quiet(cell.child)
    return load, cell.child.cpu_s() - before


def quiet(child: Child) -> None:
    """Wait until a process has nothing more to do."""
    last = [child.cpu_s(), time.monotonic()]

    def still() -> bool:
        now = child.cpu_s()
        if now - last[0] > 0.002:
            last[:] = [now, time.monotonic()]
        return time.monotonic() - last[1] > 0.15

    until(still, "its work to end", step_s=0.03)


def _keep(book: Book, name: str, connections: int, seen: Seen) -> None:
    at = f"{name} · {connections} conn."
    book.add(f"{at} · p50", seen.p50, "ms")
    book.add(f"{at} · p95", seen.p95, "ms")
    book.add(f"{at} · p99", seen.p99, "ms")
    book.add(f"{at} · CPU", seen.cpu_us, "µs")
    book.add(f"{at} · rate", seen.rate, "/s")


def _aim(book: Book) -> None:
    for kind in ("/flag ack", "button ack"):
        cpu = f"{kind} · CPU, ours to Bolt's"
        book.ratio(cpu, f"{kind} · ours · 16 conn. · CPU", f"{kind} · Bolt · 16 conn. · CPU")
        book.aim(f"CPU of the {kind} against bare Bolt's", 1.5, cpu)
        p50 = f"{kind} · p50 at one connection, ours to Bolt's"
        book.ratio(p50, f"{kind} · ours · 1 conn. · p50", f"{kind} · Bolt · 1 conn. · p50")
        book.aim(f"p50 of the {kind} at one connection against bare Bolt's", 1.0, p50)
