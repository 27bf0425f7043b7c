"""Carrying out what was approved: once, on what was planned, and truthfully told."""

import json

import pytest

from bot.adapters.memory.state import Record
from bot.changes.record import Cause, ChangeRequest, Status
from bot.errors import (
    Conflict,
    CountersignError,
    DirectoryUnavailable,
    Forbidden,
    Malformed,
    NeverSent,
    NotFound,
    NotRecorded,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Tampered,
)
from bot.model import Job, Noun, Proof, Receipt, Standing
from bot.policy import Policy, Rule, Who
from tests.builders import APPROVER, GROUP, MINUTE, PRODUCTION, REQUESTER, SECOND_APPROVER, TERMS
from tests.core.fakes import LEASE_MS, House, Outcome, nothing

TIMED_OUT = OutcomeUnknown("Datadog did not answer within 10 seconds.")
SETTLED_MS = LEASE_MS + 1


class Killed(BaseException):
    """The process ended here."""


def run(change: ChangeRequest) -> Job:
    return Job(kind="run", id=change.id)


async def killed_in(house: House, job: Job) -> None:
    """Work a job in a process that is killed on the way."""
    with pytest.raises(Killed):
        await house.execution("the killed one").work(job)


def kill_at_commit(house: House, number: int, *, after: bool) -> None:
    """Kill the process at its n-th commit from now, before or after it is written."""
    seen = 0

    def counted() -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            house.records.before = house.records.after = nothing
            raise Killed

    if after:
        house.records.after = counted
    else:
        house.records.before = counted


async def test_an_approved_change_is_called_once_and_read_back() -> None:
    """A signed change is called once and ends as APPLIED, with the read-back as its proof."""
    house = House()
    change = await house.approved("flag.disable")
    jobs = await house.drain()
    done = await house.get(change.id)
    assert jobs == [run(change), Job(kind="tell", id=change.id)]
    assert house.provider.effects == ["flag.disable"]
    assert len(house.provider.calls) == 1
    assert done.status is Status.APPLIED
    assert done.receipt is not None
    assert done.receipt.proof is Proof.READ_BACK
    assert done.receipt.facts["status"] == "DISABLED"


async def test_the_record_is_written_before_the_call() -> None:
    """When the call is made, the mark that it is about to be made is in the record and in the chain."""
    house = House()
    change = await house.approved("flag.disable")
    seen: list[tuple[int | None, str]] = []

    def look() -> None:
        stored = house.state.records["change", change.id]
        seen.append((json.loads(stored.data).get("called_at"), stored.trail[-1].event.name))

    house.provider.on_apply = look
    await house.drain()
    assert seen == [(house.clock.now(), "called")]


async def test_without_a_record_there_is_no_call() -> None:
    """Where the mark of the call cannot be written, the call is not made."""
    house = House()
    change = await house.approved("flag.disable")

    def lose_the_store() -> None:
        house.state.away = True

    house.provider.on_read = lose_the_store
    with pytest.raises(NotRecorded):
        await house.execution().work(run(change))
    assert house.provider.calls == []


async def test_a_verb_without_readable_state_is_told_as_accepted() -> None:
    """A pause, of which no fact tells, ends as accepted and not as read back."""
    house = House()
    change = await house.approved("rollout.pause")
    await house.drain()
    done = await house.get(change.id)
    assert done.status is Status.APPLIED
    assert done.receipt is not None
    assert done.receipt.proof is Proof.ACCEPTED


async def test_a_repeated_job_does_nothing_more() -> None:
    """A job that comes again after the end makes no second call."""
    house = House()
    change = await house.approved("flag.disable")
    await house.drain()
    await house.execution("worker-2").work(run(change))
    await house.execution("worker-2").work(Job(kind="settle", id=change.id))
    assert len(house.provider.calls) == 1


