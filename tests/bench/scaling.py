"""
Throughput of one and of two processes.

Two web processes, the load and the rest share the machine's cores, so the ratio of the rates says what this machine
gives; the ratio by CPU says what two cores of their own would give.
"""

from contextlib import ExitStack

from tests.bench.client import closed_loop
from tests.bench.figures import Book
from tests.bench.processes import Child
from tests.bench.requests import Desk
from tests.bench.signed import press
from tests.bench.town import Town

CONNECTIONS = 32
DATADOG_S = 0.1


def web(book: Book, town: Town, rounds: int, seconds: float) -> None:
    """Measure acks a second of one and of two web processes, in turns."""
    rates: dict[int, list[float]] = {1: [], 2: []}
    costs: dict[int, list[float]] = {1: [], 2: []}
    link = press()
    with ExitStack() as closing:
        children = [closing.enter_context(town.web()) for _ in range(2)]
        for child in children:
            closed_loop([child.port], link.many(60), 1, 1)
        for _ in range(rounds):
            for number in (1, 2):
                rate, cost = _round(children[:number], link.many(int(seconds * 12_000)), seconds)
                rates[number].append(rate)
                costs[number].append(cost)
    for number in (1, 2):
        book.add(f"button acks · {number} web", rates[number], "/s")
        book.add(f"CPU of a button ack · {number} web", costs[number], "µs")
    book.ratio("two web processes to one", "button acks · 2 web", "button acks · 1 web")
    book.add("two web processes to one, by CPU", [2 * a / b for a, b in zip(costs[1], costs[2], strict=True)], "x")
    book.aim("two web processes against one", 1.7, "two web processes to one", "at least")


def _round(children: list[Child], requests: list[bytes], seconds: float) -> tuple[float, float]:
    before = sum(child.cpu_s() for child in children)
    load = closed_loop([child.port for child in children], requests, CONNECTIONS, seconds)
    used = sum(child.cpu_s() for child in children) - before
    return load.rate, used * 1e6 / len(load.latencies)


def workers(book: Book, town: Town, desk: Desk, rounds: int, jobs: int) -> None:
    """Measure changes a second of one and of two workers, with a Datadog that takes 100 ms for each call."""
    rates: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(rounds):
        for number in (1, 2):
            rates[number].append(_carried_out(town, desk, number, jobs))
    for number in (1, 2):
        book.add(f"changes carried out · {number} worker{'s' if number > 1 else ''}", rates[number], "/s")
    book.ratio("two workers to one", "changes carried out · 2 workers", "changes carried out · 1 worker")
    book.aim("two workers against one", 1.7, "two workers to one", "at least")


def _carried_out(town: Town, desk: Desk, number: int, jobs: int) -> float:
    plans = desk.plans(jobs + 2)
    with ExitStack() as closing:
        for _ in range(number):
            closing.enter_context(town.worker())
        desk.ended([change.id for change in desk.approved(plans[:2])])  # until this is done they are starting
        town.datadog_takes(DATADOG_S)
        try:
            changes = desk.ended([change.id for change in desk.approved(plans[2:])])
        finally:
            town.datadog_takes(0)
    began = min(change.approved_at or 0 for change in changes)
    return jobs / ((max(change.ended_at or 0 for change in changes) - began) / 1000)
