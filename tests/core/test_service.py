"""One door: asking, signing, cancelling, undoing, and everything that is refused at it."""

import pytest

from bot.actions import BY_NAME
from bot.asking import Asking, NothingToDo, Opened
from bot.changes.record import Cause, Status
from bot.errors import (
    AlreadyOpen,
    AskAgain,
    CountersignError,
    DirectoryUnavailable,
    NotASigner,
    NotPermitted,
    NotRecorded,
    TooLate,
    TooManyOpen,
)
from bot.grammar.command import Command
from bot.model import Noun, Standing
from bot.policy import Policy, Rule, Who
from tests.builders import APPROVER, GROUP, MINUTE, PRODUCTION, REQUESTER, SECOND_APPROVER, a_target
from tests.core.fakes import ORIGIN, House

TWO_NEEDED = Policy(approvers=Who(groups=(GROUP,)), rules=(Rule(name="two", actions=("*",), approvals=2),))
FREE = Policy(approvers=Who(groups=(GROUP,)), rules=(Rule(name="free", actions=("*",), decision="allow"),))


def asking(person: str = REQUESTER.id, delivery: str = "") -> Asking:
    """Return who asks, and by which delivery."""
    return Asking(person=person, origin=ORIGIN, delivery=delivery)


def command(action: str = "flag.disable", environment: str = "Production") -> Command:
    """Return a command on the usual target."""
    return Command(action=action, target=a_target(BY_NAME[action].noun).key, environment=environment, reason="why not")


def another_flag(house: House, number: int) -> str:
    """Let another flag exist, and return its key."""
    target = a_target(key=f"flag-{number}").model_copy(update={"id": f"id-{number}", "name": f"Flag {number}"})
    house.provider.put(target)
    return target.key


async def test_a_request_waits_for_its_signature() -> None:
    """A risky change in production is recorded, shown, and runs nowhere yet."""
    house = House()
    change = await house.submit("flag.disable")
    assert (change.status, change.requester, change.reason) == (Status.PENDING, REQUESTER, "error rate doubled")
    assert house.notifier.told == [change.id]
    assert house.state.entries == {}
    assert change.id.startswith("cs-")
    assert len(change.id) == 9


async def test_where_policy_allows_it_runs_at_once() -> None:
    """A change that needs nobody starts approved, by the same code."""
    house = House(policy=FREE)
    change = await house.submit("flag.disable", environment="staging")
    assert change.status is Status.APPROVED
    await house.drain()
    assert (await house.get(change.id)).status is Status.APPLIED


async def test_the_same_delivery_is_recorded_once() -> None:
    """A command delivered twice opens one request, and the second answer is the first one's."""
    house = House()
    first = await house.service.submit(command(), asking(delivery="d1"))
    second = await house.service.submit(command(), asking(delivery="d1"))
    assert isinstance(first, Opened)
    assert isinstance(second, Opened)
    assert (first.new, second.new) == (True, False)
    assert first.change.id == second.change.id


@pytest.mark.parametrize("press", ["approve", "confirm", "reject", "cancel"])
async def test_the_same_press_counts_once(press: str) -> None:
    """A press delivered twice has one effect, and the second answer is no error."""
    house = House(policy=TWO_NEEDED)
    change = await house.submit("flag.disable")
    for _ in range(2):
        if press == "approve":
            await house.service.approve(change.id, APPROVER.id, "p1")
        elif press == "confirm":
            await house.service.confirm(change.id, REQUESTER.id, "p1")
        elif press == "reject":
            await house.service.reject(change.id, APPROVER.id, "p1", "no")
        else:
            await house.service.cancel(change.id, REQUESTER.id, "p1")
    assert len(await house.changes.trail(change.id)) == 2


async def test_a_press_that_made_stale_is_no_error_the_second_time() -> None:
    """A press that found policy stricter answers the same when it is delivered again."""
    house = House()
    change = await house.submit("flag.disable")
    house.policy = TWO_NEEDED
    for _ in range(2):
        answer = await house.service.approve(change.id, APPROVER.id, "p1")
        assert answer.status is Status.STALE


