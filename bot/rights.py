"""
Who may ask and who may sign, from the policy and the directory.

At a press the directory may answer from a cache at most a minute old; at the claim everything is read afresh, and
that is what counts. What cannot be read is refused, never assumed.
"""

import asyncio
from collections.abc import Callable, Iterable

from bot.actions import CONTROL_BY_VERB
from bot.changes.record import ChangeRequest
from bot.errors import DirectoryUnavailable, NotASigner, NotPermitted, Refused
from bot.guards import Guard, Guards
from bot.model import Actor, Basis, Plan, Standing
from bot.policy import Group, Kind, Policy, PolicyDecision, Who, decide
from bot.ports import Directory

_STANDING = {
    Standing.GUEST: "Guests cannot act on production or sign for it.",
    Standing.EXTERNAL: "People of another organisation cannot act here or sign.",
    Standing.BOT: "A bot cannot ask or sign.",
    Standing.DEACTIVATED: "This account is deactivated.",
}


class Rights:
    """Answers questions of permission; raises DirectoryUnavailable when it cannot know."""

    def __init__(self, directory: Directory, policy: Callable[[], Policy], guards: Guards) -> None:
        self._directory = directory
        self._policy = policy
        self._guards = guards

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._policy()

    async def guard(self, plan: Plan, decision: PolicyDecision, *, broken_glass: bool = False) -> Guard | None:
        """Return the freeze or lock that keeps a plan away; raise Tampered where none can be trusted."""
        return await self._guards.against(plan, decision, broken_glass=broken_glass)

    async def unguarded(self, plan: Plan, decision: PolicyDecision, *, broken_glass: bool = False) -> None:
        """Raise Guarded where a freeze or lock keeps a plan away."""
        await self._guards.check(plan, decision, broken_glass=broken_glass)

    async def believed(
        self, plan: Plan, decision: PolicyDecision, *, broken_glass: bool = False
    ) -> tuple[Guard | None, tuple[Basis, ...]]:
        """Return the freeze or lock that keeps a plan away, or None and what a commit is based on for that."""
        return await self._guards.believed(plan, decision, broken_glass=broken_glass)

    async def basis(self, plan: Plan, decision: PolicyDecision) -> tuple[Basis, ...]:
        """Return what a commit is based on for no freeze or lock to be in its way; raise Guarded where one is."""
        return await self._guards.basis(plan, decision)

    async def reread(self, beliefs: Iterable[Basis]) -> None:
        """Look again at the freezes and locks that a commit was based on."""
        await self._guards.reread(beliefs)

    async def operates(self, actor: Actor) -> bool:
        """Tell whether somebody is an operator of this installation."""
        return await self.among(self._policy().operators, actor.id)

    async def require_operator(self, actor: Actor, verb: str) -> None:
        """Raise NotPermitted unless somebody is an operator; `verb` is that of what is reserved to those."""
        if not await self.operates(actor):
            named = await self._people(self._policy().operators)
            raise _others_may(
                NotPermitted, f"Only operators {CONTROL_BY_VERB[verb].reserved}.", named, "nobody as an operator"
            )

    async def among(self, who: Who, id_: str, *, fresh: bool = False) -> bool:
        """Tell whether somebody is meant."""
        return who.includes(id_, await self._groups_of(id_, frozenset(who.groups), fresh=fresh))

    async def groups_that_ask(self, id_: str) -> frozenset[str]:
        """Return those groups of a person that decide what they may ask for."""
        return await self._groups_of(id_, self._policy().requester_groups(), fresh=False)

    async def person(self, id_: str, *, fresh: bool = False) -> Actor:
        """Return a full member by id; raise NotPermitted for everybody else."""
        actor = await self._directory.person(id_, fresh=fresh)
        if actor.standing is not Standing.MEMBER:
            raise NotPermitted(_STANDING[actor.standing], "Ask a full member of this workspace.")
        return actor

    async def ready(self, id_: str) -> None:
        """
        Look up all at once what deciding on somebody's press will ask for, so that the commit waits for none of it.

        Raises DirectoryUnavailable where nothing is known of the person; a group that cannot be read is said then.
        """
        policy = self._policy()
        groups = {*policy.requester_groups(), *policy.signer_groups()}
        looks = [self._directory.members(group) for group in sorted(groups)]
        person, *_ = await asyncio.gather(self._directory.person(id_), *looks, return_exceptions=True)
        if isinstance(person, BaseException):
            raise person

    async def decide(self, plan: Plan, requester: Actor, *, fresh: bool = False) -> PolicyDecision:
        """Return what the policy in force asks for, for this plan and this requester."""
        policy = self._policy()
        groups = await self._groups_of(requester.id, policy.requester_groups(), fresh=fresh)
        return decide(policy, plan, requester, groups)

    async def permit(self, plan: Plan, requester: Actor) -> PolicyDecision:
        """Return the decision on a new request; raise NotPermitted where policy denies it."""
        decision = await self.decide(plan, requester)
        if decision.kind is Kind.DENY:
            raise NotPermitted(
                f"Policy does not permit this ({decision.rule}).", "Ask whoever keeps the policy of this installation."
            )
        return decision.model_copy(update={"groups": await self._called(decision)})

    async def _called(self, decision: PolicyDecision) -> dict[str, Group]:
        """Return the groups of a decision as people call them; none where they cannot be read, as it is for show."""
        written = (*decision.approvers.groups, *decision.notify.groups)
        try:
            known = await self._directory.groups_there_are() if written else ()
        except DirectoryUnavailable:
            return {}
        by_word = {word: group for group in known for word in (group.id, group.handle, f"@{group.handle}")}
        return {word: by_word[word] for word in written if word in by_word}

    async def require_signer(self, decision: PolicyDecision, actor: Actor) -> None:
        """Raise NotASigner unless `actor` is among those who may sign under `decision`."""
        if not await self._may_sign(decision, actor.id, fresh=False):
            named = await self._people(decision.approvers)
            raise _others_may(NotASigner, "You are not among those who may sign this.", named, "nobody who may")

    async def lost(self, change: ChangeRequest, decision: PolicyDecision) -> tuple[str, ...]:
        """
        Return the ids of approvers who, read afresh, may not sign (any more).

        That is also who turns out to be one person with the requester, or with another approver.
        """
        counted = await self._asked(change) if change.approvals else []
        gone = []
        for vote in change.approvals:
            actor = await self._directory.person(vote.by.id, fresh=True)
            if await self._still_signs(actor, decision) and not any(actor.same_person(other) for other in counted):
                counted.append(actor)
            else:
                gone.append(vote.by.id)
        return tuple(gone)

    async def asked(self, change: ChangeRequest, actor: Actor) -> bool:
        """Tell whether somebody asked for a change, or joined in asking, under any of their accounts."""
        return any(actor.same_person(other) for other in await self._asked(change))

    async def _asked(self, change: ChangeRequest) -> list[Actor]:
        """Return who asked; those of whom no address is on record, as when Slack was away, are read afresh."""
        known = (change.requester, *change.barred)
        return [one if one.email else await self._directory.person(one.id, fresh=True) for one in known]

    async def still_member(self, actor: Actor) -> bool:
        """Tell whether a person, read afresh, is a full member."""
        return (await self._directory.person(actor.id, fresh=True)).standing is Standing.MEMBER

    async def _still_signs(self, actor: Actor, decision: PolicyDecision) -> bool:
        return actor.standing is Standing.MEMBER and await self._may_sign(decision, actor.id, fresh=True)

    async def _may_sign(self, decision: PolicyDecision, id_: str, *, fresh: bool) -> bool:
        return await self.among(decision.approvers, id_, fresh=fresh)

    async def _groups_of(self, id_: str, groups: frozenset[str], *, fresh: bool) -> frozenset[str]:
        return frozenset(
            [group for group in sorted(groups) if id_ in await self._directory.members(group, fresh=fresh)]
        )

    async def _people(self, who: Who) -> list[str]:
        """Return the mentions of everybody who is meant."""
        named = [f"<@{user}>" for user in who.users]
        for group in who.groups:
            named += [f"<@{user}>" for user in sorted(await self._directory.members(group))]
        return list(dict.fromkeys(named))


def _others_may(error: type[Refused], fact: str, people: list[str], none: str) -> Refused:
    """Return an error for somebody who may not, with whom to ask instead."""
    shown = ", ".join(people[:8]) + (" and others" if len(people) > 8 else "")
    return error(fact, f"These people may: {shown}." if people else f"The policy names {none}.")
