"""
The queue on a Redis Stream with a consumer group; a lease is the idle time of a pending entry.

A finished entry is deleted. The stream is never trimmed: trimming drops jobs that are still pending.
"""

from typing import Any

from redis.exceptions import ResponseError

from bot.adapters.redis import keys
from bot.adapters.redis.link import Link, border
from bot.adapters.redis.records import job_word
from bot.model import Due, Job
from bot.ports import Delivery

GROUP = "workers"
FORGET_CONSUMER_MS = 10 * 60_000


class RedisQueue:
    """The port Queue, over a link."""

    def __init__(
        self,
        link: Link,
        lease_ms: int,
        *,
        longest_wait_ms: int = 500,
        forget_consumer_ms: int = FORGET_CONSUMER_MS,
    ) -> None:
        """
        Take the length of a lease, the longest wait for a job in one command, and when to forget idle consumers.

        The wait has to stay well under the client's socket time-out.
        """
        self._link = link
        self._lease_ms = lease_ms
        self._longest_wait_ms = longest_wait_ms
        self._forget_consumer_ms = forget_consumer_ms

    async def take(self, consumer: str, count: int, wait_ms: int) -> tuple[Delivery, ...]:
        """Hand out new jobs to `consumer`, waiting up to `wait_ms` for the first."""
        try:
            return await self._read(consumer, count, wait_ms)
        except _GroupMissingError:
            await self._make_group()
            return await self._read(consumer, count, wait_ms)

    async def _read(self, consumer: str, count: int, wait_ms: int) -> tuple[Delivery, ...]:
        words: list[str | int] = ["XREADGROUP", "GROUP", GROUP, consumer, "COUNT", count]
        if wait_ms > 0:  # BLOCK 0 would wait for ever
            words += ["BLOCK", min(wait_ms, self._longest_wait_ms)]
        with border():
            try:
                answer = await self._link.client.execute_command(*words, "STREAMS", keys.JOBS, ">")
            except ResponseError as error:
                # NOGROUP: before the first take; UNBLOCKED: the stream was deleted while we waited.
                if "NOGROUP" in str(error) or "UNBLOCKED" in str(error):
                    raise _GroupMissingError from error
                raise
        entries = answer[0][1] if answer else []
        return tuple(_delivery(entry, fields, 1) for entry, fields in entries)

    async def _make_group(self) -> None:
        with border():
            try:
                await self._link.client.execute_command("XGROUP", "CREATE", keys.JOBS, GROUP, "0", "MKSTREAM")
            except ResponseError as error:
                if "BUSYGROUP" not in str(error):  # another worker made it meanwhile
                    raise

    async def reclaim(self, consumer: str, count: int) -> tuple[Delivery, ...]:
        """Hand over jobs whose lease has run out."""
        args: list[str | int] = [GROUP, consumer, self._lease_ms, count, self._forget_consumer_ms]
        answer = await self._link.run("reclaim", [keys.JOBS], args)
        return tuple(_delivery(entry, _pairs(fields), times) for entry, fields, times in answer)

    async def renew(self, consumer: str, delivery: Delivery) -> bool:
        """Extend the lease; False when the job has gone to somebody else."""
        return await self._lease("renew", consumer, delivery)

    async def finish(self, consumer: str, delivery: Delivery) -> bool:
        """Take the job off the queue; False when it has gone to somebody else."""
        return await self._lease("finish", consumer, delivery)

    async def hand_back(self, consumer: str, delivery: Delivery) -> None:
        """Give the job up at once."""
        await self._lease("hand_back", consumer, delivery)

    async def bury(self, consumer: str, delivery: Delivery, why: str) -> None:
        """Move a job that cannot be worked to the dead letters."""
        await self._lease("bury", consumer, delivery, why)

    async def _lease(self, act: str, consumer: str, delivery: Delivery, why: str = "") -> bool:
        args: list[str | int] = [act, GROUP, consumer, delivery.entry, delivery.times, why]
        (done,) = await self._link.run("lease", [keys.JOBS, keys.DEAD], args)
        return bool(done)

    async def promote(self, limit: int) -> int:
        """Queue every job whose deadline has come, each once; return how many."""
        (count,) = await self._link.run("promote", [keys.JOBS, keys.DEADLINES], [limit])
        return int(count)

    async def add(self, job: Job) -> None:
        """Queue a job outside a commit."""
        await self._link.call("XADD", keys.JOBS, "*", "kind", job.kind, "id", job.id, "times", 0)

    async def defer(self, due: Due) -> None:
        """Set a deadline outside a commit."""
        await self._link.call("ZADD", keys.DEADLINES, due.at, job_word(due.job))


class _GroupMissingError(Exception):
    """The stream or its group is not there (any more)."""


def _pairs(flat: list[str]) -> dict[str, str]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _delivery(entry: str, fields: dict[str, Any], times: int) -> Delivery:
    handed_out = int(fields["times"]) + times
    return Delivery(entry=entry, job=Job(kind=fields["kind"], id=fields["id"]), times=handed_out)
