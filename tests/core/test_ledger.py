"""The bot's own records: written, replaced and removed with a trail."""

from dataclasses import replace

import pytest

from bot.adapters.memory.records import MemoryRecords
from bot.adapters.memory.state import State
from bot.errors import NotRecorded, Tampered
from bot.ledger import Ledger
from bot.ports import Commit, Committed, Verdict
from bot.store import state_digest
from tests.builders import APPROVER, REQUESTER
from tests.core.fakes import SIGNER, FakeClock

DAY = 86_400_000


class Stubborn(MemoryRecords):
    """Records in which somebody else is always faster, for a while."""

    conflicts = 0

    async def commit(self, commit: Commit) -> Committed:
        """Refuse a few times."""
        if self.conflicts:
            self.conflicts -= 1
            return Committed(verdict=Verdict.CONFLICT)
        return await super().commit(commit)


def a_ledger() -> tuple[Ledger, Stubborn, State]:
    """Return a ledger, its records and what is under them."""
    state = State(FakeClock())
    records = Stubborn(state)
    return Ledger(records, SIGNER), records, state


async def test_what_was_put_is_got() -> None:
    """A record is read as it was written, and listed among its kind."""
    ledger, _, _ = a_ledger()
    await ledger.put("binding", "C1", {"environment": "prod"}, REQUESTER)
    await ledger.put("binding", "C2", {"environment": "staging"}, APPROVER)
    found = await ledger.get("binding", "C1")
    assert found is not None
    assert (found.value, found.by, found.version) == ({"environment": "prod"}, REQUESTER, 1)
    assert [entry.id for entry in await ledger.all("binding")] == ["C1", "C2"]
    assert await ledger.all("freeze") == ()
    assert await ledger.get("binding", "C3") is None


async def test_each_writing_is_an_entry_of_the_chain() -> None:
    """Putting, replacing and removing leave a chain that verifies."""
    ledger, records, _ = a_ledger()
    await ledger.put("binding", "C1", {"environment": "prod"}, REQUESTER)
    await ledger.put("binding", "C1", {"environment": "staging"}, APPROVER)
    await ledger.remove("binding", "C1", REQUESTER, keep=DAY)
    found = await records.verified("binding", "C1")
    assert found is not None
    stored, entries = found
    SIGNER.verify("binding:C1", entries, stored.head, state_digest(stored.data))
    assert [entry.event.name for entry in entries] == ["put", "put", "removed"]


async def test_what_was_removed_is_gone_and_can_be_put_again() -> None:
    """A removed record is neither got nor listed, keeps its trail for a while, and may come back."""
    ledger, records, state = a_ledger()
    await ledger.put("binding", "C1", {"environment": "prod"}, REQUESTER)
    await ledger.remove("binding", "C1", REQUESTER, keep=DAY)
    assert await ledger.get("binding", "C1") is None
    assert await ledger.all("binding") == ()
    await ledger.put("binding", "C1", {"environment": "dev"}, REQUESTER)
    assert isinstance(state.clock, FakeClock)
    state.clock.advance(2 * DAY)
    assert await ledger.get("binding", "C1") is not None
    assert len(await records.trail("binding", "C1")) == 3


async def test_the_same_delivery_writes_once() -> None:
    """A delivery that comes again does not write again."""
    ledger, records, _ = a_ledger()
    for _ in range(2):
        await ledger.put("binding", "C1", {"environment": "prod"}, REQUESTER, dedupe="d1")
    assert len(await records.trail("binding", "C1")) == 1


async def test_somebody_faster_is_waited_out() -> None:
    """A conflict is read and written again, a few times and not for ever."""
    ledger, records, _ = a_ledger()
    records.conflicts = 3
    await ledger.put("binding", "C1", {"environment": "prod"}, REQUESTER)
    records.conflicts = 1000
    with pytest.raises(NotRecorded):
        await ledger.put("binding", "C1", {"environment": "dev"}, REQUESTER)


async def test_a_forged_record_is_refused() -> None:
    """What somebody without the key wrote, set back or took away is no record, and nothing is added to it."""
    ledger, records, state = a_ledger()
    await ledger.put("freeze", "E1", {"why": "launch"}, REQUESTER)
    first = state.records["freeze", "E1"]
    await ledger.put("freeze", "E1", {"why": "the launch itself"}, REQUESTER)
    newest, trail = state.records["freeze", "E1"], await records.trail("freeze", "E1")
    state.records["freeze", "E1"] = replace(newest, data=newest.data.replace("launch", "lunch"))
    for act in (ledger.get("freeze", "E1"), ledger.all("freeze"), ledger.put("freeze", "E1", {"a": 1}, REQUESTER)):
        with pytest.raises(Tampered, match="is not the one that was signed"):
            await act
    assert len(trail) == 2
    state.records["freeze", "E1"] = first
    with pytest.raises(Tampered):
        await ledger.get("freeze", "E1")
    del state.records["freeze", "E1"]
    with pytest.raises(Tampered, match="was taken away"):
        await ledger.get("freeze", "E1")


async def test_what_must_be_new_is_written_once() -> None:
    """Of two who add the same record, one does."""
    ledger, _, _ = a_ledger()
    assert await ledger.add("notice", "d1", {"what": "policy"}, REQUESTER)
    assert not await ledger.add("notice", "d1", {"what": "policy"}, APPROVER)
    found = await ledger.get("notice", "d1")
    assert found is not None
    assert found.by == REQUESTER
