"""Between the signature and the run anything may move, or be moved: then nothing is sent, and each way says so."""

import contextlib
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.memory.state import Record
from bot.changes.record import Cause, ChangeRequest, Status
from bot.errors import Tampered, WrittenByNewer
from bot.model import Job, Noun, Standing
from bot.policy import Policy, Rule, Who
from tests.builders import APPROVER, GROUP, PRODUCTION, REQUESTER, SECOND_APPROVER, a_target
from tests.core.fakes import House

Move = Callable[[House, ChangeRequest], None]
ALTERED = "The record {id} is not the one that was signed."


def in_the_record(alter: Callable[[dict[str, object]], object]) -> Move:
    """Return what somebody does to the stored record who can write to the store, and has no key."""

    def move(house: House, change: ChangeRequest) -> None:
        stored = house.state.records["change", change.id]
        data = json.loads(stored.data)
        alter(data)
        house.state.records["change", change.id] = replace(stored, data=json.dumps(data))

    return move


def part(data: object, *path: str | int) -> dict[str, object]:
    """Return a part of a record."""
    for step in path:
        assert isinstance(data, dict | list)
        data = data[step]  # type: ignore[index]  # an index fits its kind: the paths below are those of a record
    assert isinstance(data, dict)
    return data


def in_the_trail(alter: Callable[[Record], Record]) -> Move:
    """Return what the same person does to entries and head."""

    def move(house: House, change: ChangeRequest) -> None:
        house.state.records["change", change.id] = alter(house.state.records["change", change.id])

    return move


def with_vote(record: Record) -> Record:
    """Return the record with another signer in its last entry."""
    event = record.trail[-1].event.model_copy(update={"by": SECOND_APPROVER})
    return replace(record, trail=(*record.trail[:-1], record.trail[-1].model_copy(update={"event": event})))


def facts(**moved: str) -> Move:
    """Return a move of what the plan watches."""
    return lambda house, _: house.provider.facts(Noun.ROLLOUT).update(moved)


def policy(*rules: Rule, approvers: Who | None = None) -> Move:
    """Return another policy in force."""

    def move(house: House, _: ChangeRequest) -> None:
        house.policy = Policy(approvers=approvers or Who(groups=(GROUP,)), rules=rules)

    return move


def leaves(person: str) -> Move:
    """Return the end of somebody's account."""

    def move(house: House, _: ChangeRequest) -> None:
        gone = house.directory.people[person].model_copy(update={"standing": Standing.DEACTIVATED})
        house.directory.people[person] = gone

    return move


def not_there(house: House, change: ChangeRequest) -> None:
    """Take the target away."""
    del house.provider.things[change.plan.target.id, PRODUCTION.id]


def out_of_the_group(house: House, _: ChangeRequest) -> None:
    """Take the signer out of the group."""
    house.directory.groups[GROUP].discard(APPROVER.id)


