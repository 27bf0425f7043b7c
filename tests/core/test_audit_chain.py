"""The audit chain: nothing in it can be altered, dropped, swapped or cut without the key."""

import json
import random

import pytest

from bot.audit import GENESIS, AuditEntry, AuditEvent, Signer
from bot.changes.deciding import check_votes
from bot.changes.record import ChangeRequest, Status
from bot.errors import Tampered
from bot.store import state_digest
from tests.builders import APPROVER, REQUESTER, SECOND_APPROVER, START, WORKER, a_plan, opened
from tests.core.fakes import SIGNER, House


def a_chain(length: int = 4, record: str = "cs-aaaaaa") -> tuple[AuditEntry, ...]:
    """Return a sound chain."""
    entries: list[AuditEntry] = []
    prev = GENESIS
    for seq in range(1, length + 1):
        event = AuditEvent(name=f"event {seq}", by=REQUESTER, at=START + seq, data={"n": seq, "note": "ü ok"})
        entries.append(SIGNER.sign(record, seq, event, state_digest(f"state {seq}"), prev))
        prev = entries[-1].mac
    return tuple(entries)


def verify(entries: tuple[AuditEntry, ...], *, head: str = "", state: str = "") -> None:
    """Verify a chain as that of the record it was made for."""
    last = a_chain()[-1]
    SIGNER.verify("cs-aaaaaa", entries, head or last.mac, state or last.state)


def test_a_sound_chain_verifies() -> None:
    """A chain that nobody touched verifies, also after a round through JSON."""
    verify(a_chain())
    again = [AuditEntry.model_validate_json(entry.model_dump_json(exclude_defaults=True)) for entry in a_chain()]
    verify(tuple(again))


def test_any_flipped_byte_of_any_entry_is_found() -> None:
    """Whatever byte of an entry is changed, the chain does not verify."""
    chain = a_chain()
    dice = random.Random(7)  # noqa: S311 - which bytes are tried need not be secret
    tried = 0
    for place, entry in enumerate(chain):
        text = entry.model_dump_json()
        for at in dice.sample(range(len(text)), 60):
            changed = text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]
            try:
                forged = AuditEntry.model_validate_json(changed)
            except ValueError:
                continue
            if forged == entry or set(json.loads(changed)) != set(json.loads(text)):
                continue
            tried += 1
            with pytest.raises(Tampered):
                verify((*chain[:place], forged, *chain[place + 1 :]))
    assert tried > 100


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ((0, 1, 3), "entry 3"),
        ((1, 2, 3), "entry 1"),
        ((0, 2, 1, 3), "entry 2"),
        ((0, 1, 2), "cut off"),
        ((0, 1, 2, 3, 3), "entry 5"),
        ((), "cut off"),
    ],
)
def test_what_is_dropped_swapped_cut_or_doubled_is_found(order: tuple[int, ...], said: str) -> None:
    """Each is told in a sentence that names the first thing that is wrong."""
    chain = a_chain()
    with pytest.raises(Tampered, match=said) as raised:
        verify(tuple(chain[place] for place in order))
    assert raised.value.fact.endswith(".")
    assert "cs-aaaaaa" in raised.value.fact


def test_a_chain_belongs_to_one_record() -> None:
    """The sound chain of another record is not this one's."""
    other = a_chain(record="cs-bbbbbb")
    with pytest.raises(Tampered):
        verify(other, head=other[-1].mac)


def test_the_record_is_the_one_that_was_signed() -> None:
    """A record that is not what the last entry left behind is found."""
    with pytest.raises(Tampered, match="not the one that was signed"):
        verify(a_chain(), state=state_digest("another state"))
    with pytest.raises(Tampered, match="cut off"):
        verify(a_chain(), head="0" * 64)


def test_without_the_key_nothing_can_be_signed() -> None:
    """An entry signed with another key is found, and the key itself is not told by its id."""
    stranger = Signer(b"another key, made up by somebody")
    chain = a_chain()
    forged = stranger.sign("cs-aaaaaa", 5, AuditEvent(name="x", by=WORKER, at=1), "state", chain[-1].mac)
    with pytest.raises(Tampered, match="not signed with this key"):
        verify((*chain, forged), head=forged.mac, state="state")
    assert stranger.key_id != SIGNER.key_id
    assert len(SIGNER.key_id) == 8


async def a_signed_change() -> tuple[House, ChangeRequest]:
    """Return a change that was approved and not run yet."""
    house = House()
    return house, await house.approved("flag.disable")


async def test_any_flipped_byte_of_a_record_is_found() -> None:
    """Whatever byte of a stored record is changed, it does not verify."""
    house, change = await a_signed_change()
    stored = house.state.records["change", change.id]
    sound = stored.data
    assert await house.changes.verified(change.id) is not None
    for at in range(0, len(sound), 7):
        stored.data = sound[:at] + chr(ord(sound[at]) ^ 1) + sound[at + 1 :]
        with pytest.raises(Tampered):
            await house.changes.verified(change.id)


async def test_the_record_of_another_change_is_found() -> None:
    """A record put in the place of another, with its whole chain, does not verify."""
    house, change = await a_signed_change()
    other = await house.submit("rollout.resume")
    house.state.records["change", other.id] = house.state.records["change", change.id]
    with pytest.raises(Tampered):
        await house.changes.verified(other.id)


async def test_votes_must_be_in_the_chain() -> None:
    """A vote, or a plan, that the chain does not have is found even in a record that is signed."""
    house, change = await a_signed_change()
    entries = await house.changes.trail(change.id)
    check_votes(change, entries)
    (vote,) = change.reviews
    forged = vote.model_copy(update={"by": SECOND_APPROVER})
    for broken in (
        change.model_copy(update={"reviews": (vote, forged)}),
        change.model_copy(update={"reviews": (vote.model_copy(update={"at": vote.at + 1}),)}),
        change.model_copy(update={"plan": a_plan("flag.enable")}),
    ):
        with pytest.raises(Tampered):
            check_votes(broken, entries)
    with pytest.raises(Tampered):
        check_votes(change, ())
    assert (vote.by, change.status) == (APPROVER, Status.APPROVED)


def test_a_vote_on_another_plan_does_not_count() -> None:
    """An entry that signs another plan is no vote on this one."""
    change = opened()
    requested = AuditEvent(name="requested", by=REQUESTER, at=START, data={"plan": change.plan.digest})
    other = AuditEvent(name="approve", by=APPROVER, at=START + 1, data={"plan": a_plan("flag.enable").digest})
    first = SIGNER.sign(change.id, 1, requested, "", GENESIS)
    entries = (first, SIGNER.sign(change.id, 2, other, "", first.mac))
    vote = {"verdict": "approve", "by": APPROVER, "at": START + 1}
    voted = ChangeRequest.model_validate({**change.model_dump(), "reviews": [vote]})
    with pytest.raises(Tampered, match="vote"):
        check_votes(voted, entries)
