"""Acks at a steady pace while Datadog answers nothing: four commands to every approve press."""

from handlers import ids
from tests.bench.client import open_loop
from tests.bench.figures import Book
from tests.bench.requests import Desk, value_of
from tests.bench.signed import press, slash
from tests.bench.town import Town

PER_SECOND = 50
PRESSES = 5  # every fifth delivery


def flags_for(seconds: float) -> int:
    """Return how many requests there must be to press on."""
    return int(seconds * PER_SECOND / PRESSES) + 1


def measure(book: Book, town: Town, desk: Desk, seconds: float) -> None:
    """Stall Datadog for as long as deliveries come, and keep how long the acks took."""
    with town.web() as web, town.worker():
        waiting = iter(desk.pending(flags_for(seconds)))
        command = slash()
        town.datadog_takes(seconds)
        try:
            deliveries = [
                press(ids.APPROVE, value_of(next(waiting))).one() if n % PRESSES == 0 else command.one()
                for n in range(int(seconds * PER_SECOND))
            ]
            load = open_loop(web.port, deliveries, PER_SECOND)
        finally:
            town.datadog_takes(0)
    book.add("ack while Datadog stalls · p50", [load.ms(0.5)], "ms")
    book.add("ack while Datadog stalls · p99", [load.ms(0.99)], "ms")
    book.add("ack while Datadog stalls · worst", [max(load.latencies)], "ms")
    book.add("ack while Datadog stalls · not 200", [load.refused], "")
    book.add("ack while Datadog stalls · deliveries", [len(load.latencies)], "")
    book.aim(f"ack p99 at {PER_SECOND}/s while Datadog stalls (ms)", 500, "ack while Datadog stalls · p99")
    book.aim("slowest ack while Datadog stalls (ms)", 3000, "ack while Datadog stalls · worst")