async def test_two_people_are_two_presses() -> None:
    """Two approvers complete a change that needs two, and a double click of one does not."""
    house = House(policy=TWO_NEEDED)
    change = await house.submit("flag.disable")
    assert (await house.service.approve(change.id, APPROVER.id, "p1")).status is Status.PENDING
    with pytest.raises(NotASigner, match="already"):
        await house.service.approve(change.id, APPROVER.id, "p2")
    assert (await house.service.approve(change.id, SECOND_APPROVER.id, "p3")).status is Status.APPROVED


async def test_an_eleventh_open_request_is_refused() -> None:
    """A person has ten open requests at most; what ended does not count."""
    house = House()
    opened = [await house.submit(target=another_flag(house, number)) for number in range(10)]
    with pytest.raises(TooManyOpen):
        await house.submit(target=another_flag(house, 10))
    await house.service.cancel(opened[0].id, REQUESTER.id, "c1")
    await house.submit(target=another_flag(house, 10))


async def test_containing_is_not_held_up_by_ten_open_requests() -> None:
    """Somebody with ten open requests can still pause a rollout."""
    house = House()
    for number in range(10):
        await house.submit(target=another_flag(house, number))
    paused = await house.approved("rollout.pause")
    await house.drain()
    assert (await house.get(paused.id)).status is Status.APPLIED


async def test_a_second_request_for_one_target_is_told_who_holds_it() -> None:
    """One open request per target and environment; another environment is another place."""
    house = House()
    first = await house.submit("flag.disable")
    with pytest.raises(AlreadyOpen, match=first.id) as refused:
        await house.submit("flag.disable", person=APPROVER.id)
    assert refused.value.holder == first.id
    await house.submit("flag.disable", environment="staging")
    await house.service.cancel(first.id, REQUESTER.id, "c1")
    await house.submit("flag.disable", person=APPROVER.id)


async def test_containing_supersedes_what_waits() -> None:
    """A pause makes a waiting resume stale, says so, and takes its place."""
    house = House()
    resume = await house.submit("rollout.resume")
    pause = await house.submit("rollout.pause", person=APPROVER.id)
    old = await house.get(resume.id)
    assert (old.status, old.cause) == (Status.STALE, Cause.SUPERSEDED)
    assert pause.id in old.note
    assert resume.id in house.notifier.told[1:]
    with pytest.raises(AlreadyOpen, match=pause.id):
        await house.submit("rollout.resume")


async def test_what_is_signed_is_not_superseded() -> None:
    """A pause opens beside a resume that has been signed, and does not undo its signature."""
    house = House()
    resume = await house.approved("rollout.resume")
    pause = await house.submit("rollout.pause", person=APPROVER.id)
    assert (await house.get(resume.id)).status is Status.APPROVED
    assert pause.status is Status.PENDING


async def test_a_pause_that_is_confirmed_is_not_superseded_by_another() -> None:
    """A confirmed pause about to run is left alone by a second one, which opens beside it."""
    house = House()
    first = await house.approved("rollout.pause")
    second = await house.submit("rollout.pause", person=APPROVER.id)
    assert (await house.get(first.id)).status is Status.APPROVED
    assert second.status is Status.PENDING
    await house.drain()
    assert (await house.get(first.id)).status is Status.APPLIED


async def test_containing_is_not_blocked_by_what_is_running() -> None:
    """Where the target's holder is being applied, a pause opens beside it."""
    house = House()
    resume = await house.approved("rollout.resume")

    async def pause_now() -> None:
        opened = await house.service.submit(command("rollout.pause"), asking(APPROVER.id))
        assert isinstance(opened, Opened)

    house.provider.between = pause_now
    await house.drain()
    assert (await house.get(resume.id)).status is Status.APPLIED
    (pause,) = await house.changes.of(APPROVER.id)
    assert pause.status is Status.PENDING


