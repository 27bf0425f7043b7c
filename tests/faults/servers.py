"""Redis servers of a test's own, on loopback ports: behind a sentinel, or as a cluster."""

import contextlib
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import redis

from bot.adapters.embedded import server_binary
from tests.waiting import until

HOST = "127.0.0.1"
SERVICE = "countersign"
SAFE = ("--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction")
QUICK_REPLICAS = ("--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1")


def free_port() -> int:
    """Return a loopback port that nobody uses."""
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Servers:
    """Servers that are started here and end with the test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.running: dict[int, subprocess.Popen[bytes]] = {}

    async def start(self, *options: str) -> int:
        """Start one server and return its port once it answers."""
        port = free_port()
        home = self._folder / str(port)
        home.mkdir()
        (home / "conf").touch()
        command = [str(server_binary()), str(home / "conf"), "--port", str(port), "--bind", HOST, "--dir", str(home)]
        command += ["--logfile", str(home / "log"), *options]
        self.running[port] = subprocess.Popen(command)  # noqa: ASYNC220  the handle outlives the loop; it starts at once
        await until(lambda: answers(port), f"the server at {port} answers")
        return port

    def kill(self, port: int) -> None:
        """Kill one server where it stands."""
        process = self.running.pop(port)
        process.kill()
        process.wait()


@asynccontextmanager
async def servers() -> AsyncIterator[Servers]:
    """Give servers that are killed after the block."""
    folder = Path(tempfile.mkdtemp(prefix="cs-", dir="/tmp"))
    mine = Servers(folder)
    try:
        yield mine
    finally:
        for port in tuple(mine.running):
            mine.kill(port)
        shutil.rmtree(folder, ignore_errors=True)


def ask(port: int, *words: str | int) -> object:
    """Ask one server something; errors of its own are answers too."""
    with redis.Redis(host=HOST, port=port, decode_responses=True, socket_timeout=2) as client:
        answer: object = client.execute_command(*words)
        return answer


def answers(port: int) -> bool:
    """Tell whether a server is up."""
    with contextlib.suppress(redis.RedisError):
        return bool(ask(port, "PING"))
    return False


async def behind_sentinel(mine: Servers) -> tuple[str, int, int]:
    """Start a primary, two replicas and a sentinel; return the bot's URL, the primary's port, the sentinel's."""
    primary = await mine.start(*SAFE, *QUICK_REPLICAS)
    for _ in range(2):
        await mine.start(*SAFE, *QUICK_REPLICAS, "--replicaof", HOST, str(primary))
    await until(lambda: ask(primary, "WAIT", 2, 10) == 2, "both replicas follow")
    sentinel = await mine.start("--sentinel")
    ask(sentinel, "SENTINEL", "MONITOR", SERVICE, HOST, primary, 1)
    for name, value in (("down-after-milliseconds", 500), ("failover-timeout", 3000), ("parallel-syncs", 2)):
        ask(sentinel, "SENTINEL", "SET", SERVICE, name, value)
    await until(lambda: _replicas_known(sentinel) == 2, "the sentinel knows both replicas")
    return f"redis+sentinel://{HOST}:{sentinel}/{SERVICE}", primary, sentinel


def _replicas_known(sentinel: int) -> int:
    found = ask(sentinel, "SENTINEL", "REPLICAS", SERVICE)
    return len(found) if isinstance(found, list) else 0


def primary_of(sentinel: int) -> int:
    """Return the port of whom the sentinel takes for the primary."""
    found = ask(sentinel, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)
    return int(found[1]) if isinstance(found, list | tuple) else 0


async def cluster(mine: Servers) -> str:
    """Start a cluster of three primaries and return the bot's URL."""
    ports = [
        await mine.start(*SAFE, "--cluster-enabled", "yes", "--cluster-port", str(bus))
        for bus in (free_port() for _ in range(3))
    ]
    for at, port in enumerate(ports):
        ask(port, "CLUSTER", "ADDSLOTSRANGE", at * 5461, 16383 if at == 2 else (at + 1) * 5461 - 1)
        ask(port, "CLUSTER", "SET-CONFIG-EPOCH", at + 1)
    for other in ports[1:]:
        bus = str(mine_bus(mine, other))
        ask(ports[0], "CLUSTER", "MEET", HOST, other, bus)
    await until(lambda: all(_cluster_is_ok(port) for port in ports), "the cluster is formed")
    return f"redis+cluster://{HOST}:{ports[0]}"


def mine_bus(mine: Servers, port: int) -> int:
    """Return the port of a server's cluster bus, from how it was started."""
    words = mine.running[port].args
    assert isinstance(words, list)
    return int(words[words.index("--cluster-port") + 1])


def _cluster_is_ok(port: int) -> bool:
    with redis.Redis(host=HOST, port=port, decode_responses=True) as client:
        info = client.execute_command("CLUSTER INFO")
        return bool(info["cluster_state"] == "ok" and info["cluster_known_nodes"] == "3")