async def test_drift_makes_stale_and_calls_nothing() -> None:
    """Where a watched fact moved after the plan, nothing is sent and the record names what moved."""
    house = House()
    change = await house.approved("flag.disable")
    house.provider.facts(Noun.FLAG)["archived"] = True
    await house.drain()
    done = await house.get(change.id)
    assert house.provider.calls == []
    assert (done.status, done.cause) == (Status.STALE, Cause.DRIFT)
    assert "archived" in done.note


async def test_a_flip_of_the_production_mark_makes_stale() -> None:
    """A plan made for production does not run when Datadog no longer marks the environment so."""
    house = House()
    change = await house.approved("rollout.pause")
    house.provider.places[0] = PRODUCTION.model_copy(update={"is_production": False})
    await house.drain()
    done = await house.get(change.id)
    assert house.provider.calls == []
    assert done.status is Status.STALE
    assert "production mark" in done.note


async def test_an_advancing_rollout_is_still_paused() -> None:
    """Steps that go on between plan and call do not stop a pause."""
    house = House()
    change = await house.approved("rollout.pause")
    house.provider.facts(Noun.ROLLOUT).update({"updated_at": "2026-10-14T12:30:00Z", "steps": [0.1, 1]})
    await house.drain()
    assert (await house.get(change.id)).status is Status.APPLIED
    assert house.provider.effects == ["rollout.pause"]


async def test_what_is_so_already_is_applied_without_a_call() -> None:
    """Where somebody else did it meanwhile, the change ends as already so and nothing is sent."""
    house = House()
    change = await house.approved("flag.disable")
    house.provider.facts(Noun.FLAG)["status"] = "DISABLED"
    await house.drain()
    done = await house.get(change.id)
    assert house.provider.calls == []
    assert done.receipt is not None
    assert (done.status, done.receipt.proof) == (Status.APPLIED, Proof.ALREADY)


async def test_a_signer_who_lost_the_right_is_struck() -> None:
    """A vote whose giver left the group before the claim is struck, and another one completes the change."""
    house = House()
    change = await house.approved("flag.disable")
    house.directory.groups[GROUP].discard(APPROVER.id)
    await house.drain()
    waiting = await house.get(change.id)
    assert house.provider.calls == []
    assert (waiting.status, waiting.approvals) == (Status.PENDING, ())
    await house.service.approve(change.id, SECOND_APPROVER.id, "a second press")
    await house.drain()
    assert (await house.get(change.id)).status is Status.APPLIED
    assert len(house.provider.calls) == 1


async def test_a_deactivated_signer_is_struck() -> None:
    """A vote of an account that was deactivated before the claim does not count."""
    house = House()
    change = await house.approved("flag.disable")
    house.directory.people[APPROVER.id] = APPROVER.model_copy(update={"standing": Standing.DEACTIVATED})
    await house.drain()
    assert (await house.get(change.id)).status is Status.PENDING
    assert house.provider.calls == []


async def test_a_signer_who_turns_out_to_be_the_requester_is_struck() -> None:
    """A vote does not count when the directory, read afresh, shows the requester's e-mail on the signer's account."""
    house = House()
    change = await house.approved("flag.disable")
    house.directory.people[APPROVER.id] = APPROVER.model_copy(update={"email": (REQUESTER.email or "").upper()})
    await house.drain()
    waiting = await house.get(change.id)
    assert (waiting.status, waiting.approvals) == (Status.PENDING, ())
    assert house.provider.calls == []


async def test_a_requester_who_lost_standing_stops_the_change() -> None:
    """A change does not run for somebody who is no longer a member when it is claimed."""
    house = House()
    change = await house.approved("flag.disable")
    house.directory.people[REQUESTER.id] = REQUESTER.model_copy(update={"standing": Standing.DEACTIVATED})
    await house.drain()
    assert (await house.get(change.id)).status is Status.STALE
    assert house.provider.calls == []


async def test_rights_are_read_afresh_at_the_claim() -> None:
    """Before the call, signer and group are asked for anew and not taken from a cache."""
    house = House()
    await house.approved("flag.disable")
    house.directory.asked.clear()
    await house.drain()
    assert f"person {APPROVER.id} fresh" in house.directory.asked
    assert f"members {GROUP} fresh" in house.directory.asked


