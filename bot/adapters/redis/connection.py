"""
From REDIS_URL to a link, and the look at the server before it is relied on.

- `redis://` and `rediss://` (TLS), `unix://`: one server
- `redis+sentinel://[user:password@]host:port,host:port/service[/db]` (`rediss+sentinel` for TLS to the servers)
- `redis+cluster://[user:password@]host:port` (`rediss+cluster` for TLS)

The client never repeats a command by itself: a lost reply must not run a command twice.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from redis.asyncio import Redis, RedisCluster, Sentinel
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from bot.adapters.redis import keys
from bot.adapters.redis.link import Link, border
from bot.errors import Misconfigured
from bot.model import Value

OLDEST = (7, 0)


class _UnreadableError(ValueError):
    """What is wrong with an address, in words that quote nothing of it."""


class Inspection(Value):
    """What was found: the server's version, and sentences to log."""

    version: str
    warnings: tuple[str, ...] = ()


@asynccontextmanager
async def connected(
    url: str,
    *,
    timeout_s: float = 1.0,
    replicas: int = 0,
    link: Callable[[Redis | RedisCluster, int], Link] = Link,
) -> AsyncIterator[Link]:
    """
    Give a link to the server at `url`, and close all its connections after the block.

    `timeout_s` bounds connecting and every single answer. Raises Misconfigured for a URL that cannot be read,
    and, for a cluster alone, NotRecorded when it is away; the others connect at their first use.
    """
    async with AsyncExitStack() as closing:
        try:
            client = _client(url, timeout_s, closing)
        except _UnreadableError as error:
            raise Misconfigured("REDIS_URL cannot be read.", f"It must say where Redis is: {error}.") from None
        except ValueError:  # redis-py's and urllib's quote what they could not read, which may be the password
            raise Misconfigured("REDIS_URL cannot be read.", "Is every sign in its password percent-encoded?") from None
        closing.push_async_callback(client.aclose)
        if isinstance(client, RedisCluster):
            if replicas:
                raise Misconfigured("Waiting for replicas works with one primary only.", "Set it to 0 for a cluster.")
            with border():
                await client.initialize()
        yield link(client, replicas)


async def inspect(link: Link, *, replicas: int = 0) -> Inspection:
    """
    Look at the server before it is relied on.

    Raises Misconfigured when it is too old, a replica, may evict keys, or has fewer replicas than are waited
    for; NotRecorded when it is away or this user may not run INFO.
    """
    (text,) = await link.run("inspect", [keys.JOBS])
    said = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    problems = tuple(_problems(said, replicas))
    if problems:
        raise Misconfigured("This Redis cannot be relied on.", " ".join(problems), problems)
    warnings: tuple[str, ...] = ()
    if said.get("aof_enabled") != "1":
        warnings = ("Redis keeps no append-only file: what was acknowledged can be lost. Set appendonly yes.",)
    return Inspection(version=said.get("valkey_version", said["redis_version"]), warnings=warnings)


def _problems(said: dict[str, str], replicas: int) -> list[str]:
    version = tuple(int(part) for part in said["redis_version"].split(".")[:2])
    found = []
    if version < OLDEST:
        found.append(f"It is version {said['redis_version']}; Redis 7.0 or Valkey 7.2 is the oldest that works.")
    if said.get("role") != "master":
        found.append("It is a replica; name the primary.")
    if said.get("maxmemory_policy") != "noeviction":
        found.append(f"It evicts keys ({said.get('maxmemory_policy')}); set maxmemory-policy noeviction.")
    if int(said.get("connected_slaves", "0")) < replicas:
        found.append(f"It has {said.get('connected_slaves')} replicas and {replicas} are to confirm each write.")
    return found


def _client(url: str, timeout_s: float, closing: AsyncExitStack) -> Redis | RedisCluster:
    scheme, _, rest = url.partition("://")
    options: dict[str, Any] = {
        "decode_responses": True,
        "encoding_errors": "backslashreplace",  # bytes that are no text are for whoever verifies the record to tell
        "protocol": 2,
        "retry": Retry(NoBackoff(), 0),
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
    }
    if scheme in ("redis", "rediss", "unix"):
        client: Redis = Redis.from_url(url, **options)
        return client
    if scheme in ("redis+cluster", "rediss+cluster"):
        cluster: RedisCluster = RedisCluster.from_url(f"{scheme.split('+')[0]}://{rest}", **options)
        return cluster
    if scheme in ("redis+sentinel", "rediss+sentinel"):
        return _behind_sentinels(url, options, closing)
    raise _UnreadableError("it begins with none of redis://, rediss://, unix:// or their +sentinel, +cluster")


def _behind_sentinels(url: str, options: dict[str, Any], closing: AsyncExitStack) -> Redis:
    parts = urlsplit(url)
    login, _, hosts = parts.netloc.rpartition("@")
    service, _, db = parts.path.strip("/").partition("/")
    if not service:
        raise _UnreadableError("behind sentinels it needs the name of the service: redis+sentinel://host:26379/service")
    user, _, password = login.partition(":")
    sentinels = [urlsplit(f"//{host}") for host in hosts.split(",")]
    sentinel = Sentinel(  # type: ignore[no-untyped-call]  # redis-py leaves this constructor without annotations
        [(host.hostname, host.port or 26379) for host in sentinels],
        sentinel_kwargs=options,
        db=int(db or 0),
        username=unquote(user) or None,
        password=unquote(password) or None,
        ssl=parts.scheme.startswith("rediss"),
        **options,
    )
    for each in sentinel.sentinels:
        closing.push_async_callback(each.aclose)
    client: Redis = sentinel.master_for(service)
    return client
