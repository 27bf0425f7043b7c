"""`policy check` against a Slack workspace: groups that are not there, and quorums that cannot be met."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from bot.policy_cli import PolicyCommands
from bot.sandbox.slack.ratelimit import RateLimiter
from bot.sandbox.slack.seed import APPROVER_ID, GROUP_ID, GUEST_ID, REQUESTER_ID
from bot.sandbox.town import Town, open_town
from handlers.openings import open_datadog, open_directory

OTHERS = [{"name": "the rest", "actions": ["*"], "approvals": 1}]


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Give a sandbox."""
    async with open_town(tmp_path / "town", limiter=RateLimiter(limits={})) as town:
        yield town


def check(town: Town, file: Path, policy: dict[str, object]) -> int:
    """Write a policy and check it as the command does."""
    file.write_text(yaml.safe_dump({"version": 1, "operators": {"users": [APPROVER_ID]}, **policy}))
    commands = PolicyCommands(open_directory, open_datadog, town.environment())
    return commands.check(argparse.Namespace(file=file))


async def checked(
    town: Town, file: Path, capsys: pytest.CaptureFixture[str], **policy: object
) -> tuple[int, list[str]]:
    """Check a policy, and return the command's exit code and its lines about what is wrong."""
    code = await asyncio.to_thread(check, town, file, policy)
    return code, [line for line in capsys.readouterr().out.splitlines() if line.startswith(("FAIL", "mind"))]


async def test_against_a_workspace(town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is right passes; each thing that cannot work fails with a sentence that names it."""
    file = tmp_path / "policy.yaml"
    group = {"groups": [GROUP_ID]}
    assert await checked(town, file, capsys, approvers=group, rules=OTHERS) == (0, [])

    code, said = await checked(town, file, capsys, approvers={"groups": ["S08NOTHERE0"]}, rules=OTHERS)
    assert code == 1
    assert [line for line in said if "S08NOTHERE0" in line]

    code, said = await checked(town, file, capsys, approvers={"users": [APPROVER_ID]}, rules=OTHERS)
    assert code == 1
    assert [line for line in said if "At least two people have to be able to sign" in line]

    five = [{"name": "five of three", "actions": ["flag.disable"], "approvals": 5}, *OTHERS]
    code, said = await checked(town, file, capsys, approvers=group, rules=five)
    assert code == 1
    assert [line for line in said if "“five of three” asks for 5" in line]

    flags = [{"name": "flags alone", "actions": ["flag.*"], "approvals": 1}]
    code, said = await checked(town, file, capsys, approvers=group, rules=flags)
    assert [line for line in said if "No rule speaks of rollout.pause" in line]
    assert not [line for line in said if "flag." in line]

    guest = {"users": [APPROVER_ID, GUEST_ID]}
    code, said = await checked(town, file, capsys, approvers=guest, rules=OTHERS)
    assert code == 1
    assert [line for line in said if "At least two people have to be able to sign" in line and line.endswith("is 1.")]

    two = {"users": [APPROVER_ID, REQUESTER_ID]}
    assert await checked(town, file, capsys, approvers=two, rules=OTHERS) == (
        1,
        [f"FAIL  “the rest” asks for 2 of {APPROVER_ID}, {REQUESTER_ID}, which leaves 1 when one of them asks."],
    )
