"""The bot as it is deployed: processes of their own that share a store, and are started, stopped and killed."""

import asyncio
import os
import re
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import keys
from bot.adapters.redis.queue import GROUP
from bot.changes.record import Status
from bot.cli import main
from bot.sandbox.person import People, says
from bot.sandbox.town import HOST
from tests.dialogs.stage import APPROVER, PATIENCE, REQUESTER, SECOND_APPROVER, Stage, open_stage
from tests.processes import ROOT, Running, Streams, Warm, forked, run, run_cold
from tests.waiting import others_have_run, passed

DISABLE: Final = "/flag disable new-search in prod because cart errors"
START_SECONDS: Final = 40.0
STOP_SECONDS: Final = 20.0
_LISTENING = re.compile(r'"port": (\d+).*"event": "web\.listening"|"event": "web\.listening".*"port": (\d+)')
_OPEN_AT = re.compile(r"open at\s+(http://\S+)")


@dataclass(frozen=True, slots=True)
class Child:
    """One process and what it has said."""

    process: Running
    said: Path

    def words(self) -> str:
        """Return all it has said so far."""
        return self.said.read_text(encoding="utf-8")

    async def until(self, holds: Callable[[str], object]) -> str:
        """Wait until it has said something, and return all of it."""
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while not holds(self.words()):
            assert self.process.returncode is None, f"it ended: {self.words()}"
            assert asyncio.get_running_loop().time() < deadline, f"it did not say so: {self.words()}"
            await passed(0.02)
        return self.words()

    async def port(self) -> int:
        """Wait until it listens, and return where."""
        found = _LISTENING.search(await self.until(_LISTENING.search))
        assert found is not None
        return int(found[1] or found[2])

    async def ends(self, sign: signal.Signals) -> int:
        """Send a signal, wait for the end in due time, and return the exit code."""
        self.process.send_signal(sign)
        return await asyncio.wait_for(self.process.wait(), STOP_SECONDS)


@asynccontextmanager
async def started(*arguments: str, environment: Mapping[str, str], cold: bool = False) -> AsyncIterator[Child]:
    """Run `python -m bot …` with these settings alone, cold or warm, and kill it at the end if it still lives."""
    with tempfile.NamedTemporaryFile(suffix=".log") as said:
        process = await _launched(arguments, environment, Path(said.name), cold=cold)
        try:
            yield Child(process, Path(said.name))
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def _launched(arguments: tuple[str, ...], environment: Mapping[str, str], said: Path, *, cold: bool) -> Running:
    if not cold:
        return Warm(forked(arguments, environment, Streams(os.devnull, str(said), str(said))))
    with said.open("a") as log:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *arguments), cwd=ROOT, env=dict(environment), stdout=log, stderr=log
        )


def environment(stage: Stage, redis_url: str, **more: str) -> dict[str, str]:
    """Return the settings of a process that serves or works on a stage."""
    numbers = {"DATADOG_TIMEOUT": "0.9", "LEASE": "2", "SETTLE": "0.3", "LOG_FORMAT": "json"}
    return {**stage.town.environment(), "REDIS_URL": redis_url, **numbers, **more}


@asynccontextmanager
async def stage_without_bot(folder: Path, redis_url: str) -> AsyncIterator[Stage]:
    """Open a stage whose own bot hears nothing and does nothing, for processes to take its place."""
    async with open_stage(folder, redis_url, work=False) as stage:
        stage.town.slack.settings.request_url = ""
        yield stage


async def working(redis: Redis, count: int) -> None:
    """Wait until so many workers have asked for work."""
    deadline = asyncio.get_running_loop().time() + START_SECONDS
    while True:
        groups = await redis.xinfo_groups(keys.JOBS) if await redis.exists(keys.JOBS) else []
        if any(group["name"] == GROUP and group["consumers"] >= count for group in groups):
            return
        assert asyncio.get_running_loop().time() < deadline, groups
        await passed(0.02)


async def test_two_of_each_and_an_orderly_end(tmp_path: Path, redis_url: str) -> None:
    """Presses through both web processes at once make one call; SIGTERM ends all in time and loses nothing."""
    async with stage_without_bot(tmp_path, redis_url) as stage, AsyncExitStack() as closing:
        settings = environment(stage, redis_url)
        children = [
            await closing.enter_async_context(started(name, environment=settings, cold=cold))
            for name, cold in (("serve", True), ("serve", False), ("work", True), ("work", False))
        ]
        first, second = [await child.port() for child in children[:2]]
        await working(stage.redis, 2)
        stage.town.deliver_to(first)
        card = await stage.ask(REQUESTER, DISABLE)

        one = asyncio.create_task(stage.press(APPROVER, card, "Approve"))
        await others_have_run()
        stage.town.slack.settings.request_url = f"http://{HOST}:{second}/slack/events"
        await asyncio.gather(one, stage.press(SECOND_APPROVER, card, "Approve"))
        change = await stage.ends(card, Status.APPLIED)
        assert len(change.approvals) == 1
        assert stage.calls() == (1, 1)
        await stage.caught_up()
        told = [*await stage.heard(APPROVER), *await stage.heard(SECOND_APPROVER)]
        assert ["Your press changed nothing." in message["text"] for message in told] == [True]

        waiting = await stage.ask(REQUESTER, "/flag disable checkout-v2 in prod because audit")
        codes = await asyncio.gather(*(child.ends(signal.SIGTERM) for child in children))
        assert codes == [0, 0, 0, 0]
        assert not any("Traceback" in child.words() for child in children)
        assert (await stage.record(waiting)).status is Status.PENDING


