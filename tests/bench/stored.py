"""
What a commit, "mine to sign" and memory cost when much is stored.

Three servers stand side by side, one of each size, so that rounds can alternate between them. They are filled by a
script which writes what the commits of a request's life leave behind; templates are two requests that the bot itself
has made: one that waits for a signature, and one that was signed, carried out and read back. One in ten waits; those
have names of their own, while the finished ones differ in their keys alone, as no list looks behind them. Audit
entries of the copies carry their template's signature, so they are as long as real ones and verify no chain.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from redis import Redis

from bot.adapters.embedded import EmbeddedServer
from bot.adapters.redis import keys
from bot.adapters.redis.connection import connected
from bot.adapters.redis.outbox import RedisOutbox
from bot.adapters.redis.records import RedisRecords
from bot.asking import new_id
from bot.audit import Signer
from bot.changes import deciding
from bot.changes.record import ChangeRequest, Status, Terms
from bot.model import Actor
from bot.store import KIND, ChangeStore, parse
from tests.bench.figures import Book
from tests.bench.requests import APPROVER
from tests.bench.town import Town, own_redis

BATCH = 2000
WAITING_IN = 10  # one in so many waits for a signature
_FILL = (Path(__file__).parent / "fill.lua").read_text(encoding="utf-8")


class Names(NamedTuple):
    """What tells a request from its copies: its id, who asked, and how its target's id begins."""

    id: str
    person: str
    target: str


@dataclass(frozen=True, slots=True)
class Example:
    """A request as the bot stored it, and the template made of it."""

    change: ChangeRequest
    template: dict[str, Any]


def example(town: Town, status: Status) -> Example:
    """Return a request in the town's store that stands at `status`."""
    with Redis.from_url(town.redis.url, decode_responses=True) as client:
        for key in client.scan_iter(keys.record(KIND, "cs-*")):
            id_ = str(key)[-9:]
            record = {str(name): str(value) for name, value in client.hgetall(key).items()}
            change = parse(id_, record["data"])
            placed = client.get(keys.placement(id_))
            if change.status is status and placed:
                trail = [str(entry) for entry in client.lrange(keys.trail(KIND, id_), 0, -1)]
                names = Names(id_, change.requester.id, change.plan.target.id[:8])
                return Example(change, _template(change, names, record, trail, str(placed)))
    raise LookupError(f"no request is {status}")


def _template(
    change: ChangeRequest, names: Names, record: dict[str, str], trail: Sequence[str], placed: str
) -> dict[str, Any]:
    def marked(text: str) -> str:
        if change.ended:
            return text  # its record is packed, and names of one length make no difference to what it takes
        for name, mark in zip(names, ("@i@", "@p@", "@t@"), strict=True):
            text = text.replace(name, mark)
        return text

    return {
        "ended": change.ended,
        "created": change.created_at,
        "expires": change.expires_at + 86_400_000,
        "keep": Terms().keep,
        "record": {"data": marked(record["data"]), "head": record["head"]},
        "trail": [marked(entry) for entry in trail],
        "placed": marked(placed),
        "slot": change.plan.target.slot.replace(names.target, "@t@"),
    }


