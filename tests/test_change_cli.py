"""Changes from the command line in processes of their own, as root and as a mapped person, at a real terminal too."""

import asyncio
import os
import pty
import select
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from bot.changes.record import Status
from bot.sandbox.slack.seed import REQUESTER_ID
from bot.sandbox.town import POLICY
from tests.dialogs.stage import APPROVER, REQUESTER, Stage, open_stage
from tests.processes import NOBODY, Streams, Told, forked, run, run_cold

APPROVALS = "#approvals"
DISABLE = "disable flag new-search in prod because cart errors"
CTRL_C = b"\x03"
ANOTHER_ACCOUNT = f"""
import ctypes, os, runpy, sys
os.setresuid({NOBODY}, {NOBODY}, 0)
ctypes.CDLL(None).setfsuid(0)  # files are still read as root, who alone may enter the interpreter's own folder here
sys.argv = ["bot", *sys.argv[1:]]
runpy.run_module("bot", run_name="__main__")
"""
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can start a process as another account")


@dataclass
class Shell:
    """A shell on the machine of an installation."""

    stage: Stage
    environment: dict[str, str]

    async def run(
        self, *words: str, stdin: str = "", mapped: bool = True, slack: bool = True, cold: bool = False
    ) -> Told:
        """Run `python -m bot …` as the mapped account, or as root, and return what it said."""
        settings = {**self.environment, **({} if slack else {"SLACK_API_URL": "http://127.0.0.1:9/api/"})}
        if cold:
            start = ("-c", ANOTHER_ACCOUNT) if mapped else ("-m", "bot")
            return await asyncio.to_thread(run_cold, sys.executable, *start, *words, environment=settings, stdin=stdin)
        return await asyncio.to_thread(run, *words, environment=settings, stdin=stdin, another=mapped)


@asynccontextmanager
async def shell(folder: Path, redis_url: str, *, work: bool = True) -> AsyncIterator[Shell]:
    """Open a stage, with or without a worker, and a shell beside it whose policy file maps an account to a person."""
    policy = POLICY.model_copy(update={"people": {"nobody": REQUESTER_ID, "root": REQUESTER_ID}})
    async with open_stage(folder, redis_url, work=work, policy=policy) as stage:
        (folder / "policy.yaml").write_text(yaml.safe_dump(policy.model_dump(mode="json", exclude_defaults=True)))
        settings = {"REDIS_URL": redis_url, "POLICY_FILE": str(folder / "policy.yaml"), "USER": "nobody"}
        yield Shell(stage, {**os.environ, **stage.town.environment(), **settings})


@as_root
async def test_a_request_from_the_command_line_is_signed_in_slack(tmp_path: Path, redis_url: str) -> None:
    """
    Its card appears, its requester may not sign it, another may; what contains runs, and --wait ends with 0.

    Root, whom the policy maps too and whose $USER is another, sees plan and rule and asks for nothing.
    """
    async with shell(tmp_path, redis_url) as there:
        asked, paused, refused = await asyncio.gather(
            there.run("change", DISABLE, stdin="y\n", cold=True),
            there.run("change", "pause rollout checkout-v2 in prod because errors", "--yes", "--wait"),
            there.run("change", DISABLE, "--yes", mapped=False),
        )
        assert (asked.code, asked.err, paused.code, paused.err) == (0, "", 0, ""), (asked, paused)
        assert ": Applied: " in paused.out.splitlines()[-1]
        assert (refused.code, "rule “production needs a second person”" in refused.out) == (1, True), refused
        assert refused.err.startswith("root is an account of many, so it reads and plans only.")
        card = await there.stage.see(APPROVER, "Disable flag new-search in PROD: waiting", APPROVALS)
        await there.stage.press(REQUESTER, card, "Approve")
        await there.stage.hear(REQUESTER, "Whoever asked cannot also sign", APPROVALS)
        await there.stage.press(APPROVER, card, "Approve")
        change = await there.stage.ends(card, Status.APPLIED, APPROVALS, APPROVER)
        assert change.requester.id == REQUESTER_ID
        assert change.origin.account.startswith("nobody@")