async def test_containing_is_not_blocked_by_a_place_that_nobody_holds() -> None:
    """A place whose holder is no longer on record does not stand in the way of a pause."""
    house = House()
    house.state.slots[a_target(Noun.ROLLOUT).slot] = "cs-gone22"
    assert (await house.submit("rollout.pause")).status is Status.PENDING


async def test_what_is_so_already_opens_nothing() -> None:
    """A flag that is disabled already is answered so, and nothing is recorded."""
    house = House()
    house.provider.facts(Noun.FLAG)["status"] = "DISABLED"
    answer = await house.service.submit(command(), asking())
    assert isinstance(answer, NothingToDo)
    assert "already disabled" in answer.plan.already
    assert house.state.records == {}


async def test_what_policy_denies_is_refused() -> None:
    """Where no rule matches nothing is recorded."""
    house = House(policy=Policy(approvers=Who(), rules=()))
    with pytest.raises(NotPermitted, match="Policy does not permit"):
        await house.submit()
    assert house.state.records == {}


async def test_a_reason_that_policy_asks_for_must_be_given() -> None:
    """Where the rule requires a reason, a command without one is asked for it."""
    rule = Rule(name="why", actions=("*",), approvals=1, reason="required")
    house = House(policy=Policy(approvers=Who(groups=(GROUP,)), rules=(rule,)))
    with pytest.raises(AskAgain, match="because"):
        await house.submit(reason="")
    assert (await house.submit(reason="INC-412")).reason == "INC-412"


async def test_what_the_provider_lacks_is_refused_before_anybody_signs() -> None:
    """A verb that the provider has no call for opens no request."""
    house = House()
    house.provider.lacks.add("flag.disable")
    with pytest.raises(AskAgain):
        await house.submit("flag.disable")
    assert house.state.records == {}


async def test_break_glass_that_policy_does_not_foresee_is_refused() -> None:
    """Break-glass that is not carried out is not silently dropped."""
    house = House()
    with pytest.raises(NotPermitted, match="foresees no break-glass"):
        await house.service.submit(command().model_copy(update={"switches": frozenset({"break-glass"})}), asking())
    assert house.state.records == {}


@pytest.mark.parametrize("standing", [Standing.GUEST, Standing.EXTERNAL, Standing.BOT, Standing.DEACTIVATED])
async def test_who_is_no_member_has_no_say(standing: Standing) -> None:
    """Guests, people of elsewhere, bots and closed accounts neither ask nor sign, not even in the signers' group."""
    house = House()
    change = await house.submit()
    stranger = house.directory.add("U0STRANGER", standing=standing)
    house.directory.groups[GROUP].add(stranger.id)
    presses = (
        house.service.submit(command("rollout.pause"), asking(stranger.id)),
        house.service.approve(change.id, stranger.id, "p1"),
        house.service.reject(change.id, stranger.id, "p2", "no"),
        house.service.confirm(change.id, stranger.id, "p3"),
        house.service.cancel(change.id, stranger.id, "p4"),
        house.service.undo(change.id, asking(stranger.id)),
        house.service.again(change.id, asking(stranger.id)),
        house.service.settle(change.id, stranger.id, "p5", happened=True),
    )
    for press in presses:
        with pytest.raises((NotPermitted, TooLate)):
            await press
    assert await house.get(change.id) == change
    assert len(house.state.records) == 1


async def test_who_is_not_in_the_group_is_told_who_is() -> None:
    """A press by somebody who may not sign changes nothing and names those who may."""
    house = House()
    change = await house.submit()
    house.directory.add("U0STRANGER")
    for press in (
        house.service.approve(change.id, "U0STRANGER", "p1"),
        house.service.reject(change.id, "U0STRANGER", "p2", "no"),
    ):
        with pytest.raises(NotASigner, match=APPROVER.id):
            await press
    assert await house.get(change.id) == change


