"""The guard before a host: failures pause the calls, refusals do not, and only so many go out at a time."""

import asyncio

import pytest

from bot.adapters.breaker import Guarded, Terms
from bot.adapters.http import Answer, Request
from bot.adapters.memory.circuit import MemoryCircuit
from bot.adapters.memory.state import State
from bot.errors import NeverSent, OutcomeUnknown, Paused, Rejected
from tests.contract.worlds import SetClock
from tests.waiting import until

POST = Request("POST", "/x")
URGENT = Request("POST", "/x", urgent=True)
TERMS = Terms()
NeverCame, Broke = NeverSent("unreachable"), OutcomeUnknown("no answer")


class FakeSender:
    """A host that answers as it is told, once its gate is open; `inside` counts the calls at it."""

    def __init__(self) -> None:
        self.reply: Answer | Exception = Answer(200)
        self.sent: list[float] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.inside = 0
        self.most_inside = 0

    async def send(self, request: Request, *, within: float) -> Answer:
        """Answer, or fail."""
        del request
        self.sent.append(within)
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        try:
            await self.gate.wait()
        finally:
            self.inside -= 1
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply


class Way:
    """A host and two processes that call it."""

    def __init__(self, at_once: int = 8) -> None:
        self.clock = SetClock()
        self.state = State(self.clock)
        self.host = FakeSender()
        self.one, self.other = self._guarded(at_once), self._guarded(at_once)

    def _guarded(self, at_once: int) -> Guarded:
        circuit = MemoryCircuit(self.state, TERMS)
        return Guarded(self.host, circuit, host="api.test", name="Datadog", at_once=at_once)

    async def fails(self, reply: Answer | Exception, times: int) -> None:
        """Let so many calls of one process come to this."""
        self.host.reply = reply
        for _ in range(times):
            if isinstance(reply, Exception):
                with pytest.raises(type(reply)):
                    await self.one.send(POST, within=10)
            else:
                assert await self.one.send(POST, within=10) is reply


@pytest.mark.parametrize("failure", [Answer(500), Answer(503), Answer(408), NeverCame, Broke])
async def test_five_failures_in_a_row_pause_every_process(failure: Answer | Exception) -> None:
    """A host that fails or cannot be reached is left alone, by all processes, and nothing is sent meanwhile."""
    way = Way()
    await way.fails(failure, TERMS.failures)
    for guarded in (way.one, way.other):
        with pytest.raises(Paused, match=r"Datadog failed several times in a row, so calls to it pause for 30 s\."):
            await guarded.send(POST, within=10)
    assert len(way.host.sent) == TERMS.failures


@pytest.mark.parametrize(
    "refusal", [Answer(400), Answer(401), Answer(403), Answer(404), Answer(409), Answer(429), Rejected("not formed")]
)
async def test_refusals_pause_nothing(refusal: Answer | Exception) -> None:
    """Who refuses, answers: no number of refusals stops the calls, and each ends a row of failures."""
    way = Way()
    await way.fails(refusal, 3 * TERMS.failures)
    if isinstance(refusal, Answer):
        await way.fails(Broke, TERMS.failures - 1)
        await way.fails(refusal, 1)
        await way.fails(Broke, TERMS.failures - 1)
        await way.fails(refusal, 1)


async def test_after_the_pause_one_call_tries_and_the_rest_follow() -> None:
    """Only one call goes to a host that may be back; once it is answered, all do."""
    way = Way()
    await way.fails(Broke, TERMS.failures)
    way.clock.advance(TERMS.pause)
    way.host.reply = Answer(200)
    way.host.gate.clear()
    trial = asyncio.create_task(way.one.send(POST, within=10))
    await until(lambda: way.host.inside == 1)
    with pytest.raises(Paused):
        await way.other.send(POST, within=10)
    way.host.gate.set()
    assert (await trial).status == 200
    assert (await way.other.send(POST, within=10)).status == 200


async def test_what_contains_does_not_wait_for_the_pause_to_end() -> None:
    """A call that stops something goes out at once as the trial; its answer ends the pause for everybody."""
    way = Way()
    await way.fails(Broke, TERMS.failures)
    way.host.reply = Answer(200)
    with pytest.raises(Paused):
        await way.one.send(POST, within=10)
    assert (await way.other.send(URGENT, within=10)).status == 200
    assert (await way.one.send(POST, within=10)).status == 200
    assert len(way.host.sent) == TERMS.failures + 2


async def test_a_store_that_is_away_keeps_no_call_back() -> None:
    """What is known of failures is comfort: without it, calls go out and come back as ever."""
    way = Way()
    way.state.away = True
    await way.fails(Broke, 2 * TERMS.failures)
    await way.fails(Answer(200), 1)


async def test_only_so_many_calls_at_a_time() -> None:
    """Further calls wait for room, and go out with the time that is left to them."""
    way = Way(at_once=2)
    way.host.gate.clear()
    calls = [asyncio.create_task(way.one.send(POST, within=10)) for _ in range(6)]
    await until(lambda: way.host.inside == 2)
    way.host.gate.set()
    assert [answer.status for answer in await asyncio.gather(*calls)] == [200] * 6
    assert way.host.most_inside == 2


async def test_no_room_in_time_is_never_sent() -> None:
    """A call that finds no room in half of its time was not sent, and is no failure of the host."""
    way = Way(at_once=1)
    way.host.gate.clear()
    first = asyncio.create_task(way.one.send(POST, within=10))
    await until(lambda: way.host.inside == 1)
    with pytest.raises(NeverSent, match="Too many calls to Datadog"):
        await way.one.send(POST, within=0.02)
    way.host.gate.set()
    await first
    assert way.state.circuits == {}
    assert (await way.one.send(POST, within=10)).status == 200
