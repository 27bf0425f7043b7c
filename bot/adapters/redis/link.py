"""
The one way to Redis: runs the scripts, keeps the store's time, and maps every failure at the border.

Nothing here repeats a command. A script that is not loaded yet is sent in full; it has not run then. What only reads
and fails has recorded nothing; a commit that fails may have arrived although its answer did not, and says so.
"""

import functools
import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from typing import Any

from redis.asyncio import Redis, RedisCluster
from redis.exceptions import NoScriptError, RedisError

from bot.errors import NotRecorded

_WAIT_MS = 100
_AWAY = ("The store did not take it, so nothing was recorded.", "Try again in a moment.")
_IN_DOUBT = (
    "The store did not answer, so it is not known whether this was recorded.",
    "Look at the card; if none shows it, try again.",
)


@functools.cache
def _source(name: str) -> tuple[str, str]:
    text = resources.files(__package__).joinpath(f"{name}.lua").read_text(encoding="utf-8")
    return text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


@contextmanager
def border(*, commits: bool = False) -> Iterator[None]:
    """Turn whatever keeps Redis from answering into NotRecorded; what `commits` may have been recorded all the same."""
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise NotRecorded(*(_IN_DOUBT if commits else _AWAY)) from error


class Link:
    """A client, its scripts, and the time at the other end."""

    def __init__(self, client: Redis | RedisCluster, replicas: int = 0) -> None:
        """Take a client; `replicas` is how many must confirm a commit (not in a cluster)."""
        self.client = client
        self._replicas = replicas
        self._ahead = time.time() * 1000 - time.monotonic() * 1000

    def now(self) -> int:
        """Return the store's time in ms: its last answer's, carried on by the monotonic clock."""
        return int(self._ahead + time.monotonic() * 1000)

    async def call(self, *words: str | int) -> Any:
        """Run one command."""
        with border():
            return await self.client.execute_command(*words)

    async def run(self, name: str, keys: Sequence[str], args: Sequence[str | int] = ()) -> list[Any]:
        """Run a script; its answer begins with the store's time, which is kept, and the rest is returned."""
        return await self._run(name, keys, args)

    async def _run(
        self, name: str, keys: Sequence[str], args: Sequence[str | int] = (), *, commits: bool = False
    ) -> list[Any]:
        text, sha = _source(name)
        with border(commits=commits):
            try:
                answer = await self.client.execute_command("EVALSHA", sha, len(keys), *keys, *args)
            except NoScriptError:
                answer = await self.client.execute_command("EVAL", text, len(keys), *keys, *args)
        self._ahead = answer[0] - time.monotonic() * 1000
        return list(answer[1:])

    async def run_confirmed(self, name: str, keys: Sequence[str], args: Sequence[str | int] = ()) -> list[Any]:
        """
        Run a script that commits, and wait until the replicas asked for (if any) have it, up to 100 ms.

        Raises NotRecorded when too few confirm; the write stands on the primary then, and may be lost with it.
        """
        if not self._replicas or isinstance(self.client, RedisCluster):
            return await self._run(name, keys, args, commits=True)
        text, sha = _source(name)
        with border(commits=True):
            answer, confirmed = await self._with_wait(self.client, "EVALSHA", sha, len(keys), *keys, *args)
            if isinstance(answer, NoScriptError):
                answer, confirmed = await self._with_wait(self.client, "EVAL", text, len(keys), *keys, *args)
            if isinstance(answer, Exception):
                raise answer
        if confirmed < self._replicas:
            raise NotRecorded("Too few replicas confirmed the write, so it may be lost.", _IN_DOUBT[1])
        self._ahead = answer[0] - time.monotonic() * 1000
        return list(answer[1:])

    async def _with_wait(self, client: Redis, *words: str | int) -> tuple[Any, int]:
        # WAIT counts what its own connection wrote: both go down the same one.
        async with client.pipeline(transaction=False) as pipe:
            pipe.execute_command(*words)
            pipe.execute_command("WAIT", self._replicas, _WAIT_MS)
            answer, confirmed = await pipe.execute(raise_on_error=False)
        if isinstance(confirmed, Exception):
            raise confirmed
        return answer, confirmed
