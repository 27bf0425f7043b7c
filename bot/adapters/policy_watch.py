"""
The policy in force, and a look at its file now and then.

A file that has changed and is right takes the place of the policy in force; one that is not right is logged and told
once, and what was in force stays.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from structlog.typing import FilteringBoundLogger

from bot.adapters.policy_file import parse_policy, read_policy
from bot.errors import Misconfigured
from bot.policy import Policy
from bot.ports import Wait

_log: FilteringBoundLogger = structlog.get_logger("countersign.policy")

Tell = Callable[[Misconfigured, str], Awaitable[None]]


class PolicyFile:
    """A policy that follows its file. Raises Misconfigured at first, when there is nothing to fall back on."""

    def __init__(self, path: Path) -> None:
        text = read_policy(path)
        self._path = path
        self._policy = parse_policy(text, path.name)
        self._digest = _digest(text)

    def current(self) -> Policy:
        """Return the policy in force."""
        return self._policy

    def look(self) -> tuple[Misconfigured, str] | None:
        """Take the file if it has changed; return what is wrong with it, and its digest, when that is new."""
        try:
            text = read_policy(self._path)
        except Misconfigured as unreadable:
            return self._refused(unreadable, _digest(str(unreadable)))
        digest = _digest(text)
        if digest == self._digest:
            return None
        try:
            self._policy = parse_policy(text, self._path.name)
        except Misconfigured as wrong:
            return self._refused(wrong, digest)
        self._digest = digest
        _log.info("policy.taken", digest=digest, rules=len(self._policy.rules))
        return None

    def _refused(self, wrong: Misconfigured, digest: str) -> tuple[Misconfigured, str] | None:
        if digest == self._digest:
            return None
        self._digest = digest
        _log.error("policy.invalid", digest=digest, what=wrong.fact, problems=list(wrong.problems))
        return wrong, digest

    async def follow(self, seconds: float, tell: Tell, wait: Wait = asyncio.sleep) -> None:
        """Look every so many seconds, for as long as the process lives."""
        while True:
            await wait(seconds)
            found = await asyncio.to_thread(self.look)
            if found is not None:
                await tell(*found)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