async def test_the_requester_cannot_sign_by_any_account() -> None:
    """Neither the requester nor a second account of theirs signs, though both are in the group."""
    house = House()
    change = await house.submit()
    second = house.directory.add("U0REQUESTER2", email=(REQUESTER.email or "").upper())
    house.directory.groups[GROUP] |= {REQUESTER.id, second.id}
    for person in (REQUESTER.id, second.id):
        with pytest.raises(NotASigner):
            await house.service.approve(change.id, person, f"p {person}")
        with pytest.raises(NotASigner):
            await house.service.may_decide(change.id, person)
    assert await house.get(change.id) == change


async def test_an_absent_directory_records_nothing() -> None:
    """Where people cannot be read, neither a request nor a signature is recorded."""
    house = House()
    change = await house.submit()
    house.directory.away = True
    with pytest.raises(DirectoryUnavailable):
        await house.submit("rollout.pause")
    with pytest.raises(DirectoryUnavailable):
        await house.service.approve(change.id, APPROVER.id, "p1")
    house.directory.away = False
    assert await house.get(change.id) == change
    assert len(house.state.records) == 1


async def test_an_absent_store_records_nothing() -> None:
    """Where the store is away a press is refused, and counts when it is made again."""
    house = House()
    change = await house.submit()
    house.state.away = True
    with pytest.raises(NotRecorded):
        await house.service.approve(change.id, APPROVER.id, "p1")
    house.state.away = False
    assert (await house.service.approve(change.id, APPROVER.id, "p1")).status is Status.APPROVED


async def test_a_late_press_is_told_what_happened() -> None:
    """A press after the end, or after the expiry that nobody has worked off yet, changes nothing and says so."""
    house = House()
    change = await house.submit()
    house.clock.advance(30 * MINUTE)
    with pytest.raises(TooLate, match="run out"):
        await house.service.approve(change.id, APPROVER.id, "p1")
    await house.later(0)
    with pytest.raises(TooLate, match="expired"):
        await house.service.approve(change.id, APPROVER.id, "p2")
    with pytest.raises(TooLate, match="no request"):
        await house.service.approve("cs-nobody", APPROVER.id, "p3")


async def test_a_press_in_the_expiring_millisecond_is_late() -> None:
    """One millisecond before the expiry counts, the expiring one does not."""
    house = House()
    early, late = await house.submit(), await house.submit("rollout.resume")
    house.clock.advance(30 * MINUTE - 1)
    assert (await house.service.approve(early.id, APPROVER.id, "p1")).status is Status.APPROVED
    house.clock.advance(1)
    with pytest.raises(TooLate):
        await house.service.approve(late.id, APPROVER.id, "p2")


async def test_a_press_under_a_stricter_policy_makes_stale() -> None:
    """A signature under a policy that asks for more than when the request was made is not counted."""
    house = House()
    change = await house.submit()
    house.policy = TWO_NEEDED
    done = await house.service.approve(change.id, APPROVER.id, "p1")
    assert (done.status, done.cause, done.approvals) == (Status.STALE, Cause.POLICY, ())
    assert house.state.entries == {}


async def test_a_press_on_another_plan_changes_nothing() -> None:
    """A button that carries the digest of another plan is refused."""
    house = House()
    change = await house.submit()
    with pytest.raises(TooLate, match="another plan"):
        await house.service.approve(change.id, APPROVER.id, "p1", "0000")
    done = await house.service.approve(change.id, APPROVER.id, "p2", change.plan.digest[:8])
    assert done.status is Status.APPROVED


async def test_asking_again_bars_both_who_asked() -> None:
    """Who asks again takes over the request; neither they nor the first requester may sign it."""
    house = House()
    house.directory.groups[GROUP] |= {REQUESTER.id}
    first = await house.submit()
    await house.service.reject(first.id, APPROVER.id, "r1", "not now")
    opened = await house.service.again(first.id, asking(SECOND_APPROVER.id))
    assert isinstance(opened, Opened)
    again = opened.change
    assert (again.requester, again.parent, again.reason) == (SECOND_APPROVER, first.id, first.reason)
    for person in (REQUESTER.id, SECOND_APPROVER.id):
        with pytest.raises(NotASigner):
            await house.service.approve(again.id, person, f"p {person}")
    await house.service.reject(again.id, APPROVER.id, "r2", "still not")
    third = await house.service.again(again.id, asking(house.directory.add("U0THIRD").id))
    assert isinstance(third, Opened)
    assert {actor.id for actor in third.change.barred} == {REQUESTER.id, SECOND_APPROVER.id}


