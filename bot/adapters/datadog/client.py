"""
Requests to Datadog: reads that try again, writes that are sent once.

A refusal for pace took no effect, so it is waited out and repeated, for reads and writes alike, as long as the
wait and the call still fit into the time that one action has; a little more is waited than asked for, so that not
everybody comes back in the same moment. Nothing else about a write is ever repeated here.
"""

import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import stamina
from pydantic_core import from_json

from bot.adapters.datadog.refusals import CONFLICT, read_refusal, refusal
from bot.adapters.http import Answer, Request, Sender
from bot.errors import Forbidden, Malformed, NeverSent, OutcomeUnknown, Paused, ProviderError, RateLimited
from bot.ports import Wait

BUDGET_SECONDS = 10.0
"""The time that one action, waits and repeats included, may take."""

_CALL_SECONDS = 1.0
"""The least time a call must have left to be worth sending."""

_ATTEMPTS = 3
_MOST_REFUSALS = 5


@dataclass(frozen=True, slots=True)
class Deadline:
    """The monotonic time by which an action must be over."""

    at: float
    monotonic: Callable[[], float]

    @property
    def left(self) -> float:
        """Seconds left; negative when it has passed."""
        return self.at - self.monotonic()


def a_little() -> float:
    """Return up to half a second."""
    return random.random() / 2  # noqa: S311 - it spreads load, and guards nothing


class DatadogClient:
    """
    The API of one organisation.

    `wait` sleeps, `monotonic` tells the time, and `jitter` the seconds added to a wait; tests pass their own.
    """

    def __init__(
        self,
        http: Sender,
        *,
        wait: Wait,
        monotonic: Callable[[], float] = time.monotonic,
        budget: float = BUDGET_SECONDS,
        jitter: Callable[[], float] = a_little,
    ) -> None:
        self._http = http
        self._wait = wait
        self._monotonic = monotonic
        self._budget = budget
        self._jitter = jitter

    async def read(self, path: str, **query: str | int) -> Any:
        """
        Return the JSON of a GET, tried again where that may help.

        Raises NeverSent, RateLimited, Forbidden, NotFound, Rejected, Malformed, or a plain ProviderError when no
        answer came; none of them means that something was changed.
        """
        request = Request("GET", path, tuple((name, str(value)) for name, value in query.items()))
        deadline = self._deadline()
        attempts = stamina.retry_context(
            on=lambda error: _may_pass(error) and deadline.left > _CALL_SECONDS,
            attempts=_ATTEMPTS,
            timeout=self._budget,
            wait_initial=0.1,
            wait_max=1.0,
            wait_jitter=0.2,
        )
        async for attempt in attempts:
            with attempt:
                return parsed(await self._patiently(lambda: self._read_once(request, deadline), deadline))
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def validate(self) -> None:
        """
        Prove the API key, and only that one.

        Raises Forbidden or what `read` raises.
        """
        body = await self.read("/api/v1/validate")
        if not isinstance(body, dict) or body.get("valid") is not True:
            raise Forbidden("Datadog does not know the API key.", "Look at the key and the site.")

    async def write(self, request: Request, conflicts: Mapping[int, str] = CONFLICT) -> Answer:
        """
        Send a request that may change something, with effect at most once.

        Returns its 2xx answer.

        `conflicts` are the statuses by which it says that the state of the thing forbids it, and what they mean.

        Raises NeverSent, RateLimited, Forbidden, NotFound, Conflict or Rejected when nothing took effect, and
        OutcomeUnknown otherwise.
        """
        deadline = self._deadline()
        return await self._patiently(lambda: self._write_once(request, conflicts, deadline), deadline)

    def _deadline(self) -> Deadline:
        return Deadline(self._monotonic() + self._budget, self._monotonic)

    async def _patiently(self, send: Callable[[], Awaitable[Answer]], deadline: Deadline) -> Answer:
        """Wait out refusals for pace for as long as that fits into the deadline."""
        for _ in range(_MOST_REFUSALS):
            try:
                return await send()
            except RateLimited as limited:
                limited.retry_after += self._jitter()
                if limited.retry_after + _CALL_SECONDS > deadline.left:
                    raise
                await self._wait(limited.retry_after)
        return await send()

    async def _read_once(self, request: Request, deadline: Deadline) -> Answer:
        try:
            answer = await self._http.send(request, within=max(deadline.left, _CALL_SECONDS))
        except OutcomeUnknown as error:  # of a read, which changes nothing
            raise ProviderError(error.fact, "Nothing was changed; try again.") from error
        failed = read_refusal(answer)
        if failed is not None:
            raise failed
        return answer

    async def _write_once(self, request: Request, conflicts: Mapping[int, str], deadline: Deadline) -> Answer:
        if deadline.left <= 0:
            raise NeverSent("There was no time left to send the call.", "Nothing was sent; try again.")
        answer = await self._http.send(request, within=deadline.left)
        failed = refusal(answer, conflicts)
        if failed is not None:
            raise failed
        return answer


def parsed(answer: Answer) -> Any:
    """
    Return the JSON of an answer; raises Malformed.

    Half characters (lone surrogates), infinite numbers and bottomless nesting count as no JSON: nothing further
    in could store or show them.
    """
    try:
        return from_json(answer.content, allow_inf_nan=False)
    except ValueError as error:
        raise Malformed("Datadog's answer is not JSON.", "Is something between here and Datadog?") from error


def _may_pass(error: Exception) -> bool:
    """
    Tell whether a failed read is worth another try.

    Not sent, or no answer (a plain ProviderError).
    """
    if isinstance(error, Paused):
        return False
    return isinstance(error, NeverSent) or type(error) is ProviderError