async def test_an_unreadable_directory_stops_the_claim() -> None:
    """Where rights cannot be read nothing is sent, and the change stays approved for a later try."""
    house = House()
    change = await house.approved("flag.disable")
    house.directory.away = True
    with pytest.raises(DirectoryUnavailable):
        await house.execution().work(run(change))
    assert house.provider.calls == []
    assert (await house.get(change.id)).status is Status.APPROVED


async def test_a_policy_that_became_stricter_makes_stale() -> None:
    """Where policy asks for more at the claim than was given, nothing is sent."""
    house = House()
    change = await house.approved("flag.disable")
    house.policy = Policy(approvers=Who(groups=(GROUP,)), rules=(Rule(name="two", actions=("*",), approvals=2),))
    await house.drain()
    done = await house.get(change.id)
    assert house.provider.calls == []
    assert (done.status, done.cause) == (Status.STALE, Cause.POLICY)


async def test_a_policy_that_became_looser_does_not_matter() -> None:
    """Where policy asks for less at the claim than was given, the change runs."""
    house = House()
    change = await house.approved("flag.disable", environment="staging")
    house.policy = Policy(approvers=Who(), rules=(Rule(name="free", actions=("*",), decision="allow"),))
    await house.drain()
    assert (await house.get(change.id)).status is Status.APPLIED


@pytest.mark.parametrize("part", ["record", "vote", "plan", "entry", "dropped", "head"])
async def test_a_record_that_was_tampered_with_never_runs(part: str) -> None:
    """Whoever can write to the store alone cannot make a worker call anything else, or anything at all."""
    house = House()
    change = await house.submit("flag.disable") if part == "vote" else await house.approved("flag.disable")
    stored = house.state.records["change", change.id]
    house.state.records["change", change.id] = forged(stored, part)
    with_trouble = None
    try:
        await house.execution().work(run(change))
    except Tampered as raised:
        with_trouble = raised
    assert house.provider.calls == []
    done = await house.get(change.id)
    assert with_trouble or (done.status, done.cause) == (Status.STALE, Cause.INTEGRITY)


def forged(stored: Record, part: str) -> Record:
    """Return what somebody who can write to the store, but has no key, could leave there."""
    data = json.loads(stored.data)
    if part == "record":
        data["requester"]["id"] = "U0SOMEBODY"
    if part == "vote":
        at = stored.trail[0].event.at
        vote = {"verdict": "approve", "by": APPROVER.model_dump(mode="json"), "at": at}
        data |= {"status": "approved", "approved_at": at, "run_by": at + MINUTE, "reviews": [vote]}
    if part == "plan":
        data["plan"]["action"] = "flag.enable"
    entries = list(stored.trail)
    if part == "entry":
        event = entries[-1].event.model_copy(update={"by": SECOND_APPROVER})
        entries[-1] = entries[-1].model_copy(update={"event": event})
    if part == "dropped":
        entries.pop(0)
    head = "0" * 64 if part == "head" else stored.head
    return Record(stored.version, json.dumps(data), head, tuple(entries), stored.ends)


@pytest.mark.parametrize(
    "error", [RateLimited("Slow down.", retry_after=3), NeverSent("No route to Datadog.")], ids=["429", "never sent"]
)
@pytest.mark.parametrize("action", ["flag.disable", "rollout.resume"])
async def test_what_was_not_sent_is_tried_again(action: str, error: CountersignError) -> None:
    """A call that was refused for pace or never left is made again later, for every class of verb."""
    house = House()
    house.provider.script.append(Outcome(lands=False, error=error))
    change = await house.approved(action)
    await house.drain()
    waiting = await house.get(change.id)
    assert (waiting.status, waiting.called_at) == (Status.APPLYING, None)
    await house.later(31_000)
    assert (await house.get(change.id)).status is Status.APPLIED
    assert house.provider.effects == [action]


