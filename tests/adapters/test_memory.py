"""The store in memory can be away, as a server can."""

from collections.abc import Awaitable, Callable

import pytest

from bot.errors import NotRecorded
from bot.model import Due, Job
from bot.ports import Commit, Delivery
from tests.contract.worlds import MemoryWorld

JOB = Job(kind="run", id="cs-a")
HELD = Delivery(entry="1-0", job=JOB, times=1)
CALLS: dict[str, Callable[[MemoryWorld], Awaitable[object]]] = {
    "ping": lambda world: world.records.ping(),
    "commit": lambda world: world.records.commit(Commit(kind="change", id="cs-a", expected=1, data="{}")),
    "read": lambda world: world.records.read("change", "cs-a"),
    "read_many": lambda world: world.records.read_many("change", ("cs-a",)),
    "trail": lambda world: world.records.trail("change", "cs-a"),
    "verified": lambda world: world.records.verified("change", "cs-a"),
    "raw": lambda world: world.records.raw("change", "cs-a"),
    "chains": lambda world: world.records.chains(1),
    "members": lambda world: world.records.members("open", 1),
    "holder": lambda world: world.records.holder("slot"),
    "take": lambda world: world.queue.take("worker", 1, 10),
    "reclaim": lambda world: world.queue.reclaim("worker", 1),
    "renew": lambda world: world.queue.renew("worker", HELD),
    "finish": lambda world: world.queue.finish("worker", HELD),
    "hand_back": lambda world: world.queue.hand_back("worker", HELD),
    "bury": lambda world: world.queue.bury("worker", HELD, "why"),
    "promote": lambda world: world.queue.promote(1),
    "add": lambda world: world.queue.add(JOB),
    "defer": lambda world: world.queue.defer(Due(job=JOB, at=1)),
    "due": lambda world: world.outbox.due(1, 1),
    "hold": lambda world: world.outbox.hold("cs-a", 1),
    "settle": lambda world: world.outbox.settle("cs-a", 1),
    "postpone": lambda world: world.outbox.postpone("cs-a", 1),
    "placement": lambda world: world.outbox.placement("cs-a"),
    "place": lambda world: world.outbox.place("cs-a", "{}", 1),
    "keep": lambda world: world.outbox.keep("home:U1", "{}", 1),
}


@pytest.mark.parametrize("call", CALLS)
async def test_every_call_says_when_the_store_is_away(call: str) -> None:
    """While away nothing is answered and nothing changes; afterwards everything is as before."""
    world = MemoryWorld()
    await world.records.commit(Commit(kind="change", id="cs-a", expected=0, data="{}", jobs=(JOB,), redraw=True))
    await world.queue.take("worker", 1, 0)
    before = repr(world.state)
    world.state.away = True
    with pytest.raises(NotRecorded):
        await CALLS[call](world)
    world.state.away = False
    assert repr(world.state) == before
    await CALLS[call](world)
