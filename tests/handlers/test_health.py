"""Readiness: each reason is a sentence, Slack is asked once a minute at most, and a page is always served."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from bot.adapters.memory.pulse import MemoryPulse
from bot.adapters.memory.state import State
from bot.adapters.metrics import Metrics
from bot.errors import Misconfigured
from bot.ports import ALIVE_MS
from handlers.cards.sentences import NO_SOCKET, NO_WORKER, SILENT
from handlers.health import SLACK_SECONDS, Health
from tests.contract.worlds import SetClock

BAD_TOKEN = "Slack does not accept the bot token (token_revoked). Set the app's current xoxb token."
AWAY = "The store did not take it, so nothing was recorded. Try again in a moment."


class Scene:
    """A store in memory, a Slack that answers or not, and a clock by hand."""

    def __init__(self) -> None:
        self.clock = SetClock()
        self.state = State(self.clock)
        self.pulse = MemoryPulse(self.state)
        self.asked = 0
        self.revoked = False
        self.seconds = 0.0
        self.health = Health(self.pulse, self.ask, Metrics(), monotonic=lambda: self.seconds)

    async def ask(self) -> None:
        """Be asked whose token it is."""
        self.asked += 1
        if self.revoked:
            raise Misconfigured(
                "Slack does not accept the bot token (token_revoked).", "Set the app's current xoxb token."
            )


@pytest.fixture
async def scene() -> Scene:
    """Give a scene in which everything is right."""
    made = Scene()
    await made.pulse.beat("worker")
    return made


async def test_ready(scene: Scene) -> None:
    """With a store, a worker and a token nothing is said against it."""
    assert await scene.health.reasons() == ()


async def test_no_worker(scene: Scene) -> None:
    """A worker that is silent for 30 seconds is a reason, and one that is heard of again is none."""
    scene.clock.advance(ALIVE_MS)
    assert await scene.health.reasons() == (SILENT,)
    await scene.pulse.beat("another")
    assert await scene.health.reasons() == ()


async def test_a_worker_that_ended_in_good_order(scene: Scene) -> None:
    """Right after the only worker left, nothing is said of how long it has been silent."""
    scene.clock.advance(2000)
    await scene.pulse.leave("worker")
    assert await scene.health.reasons() == (NO_WORKER,)
    assert "seconds" not in NO_WORKER


async def test_a_token_that_was_revoked(scene: Scene) -> None:
    """Slack is asked once a minute, and what it said then stands until it is asked again."""
    scene.revoked = True
    assert await scene.health.reasons() == ()
    scene.seconds = SLACK_SECONDS
    assert await scene.health.reasons() == (BAD_TOKEN,)
    scene.revoked = False
    assert await scene.health.reasons() == (BAD_TOKEN,)
    assert scene.asked == 1
    scene.seconds = 2 * SLACK_SECONDS
    assert await scene.health.reasons() == ()


async def test_in_socket_mode_the_connection_counts(scene: Scene) -> None:
    """A lost connection is the reason, and the token is not asked about."""
    connected = False

    async def look() -> bool:
        return connected

    scene.health.socket = look
    scene.seconds = SLACK_SECONDS
    assert await scene.health.reasons() == (NO_SOCKET,)
    connected = True
    assert (await scene.health.reasons(), scene.asked) == ((), 0)


async def test_all_reasons_are_told(scene: Scene) -> None:
    """Several reasons are several sentences."""
    scene.state.away = scene.revoked = True
    scene.seconds = SLACK_SECONDS
    assert await scene.health.reasons() == (AWAY, BAD_TOKEN)


@pytest.fixture
async def url(scene: Scene) -> AsyncIterator[str]:
    """Give where the port of its own is."""
    async with TestServer(scene.health.own_app()) as server:
        yield str(server.make_url("")).rstrip("/")


async def fetched(url: str) -> tuple[int, str]:
    """Return the status and the text of an answer."""
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def test_the_pages(scene: Scene, url: str) -> None:
    """Alive is alive whatever is wrong, ready says why not, and metrics are served also without a store."""
    assert await fetched(f"{url}/readyz") == (200, '{"ready": true}')
    assert "countersign_store_up 1.0" in (await fetched(f"{url}/metrics"))[1]
    scene.state.away = True
    assert await fetched(f"{url}/healthz") == (200, '{"alive": true}')
    assert await fetched(f"{url}/readyz") == (503, f'{{"ready": false, "why": ["{AWAY}"]}}')
    status, page = await fetched(f"{url}/metrics")
    assert status == 200
    assert "countersign_store_up 0.0" in page
    assert "countersign_jobs NaN" in page
