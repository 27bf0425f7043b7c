"""The policy follows its file, and never to something that is not right."""

import asyncio
from pathlib import Path

import pytest

from bot.adapters.policy_watch import PolicyFile
from bot.errors import Misconfigured

RIGHT = "approvers: {users: [U0A, U0B]}\nrules: [{name: all, actions: ['*'], approvals: 1}]\n"


def test_a_right_change_is_taken(tmp_path: Path) -> None:
    """A file that changed and is right is the policy from then on, without a word."""
    path = tmp_path / "policy.yaml"
    path.write_text(RIGHT)
    policy = PolicyFile(path)
    assert policy.look() is None
    path.write_text(RIGHT.replace("approvals: 1", "approvals: 2"))
    assert policy.look() is None
    assert policy.current().rules[0].approvals == 2


def test_a_wrong_change_is_told_once_and_not_taken(tmp_path: Path) -> None:
    """What is not right leaves the old policy in force, is told once for each text, and is forgotten when mended."""
    path = tmp_path / "policy.yaml"
    path.write_text(RIGHT)
    policy = PolicyFile(path)
    for wrong in ("rules: [", RIGHT.replace("'*'", "flyy")):
        path.write_text(wrong)
        told = policy.look()
        assert told is not None
        assert told[0].problems
        assert policy.look() is None
    path.unlink()
    assert policy.look() is not None
    assert policy.look() is None
    assert policy.current().rules[0].name == "all"
    path.write_text(RIGHT)
    assert policy.look() is None
    assert policy.current().rules[0].approvals == 1


def test_there_is_no_start_without_a_right_policy(tmp_path: Path) -> None:
    """At the start there is nothing to fall back on."""
    with pytest.raises(Misconfigured):
        PolicyFile(tmp_path / "policy.yaml")


async def test_following_looks_again_and_again(tmp_path: Path) -> None:
    """Whoever follows is told of each wrong text, as often as there is one."""
    path = tmp_path / "policy.yaml"
    path.write_text(RIGHT)
    policy = PolicyFile(path)
    told: list[str] = []
    texts = iter(["rules: [", "rules: [[", RIGHT])

    async def wait(seconds: float) -> None:
        assert seconds == 15
        if (text := next(texts, None)) is None:
            raise asyncio.CancelledError
        path.write_text(text)

    async def tell(wrong: Misconfigured, digest: str) -> None:
        told.append(digest + wrong.fact)

    with pytest.raises(asyncio.CancelledError):
        await policy.follow(15, tell, wait)
    assert len(set(told)) == 2
