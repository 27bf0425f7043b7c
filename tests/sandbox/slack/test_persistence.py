"""A restarted workspace finds what people saw before."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.sandbox.slack.file import WorkspaceFile
from bot.sandbox.slack.seed import new_workspace
from tests.sandbox.slack.stage import Clock, Stage, actions, button, section, staged
from tests.waiting import passed


async def until(true: Callable[[], bool]) -> None:
    """Wait until something outside the workspace is true, five seconds at most."""
    async with asyncio.timeout(5):
        while not true():
            await passed(0.005)


async def fill(stage: Stage) -> None:
    """Leave traces of every kind in a workspace."""
    card = await stage.client.chat_postMessage(channel="#deploys", text="one", blocks=[actions(button())])
    await stage.client.chat_update(channel=card["channel"], ts=card["ts"], text="two")
    await stage.client.chat_postMessage(channel="#deploys", text="reply", thread_ts=card["ts"])
    await stage.client.chat_postMessage(channel=stage.id("Approver"), text="in private")
    await stage.client.chat_postEphemeral(channel=stage.channel("deploys"), user=stage.id("Approver"), text="gone")
    await stage.client.views_publish(user_id=stage.id("Approver"), view={"type": "home", "blocks": [section("Home")]})


async def test_a_dump_comes_back_as_it_was(stage: Stage) -> None:
    """Messages, versions, threads, DMs and homes survive JSON; ephemerals pass."""
    await fill(stage)
    fresh = new_workspace()
    fresh.load(json.loads(json.dumps(stage.workspace.dump())))
    assert fresh.dump() == stage.workspace.dump()
    deploys = fresh.messages(stage.channel("deploys"))
    assert [(one.text, one.is_reply) for one in deploys] == [("two", False), ("reply", True)]
    assert [version.text for version in deploys[0].versions] == ["one", "two"]
    assert fresh.messages(fresh.dm(stage.id("Approver")).id)[0].text == "in private"
    assert fresh.views.homes[stage.id("Approver")].blocks[0]["text"]["text"] == "Home"


def test_timestamps_go_on_after_a_restart_with_a_slow_clock() -> None:
    """A message posted after a restart never takes the timestamp of an older one."""
    clock = Clock()
    before = new_workspace(now=clock)
    channel = before.channel_named("deploys").id
    old = [before.post(channel, before.app.bot_user_id, str(number)).ts for number in range(3)]
    after = new_workspace(now=clock)
    after.load(before.dump())
    assert after.post(channel, after.app.bot_user_id, "new").ts > max(old)


@pytest.mark.parametrize("damage", [[], {"form": 2}, {"form": 1, "team_id": "T0"}])
def test_another_form_is_refused(damage: object) -> None:
    """What is not a dump of this workspace is refused."""
    with pytest.raises(ValueError, match="not a dump"):
        new_workspace().load(damage)


def test_a_damaged_dump_is_refused() -> None:
    """A dump with parts of another form is refused."""
    data = new_workspace().dump()
    data["messages"] = [{"ts": "1.2", "versions": []}]
    with pytest.raises(ValueError, match="damaged"):
        new_workspace().load(data)


async def test_a_restarted_sandbox_finds_yesterdays_messages(tmp_path: Path) -> None:
    """Closing writes the file, and the next start reads it; cards stay pressable by their ids."""
    path = tmp_path / "deep" / "slack.json"
    async with staged(keep_in=path) as stage:
        await fill(stage)
    async with staged(keep_in=path) as stage:
        card = stage.messages("deploys")[0]
        assert (card.text, card.blocks[0]["elements"][0]["action_id"]) == ("two", "go")
        answer = await stage.do("press", role="Requester", channel="deploys", ts=card.ts, action_id="go")
        assert answer["outcome"] == "unreachable"
    assert os.listdir(path.parent) == ["slack.json"]


async def test_changes_are_written_while_running(tmp_path: Path) -> None:
    """A change reaches the file without a close, so that a killed sandbox loses little."""
    workspace = new_workspace()
    path = tmp_path / "slack.json"
    file = WorkspaceFile(workspace, path, delay=0.0)
    assert file.load() is False
    file.start()
    workspace.post(workspace.channel_named("deploys").id, workspace.app.bot_user_id, "kept")
    await until(lambda: path.exists() and "kept" in path.read_text())
    await file.close()
