"""The embedded server: one for a folder, whoever starts it and whoever dies."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import redis

from bot.adapters.embedded import EmbeddedServer, embedded, server_binary
from bot.adapters.private_folder import EmbeddedError, own_folder, peer_uid
from tests.redis_server import force_down

ROOT = Path(__file__).resolve().parents[2]
CHILD = """
import sys
from pathlib import Path
import redis
from bot.adapters.embedded import EmbeddedServer

server = EmbeddedServer(Path(sys.argv[1]))
sys.stdin.readline()
server.start()
client = redis.Redis.from_url(server.url)
for key in sys.argv[2:]:
    client.set(key, "kept")
print(client.info("server")["process_id"], server.started_here, flush=True)
sys.stdin.readline()
client.close()
server.stop()
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Give a folder for one server, and leave no server behind."""
    directory = tmp_path / "redis"
    yield directory
    pid = directory / "pid"
    if pid.exists():
        os.kill(int(pid.read_text()), signal.SIGKILL)


@pytest.fixture
def process() -> Iterator[Start]:
    """Run processes that each start the server of a folder once they get a line, and stop at the next."""
    started: list[subprocess.Popen[str]] = []

    def start(directory: Path, *keys: str) -> "subprocess.Popen[str]":
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(directory), *keys],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
        child.communicate()


def say(child: "subprocess.Popen[str]") -> None:
    """Let the child go on."""
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()


def heard(child: "subprocess.Popen[str]") -> list[str]:
    """Wait for the child's line: the server's process id, and whether it was started there."""
    assert child.stdout is not None
    return child.stdout.readline().split()


def info(server: EmbeddedServer, section: str) -> dict[str, Any]:
    """Return what the server says about itself."""
    with redis.Redis.from_url(server.url) as client:
        return dict(client.info(section))


def test_processes_that_race_to_start_share_one_server(folder: Path, process: Start) -> None:
    """Two processes that start at once get one server, which one of them started."""
    racers = [process(folder) for _ in range(2)]
    for racer in racers:
        say(racer)
    (first, first_started), (second, second_started) = (heard(racer) for racer in racers)
    assert first == second
    assert {first_started, second_started} == {"True", "False"}


def test_a_killed_process_leaves_server_and_data_to_the_next(folder: Path, process: Start) -> None:
    """The next start adopts the server of a killed process, and finds what it wrote."""
    child = process(folder, "a")
    say(child)
    pid, _ = heard(child)
    child.send_signal(signal.SIGKILL)
    child.wait()
    server = EmbeddedServer(folder)
    server.start()
    try:
        assert not server.started_here
        assert info(server, "server")["process_id"] == int(pid)
        with redis.Redis.from_url(server.url) as client:
            assert client.get("a") == b"kept"
    finally:
        force_down(server)


async def test_a_restart_finds_the_data(folder: Path) -> None:
    """What was written is there after the server was stopped and started again."""
    async with embedded(folder) as server:
        with redis.Redis.from_url(server.url) as client:
            client.set("a", "kept")
        first = info(server, "server")["process_id"]
    async with embedded(folder) as server:
        with redis.Redis.from_url(server.url) as client:
            assert client.get("a") == b"kept"
        assert info(server, "server")["process_id"] != first


def test_a_killed_server_is_replaced_and_has_the_data(folder: Path) -> None:
    """An acknowledged write survives the server's own sudden death."""
    killed = EmbeddedServer(folder)
    killed.start()
    with redis.Redis.from_url(killed.url) as client:
        client.set("a", "kept")
    os.kill(info(killed, "server")["process_id"], signal.SIGKILL)
    server = EmbeddedServer(folder)
    server.start()
    try:
        assert server.started_here
        with redis.Redis.from_url(server.url) as client:
            assert client.get("a") == b"kept"
    finally:
        force_down(server)
        killed.stop()


def test_a_server_in_use_is_not_stopped(folder: Path, process: Start) -> None:
    """Whoever started the server leaves it running while another process uses it."""
    server = EmbeddedServer(folder)
    server.start()
    child = process(folder)
    say(child)
    assert heard(child) == [str(info(server, "server")["process_id"]), "False"]
    server.stop()
    with redis.Redis.from_url(server.url) as client:
        assert client.ping()


def test_the_last_one_out_stops_what_it_started(folder: Path) -> None:
    """A clean end stops a server that nobody else uses, and frees the folder."""
    server = EmbeddedServer(folder)
    server.start()
    server.stop()
    with redis.Redis.from_url(server.url) as client, pytest.raises(redis.ConnectionError):
        client.ping()


def test_the_last_one_out_stops_what_another_started(folder: Path, process: Start) -> None:
    """A server whose starter was killed does not run on for ever: who adopted it and leaves last stops it."""
    child = process(folder)
    say(child)
    assert heard(child)[1] == "True"
    child.send_signal(signal.SIGKILL)
    child.wait()
    server = EmbeddedServer(folder)
    server.start()
    assert not server.started_here
    server.stop()
    with redis.Redis.from_url(server.url) as client, pytest.raises(redis.ConnectionError):
        client.ping()