async def test_a_pace_that_never_lets_up_ends_as_failed() -> None:
    """What could not be sent until its run-by time ends as FAILED and says that nothing was sent."""
    house = House()
    house.provider.script.extend(
        Outcome(lands=False, error=RateLimited("Slow down.", retry_after=60)) for _ in range(30)
    )
    change = await house.approved("rollout.resume")
    await house.drain()
    for _ in range(12):
        await house.later(MINUTE)
    done = await house.get(change.id)
    assert (done.status, house.provider.effects) == (Status.FAILED, [])
    assert "nothing was sent" in done.note.lower()
    assert done.ended_at is not None
    assert done.run_by is not None
    assert done.ended_at <= done.run_by + LEASE_MS


async def test_a_time_out_on_a_verb_that_sets_a_state_is_repeated() -> None:
    """After a time-out and a read-back that shows no effect, a verb that sets a state is called once more."""
    house = House()
    house.provider.script.append(Outcome(lands=False, error=TIMED_OUT))
    change = await house.approved("flag.disable")
    await house.drain()
    assert (await house.get(change.id)).status is Status.APPLYING
    await house.later(SETTLED_MS)
    done = await house.get(change.id)
    assert done.status is Status.APPLIED
    assert len(house.provider.calls) == 2
    assert house.provider.effects == ["flag.disable"]


async def test_a_time_out_that_landed_is_found_by_the_read_back() -> None:
    """A call that timed out and took effect is proved by reading, without another call."""
    house = House()
    house.provider.script.append(Outcome(lands=True, error=TIMED_OUT))
    change = await house.approved("flag.disable")
    await house.drain()
    await house.later(SETTLED_MS)
    done = await house.get(change.id)
    assert done.receipt is not None
    assert (done.status, done.receipt.proof) == (Status.APPLIED, Proof.READ_BACK)
    assert len(house.provider.calls) == 1


@pytest.mark.parametrize("lands", [True, False])
@pytest.mark.parametrize("action", ["rollout.resume", "rollout.stop", "rollout.start"])
async def test_a_time_out_on_a_single_flight_is_never_called_again(action: str, *, lands: bool) -> None:
    """After a time-out a single-flight verb is read back, and never called a second time by itself."""
    house = House()
    if action == "rollout.start":
        house.provider.facts(Noun.ROLLOUT)["started_at"] = None
    house.provider.script.append(Outcome(lands=lands, error=TIMED_OUT))
    change = await house.approved(action)
    await house.drain()
    for _ in range(10):
        await house.later(SETTLED_MS)
    done = await house.get(change.id)
    assert done.status is (Status.APPLIED if lands and action == "rollout.start" else Status.UNKNOWN)
    assert len(house.provider.calls) == 1


async def test_an_unknown_outcome_is_settled_by_another_person() -> None:
    """UNKNOWN is ended by somebody who could have approved, and never by whoever asked."""
    house = House()
    house.provider.script.append(Outcome(lands=False, error=TIMED_OUT))
    change = await house.approved("rollout.resume")
    await house.drain()
    await house.later(SETTLED_MS)
    house.directory.groups[GROUP].add(REQUESTER.id)
    house.directory.add("U0STRANGER")
    for person in (REQUESTER.id, "U0STRANGER"):
        with pytest.raises(CountersignError, match=r"Whoever asked|not among"):
            await house.service.settle(change.id, person, f"settle {person}", happened=False)
    done = await house.service.settle(change.id, APPROVER.id, "settle", happened=False)
    assert done.status is Status.FAILED


async def test_a_repeat_that_cannot_be_sent_is_not_told_as_nothing_sent() -> None:
    """Where an earlier call went unanswered, running out of time is UNKNOWN and not "nothing was sent"."""
    house = House()
    house.provider.script.append(Outcome(lands=False, error=TIMED_OUT))
    house.provider.script.extend(
        Outcome(lands=False, error=RateLimited("Slow down.", retry_after=60)) for _ in range(30)
    )
    change = await house.approved("flag.disable")
    await house.drain()
    await house.later(SETTLED_MS)
    for _ in range(12):
        await house.later(MINUTE)
    done = await house.get(change.id)
    assert done.status is Status.UNKNOWN
    assert "nothing was sent" not in done.note.lower()


