"""Who may ask and who may sign, and that what cannot be read is refused."""

import pytest

from bot.errors import DirectoryUnavailable, NotASigner, NotPermitted
from bot.model import Standing
from bot.policy import Kind, Policy, PolicyDecision, Rule, Who
from bot.rights import Rights
from handlers.cards.phrases import call_signers, may_sign
from tests.builders import APPROVER, GROUP, POLICY, REQUESTER, SECOND_APPROVER, a_decision, a_plan, opened, with_votes
from tests.core.fakes import FakeDirectory, House

DECISION = PolicyDecision(kind=Kind.APPROVE, approvals=1, approvers=Who(groups=(GROUP,), users=("U0NAMED",)))


def rights(directory: FakeDirectory, policy: Policy = POLICY) -> Rights:
    """Return rights over a directory and a policy."""
    return Rights(directory, lambda: policy, House().guards)


@pytest.mark.parametrize("standing", list(Standing))
async def test_only_members_are_people_here(standing: Standing) -> None:
    """Anybody but a full member is refused, with a sentence of what they are."""
    directory = FakeDirectory()
    directory.add("U0X", standing=standing)
    if standing is Standing.MEMBER:
        assert (await rights(directory).person("U0X")).id == "U0X"
    else:
        with pytest.raises(NotPermitted, match=r"\.$|member"):
            await rights(directory).person("U0X")


async def test_a_group_or_a_name_makes_a_signer() -> None:
    """Members of the group and people named one by one may sign, and nobody else."""
    directory = FakeDirectory()
    named, stranger = directory.add("U0NAMED"), directory.add("U0STRANGER")
    await rights(directory).require_signer(DECISION, APPROVER)
    await rights(directory).require_signer(DECISION, named)
    with pytest.raises(NotASigner, match=f"<@U0NAMED>, <@{APPROVER.id}>"):
        await rights(directory).require_signer(DECISION, stranger)


async def test_an_empty_who_is_nobody() -> None:
    """Where the policy names nobody, nobody may sign."""
    with pytest.raises(NotASigner, match="nobody"):
        await rights(FakeDirectory()).require_signer(PolicyDecision(kind=Kind.APPROVE), APPROVER)


async def test_the_requesters_groups_are_asked_for() -> None:
    """A rule for a group's members speaks of those whom the directory says are in it."""
    rule = Rule(name="responders", actions=("*",), requesters=Who(groups=("S0RESPONDERS",)), approvals=1)
    policy = Policy(approvers=Who(groups=(GROUP,)), rules=(rule,))
    directory = FakeDirectory()
    with pytest.raises(NotPermitted):
        await rights(directory, policy).permit(a_plan(), REQUESTER)
    directory.groups["S0RESPONDERS"] = {REQUESTER.id}
    assert (await rights(directory, policy).permit(a_plan(), REQUESTER)).rule == "responders"


async def test_what_cannot_be_read_is_not_assumed() -> None:
    """Where the directory is away, every question is refused."""
    directory = FakeDirectory()
    directory.away = True
    change = with_votes(opened(), 1)
    for question in (
        rights(directory).person(REQUESTER.id),
        rights(directory).require_signer(DECISION, APPROVER),
        rights(directory).lost(change, DECISION),
        rights(directory).still_member(REQUESTER),
    ):
        with pytest.raises(DirectoryUnavailable):
            await question


async def test_lost_votes_are_read_afresh() -> None:
    """Votes are checked against the directory as it is now: group, standing, and whose e-mail address it is."""
    change = with_votes(opened(decision=a_decision(a_plan(), approvals=2)), 2)
    directory = FakeDirectory()
    assert await rights(directory).lost(change, DECISION) == ()
    assert all("fresh" in question for question in directory.asked)
    directory.groups[GROUP].discard(APPROVER.id)
    assert await rights(directory).lost(change, DECISION) == (APPROVER.id,)
    directory = FakeDirectory()
    directory.people[SECOND_APPROVER.id] = SECOND_APPROVER.model_copy(update={"standing": Standing.GUEST})
    assert await rights(directory).lost(change, DECISION) == (SECOND_APPROVER.id,)
    for whose in (APPROVER, REQUESTER):
        directory = FakeDirectory()
        directory.people[SECOND_APPROVER.id] = SECOND_APPROVER.model_copy(update={"email": whose.email})
        assert await rights(directory).lost(change, DECISION) == (SECOND_APPROVER.id,)


async def test_a_closed_account_is_no_member() -> None:
    """Whether somebody is still a member is read afresh."""
    directory = FakeDirectory()
    assert await rights(directory).still_member(REQUESTER)
    directory.people[REQUESTER.id] = REQUESTER.model_copy(update={"standing": Standing.DEACTIVATED})
    assert not await rights(directory).still_member(REQUESTER)
    assert directory.asked == [f"person {REQUESTER.id} fresh"] * 2


async def test_groups_are_called_by_their_handles() -> None:
    """A decision carries each group's id and handle as they were; where they cannot be read it stands without."""
    directory = FakeDirectory()
    decision = await rights(directory).permit(a_plan(), REQUESTER)
    assert decision.groups[GROUP].handle == f"handle-of-{GROUP.lower()}"
    change = opened(decision=decision)
    assert may_sign(change) == f"@handle-of-{GROUP.lower()}"
    assert call_signers(change) == f"<!subteam^{GROUP}>"
    directory.away = True
    assert (await rights(directory).permit(a_plan(), REQUESTER)).groups == {}