def test_the_server_keeps_every_write_and_listens_on_no_port(folder: Path) -> None:
    """The server syncs every write, evicts nothing and opens no port."""
    server = EmbeddedServer(folder)
    server.start()
    try:
        with redis.Redis.from_url(server.url) as client:
            said: dict[str, str] = client.config_get("*")
        wanted = {
            "port": "0",
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
            "maxmemory-policy": "noeviction",
            "unixsocketperm": "700",
        }
        assert {name: said[name] for name in wanted} == wanted
    finally:
        force_down(server)


def test_the_server_gets_none_of_our_environment(folder: Path) -> None:
    """No token of ours can be read out of the server's environment."""
    tells = folder.parent / "binary"
    tells.write_text("#!/bin/sh\necho it got: >&2; env >&2; exit 1\n")
    tells.chmod(0o755)
    with pytest.raises(EmbeddedError, match="it got:") as told:
        EmbeddedServer(folder, binary=tells).start()
    assert "PYTEST_CURRENT_TEST" in os.environ
    assert "PYTEST_CURRENT_TEST" not in str(told.value)


@pytest.mark.parametrize("mode", [0o740, 0o701])
def test_a_folder_others_may_enter_is_refused(folder: Path, mode: int) -> None:
    """A folder with the wrong mode is refused with the command that repairs it."""
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(EmbeddedError, match="chmod 700"):
        EmbeddedServer(folder).start()


def test_a_link_is_refused(folder: Path, tmp_path: Path) -> None:
    """A link in the folder's place is refused, wherever it leads."""
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EmbeddedError, match="a link or a file"):
        EmbeddedServer(folder).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_the_folder_of_another_user_is_refused(folder: Path) -> None:
    """A folder that somebody else owns is refused."""
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, -1)
    with pytest.raises(EmbeddedError, match="belongs to another user"):
        own_folder(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a process as another user")
def test_the_server_of_another_user_is_not_adopted(folder: Path) -> None:
    """A socket on which another user listens is refused before a word is said to it."""
    own_folder(folder)
    with socket.socket(socket.AF_UNIX) as stranger, (folder / "lock").open("w") as lock:
        stranger.bind(str(folder / "redis.sock"))
        listen_as(65534, stranger)
        lock.write(str(folder / "redis.sock"))
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(EmbeddedError, match=r"another user \(uid 65534\)"):
            EmbeddedServer(folder).start()


def listen_as(uid: int, stranger: socket.socket) -> None:
    """Listen as another user: the peer's credentials are those at the time of listen."""
    os.seteuid(uid)
    try:
        stranger.listen()
    finally:
        os.seteuid(0)


def test_the_other_end_of_a_socket_is_known() -> None:
    """The user at the other end is told by the operating system."""
    here, there = socket.socketpair()
    with closing(here), closing(there):
        assert peer_uid(here) == os.geteuid()


def test_a_path_too_long_for_a_socket_works(tmp_path: Path) -> None:
    """A deep folder gets its socket elsewhere, is adopted there, and leaves nothing behind."""
    folder = tmp_path / ("deep " * 20) / ("deeper" * 20)
    server, second = EmbeddedServer(folder), EmbeddedServer(folder)
    server.start()
    second.start()
    assert (second.url, second.started_here) == (server.url, False)
    place = Path(unquote(urlsplit(server.url).path)).parent
    assert place.stat().st_mode & 0o777 == 0o700
    second.stop()
    server.stop()
    assert not place.exists()


def test_a_missing_binary_names_the_way_out() -> None:
    """Where no server is shipped, the sentence names REDIS_URL."""
    with pytest.raises(EmbeddedError, match="REDIS_URL"):
        server_binary("no_such_package")


@pytest.mark.parametrize("script", ["#!/bin/sh\necho no such libc >&2; exit 1\n", "not a program"])
def test_a_binary_that_does_not_run_names_the_way_out(folder: Path, script: str) -> None:
    """A server that cannot run here is quoted, and the sentence names REDIS_URL."""
    folder.parent.joinpath("binary").write_text(script)
    folder.parent.joinpath("binary").chmod(0o755)
    with pytest.raises(EmbeddedError, match="REDIS_URL"):
        EmbeddedServer(folder, binary=folder.parent / "binary").start()


def test_a_server_that_cannot_read_its_data_says_so(folder: Path) -> None:
    """A server that gives up while it starts is quoted from its log."""
    own_folder(folder)
    (folder / "appendonlydir").write_text("in the way")
    with pytest.raises(EmbeddedError, match="stopped as it started"):
        EmbeddedServer(folder).start()


def test_a_lock_without_a_server_ends_in_a_sentence(folder: Path) -> None:
    """A lock that is held by something that does not answer is waited for, but not for ever."""
    own_folder(folder)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(EmbeddedError, match="does not answer"):
            EmbeddedServer(folder, patience=0.05).start()
