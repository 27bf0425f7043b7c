"""`python -m bot status`: a line for each thing, and an exit code that says whether anything is wrong."""

import secrets
from collections.abc import AsyncIterator

import pytest

from bot.adapters.redis.connection import connected
from bot.adapters.redis.link import Link
from bot.adapters.redis.pulse import RedisPulse
from bot.adapters.redis.queue import RedisQueue
from bot.adapters.redis.records import RedisRecords
from bot.audit import Signer
from bot.auditing.sealing import Sealer
from bot.model import Due, Job
from bot.ports import Commit
from bot.settings import Settings, load
from bot.store import ACTIVE, UNKNOWNS
from handlers.status import status
from tests.contract.worlds import entry

KEY = secrets.token_hex(32)
JOB = Job(kind="run", id="cs-aaaaaa")


def settings(redis_url: str, key: str = KEY) -> Settings:
    """Return the settings of an installation on this server."""
    given = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "DD_API_KEY", "DD_APP_KEY")
    return load({**dict.fromkeys(given, "x"), "AUDIT_KEY": key, "REDIS_URL": redis_url})


@pytest.fixture
async def link(redis_url: str) -> AsyncIterator[Link]:
    """Give a way to the server, where one worker is at work."""
    async with connected(redis_url) as made:
        await RedisPulse(made).beat("host:1:aa")
        yield made


async def told(redis_url: str, key: str = KEY) -> tuple[int, dict[str, str]]:
    """Return the exit code, and of each line whether it is right and what it says."""
    lines: list[str] = []
    code = await status(settings(redis_url, key), lines.append)
    return code, {line[6:31].strip(): f"{line[:4].strip()} {line[33:]}" for line in lines}


async def test_all_is_well(link: Link, redis_url: str) -> None:
    """A worker that was just heard of, and nothing that waits, is nothing wrong."""
    del link
    assert await told(redis_url) == (
        0,
        {
            "redis": "ok answers.",
            "workers": "ok 1 at work: host:1:aa 0 s ago.",
            "queue": "ok 0 jobs.",
            "dead letters": "ok 0 jobs were given up.",
            "changes": "ok 0 open, 0 of them wait for a signature, 0 unknown.",
            "cards": "ok 0 behind their records.",
            "last seal": "ok none yet.",
        },
    )


async def test_everything_is_wrong(link: Link, redis_url: str) -> None:
    """No worker, work that was given up, an unknown change: each is named, and the exit code is 1."""
    await RedisPulse(link).leave("host:1:aa")
    queue = RedisQueue(link, 1000)
    await queue.add(JOB)
    (delivery,) = await queue.take("worker", 1, 0)
    await queue.bury("worker", delivery, "for a test")
    await queue.defer(Due(job=JOB, at=1))
    index = ((ACTIVE, 1), (UNKNOWNS, 1))
    await RedisRecords(link).commit(Commit(kind="change", id="cs-aaaaaa", expected=0, data="{}", index=index))
    code, lines = await told(redis_url)
    assert code == 1
    assert lines["workers"] == "FAIL 0 at work."
    assert lines["dead letters"] == "FAIL 1 jobs were given up."
    assert lines["changes"] == "FAIL 1 open, 0 of them wait for a signature, 1 unknown."
    assert lines["queue"].startswith("FAIL 1 jobs, the oldest ")


async def test_the_last_seal(link: Link, redis_url: str) -> None:
    """The last seal is told with its number; one that another key made is somebody's doing."""
    records = RedisRecords(link)
    await records.commit(Commit(kind="change", id="cs-aaaaaa", expected=0, data="{}", entries=(entry("cs-aaaaaa", 1),)))
    await Sealer(records, Signer(KEY.encode()), ()).sweep()
    code, lines = await told(redis_url)
    assert (code, lines["last seal"]) == (1, "FAIL number 1, 0 s ago. 1 chains did not verify.")
    code, lines = await told(redis_url, secrets.token_hex(32))
    assert (code, lines["last seal"]) == (1, "FAIL it was not made with this key; somebody has touched it.")


async def test_no_store() -> None:
    """Without a store one line says so."""
    code, lines = await told("unix:///nowhere/redis.sock")
    assert (code, list(lines)) == (1, ["redis"])
    assert lines["redis"].startswith("FAIL The store did not take it")
