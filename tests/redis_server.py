"""
A real server for the tests: one for each worker process, empty for each test.

Import the fixtures in a conftest. TEST_REDIS_BINARY names another `redis-server` or `valkey-server` to test with.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from bot.adapters.embedded import EmbeddedServer


@pytest.fixture(scope="session")
def redis_server() -> Iterator[EmbeddedServer]:
    """Give this process a server of its own, in a folder short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="cs-", dir="/tmp") as home:
        other = os.environ.get("TEST_REDIS_BINARY")
        server = EmbeddedServer(Path(home) / "redis", binary=Path(other) if other else None)
        server.start()
        yield server
        force_down(server)


@pytest.fixture
def redis_url(redis_server: EmbeddedServer) -> str:
    """Give the address of the server, emptied of what earlier tests left."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
        client.script_flush()
    return redis_server.url


def force_down(server: EmbeddedServer) -> None:
    """Stop the server even if it was adopted or a test left a connection open."""
    with redis.Redis.from_url(server.url) as client, contextlib.suppress(redis.ConnectionError):
        client.shutdown(nosave=True)
    server.stop()