@pytest.mark.parametrize("error", [Forbidden("The keys may not."), Rejected("Bad request."), NotFound("Gone.")])
async def test_a_repeat_that_is_refused_leaves_the_first_call_unknown(error: CountersignError) -> None:
    """A refusal of the second call does not tell what came of the first, which went unanswered."""
    house = House()
    house.provider.script.extend([Outcome(lands=False, error=TIMED_OUT), Outcome(lands=False, error=error)])
    change = await house.approved("flag.disable")
    await house.drain()
    await house.later(SETTLED_MS)
    assert (await house.get(change.id)).status is Status.UNKNOWN


@pytest.mark.parametrize("error", [Forbidden("The keys may not."), Malformed("No sense."), NotFound("Gone.")])
async def test_a_target_that_cannot_be_read_before_a_repeat_leaves_it_unknown(error: CountersignError) -> None:
    """Where the read before a repeat fails for good, the unanswered first call stays UNKNOWN."""
    house = House()
    house.provider.script.append(Outcome(lands=False, error=TIMED_OUT))
    change = await house.approved("flag.disable")
    await house.drain()
    house.provider.reads.extend([None, error])
    await house.later(SETTLED_MS)
    assert (await house.get(change.id)).status is Status.UNKNOWN


@pytest.mark.parametrize("error", [Forbidden("The keys may not."), Rejected("Bad request."), NotFound("Gone.")])
async def test_a_refused_call_fails_with_its_reason(error: CountersignError) -> None:
    """What Datadog refuses ends as FAILED with the reason, and is not tried again."""
    house = House()
    house.provider.script.append(Outcome(lands=False, error=error))
    change = await house.approved("flag.disable")
    await house.drain()
    await house.later(SETTLED_MS)
    done = await house.get(change.id)
    assert done.status is Status.FAILED
    assert error.fact in done.note
    assert len(house.provider.calls) == 1


@pytest.mark.parametrize("after", [False, True], ids=["before writing", "after writing"])
@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("action", ["flag.disable", "rollout.resume", "rollout.pause"])
async def test_killed_at_any_commit_there_is_one_change(action: str, number: int, *, after: bool) -> None:
    """A worker killed at any commit leaves a change that another one brings to a true end."""
    house = House()
    change = await house.approved(action)
    kill_at_commit(house, number, after=after)
    await killed_in(house, run(change))
    for _ in range(4):
        await house.later(SETTLED_MS, "worker-2")
    done = await house.get(change.id)
    single = action == "rollout.resume"
    assert done.status in {Status.APPLIED, Status.UNKNOWN} if single else done.status is Status.APPLIED
    assert len(house.provider.effects) <= 1 or action == "rollout.pause"
    if done.status is Status.APPLIED:
        assert house.provider.effects


async def test_killed_between_answer_and_record_is_read_back() -> None:
    """A worker killed after the answer and before the record makes no second call; the read-back proves it."""
    house = House()
    change = await house.approved("flag.disable")
    kill_at_commit(house, 3, after=False)
    await killed_in(house, run(change))
    await house.later(SETTLED_MS, "worker-2")
    done = await house.get(change.id)
    assert done.receipt is not None
    assert (done.status, done.receipt.proof) == (Status.APPLIED, Proof.READ_BACK)
    assert len(house.provider.calls) == 1


async def test_two_workers_at_once_make_one_call() -> None:
    """Where a second worker gets the job while the first is at it, only one call is made."""
    house = House()
    change = await house.approved("rollout.resume")
    begun: list[str] = []

    async def second_worker() -> None:
        begun.append("worker-2")
        await house.execution("worker-2").work(run(change))

    house.provider.between = second_worker
    await house.execution("worker-1").work(run(change))
    assert begun == ["worker-2"]
    assert len(house.provider.calls) == 1
    assert (await house.get(change.id)).status is Status.APPLIED


