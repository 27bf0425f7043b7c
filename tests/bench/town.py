"""
A bot in its town: a Redis, a Slack and a Datadog for the bot's real processes, and a store to put requests in.
"""

import http.client
import json
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from bot.adapters.embedded import EmbeddedServer
from bot.sandbox.slack.seed import APPROVALS_ID
from bot.sandbox.town import API_KEY, APP_KEY, BOT_TOKEN, SIGNING_SECRET
from bot.settings import Settings, load
from handlers.manifest import PATH
from tests.bench.processes import HOST, ROOT, Child, answers, free_port, until
from tests.bench.world import Note


@dataclass(slots=True)
class Town:
    """Where the measured bot lives; `redis` is its store, `world` its Slack and Datadog, `folder` is for logs."""

    redis: EmbeddedServer
    slack_port: int
    datadog_port: int
    control_port: int
    folder: Path
    world: Child
    audit_key: str = field(default_factory=lambda: secrets.token_hex(32))

    def environment(self, port: int, redis_url: str = "") -> dict[str, str]:
        """Return the settings of a bot that listens on `port`."""
        return {
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API_URL": f"http://{HOST}:{self.slack_port}/api/",
            "HOST": HOST,
            "PORT": str(port),
            "APPROVALS_CHANNEL": APPROVALS_ID,
            "DD_API_KEY": API_KEY,
            "DD_APP_KEY": APP_KEY,
            "DD_API_URL": f"http://{HOST}:{self.datadog_port}",
            "DD_EVENTS_URL": f"http://{HOST}:{self.datadog_port}",
            "AUDIT_KEY": self.audit_key,
            "REDIS_URL": redis_url or self.redis.url,
            "POLICY_FILE": str(ROOT / "policy.yaml"),
        }

    def settings(self) -> Settings:
        """Return the same as the bot reads it."""
        return load(self.environment(0))

    def web(self) -> Child:
        """Start a web process of the bot."""
        port = free_port()
        return Child(("-m", "bot", "serve"), port, self.folder / "web.log", self.environment(port))

    def worker(self) -> Child:
        """Start a worker of the bot."""
        return Child(("-m", "bot", "work"), 0, self.folder / "worker.log", self.environment(0))

    def front(self) -> Child:
        """Start the bot's own front."""
        port = free_port()
        return Child(("-m", "tests.bench.front"), port, self.folder / "front.log", self.environment(port))

    def bare(self, kind: str, listens_to: str = "slash:/flag", *, calls: bool = False) -> Child:
        """Start a server the bot is measured beside, `aiohttp` or `Bolt`; with `calls` it calls Datadog each time."""
        port = free_port()
        address = f"http://{HOST}:{self.datadog_port}/api/v2/feature-flags/x/environments/y/disable" if calls else ""
        script = str(Path(__file__).parent / f"bare_{kind.lower()}.py")
        more = (listens_to,) if kind == "Bolt" else ()
        arguments = (script, str(port), SIGNING_SECRET, PATH, *more, address)
        return Child(arguments, port, self.folder / f"{kind}.log")

    def notes(self) -> list[Note]:
        """Return what Slack and Datadog were asked since the last time."""
        return [Note(**note) for note in json.loads(self._control("GET", "/notes"))]

    def datadog_takes(self, seconds: float) -> None:
        """Say how long Datadog takes for each request from now on."""
        self._control("POST", "/delay", str(seconds))

    def _control(self, method: str, path: str, body: str = "") -> str:
        line = http.client.HTTPConnection(HOST, self.control_port, timeout=20)
        try:
            line.request(method, path, body)
            return line.getresponse().read().decode()
        finally:
            line.close()


@contextmanager
def own_redis(folder: Path, name: str) -> Iterator[EmbeddedServer]:
    """Give a server of our own, and end it whoever is still connected."""
    server = EmbeddedServer(folder / name)
    server.start()
    try:
        yield server
    finally:
        with Redis.from_url(server.url) as client, suppress(RedisError):  # it ends without an answer
            client.shutdown(nosave=True)
        server.stop()


@contextmanager
def open_town(flags: int) -> Iterator[Town]:
    """Open a town whose Datadog has so many flags to change."""
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="cs-bench-", dir="/tmp")))
        redis = closing.enter_context(own_redis(folder, "redis"))
        ports = [free_port() for _ in range(3)]
        arguments = ("-m", "tests.bench.world", ",".join(map(str, ports)), str(flags))
        world = closing.enter_context(Child(arguments, ports[0], folder / "world.log"))
        until(lambda: all(answers(port) for port in ports), "the world")
        yield Town(redis, ports[0], ports[1], ports[2], folder, world)
