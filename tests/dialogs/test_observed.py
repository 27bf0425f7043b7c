"""What is told of a running installation: metrics of what people did, and who is at work."""

import asyncio
from pathlib import Path

from bot.adapters.redis.connection import connected
from bot.adapters.redis.pulse import RedisPulse
from bot.changes.record import Status
from tests.dialogs.conftest import Opening
from tests.dialogs.pages import free_port, served
from tests.dialogs.stage import APPROVER, DEPLOYS, PATIENCE, REQUESTER, Stage, open_stage


async def test_what_the_metrics_tell(opening: Opening) -> None:
    """After one change its delivery, its votes, its calls and its end have been counted."""
    port = free_port()
    stage = await opening(METRICS_PORT=str(port))
    card = await stage.ask(REQUESTER, "/rollout pause checkout-v2 in prod because p99 up")
    await stage.press(REQUESTER, card, "Confirm")
    await stage.ends(card, Status.APPLIED)
    await stage.say(REQUESTER, "/flag disable nothing-like-it in prod", DEPLOYS)
    await stage.answered(REQUESTER, 1)
    page = await served(port)
    for series in (
        'countersign_ack_seconds_count{kind="command",outcome="ok"} 2.0',
        'countersign_ack_seconds_count{kind="press",outcome="ok"} 1.0',
        'countersign_refusals_total{code="unknown_target"} 1.0',
        'countersign_requests_total{action="rollout.pause",environment="production"} 1.0',
        'countersign_changes_total{action="rollout.pause",environment="production",outcome="applied"} 1.0',
        'countersign_approval_seconds_count{environment="production",vote="confirm"} 1.0',
        'countersign_contain_seconds_count{environment="production"} 1.0',
        'countersign_slack_seconds_count{call="response_url",outcome="ok"} 1.0',
        'countersign_slack_seconds_count{call="chat.postMessage",outcome="ok"}',
        'countersign_redis_seconds_count{call="commit",outcome="ok"}',
        'countersign_datadog_seconds_count{call="api POST",outcome="2xx"} 1.0',
        "countersign_workers 1.0",
        "countersign_changes_unknown 0.0",
    ):
        assert series in page, page


async def test_an_orderly_end_is_told(tmp_path: Path, redis_url: str) -> None:
    """A worker is known while it runs, and not looked for once it has ended in good order."""
    port = free_port()
    async with connected(redis_url) as link:
        pulse = RedisPulse(link)
        async with open_stage(tmp_path, redis_url, METRICS_PORT=str(port)):
            assert await served(port, "healthz") == '{"alive": true}'
            async with asyncio.timeout(PATIENCE):
                while not (await pulse.standing()).alive:
                    continue
            assert await served(port, "readyz") == '{"ready": true}'
        assert (await pulse.standing()).beats == ()


async def test_without_a_worker_nothing_is_ready(opening: Opening) -> None:
    """A process that only serves says that nothing runs what is approved."""
    port = free_port()
    await opening(work=False, METRICS_PORT=str(port))
    assert "No worker is on record" in await served(port, "readyz")
    assert "countersign_workers 0.0" in await served(port)


async def test_no_command_reads_the_whole_store(stage: Stage) -> None:
    """From asking to the read-back, with approvals, history, page and panel on the way, nothing looks at every key."""
    await stage.redis.config_resetstat()
    card = await stage.ask(REQUESTER, "/flag disable new-search in prod because cart errors")
    await stage.press(APPROVER, card, "Approve")
    await stage.ends(card, Status.APPLIED)
    for count, line in enumerate(("/ops approvals", "/ops history", "/ops changes in prod", "/ops undo"), start=1):
        await stage.say(REQUESTER, line)
        await stage.answered(REQUESTER, count)
    await stage.say(REQUESTER, "/ops panel in prod", "#inc-checkout")
    await stage.see(REQUESTER, "Incident panel", "#inc-checkout")
    await stage.people.act("home", **{"as": REQUESTER})
    used = {name.removeprefix("cmdstat_") for name in await stage.redis.info("commandstats")}
    assert "evalsha" in used
    assert used.isdisjoint({"keys", "scan", "hscan", "sscan", "zscan", "dbsize", "randomkey"}), used