async def test_a_worker_that_comes_back_leaves_the_call_in_flight_alone() -> None:
    """A second worker that finds the mark of a call waits out lease and settle time before it looks."""
    house = House()
    change = await house.approved("rollout.resume")
    kill_at_commit(house, 3, after=False)
    await killed_in(house, run(change))
    await house.execution("worker-2").work(run(change))
    assert (await house.get(change.id)).status is Status.APPLYING
    assert Job(kind="settle", id=change.id) in house.state.deadlines
    await house.later(SETTLED_MS)
    assert (await house.get(change.id)).status is Status.UNKNOWN


async def test_a_change_taken_over_too_late_is_not_called() -> None:
    """A worker that died before the call, and is replaced after the run-by time, leaves nothing to be sent."""
    house = House()
    change = await house.approved("rollout.resume")
    kill_at_commit(house, 1, after=True)
    await killed_in(house, run(change))
    await house.later(3 * 60 * MINUTE)
    done = await house.get(change.id)
    assert house.provider.calls == []
    assert done.status is Status.FAILED
    assert "nothing was sent" in done.note.lower()


async def test_a_repeat_is_not_made_long_after_the_first_call() -> None:
    """A verb that sets a state is not called again hours after a call that went unanswered."""
    house = House()
    house.provider.script.append(Outcome(lands=False, error=TIMED_OUT))
    change = await house.approved("flag.disable")
    await house.drain()
    await house.later(3 * 60 * MINUTE)
    assert len(house.provider.calls) == 1
    assert (await house.get(change.id)).status is Status.UNKNOWN


async def test_rights_lost_before_a_takeover_stop_the_call() -> None:
    """A change that waits for a slower pace does not run once its signer has lost the right."""
    house = House()
    house.provider.script.append(Outcome(lands=False, error=RateLimited("Slow down.", retry_after=30)))
    change = await house.approved("rollout.resume")
    await house.drain()
    house.directory.groups[GROUP].clear()
    await house.later(31_000)
    assert house.provider.effects == []
    assert (await house.get(change.id)).status is Status.STALE


async def test_a_lost_reply_after_the_call_is_written_again() -> None:
    """Where the store is away for a moment after the answer, the answer is kept and written when it is back."""
    house = House()
    change = await house.approved("rollout.resume")

    def away() -> None:
        house.state.away = bool(house.provider.calls)

    def back() -> None:
        house.state.away = False

    house.provider.on_read = away
    house.on_wait = back
    await house.execution().work(run(change))
    assert (await house.get(change.id)).status is Status.APPLIED


async def test_an_approval_inside_datadog_is_followed_to_its_end() -> None:
    """A call that waits inside Datadog is SUBMITTED, looked at again, and APPLIED when it shows."""
    house = House()
    waits = Receipt(proof=Proof.SUBMITTED, status=202, suggestion="sg-41")
    house.provider.script.append(Outcome(facts={"pending_suggestion": "sg-41"}, receipt=waits))
    change = await house.approved("flag.disable")
    await house.drain()
    assert (await house.get(change.id)).status is Status.SUBMITTED
    await house.later(TERMS.poll)
    assert (await house.get(change.id)).status is Status.SUBMITTED
    house.provider.facts(Noun.FLAG).update({"pending_suggestion": None, "status": "DISABLED"})
    await house.later(10 * MINUTE)
    done = await house.get(change.id)
    assert done.receipt is not None
    assert (done.status, done.receipt.proof) == (Status.APPLIED, Proof.READ_BACK)
    assert len(house.provider.calls) == 1


@pytest.mark.parametrize(("action", "status"), [("flag.disable", Status.FAILED), ("rollout.resume", Status.UNKNOWN)])
async def test_what_no_longer_waits_and_does_not_show(action: str, status: Status) -> None:
    """What was withdrawn inside Datadog is FAILED; where no fact tells it is UNKNOWN."""
    house = House()
    waits = Receipt(proof=Proof.SUBMITTED, status=202)
    house.provider.script.append(Outcome(facts={"pending_suggestion": "sg-41"}, receipt=waits))
    change = await house.approved(action)
    await house.drain()
    house.provider.facts(Noun(action.partition(".")[0]))["pending_suggestion"] = None
    await house.later(TERMS.poll)
    done = await house.get(change.id)
    assert done.status is status
    assert done.cause is (Cause.WITHDRAWN if status is Status.FAILED else None)


