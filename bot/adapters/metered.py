"""Ways to Redis and Datadog that are measured, each a drop-in for the one it measures."""

from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis, RedisCluster

from bot.adapters.http import Answer, Request, Sender
from bot.adapters.metrics import Metrics
from bot.adapters.redis.link import Link
from bot.adapters.redis.records import RedisRecords
from bot.errors import NeverSent, OutcomeUnknown
from bot.ports import Commit, Committed, Verdict
from bot.store import KIND, parse

_TELLING = frozenset(
    ["requested", "approve", "confirm", "reject", "cancelled", "expired", "stale", "applied", "failed", "unknown"]
)


class MeteredLink(Link):
    """A link whose round trips are measured, by script or command."""

    def __init__(self, client: Redis | RedisCluster, replicas: int, metrics: Metrics) -> None:
        super().__init__(client, replicas)
        self._metrics = metrics

    async def call(self, *words: str | int) -> Any:
        """Run one command."""
        with self._metrics.timed(self._metrics.redis, str(words[0]).lower()):
            return await super().call(*words)

    async def run(self, name: str, keys: Sequence[str], args: Sequence[str | int] = ()) -> list[Any]:
        """Run a script."""
        with self._metrics.timed(self._metrics.redis, name):
            return await super().run(name, keys, args)

    async def run_confirmed(self, name: str, keys: Sequence[str], args: Sequence[str | int] = ()) -> list[Any]:
        """Run a script and wait for the replicas, where there are any to wait for."""
        with self._metrics.timed(self._metrics.redis, name):
            return await super().run_confirmed(name, keys, args)


class MeteredRecords(RedisRecords):
    """Records of which it is counted what their commits mean to people."""

    def __init__(self, link: Link, metrics: Metrics) -> None:
        super().__init__(link)
        self._metrics = metrics

    async def commit(self, commit: Commit) -> Committed:
        """Write everything in `commit`, or nothing and say why."""
        result = await super().commit(commit)
        if result.verdict is Verdict.WRITTEN and commit.kind == KIND and commit.entries:
            event = commit.entries[-1].event
            if event.name in _TELLING:
                self._metrics.written(parse(commit.id, commit.data), event)
        return result


class MeteredSender:
    """A way to one of Datadog's hosts whose requests are measured, by method and by the class of the answer."""

    def __init__(self, http: Sender, metrics: Metrics, api: str) -> None:
        self._http = http
        self._metrics = metrics
        self._api = api

    async def send(self, request: Request, *, within: float) -> Answer:
        """Send one request, once, and return its answer in `within` seconds."""
        with self._metrics.timed(self._metrics.datadog, f"{self._api} {request.method}") as timed:
            try:
                answer = await self._http.send(request, within=within)
            except (NeverSent, OutcomeUnknown) as error:
                timed.outcome = error.code.removeprefix("provider_")
                raise
            timed.outcome = "429" if answer.status == 429 else f"{answer.status // 100}xx"
            return answer
