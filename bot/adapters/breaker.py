"""
Spares an API that is failing, and never asks it for more than so many answers at once.

After some failures in a row no call that changes something goes out for a while; then a single one tries, and its
answer lets the others follow or not. What is urgent, as a change that contains is, does not wait for the pause to end:
it is that try, at once. Reads are never kept back: people ask few of them, and need them most then.
What counts is whether the host answers: a refusal is an answer. All processes share what is known, through the
store; a store that is away keeps no call back, as the record gates the calls that matter.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog
from structlog.typing import FilteringBoundLogger

from bot.adapters.http import Answer, Request, Sender
from bot.errors import NeverSent, NotRecorded, OutcomeUnknown, Paused

_log: FilteringBoundLogger = structlog.get_logger("countersign.breaker")


WELL_SECONDS = 1.0
"""For so long a host that was well is not asked about again, which saves a round trip for most calls."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How many failures in a row pause the calls, how long for, and how long a try may take; milliseconds."""

    failures: int = 5
    pause: int = 30_000
    trial: int = 15_000


@dataclass(frozen=True, slots=True)
class Passage:
    """
    Whether a call may go out.

    `wait` is how many ms it may not, 0 where it may; `trial` names the one try after a pause, 0 for other calls;
    `failures` is how many in a row are known.
    """

    wait: int = 0
    trial: int = 0
    failures: int = 0


class Circuit(Protocol):
    """What is known of a host's failures, shared by all processes. Raises NotRecorded when the store is away."""

    async def ask(self, host: str, *, urgent: bool = False) -> Passage:
        """Ask for one call's passage; what is `urgent` never waits, and is the try itself. One round trip."""
        ...

    async def tell(self, host: str, passage: Passage, *, well: bool) -> bool:
        """
        Say whether the host answered a call; True when this began a pause. One round trip.

        During a pause only the trial counts; a trial that was replaced counts no more.
        """
        ...


class Guarded:
    """A way to one host, through its circuit, for `at_once` calls of this process at a time."""

    def __init__(
        self,
        http: Sender,
        circuit: Circuit,
        *,
        host: str,
        name: str,
        at_once: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._circuit = circuit
        self._host = host
        self._name = name
        self._room = asyncio.Semaphore(at_once)
        self._monotonic = monotonic
        self._well_until = float("-inf")

    async def send(self, request: Request, *, within: float) -> Answer:
        """
        Send a request as `Http.send` does, waiting for room for half of the time at most.

        Raises also Paused while the host is spared; nothing was sent then.
        """
        until = self._monotonic() + within
        try:
            async with asyncio.timeout(within / 2):
                await self._room.acquire()
        except TimeoutError as error:
            fact = f"Too many calls to {self._name} were under way."
            raise NeverSent(fact, "Nothing was sent; try again.") from error
        try:
            passage = await self._passage(reads=request.method == "GET", urgent=request.urgent)
            return await self._through(passage, request, max(until - self._monotonic(), within / 4))
        finally:
            self._room.release()

    async def _passage(self, *, reads: bool, urgent: bool) -> Passage:
        if self._monotonic() < self._well_until:
            return Passage()
        try:
            passage = await self._circuit.ask(self._host, urgent=urgent)
        except NotRecorded:
            return Passage()
        if passage == Passage():
            self._well_until = self._monotonic() + WELL_SECONDS
        if passage.wait and reads:
            return Passage(failures=passage.failures)
        if passage.wait:
            seconds = max(1, round(passage.wait / 1000))
            raise Paused(
                f"{self._name} failed several times in a row, so calls to it pause for {seconds} s.",
                "Nothing was sent; try again then.",
                retry_after=passage.wait / 1000,
            )
        return passage

    async def _through(self, passage: Passage, request: Request, within: float) -> Answer:
        try:
            answer = await self._http.send(request, within=within)
        except (NeverSent, OutcomeUnknown):
            await self._tell(passage, well=False)
            raise
        await self._tell(passage, well=answer.status < 500 and answer.status != 408)
        return answer

    async def _tell(self, passage: Passage, *, well: bool) -> None:
        if well and not passage.failures and not passage.trial:
            return
        if not well:
            self._well_until = float("-inf")
        try:
            began = await self._circuit.tell(self._host, passage, well=well)
        except NotRecorded:
            return
        if began:
            _log.warning("breaker.paused", host=self._host)
