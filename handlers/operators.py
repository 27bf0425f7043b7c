"""Tells the operators, by direct message, what is wrong with the installation: each thing once, whoever sees it."""

import asyncio

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError
from structlog.typing import FilteringBoundLogger

from bot.asking import SELF
from bot.errors import CountersignError, Misconfigured
from bot.ledger import Ledger
from bot.policy import Policy
from bot.ports import Directory
from handlers.cards.letters import policy_letter
from handlers.failures import error_name
from handlers.sender import Sender

_log: FilteringBoundLogger = structlog.get_logger("countersign.operators")

MOST_OPERATORS = 20


class Operators:
    """Whom to tell; never raises, and logs what could not be said."""

    def __init__(self, ledger: Ledger, directory: Directory, sender: Sender) -> None:
        self._ledger = ledger
        self._directory = directory
        self._sender = sender

    async def policy_refused(self, policy: Policy, wrong: Misconfigured, digest: str) -> None:
        """Say that the policy file was changed and is not right, once for each digest of it."""
        try:
            if not await self._ledger.add("notice", f"policy-{digest}", {"problems": list(wrong.problems)}, SELF):
                return
            people = await self._people(policy)
        except CountersignError as away:
            _log.warning("operators.untold", why=away.code)
            return
        letter = policy_letter(wrong)
        sent = await asyncio.gather(*(self._sender.post(user, letter) for user in people), return_exceptions=True)
        for outcome in sent:
            if isinstance(outcome, SlackClientError | aiohttp.ClientError | TimeoutError | OSError):
                _log.warning("operators.untold", why=error_name(outcome))
            elif isinstance(outcome, BaseException):
                raise outcome

    async def _people(self, policy: Policy) -> list[str]:
        """Return the operators; where the policy names none, whoever may sign."""
        named = policy.operators if policy.operators.users or policy.operators.groups else policy.approvers
        found = list(named.users)
        for group in named.groups:
            found += sorted(await self._directory.members(group))
        return list(dict.fromkeys(found))[:MOST_OPERATORS]
