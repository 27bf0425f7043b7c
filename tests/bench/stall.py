"""Acks at a steady pace while Datadog answers nothing: four commands to every approve press."""

from concurrent.futures import ThreadPoolExecutor

from handlers import ids
from tests.bench.client import Load, open_loop
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
    """
    Stall Datadog for as long as deliveries come, and keep how long the acks took.

    A bare Bolt app gets commands at the same pace at the same time: its acks say what of it is the machine's doing.
    """
    with town.web() as web, town.worker() as worker, town.bare("Bolt") as bolt, ThreadPoolExecutor(1) as beside:
        waiting = iter(desk.pending(flags_for(seconds), drawn=False))
        command, count = slash(), int(seconds * PER_SECOND)
        town.datadog_takes(seconds)
        try:
            deliveries = [
                press(ids.APPROVE, value_of(next(waiting))).one() if n % PRESSES == 0 else command.one()
                for n in range(count)
            ]
            control = beside.submit(open_loop, bolt.port, command.many(count), PER_SECOND)
            load = open_loop(web.port, deliveries, PER_SECOND)
            _keep(book, "ack while Datadog stalls", load)
            _keep(book, "ack of bare Bolt meanwhile", control.result())
        finally:
            for child in (web, worker):
                child.kill()  # asked to end, it would first finish what Datadog stalls
    book.aim(f"ack p99 at {PER_SECOND}/s while Datadog stalls", 500, "ack while Datadog stalls · p99")
    book.aim("slowest ack while Datadog stalls", 3000, "ack while Datadog stalls · worst")


def _keep(book: Book, name: str, load: Load) -> None:
    book.add(f"{name} · p50", [load.ms(0.5)], "ms")
    book.add(f"{name} · p99", [load.ms(0.99)], "ms")
    book.add(f"{name} · worst", [max(load.latencies)], "ms")
    book.add(f"{name} · refused", [load.refused], f"of {len(load.latencies)}")