def fill(server: EmbeddedServer, count: int, waiting: Example, done: Example) -> float:
    """Store `count` requests and return how many bytes each takes; copies are compared with their examples."""
    with Redis.from_url(server.url, decode_responses=True, socket_timeout=60) as client:
        client.config_set("appendonly", "no")
        before = int(client.info("memory")["used_memory"])
        script = client.register_script(_FILL)
        first = max(1, count // WAITING_IN)
        for one, begin, end in ((waiting, 0, first), (done, first, count)):
            template = json.dumps(one.template)
            for start in range(begin, end, BATCH):
                script(args=[template, start, min(start + BATCH, end) - 1])
            _compare(client, one, begin)
        return (int(client.info("memory")["used_memory"]) - before) / count


def _compare(client: Redis, one: Example, number: int) -> None:
    """Raise ValueError unless a copy is, but for its names, what the bot's own commits left behind."""
    id_ = _id(number)
    record = {str(name): str(value) for name, value in client.hgetall(keys.record(KIND, id_)).items()}
    trail = [str(entry) for entry in client.lrange(keys.trail(KIND, id_), 0, -1)]
    names = Names(id_, f"U{number // WAITING_IN:011d}", f"{number:08d}")
    copy = parse(one.change.id if one.change.ended else id_, record["data"])
    again = _template(copy, names, record, trail, str(client.get(keys.placement(id_))))
    same = {"record", "trail", "placed", "ended"} | (set() if copy.ended else {"slot"})
    if {k: v for k, v in again.items() if k in same} != {k: v for k, v in one.template.items() if k in same}:
        raise ValueError(f"the copy {id_} is not like the request it was made from")
    if int(record["version"]) != len(trail) or (client.ttl(keys.record(KIND, id_)) > 0) != copy.ended:
        raise ValueError(f"the copy {id_} has another version or lifetime than a commit gives")


def _id(number: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    return "cs-" + "".join(letters[number >> (5 * place) & 31] for place in range(5, -1, -1))


@dataclass(slots=True)
class Times:
    """Milliseconds of one round's commits and lists."""

    commits: list[float]
    lists: list[float]
    placements: list[float]


def measure(book: Book, town: Town, sizes: Sequence[int], rounds: int) -> None:
    """Fill a server for each size, then time commits and lists on all of them in turns."""
    waiting, done = example(town, Status.PENDING), example(town, Status.APPLIED)
    with ExitStack() as closing:
        servers = {size: closing.enter_context(own_redis(town.folder, f"stored-{size}")) for size in sizes}
        for size, server in servers.items():
            began = time.monotonic()
            each = fill(server, size, waiting, done)
            book.add(f"memory of a request · {size:,} stored", [each / 1024], "KB")
            book.add(f"filling · {size:,} stored", [time.monotonic() - began], "s")
        _memory(book, servers[sizes[0]], waiting, done)
        seen: dict[int, list[Times]] = {size: [] for size in sizes}
        for number in range(rounds + 1):
            for size, server in servers.items():
                found = asyncio.run(_round(server, waiting.change))
                if number:  # the first is for warming up
                    seen[size].append(found)
        always = asyncio.run(_with_fsync(servers[sizes[0]], waiting.change))
    book.add(f"commit · {sizes[0]:,} stored, fsync always", always.commits, "ms")
    _keep(book, sizes, seen)


def _memory(book: Book, server: EmbeddedServer, waiting: Example, done: Example) -> None:
    """Keep what one waiting and one finished request take, all their keys together."""
    with Redis.from_url(server.url) as client:
        for name, number in (("waiting", 0), ("finished", 999)):
            id_ = _id(number)
            names = (keys.record(KIND, id_), keys.trail(KIND, id_), keys.placement(id_))
            sizes = [int(client.memory_usage(key, samples=0) or 0) / 1024 for key in names]
            book.add(f"memory of a {name} request, by its keys", [sum(sizes)], "KB")
            for part, size in zip(("record", "trail", "placement"), sizes, strict=True):
                book.add(f"memory of a {name} request · {part}", [size], "KB")
    for name, one in (("waiting", waiting), ("finished", done)):
        book.add(f"length of a {name} record", [len(one.template["record"]["data"]) / 1024], "KB")
        book.add(f"entries of a {name} trail", [len(one.template["trail"])], "")


async def _with_fsync(server: EmbeddedServer, like: ChangeRequest) -> Times:
    with Redis.from_url(server.url) as client:
        client.config_set("appendonly", "yes")
    return await _round(server, like)


async def _round(server: EmbeddedServer, like: ChangeRequest, commits: int = 60, lists: int = 12) -> Times:
    async with connected(server.url, timeout_s=20) as link:
        records, outbox = RedisRecords(link), RedisOutbox(link)
        await records.ping()
        changes = ChangeStore(records, Signer(b"k" * 32), Terms())
        times = Times([], [], [])
        for number in range(commits):
            began = time.perf_counter()
            await _commit_twice(changes, like, number)
            times.commits.append((time.perf_counter() - began) * 1000 / 2)
        for _ in range(lists):
            began = time.perf_counter()
            to_sign, mine = await changes.pending(), await changes.of("U00000000000")
            times.lists.append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
            for change in (*to_sign, *mine):
                await outbox.placement(change.id)
            times.placements.append((time.perf_counter() - began) * 1000)
        return times


async def _commit_twice(changes: ChangeStore, like: ChangeRequest, number: int) -> None:
    """Open a request and sign it: two commits, both with everything that a commit writes."""
    id_ = new_id()
    person = like.requester.model_copy(update={"id": f"U1{id_[3:].upper()}", "email": None})
    target = like.plan.target.model_copy(update={"id": f"{id_}-{number}"})
    plan = like.plan.model_copy(update={"target": target})
    now = changes.now()
    step = deciding.open_change(id_, plan, like.decision, person, now, changes.terms, origin=like.origin)
    held, _ = await changes.open(step, f"delivery-{id_}")
    signer: Actor = APPROVER
    await changes.advance(held, deciding.approve(held.change, signer, changes.now(), changes.terms), f"press-{id_}")


def _keep(book: Book, sizes: Sequence[int], seen: dict[int, list[Times]]) -> None:
    smallest, largest = sizes[0], sizes[-1]
    for size in sizes:
        book.add(f"commit · {size:,} stored", [_middle(one.commits) for one in seen[size]], "ms")
        book.add(f"mine to sign · {size:,} stored", [_middle(one.lists) for one in seen[size]], "ms")
        book.add(f"links of its cards · {size:,} stored", [_middle(one.placements) for one in seen[size]], "ms")
    for what in ("commit", "mine to sign"):
        name = f"{what}, {largest:,} stored to {smallest:,}"
        book.ratio(name, f"{what} · {largest:,} stored", f"{what} · {smallest:,} stored")
        book.aim(f"{what}, from {smallest:,} to {largest:,} stored", 1.2, name)
    book.aim("memory of a stored request (KB)", 4.0, f"memory of a request · {largest:,} stored")


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]
