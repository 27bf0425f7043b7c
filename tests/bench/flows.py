"""
From the approve press to Datadog's call, and to what was read back: time, trips and connections.

The bot's own time is all of it but the time in which Slack or Datadog were at work on a request that it waited for.
The drawing of cards goes on beside and is not waited for.
"""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from redis import Redis

from bot.adapters.redis import keys
from bot.changes.record import ChangeRequest, Status
from handlers import ids
from handlers.placement import Placement, read
from tests.bench.acks import quiet
from tests.bench.client import closed_loop
from tests.bench.figures import Book, percentile
from tests.bench.monitor import Command, Monitor, script_name, watched
from tests.bench.processes import Child, NotUp
from tests.bench.requests import Desk, value_of
from tests.bench.signed import press
from tests.bench.town import Town
from tests.bench.world import Note

SILENCE_S = 6.5  # longer than the five seconds that httpx keeps an idle connection by default
DATADOG_S = 0.1


@dataclass(slots=True)
class Flow:
    """One approve press and all that came of it, in milliseconds."""

    ack: float
    called: float
    own: float
    verified: float
    shown: float
    trips: int
    all_trips: int
    connections: dict[str, int]


@dataclass(slots=True)
class Stage:
    """A bot at work in a town, and the connections it has made so far."""

    town: Town
    web: Child
    worker: Child
    monitor: Monitor
    peers: set[tuple[str, int]] = field(default_factory=set)
    looks: int = 0

    def flow(self, change: ChangeRequest, desk: Desk) -> Flow:
        """Press approve and follow it to its end."""
        pressed = press(ids.APPROVE, value_of(change), card=self._card(change)).one()
        redis_before = self._redis_connections()
        began, wall = time.monotonic(), time.time()
        load = closed_loop([self.web.port], [pressed], 1, 20)
        self.looks += 1  # looking whether it has ended is a connection of the bench's
        (ended,) = desk.ended([change.id])
        if ended.status is not Status.APPLIED:
            raise NotUp(f"{change.id} became {ended.status}")
        quiet(self.web)
        quiet(self.worker)
        notes = self.town.notes()
        call = next(note for note in notes if note.to == "datadog" and note.method != "GET")
        fresh = {**self._new_peers(notes), "Redis": self._redis_connections() - redis_before}
        commands = self.monitor.since(wall)
        before = [each for each in commands if each.at < wall + call.began - began]
        return Flow(
            ack=load.latencies[0],
            called=(call.began - began) * 1000,
            own=(call.began - began - _away(notes, began, call.began)) * 1000,
            verified=((ended.ended_at or 0) / 1000 - wall) * 1000,
            shown=(max(note.began for note in notes if note.path.endswith("chat.update")) - began) * 1000,
            trips=_trips(before, change.id),
            all_trips=len([each for each in commands if change.id in each.words]),
            connections=fresh,
        )

    def forget(self) -> None:
        """Take the connections made so far for granted."""
        self._new_peers(self.town.notes())

    def _card(self, change: ChangeRequest) -> tuple[str, str]:
        """Return where the card stands: a button pressed elsewhere would be a stray copy, to be brought up to date."""
        with Redis.from_url(self.town.redis.url, decode_responses=True) as client:
            self.looks += 1
            placed = read(str(client.get(keys.placement(change.id)) or "")) or Placement()
            return placed.channel, placed.ts

    def _new_peers(self, notes: Sequence[Note]) -> dict[str, int]:
        seen = {(note.to, note.peer) for note in notes}
        fresh = [to for to, _ in seen - self.peers]
        self.peers |= seen
        return {"Slack": fresh.count("slack"), "Datadog": fresh.count("datadog")}

    def _redis_connections(self) -> int:
        with Redis.from_url(self.town.redis.url) as client:
            self.looks += 1
            return int(client.info("stats")["total_connections_received"]) - self.looks


