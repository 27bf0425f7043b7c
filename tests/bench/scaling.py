"""
Throughput of one and of two processes.

Two web processes, the load and the rest share the machine's cores, so the ratio of the rates says what this machine
gives; the ratio by CPU says what two cores of their own would give.
"""

import time
from contextlib import ExitStack
from dataclasses import dataclass

from tests.bench.acks import quiet
from tests.bench.client import closed_loop
from tests.bench.figures import Book
from tests.bench.processes import Child
from tests.bench.requests import Desk
from tests.bench.signed import press
from tests.bench.town import Town, open_town

CONNECTIONS = 32
MOST_PER_S = 5_000  # more than two processes answer
DATADOG_S = 0.1
WARM = 16  # jobs that let both workers open their connections


@dataclass(frozen=True, slots=True)
class Volley:
    """Acks a second, and the CPU of each in µs: the web processes', and that of the load itself."""

    rate: float
    own: float
    load: float


def web(book: Book, town: Town, rounds: int, seconds: float) -> None:
    """Measure acks a second of one and of two web processes, in turns."""
    seen: dict[int, list[Volley]] = {1: [], 2: []}
    link = press()
    with ExitStack() as closing:
        children = [closing.enter_context(town.web()) for _ in range(2)]
        for child in children:
            closed_loop([child.port], link.many(60), 1, 1)
        for _ in range(rounds):
            for number in (1, 2):
                seen[number].append(_volley(children[:number], link.many(int(seconds * MOST_PER_S)), seconds))
    for number in (1, 2):
        book.add(f"button acks · {number} web", [one.rate for one in seen[number]], "/s")
        book.add(f"CPU of a button ack · {number} web", [one.own for one in seen[number]], "µs")
        book.add(f"CPU of a button ack · {number} web · the load's", [one.load for one in seen[number]], "µs")
    book.ratio("two web processes to one", "button acks · 2 web", "button acks · 1 web")
    by_cpu = book.add(
        "two web processes to one, by CPU", [2 * a.own / b.own for a, b in zip(seen[1], seen[2], strict=True)], "x"
    )
    why = f"by CPU it is {by_cpu.text()}: the load takes its part of the same cores"
    book.aim("two web processes against one", 1.7, "two web processes to one", "at least", why)


def _volley(children: list[Child], requests: list[bytes], seconds: float) -> Volley:
    before, mine = sum(child.cpu_s() for child in children), time.process_time()
    load = closed_loop([child.port for child in children], requests, CONNECTIONS, seconds)
    used, mine = sum(child.cpu_s() for child in children) - before, time.process_time() - mine
    return Volley(load.rate, used * 1e6 / len(load.latencies), mine * 1e6 / len(load.latencies))


@dataclass(frozen=True, slots=True)
class Shift:
    """How many changes a second were carried out, and the CPU of each in ms: the workers', Slack's and Datadog's."""

    rate: float
    own: float
    world: float


def workers(book: Book, rounds: int, jobs: int) -> None:
    """
    Measure changes a second of one and of two workers, with a Datadog that takes 100 ms for each call.

    Each time in a town of its own, so that no cards wait to be drawn from the time before.
    """
    shifts: dict[int, list[Shift]] = {1: [], 2: []}
    for _ in range(rounds):
        for number in (1, 2):
            with open_town(jobs + WARM) as town:
                shifts[number].append(_shift(town, Desk(town), number, jobs))
    for number in (1, 2):
        said = f"{number} worker{'s' if number > 1 else ''}"
        book.add(f"changes carried out · {said}", [one.rate for one in shifts[number]], "/s")
        book.add(f"CPU of a change · {said}", [one.own for one in shifts[number]], "ms")
        book.add(f"CPU of a change · {said} · Slack's and Datadog's", [one.world for one in shifts[number]], "ms")
    book.ratio("two workers to one", "changes carried out · 2 workers", "changes carried out · 1 worker")
    book.aim("two workers against one", 1.7, "two workers to one", "at least")


def _shift(town: Town, desk: Desk, number: int, jobs: int) -> Shift:
    """
    Let workers carry out `jobs` changes.

    All are asked for before, and approved at once, so that the bench itself is not what limits them.
    """
    with ExitStack() as closing:
        children = [closing.enter_context(town.worker()) for _ in range(number)]
        waiting = desk.pending(jobs + WARM, drawn=False)
        desk.approve(waiting[:WARM])
        desk.ended([change.id for change in waiting[:WARM]])  # until this is done they are starting
        for child in children:
            quiet(child)
        town.datadog_takes(DATADOG_S)
        try:
            before = sum(child.cpu_s() for child in children), town.world.cpu_s()
            desk.approve(waiting[WARM:])
            changes = desk.ended([change.id for change in waiting[WARM:]])
            after = sum(child.cpu_s() for child in children), town.world.cpu_s()
        finally:
            for child in children:
                child.kill()  # asked to end, it would first draw cards, of which a channel takes one a second
    began = min(change.approved_at or 0 for change in changes)
    seconds = (max(change.ended_at or 0 for change in changes) - began) / 1000
    own, world = ((b - a) * 1000 / jobs for a, b in zip(before, after, strict=True))
    return Shift(jobs / seconds, own, world)