TWO = Rule(name="two", actions=("*",), approvals=2)
NEVER = Rule(name="never", actions=("*",), decision="deny")
MOVES: dict[str, tuple[Move, Status, Cause | None, str]] = {
    "another target": (
        in_the_record(lambda d: part(d, "plan", "target").update(id="another")),
        Status.STALE,
        Cause.INTEGRITY,
        ALTERED,
    ),
    "another action": (
        in_the_record(lambda d: part(d, "plan").update(action="rollout.stop")),
        Status.STALE,
        Cause.INTEGRITY,
        ALTERED,
    ),
    "other parameters": (
        in_the_record(lambda d: part(d, "plan").update(parameters={"name": "another"})),
        Status.STALE,
        Cause.INTEGRITY,
        ALTERED,
    ),
    "another fingerprint": (
        in_the_record(lambda d: part(d, "plan").update(fingerprint="0" * 64)),
        Status.STALE,
        Cause.INTEGRITY,
        ALTERED,
    ),
    "fewer signatures wanted": (
        in_the_record(lambda d: part(d, "decision").update(approvals=0, kind="allow")),
        Status.STALE,
        Cause.INTEGRITY,
        ALTERED,
    ),
    "another signer in the record": (
        in_the_record(lambda d: part(d, "reviews", 0, "by").update(id=SECOND_APPROVER.id)),
        Status.STALE,
        Cause.INTEGRITY,
        ALTERED,
    ),
    "another requester": (
        in_the_record(lambda d: part(d, "requester").update(id="U0SOMEBODY")),
        Status.STALE,
        Cause.INTEGRITY,
        ALTERED,
    ),
    "another signer in the chain": (
        in_the_trail(with_vote),
        Status.STALE,
        Cause.INTEGRITY,
        "The audit entry 2 of {id} was not signed with this key.",
    ),
    "the request cut out of the chain": (
        in_the_trail(lambda r: replace(r, trail=r.trail[1:])),
        Status.STALE,
        Cause.INTEGRITY,
        "The audit entry 1 of {id} is not in its place.",
    ),
    "the signature cut off the chain": (
        in_the_trail(lambda r: replace(r, trail=r.trail[:-1])),
        Status.STALE,
        Cause.INTEGRITY,
        "The audit chain of {id} was cut off.",
    ),
    "what the plan watches": (
        facts(flag_status="DISABLED"),
        Status.STALE,
        Cause.DRIFT,
        "the flag's status changed after this was planned",
    ),
    "the target is gone": (not_there, Status.STALE, Cause.DRIFT, "Datadog does not have it any more."),
    "a policy that asks for two": (
        policy(TWO),
        Status.STALE,
        Cause.POLICY,
        "policy has become stricter since it was approved (two)",
    ),
    "a policy that denies": (
        policy(NEVER),
        Status.STALE,
        Cause.POLICY,
        "policy has become stricter since it was approved (never)",
    ),
    "a policy without a rule": (
        policy(),
        Status.STALE,
        Cause.POLICY,
        "policy has become stricter since it was approved (no rule matches)",
    ),
    "other approvers": (
        policy(Rule(name="one", actions=("*",), approvals=1), approvers=Who(users=("U0SOMEBODY",))),
        Status.PENDING,
        None,
        "a vote was struck because its giver may no longer sign",
    ),
    "the signer left the group": (
        out_of_the_group,
        Status.PENDING,
        None,
        "a vote was struck because its giver may no longer sign",
    ),
    "the signer left": (
        leaves(APPROVER.id),
        Status.PENDING,
        None,
        "a vote was struck because its giver may no longer sign",
    ),
    "the requester left": (
        leaves(REQUESTER.id),
        Status.STALE,
        Cause.POLICY,
        "whoever asked is no longer a full member",
    ),
}


@pytest.mark.parametrize("name", MOVES)
async def test_what_moved_is_not_run(name: str) -> None:
    """Nothing is sent, the change stands as it must, and its note says what it was."""
    move, status, cause, sentence = MOVES[name]
    house = House()
    change = await house.approved("rollout.resume")
    move(house, change)
    await house.drain()
    assert house.provider.calls == []
    done = await house.get(change.id)
    assert (done.status, done.cause) == (status, cause)
    assert sentence.format(id=change.id) in done.note


def test_each_kind_of_move_has_a_sentence_of_its_own() -> None:
    """What altered a record, cut a chain, moved a target, changed policy or took rights can be told apart."""
    kinds = {sentence for _, _, _, sentence in MOVES.values()}
    assert len(kinds) == len({(cause, sentence) for _, _, cause, sentence in MOVES.values()}) == 11


@pytest.mark.parametrize("how", ["freeze", "lock"])
async def test_a_freeze_or_lock_has_its_own(how: str) -> None:
    """What was frozen or locked after the signature says by whom and why."""
    house = House()
    change = await house.approved("rollout.resume")
    if how == "freeze":
        await house.guards.freeze(PRODUCTION, SECOND_APPROVER, "the launch", None)
    else:
        await house.guards.lock(a_target(Noun.ROLLOUT), SECOND_APPROVER, "the launch", None)
    await house.drain()
    done = await house.get(change.id)
    assert (house.provider.calls, done.status, done.cause) == ([], Status.STALE, Cause(how))
    assert f"{'frozen' if how == 'freeze' else 'locked'} by Second approver until it is lifted: the launch" in done.note


@settings(max_examples=150)
@given(where=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 127))
async def test_any_byte_of_the_record_that_is_another_stops_it(where: float, flip: int) -> None:
    """Whichever byte of a signed record is turned into another, nothing is sent."""
    house = House()
    change = await house.approved("rollout.resume")
    stored = house.state.records["change", change.id]
    raw = bytearray(stored.data.encode())
    raw[int(where * len(raw))] ^= flip
    data = raw.decode(errors="surrogateescape").encode("utf-8", "replace").decode()
    house.state.records["change", change.id] = replace(stored, data=data)
    with contextlib.suppress(Tampered, WrittenByNewer):
        await house.execution().work(Job(kind="run", id=change.id))
    assert house.provider.calls == []
    with contextlib.suppress(Tampered, WrittenByNewer):
        assert (await house.get(change.id)).status is Status.STALE