async def test_what_waits_for_longer_than_a_day_becomes_unknown() -> None:
    """What still waits inside Datadog after the limit is handed to a person."""
    house = House()
    waits = Receipt(proof=Proof.SUBMITTED, status=202)
    house.provider.script.append(Outcome(facts={"pending_suggestion": "sg-41"}, receipt=waits))
    change = await house.approved("flag.disable")
    await house.drain()
    await house.later(TERMS.submitted_limit - MINUTE)
    assert (await house.get(change.id)).status is Status.SUBMITTED
    await house.later(11 * MINUTE)
    assert (await house.get(change.id)).status is Status.UNKNOWN


async def test_a_conflict_over_what_is_already_so_is_applied() -> None:
    """A conflict ends as APPLIED where the read-back shows the wanted state."""
    house = House()
    house.provider.script.append(Outcome(lands=True, error=Conflict("It is disabled.")))
    change = await house.approved("flag.disable")
    await house.drain()
    assert (await house.get(change.id)).status is Status.APPLIED


async def test_any_other_conflict_is_stale() -> None:
    """A conflict over something else ends as STALE, with what Datadog said."""
    house = House()
    house.provider.script.append(Outcome(lands=False, error=Conflict("It is archived.")))
    change = await house.approved("flag.disable")
    await house.drain()
    done = await house.get(change.id)
    assert (done.status, done.cause, done.note) == (Status.STALE, Cause.DRIFT, "It is archived.")


async def test_a_read_back_that_never_shows_is_not_told_as_done() -> None:
    """Where Datadog takes the call and it never shows, the change becomes UNKNOWN and is not called again."""
    house = House()
    house.provider.script.append(Outcome(facts={}))
    change = await house.approved("flag.disable")
    await house.drain()
    assert (await house.get(change.id)).status is Status.APPLYING
    for _ in range(8):
        await house.later(SETTLED_MS)
    assert (await house.get(change.id)).status is Status.UNKNOWN
    assert len(house.provider.calls) == 1


async def test_a_read_back_that_shows_late_is_found() -> None:
    """Where the effect shows only after the settle time, the change still ends as APPLIED."""
    house = House()
    house.provider.script.append(Outcome(facts={}))
    change = await house.approved("flag.disable")
    await house.drain()
    house.provider.facts(Noun.FLAG)["status"] = "DISABLED"
    await house.later(SETTLED_MS)
    assert (await house.get(change.id)).status is Status.APPLIED


async def test_an_approval_that_was_never_run_expires() -> None:
    """An approved change that no worker took within its run-by time expires and is not run."""
    house = House()
    change = await house.approved("flag.disable")
    house.clock.advance(TERMS.run_by)
    await house.drain()
    assert house.provider.calls == []
    await house.later(0)
    assert (await house.get(change.id)).status is Status.EXPIRED


async def test_a_buried_job_before_the_call_is_failed() -> None:
    """A change whose job was given up before any call ends as FAILED and frees its target."""
    house = House()
    change = await house.approved("rollout.resume")
    kill_at_commit(house, 1, after=True)
    await killed_in(house, run(change))
    await house.execution().give_up(run(change), "fault")
    done = await house.get(change.id)
    assert done.status is Status.FAILED
    assert house.state.slots == {}


async def test_a_buried_job_after_the_call_is_unknown() -> None:
    """A change whose job was given up after the mark of the call is UNKNOWN, not FAILED."""
    house = House()
    change = await house.approved("rollout.resume")
    kill_at_commit(house, 3, after=False)
    await killed_in(house, run(change))
    await house.execution().give_up(run(change), "fault")
    assert (await house.get(change.id)).status is Status.UNKNOWN