async def test_asking_again_waits_for_the_end() -> None:
    """What is still open is not asked for again."""
    house = House()
    change = await house.submit()
    with pytest.raises(TooLate, match="still pending"):
        await house.service.again(change.id, asking())


async def test_undo_is_a_request_of_its_own() -> None:
    """Undo asks for the opposite, on a fresh plan, under the opposite's own policy."""
    house = House()
    change = await house.approved("flag.disable")
    with pytest.raises(TooLate):
        await house.service.undo(change.id, asking())
    await house.drain()
    opened = await house.service.undo(change.id, asking(APPROVER.id))
    assert isinstance(opened, Opened)
    undo = opened.change
    assert (undo.plan.action, undo.parent, undo.status) == ("flag.enable", change.id, Status.PENDING)
    with pytest.raises(NotASigner):
        await house.service.approve(undo.id, APPROVER.id, "p1")
    await house.service.approve(undo.id, SECOND_APPROVER.id, "p2")
    await house.drain()
    assert house.provider.facts(Noun.FLAG)["status"] == "ENABLED"


async def test_what_has_no_opposite_is_not_undone() -> None:
    """A stopped rollout cannot be undone from here."""
    house = House()
    change = await house.approved("rollout.stop")
    await house.drain()
    assert (await house.get(change.id)).status is Status.APPLIED
    with pytest.raises(TooLate, match="cannot be undone"):
        await house.service.undo(change.id, asking())


async def test_cancelling_is_the_requesters_until_it_runs() -> None:
    """The requester takes a request back also after it was signed, and not after its end."""
    house = House()
    change = await house.approved("flag.disable")
    with pytest.raises(NotASigner):
        await house.service.cancel(change.id, APPROVER.id, "c1")
    assert (await house.service.cancel(change.id, REQUESTER.id, "c2")).status is Status.CANCELLED
    await house.drain()
    assert house.provider.calls == []
    with pytest.raises(TooLate):
        await house.service.cancel(change.id, REQUESTER.id, "c3")


async def test_the_inbox_has_what_one_can_sign() -> None:
    """What waits for a person's signature is in their inbox until they sign, and never in the requester's."""
    house = House(policy=TWO_NEEDED)
    house.directory.groups[GROUP] |= {REQUESTER.id}
    change = await house.submit()
    assert await house.service.inbox(REQUESTER.id) == ((), (change,))
    assert await house.service.inbox(APPROVER.id) == ((change,), ())
    await house.service.approve(change.id, APPROVER.id, "p1")
    assert await house.service.inbox(APPROVER.id) == ((), ())
    assert len((await house.service.inbox(SECOND_APPROVER.id))[0]) == 1


async def test_looking_whether_one_may_writes_nothing() -> None:
    """Asking whether somebody may reject or confirm leaves the record as it is."""
    house = House()
    change = await house.submit("rollout.stop")
    assert await house.service.may_decide(change.id, APPROVER.id) == change
    assert await house.service.may_confirm(change.id, REQUESTER.id) == change
    with pytest.raises(CountersignError):
        await house.service.may_confirm(change.id, APPROVER.id)
    assert len(await house.changes.trail(change.id)) == 1


async def test_production_is_said_and_read_afresh() -> None:
    """A request is planned for the environment as it is marked now."""
    house = House()
    house.provider.places[1] = house.provider.places[1].model_copy(update={"is_production": True})
    change = await house.submit("flag.disable", environment="staging")
    assert change.plan.target.production
    assert change.decision.approvals == 1
    assert PRODUCTION.is_production
