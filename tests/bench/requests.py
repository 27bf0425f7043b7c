"""
Requests put into the bot's own store by the bot's own code, so that there is something to press and to carry out.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from redis import Redis

from bot.actions import BY_NAME
from bot.adapters.policy_file import load_policy
from bot.adapters.redis import keys
from bot.asking import new_id
from bot.audit import Signer
from bot.changes import deciding
from bot.changes.record import ChangeRequest, Origin, Step
from bot.model import Actor, Noun, Plan
from bot.planner import plan as planned
from bot.policy import Policy, decide
from bot.ports import Provider
from bot.sandbox.slack.seed import APPROVER_ID, DEPLOYS_ID, TEAM
from bot.store import KIND, ChangeStore, parse
from handlers.cards.buttons import press_value
from handlers.connecting import open_provider, open_store
from tests.bench.processes import until
from tests.bench.town import Town
from tests.bench.world import KEY, PERSON

APPROVER = Actor(id=APPROVER_ID, team=TEAM.id, name="Approver", email="approver@sandbox.example")


def requester(number: int) -> Actor:
    """Return the person who asks for the change of a flag; each asks for ten at most."""
    id_ = PERSON.format(number // 10)
    return Actor(id=id_, team=TEAM.id, name="Requester", email=f"{id_.lower()}@sandbox.example")


@dataclass(slots=True)
class Desk:
    """Makes requests, each for a flag of its own, and looks at what became of them."""

    town: Town
    used: int = 0

    def plans(self, count: int) -> list[Plan]:
        """Return plans to disable further flags in production, as Datadog shows them now."""
        numbers = range(self.used, self.used + count)
        self.used += count
        return asyncio.run(self._plans(numbers))

    async def _plans(self, numbers: range) -> list[Plan]:
        async with open_provider(self.town.settings()) as provider:
            return [await self._plan(provider, number) for number in numbers]

    async def _plan(self, provider: Provider, number: int) -> Plan:
        production = next(each for each in await provider.environments() if each.is_production)
        (target,) = await provider.find(Noun.FLAG, KEY.format(number), production)
        return planned(BY_NAME["flag.disable"], await provider.snapshot(target))

    def pending(self, count: int, *, drawn: bool = True) -> list[ChangeRequest]:
        """Record requests that wait for one signature; with `drawn`, wait until their cards stand in Slack."""
        changes = asyncio.run(self._opened(self.plans(count)))
        if drawn:
            self._wait_for_cards(30 + 5 * count)  # about one message a second in a channel
        return changes

    def approve(self, changes: list[ChangeRequest]) -> None:
        """Record the approvals of pending requests, all at once, with the jobs to run them."""
        asyncio.run(self._approved(changes))

    async def _opened(self, plans: list[Plan]) -> list[ChangeRequest]:
        policy = load_policy(self.town.settings().policy_file)
        async with self.store() as changes:
            return [(await changes.open(_asked(changes, plan, policy)))[0].change for plan in plans]

    async def _approved(self, pending: list[ChangeRequest]) -> None:
        async with self.store() as changes:
            held = [await changes.get(change.id) for change in pending]
            steps = [deciding.approve(each.change, APPROVER, changes.now(), changes.terms) for each in held]
            written = await asyncio.gather(*(changes.advance(*each) for each in zip(held, steps, strict=True)))
        if None in written:
            raise RuntimeError("somebody else wrote to a request that was just made")

    @asynccontextmanager
    async def store(self) -> AsyncIterator[ChangeStore]:
        """Open the town's store for a while."""
        settings = self.town.settings()
        async with open_store(settings) as store:
            await store.records.ping()
            signer = Signer(settings.audit_key.get_secret_value().encode())
            yield ChangeStore(store.records, signer, settings.terms)

    def _wait_for_cards(self, seconds: float) -> None:
        with Redis.from_url(self.town.redis.url) as client:
            until(lambda: not client.zcard(keys.WAITING), "the cards", seconds, step_s=0.02)

    def ended(self, ids: list[str]) -> list[ChangeRequest]:
        """Wait until all these have ended, and return them as they ended; raise NotUp when one does not."""
        with Redis.from_url(self.town.redis.url, decode_responses=True) as client:
            return [_ended(client, id_) for id_ in ids]


def _ended(client: Redis, id_: str) -> ChangeRequest:
    def now() -> ChangeRequest:
        return parse(id_, str(client.hget(keys.record(KIND, id_), "data")))

    until(lambda: now().ended, f"the end of {id_}", step_s=0.02)
    return now()


def _asked(changes: ChangeStore, plan: Plan, policy: Policy) -> Step:
    by = requester(int(plan.target.key[-4:]))
    decision = decide(policy, plan, by, frozenset())
    reason, origin = "error rate doubled after the release", Origin(channel=DEPLOYS_ID)
    return deciding.open_change(
        new_id(), plan, decision, by, changes.now(), changes.terms, reason=reason, origin=origin
    )


def value_of(change: ChangeRequest) -> str:
    """Return what the buttons of a change's card carry."""
    return press_value(change)