async def test_the_only_worker_is_killed(tmp_path: Path, redis_url: str) -> None:
    """A change whose worker is killed before the call is taken over by the next, which is `run`, and made once."""
    async with stage_without_bot(tmp_path, redis_url) as stage, AsyncExitStack() as closing:
        settings = environment(stage, redis_url, LEASE="1.5", DATADOG_TIMEOUT="0.7")
        serving = await closing.enter_async_context(started("serve", environment=settings))
        first = await closing.enter_async_context(started("work", environment=settings))
        stage.town.deliver_to(await serving.port())
        await working(stage.redis, 1)
        card = await stage.ask(REQUESTER, DISABLE)
        await stage.fault("stall", method="GET", seconds=30, times=100)
        await stage.press(APPROVER, card, "Approve")
        await stage.ends(card, Status.APPLYING)
        assert await first.ends(signal.SIGKILL) == -signal.SIGKILL
        stage.town.organisation.faults.clear()
        assert stage.calls() == (0, 0)

        both = await closing.enter_async_context(started("run", environment=settings, cold=True))
        stage.town.deliver_to(await both.port())
        await stage.ends(card, Status.APPLIED)
        assert stage.calls() == (1, 1)
        await stage.press(REQUESTER, await stage.see(REQUESTER, "in PROD: done"), "Undo")
        await stage.see(REQUESTER, "Enable flag new-search in PROD: waiting")
        assert await both.ends(signal.SIGINT) == 0


async def test_the_sandbox_goes_on_tomorrow(tmp_path: Path) -> None:
    """A request left open in the sandbox is found by the next start on the same folder, and its card still works."""
    arguments = ("sandbox", "--port", "0", "--data", str(tmp_path / "kept"))
    async with started(*arguments, environment={}, cold=True) as child:
        async with People(await _address(child), PATIENCE) as people:
            await people.say(REQUESTER, "#deploys", DISABLE)
            await people.see(REQUESTER, "#deploys", says("Disable flag new-search in PROD: waiting"))
        assert await child.ends(signal.SIGTERM) == 0
    async with started(*arguments, environment={}) as child:
        async with People(await _address(child), PATIENCE) as people:
            card = await people.see(REQUESTER, "#deploys", says("Disable flag new-search in PROD: waiting"))
            await people.press(APPROVER, card, "change.approve")
            await people.see(REQUESTER, "#deploys", says("Disable flag new-search in PROD: done"))
            calls = (await people.fetch("/sandbox/datadog"))["calls"]
            writes = [c["applied"] for c in calls if c["method"] != "GET" and "/feature-flags/" in c["path"]]
            assert writes == [True]
        assert await child.ends(signal.SIGTERM) == 0
        assert "Traceback" not in child.words()


async def _address(child: Child) -> str:
    found = _OPEN_AT.search(await child.until(_OPEN_AT.search))
    assert found is not None
    return found[1]


WHOLE: Final = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "secret",
    "SLACK_API_URL": "http://127.0.0.1:9/api/",
    "DD_API_KEY": "key",
    "DD_APP_KEY": "key",
    "DD_API_URL": "http://127.0.0.1:9/",
    "AUDIT_KEY": "k" * 32,
}


def test_missing_settings_are_told_one_by_one() -> None:
    """Without settings the start ends with a sentence for each, exit code 2 and no traceback."""
    ended = run("run", environment={}, cold=True)
    assert ended.code == 2
    for name in ("SLACK_BOT_TOKEN", "DD_API_KEY", "DD_APP_KEY", "AUDIT_KEY"):
        assert sum(line.strip().startswith(f"{name} is not set: ") for line in ended.err.splitlines()) == 1
    assert "Traceback" not in ended.err
    assert ended.out == ""


def test_wrong_settings_are_told_without_their_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A setting of a wrong form is named, and what was given for it is not repeated."""
    for name, value in {**WHOLE, "AUDIT_KEY": "sesame3141", "PORT": "many"}.items():
        monkeypatch.setenv(name, value)
    assert main(["serve"]) == 2
    said = capsys.readouterr().err
    assert "AUDIT_KEY: must have at least 32 characters" in said
    assert "PORT: " in said
    assert "sesame3141" not in said


def test_a_broken_policy_is_told_by_line_and_column(tmp_path: Path) -> None:
    """A policy that cannot be understood keeps the bot from starting, and says where it is wrong."""
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: 1\napprovers:\n  groups: [sre]\nrules:\n  - name: x\n    actions: [flag.dissable]\n")
    ended = run("work", environment={**WHOLE, "POLICY_FILE": str(policy), "DATA_DIR": str(tmp_path)})
    assert ended.code == 2
    assert re.search(r"policy\.yaml, line 6, column \d+", ended.err)
    assert "did you mean `flag.disable`" in ended.err
    assert "Traceback" not in ended.err


_EACH = """
import os, sys
from bot.cli import main
codes = [main([name]) for name in ("serve", "work", "run", "check", "manifest")]
os.environ["REDIS_URL"] = sys.argv[1]
codes.append(main(["serve"]))
print(codes, [name for name in sys.modules if name.startswith("bot.sandbox")])
"""


def test_what_is_away_is_told_and_the_sandbox_stays_out(redis_url: str) -> None:
    """Without Redis, and then without Slack, every start ends with a sentence; none ever imports the sandbox."""
    given = {**WHOLE, "REDIS_URL": "redis://127.0.0.1:9/0"}
    ended = run_cold(sys.executable, "-c", _EACH, redis_url, environment=given)
    assert ended.out.splitlines()[-1] == "[1, 1, 1, 1, 0, 1] []", ended.err
    assert ended.err.splitlines()[-1].startswith("Slack could not be reached.")
    assert "Traceback" not in ended.err