@as_root
async def test_what_is_not_agreed_to_or_taken_back_does_not_happen(tmp_path: Path, redis_url: str) -> None:
    """No answer and Ctrl-C at the question ask for nothing; who waits for a request that is cancelled is told by 1."""
    async with shell(tmp_path, redis_url) as there:
        waiting = asyncio.create_task(asyncio.to_thread(at_terminal, there.environment, b"y\n", DISABLE, "--wait"))
        pause = "pause rollout checkout-v2 in prod because errors"
        unanswered, interrupted = await asyncio.gather(
            there.run("change", pause), asyncio.to_thread(at_terminal, there.environment, CTRL_C, pause)
        )
        assert (unanswered.code, unanswered.err) == (1, "You did not agree. Nothing was asked for.\n")
        assert interrupted.code == 1
        before, pressed, after = interrupted.out.partition("^C")
        assert (before.endswith("Ask for it? [y/N] "), pressed) == (True, "^C"), interrupted
        assert after.replace("^C", "") == "\r\nYou did not agree. Nothing was asked for.\r\n"  # however often pressed
        card = await there.stage.see(APPROVER, "Disable flag new-search in PROD: waiting", APPROVALS)
        id_ = (await there.stage.record(card)).id
        taken_back = await there.run("cancel", id_, cold=True)
        assert (taken_back.code, taken_back.out) == (0, f"{id_}: Cancelled.\n")
        waited = await waiting
        assert waited.code == 1
        assert f"Ask for it? [y/N] y\r\nRecorded as {id_}." in waited.out
        assert "Its card appears in Slack, in #approvals." in waited.out
        assert there.stage.calls("new-search") == (0, 0)


@as_root
async def test_without_slack_only_what_contains_is_served(tmp_path: Path, redis_url: str) -> None:
    """Where Slack cannot be reached a pause is applied at once by this process, and disabling is refused."""
    async with shell(tmp_path, redis_url, work=False) as there:
        refused, paused = await asyncio.gather(
            there.run("change", DISABLE, "--yes", slack=False),
            there.run("change", "pause rollout checkout-v2 in prod because errors", "--yes", slack=False),
        )
        assert refused.code == 2
        assert "only what contains, and break-glass, is possible" in refused.err
        assert (paused.code, paused.err) == (0, ""), paused
        assert "Applied" in paused.out
        assert there.stage.rollout("checkout-v2-gradual") == "paused"
        async with there.stage.worker():
            await there.stage.see(APPROVER, "Pause rollout checkout-v2 in PROD", APPROVALS)


def at_terminal(environment: dict[str, str], answer: bytes, *words: str) -> Told:
    """Ask for a change at a terminal of its own, answer the question, and return everything on the screen."""
    ours, theirs = pty.openpty()
    process = forked(("change", *words), environment, Streams(*[os.ttyname(theirs)] * 3), another=True)
    screen, pending = b"", answer
    for _ in range(90):
        if not select.select([ours], [], [], 1)[0]:
            # Between the question and the wait for its answer Ctrl-C falls into a gap of Python's; people press again.
            pending = answer if answer == CTRL_C else pending
            if b"[y/N]" in screen and pending:
                os.write(ours, pending)
            continue
        try:
            part = os.read(ours, 4096)
        except OSError:  # the other end is closed: the process has ended
            break
        if not screen:  # until it has opened the terminal for itself, this is what keeps the other end open
            os.close(theirs)
        screen += part
        if pending and b"[y/N]" in screen:
            os.write(ours, pending)
            pending = b""
    os.close(ours)
    process.join(10)
    assert process.exitcode is not None, screen.decode()
    return Told(process.exitcode, screen.decode(), "")
