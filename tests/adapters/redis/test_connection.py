"""From REDIS_URL to a link, and what is refused before anything relies on it."""

from collections.abc import Sequence
from typing import Any

import pytest
import redis

from bot.adapters.redis.connection import connected, inspect
from bot.adapters.redis.link import Link
from bot.errors import Misconfigured, NotRecorded

FIT = {
    "redis_version": "7.0.15",
    "role": "master",
    "maxmemory_policy": "noeviction",
    "aof_enabled": "1",
    "connected_slaves": "1",
}


class Says(Link):
    """A link to a server that says this of itself."""

    def __init__(self, **said: str) -> None:
        super().__init__(redis.asyncio.Redis())
        self._info = "# Server\r\n" + "".join(f"{name}:{value}\r\n" for name, value in (FIT | said).items())

    async def run(self, name: str, keys: Sequence[str], args: Sequence[str | int] = ()) -> list[Any]:
        """Answer the one question that is asked."""
        assert (name, len(keys), args) == ("inspect", 1, ())
        return [self._info]


async def test_the_embedded_server_can_be_relied_on(redis_url: str) -> None:
    """The server that is started without REDIS_URL passes every check without a warning."""
    async with connected(redis_url) as link:
        found = await inspect(link)
    assert int(found.version.split(".")[0]) >= 7
    assert found.warnings == ()


async def test_a_server_that_evicts_is_refused(redis_url: str) -> None:
    """A real server that may throw keys away is refused, with the setting that repairs it."""
    with redis.Redis.from_url(redis_url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            async with connected(redis_url) as link:
                with pytest.raises(Misconfigured, match="set maxmemory-policy noeviction"):
                    await inspect(link)
        finally:
            client.config_set("maxmemory-policy", "noeviction")


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"redis_version": "6.2.14"}, "6.2.14; Redis 7.0"),
        ({"role": "slave"}, "name the primary"),
        ({"maxmemory_policy": "volatile-lru"}, "noeviction"),
        ({"connected_slaves": "0"}, "0 replicas and 1"),
    ],
)
async def test_an_unfit_server_is_refused_with_one_sentence_each(said: dict[str, str], problem: str) -> None:
    """Too old, a replica, evicting, or without the replicas that are waited for: each has its sentence."""
    with pytest.raises(Misconfigured, match=problem) as told:
        await inspect(Says(**said), replicas=1)
    assert len(told.value.problems) == 1


async def test_the_oldest_supported_version_is_taken() -> None:
    """Redis 7.0 is enough."""
    assert await inspect(Says(), replicas=1)
    assert (await inspect(Says(valkey_version="8.1.0", redis_version="7.2.4"))).version == "8.1.0"


async def test_a_server_without_a_log_of_writes_is_warned_of() -> None:
    """Without an append-only file the server works, and a sentence says what it may cost."""
    (warning,) = (await inspect(Says(aof_enabled="0"))).warnings
    assert "appendonly yes" in warning


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1", "127.0.0.1:6379", "redis+sentinel://127.0.0.1:26379", "redis://127.0.0.1:port"]
)
async def test_an_address_that_cannot_be_read_is_refused(url: str) -> None:
    """A REDIS_URL of no known form is Misconfigured, not a guess."""
    with pytest.raises(Misconfigured, match="REDIS_URL"):
        async with connected(url):
            pass


async def test_the_password_is_in_no_message() -> None:
    """Neither what is said nor what is behind it carries the credentials of the address."""
    async with connected("redis://user:s3cret@127.0.0.1:1/0", timeout_s=0.2) as link:
        with pytest.raises(NotRecorded) as told:
            await inspect(link)
    assert "s3cret" not in f"{told.value} {told.value.__cause__}"


async def test_replicas_cannot_be_waited_for_in_a_cluster() -> None:
    """The combination that is not supported is refused, not ignored."""
    with pytest.raises(Misconfigured, match="one primary"):
        async with connected("redis+cluster://127.0.0.1:1", replicas=1):
            pass
