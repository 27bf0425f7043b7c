"""The same script-per-commit on a cluster, behind sentinels, and with a replica that confirms."""

import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
import redis

from bot.adapters.embedded import server_binary
from bot.adapters.redis.connection import connected, inspect
from bot.adapters.redis.link import Link
from bot.adapters.redis.outbox import RedisOutbox
from bot.adapters.redis.queue import RedisQueue
from bot.adapters.redis.records import RedisRecords
from bot.errors import NotRecorded
from bot.model import Due, Job
from bot.ports import Commit, Verdict
from tests.contract.worlds import entry
from tests.waiting import eventually

Serve = Callable[..., int]
JOB = Job(kind="run", id="cs-a")


def free_port() -> int:
    """Return a loopback port that nobody uses."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Run servers on loopback ports, and end them afterwards."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*options: str) -> int:
        port = free_port()
        home = tmp_path / str(port)
        home.mkdir()
        (home / "conf").touch()
        command = [str(server_binary()), str(home / "conf"), "--port", str(port), "--bind", "127.0.0.1"]
        log = ("--dir", str(home), "--logfile", str(home / "log"))
        running.append(subprocess.Popen([*command, *log, *options]))
        eventually(lambda: answers(port))
        return port

    yield start
    for process in running:
        process.kill()
        process.wait()


def answers(port: int) -> bool:
    """Tell whether the server at a port is up."""
    with redis.Redis(host="127.0.0.1", port=port) as client, suppress(redis.RedisError):
        return bool(client.ping())
    return False


async def whole_way(link: Link) -> None:
    """Go once through everything: commit, promote, take, finish, draw, read."""
    records, queue, outbox = RedisRecords(link), RedisQueue(link, 10_000), RedisOutbox(link)
    await records.ping()
    due = (Due(job=Job(kind="expire", id="cs-a"), at=records.now()),)
    places = {"take": ("flag:1",), "index": (("open", 1),), "caps": (("open", 5),), "dedupe": "press-1"}
    asked = Commit(
        kind="change", id="cs-a", expected=0, data="{}", entries=(entry("cs-a", 1),), jobs=(JOB,), due=due, redraw=True
    ).model_copy(update=places)
    assert (await records.commit(asked)).verdict is Verdict.WRITTEN
    assert (await records.commit(asked)).verdict is Verdict.WRITTEN
    assert await queue.promote(10) == 1
    taken = await queue.take("worker", 10, 100)
    assert [delivery.job.kind for delivery in taken] == ["run", "expire"]
    assert all([await queue.finish("worker", delivery) for delivery in taken])
    assert await queue.reclaim("worker", 10) == ()
    assert await outbox.hold("cs-a", 1000)
    assert await outbox.settle("cs-a", 1)
    assert await records.members("open", 10) == ("cs-a",)
    assert (await records.read_many("change", ("cs-b", "cs-a")))[1] is not None


async def test_everything_works_in_a_cluster(serve: Serve) -> None:
    """All keys share one slot, so every script runs in a cluster."""
    port = serve("--cluster-enabled", "yes", "--cluster-port", str(free_port()))
    with redis.Redis(host="127.0.0.1", port=port, decode_responses=True) as node:
        node.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
        eventually(lambda: node.execute_command("CLUSTER INFO")["cluster_state"] == "ok")
    async with connected(f"redis+cluster://127.0.0.1:{port}") as link:
        assert (await inspect(link)).warnings
        await whole_way(link)


async def test_everything_works_behind_sentinels(serve: Serve) -> None:
    """The primary is asked of the sentinels."""
    primary = serve()
    sentinel = serve("--sentinel")
    with redis.Redis(host="127.0.0.1", port=sentinel) as client:
        client.execute_command("SENTINEL MONITOR", "countersign", "127.0.0.1", primary, 1)
    async with connected(f"redis+sentinel://127.0.0.1:{sentinel}/countersign") as link:
        await whole_way(link)
    with redis.Redis(host="127.0.0.1", port=primary) as client:
        assert client.exists("{countersign}:record:change:cs-a")


async def test_a_commit_waits_for_the_replica_that_was_asked_for(serve: Serve) -> None:
    """With a replica a commit is confirmed; without it the caller is told, and may ask again."""
    primary = serve("--repl-diskless-sync-delay", "0")
    async with connected(f"redis://127.0.0.1:{primary}", replicas=1) as link:
        asked = Commit(kind="change", id="cs-a", expected=0, data="{}", entries=(entry("cs-a", 1),))
        with pytest.raises(NotRecorded, match="Too few replicas"):
            await RedisRecords(link).commit(asked)
        serve("--replicaof", "127.0.0.1", str(primary), "--repl-diskless-load", "swapdb")
        with redis.Redis(host="127.0.0.1", port=primary) as client:
            eventually(lambda: client.wait(1, 10) == 1)
        assert (await RedisRecords(link).commit(asked)).verdict is Verdict.WRITTEN
        assert await inspect(link, replicas=1)