def _trips(commands: Sequence[Command], id_: str) -> int:
    """
    Count what Datadog's call waits for: every look and every commit, also of freezes, locks and Datadog's failures.

    After its first commit the change itself is read by those alone who draw it, beside.
    """
    asked = [(script_name(each.words), id_ in each.words) for each in commands]
    first = asked.index(("commit", True)) if ("commit", True) in asked else len(asked)
    looks = [name for place, (name, of_it) in enumerate(asked) if name == "read" and (place < first or not of_it)]
    return len(looks) + sum(name in ("commit", "verified", "circuit") for name, _ in asked)


def _away(notes: Sequence[Note], begin: float, end: float) -> float:
    """Return for how many seconds, in a span, Slack's directory or Datadog was at work."""
    spans = sorted(
        (max(note.began, begin), min(note.ended, end))
        for note in notes
        if "/chat." not in note.path and "conversations." not in note.path and note.began < end
    )
    total, reached = 0.0, begin
    for began, ended in spans:
        total += max(0.0, ended - max(began, reached))
        reached = max(reached, ended)
    return total


def measure(book: Book, town: Town, desk: Desk, count: int) -> None:
    """Follow some flows with a Datadog that answers at once, and some with one that takes 100 ms."""
    with ExitStack() as closing:
        monitor = closing.enter_context(watched(town.redis.url))
        stage = Stage(town, closing.enter_context(town.web()), closing.enter_context(town.worker()), monitor)
        warm = [stage.flow(change, desk) for change in desk.pending(count + 3)][3:]
        _keep_calls(book, warm)
        town.datadog_takes(DATADOG_S)
        slow = [stage.flow(change, desk) for change in desk.pending(max(5, count // 3))]
        town.datadog_takes(0)
        _keep_slow(book, slow)
        after = desk.pending(2)  # the second stays as it is, for whoever wants to see a request that waits
        stage.forget()
        time.sleep(SILENCE_S)  # the silence itself is what is measured
        late = stage.flow(after[0], desk)
        book.add(f"new connections in a flow after {SILENCE_S:g} s of silence", [sum(late.connections.values())], "")
    _peers(book, town, count)


def _keep_calls(book: Book, flows: Sequence[Flow]) -> None:
    book.add("approve press · ack · p50", [flow.ack for flow in flows], "ms")
    book.add("approve press → Datadog called · whole bot", [flow.called for flow in flows], "ms")
    book.add("approve press → Datadog called · whole bot · worst", [max(flow.called for flow in flows)], "ms")
    book.add("approve press → Datadog called · the bot's own time", [flow.own for flow in flows], "ms")
    book.add("approve press → Datadog called · own · p95", [percentile([f.own for f in flows], 0.95)], "ms")
    book.add("Redis trips before Datadog is called", [flow.trips for flow in flows], "")
    book.add("Redis commands of a whole flow, drawing included", [flow.all_trips for flow in flows], "")
    book.add("new connections in a flow, most", [max(sum(flow.connections.values()) for flow in flows)], "")
    for to in flows[0].connections:
        book.add(f"new connections in a flow, most · to {to}", [max(flow.connections[to] for flow in flows)], "")
    own = "approve press → Datadog called · own · p95"
    book.aim("press → Datadog called, beyond Slack's and Datadog's time (p95)", 50, own)
    book.aim("Redis trips from the press to Datadog's call", 5, "Redis trips before Datadog is called")
    book.aim("new connections in a flow", 0, "new connections in a flow, most")


def _keep_slow(book: Book, flows: Sequence[Flow]) -> None:
    book.add("press → verified, Datadog at 100 ms", [flow.verified for flow in flows], "ms")
    book.add("press → the card says so, Datadog at 100 ms", [flow.shown for flow in flows], "ms")


def _peers(book: Book, town: Town, count: int) -> None:
    """Measure the same way of the peers, which look nothing up and record nothing."""
    for name in ("aiohttp", "Bolt"):
        with town.bare(name, f"press:{ids.OPEN}", calls=True) as child:
            town.notes()
            took = []
            for request in press().many(count + 3):
                began = time.monotonic()
                closed_loop([child.port], [request], 1, 5)
                quiet(child)
                took += [(note.began - began) * 1000 for note in town.notes() if note.method == "POST"]
            book.add(f"approve press → Datadog called · {name}", took[3:], "ms")
