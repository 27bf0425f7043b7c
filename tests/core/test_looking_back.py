"""Looking back: what history tells, and what an export has."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.audit import AuditEntry
from bot.auditing.exporting import COLUMNS, Format, export, neutral, read_since
from bot.auditing.history import History, Wanted, look_back
from bot.changes import running
from bot.errors import AskAgain, OutcomeUnknown
from bot.store import state_digest
from tests.builders import APPROVER, PRODUCTION, REQUESTER, SECOND_APPROVER, STAGING, WORKER
from tests.core.audit_stage import DAY, AuditedHouse
from tests.core.fakes import SIGNER, Outcome

HOUR = 3_600_000


async def looked(house: AuditedHouse, **wanted: object) -> History:
    """Return what history has of it."""
    return await look_back(house.records, SIGNER, Wanted(**wanted))  # type: ignore[arg-type]  # each test names fields


async def ids(house: AuditedHouse, **wanted: object) -> list[str]:
    """Return the ids of what matches, the latest first."""
    return [row.id for row in (await looked(house, **wanted)).rows]


async def a_day(house: AuditedHouse) -> tuple[str, str, str]:
    """Let a flag be disabled in production, a rollout be asked for and cancelled in staging, and a channel be bound."""
    done = await house.approved("flag.disable")
    await house.drain()
    house.clock.advance(HOUR)
    asked = await house.submit("rollout.resume", environment="staging", person=SECOND_APPROVER.id)
    await house.service.cancel(asked.id, SECOND_APPROVER.id, "c1")
    house.clock.advance(HOUR)
    await house.ledger.put("binding", "C1", {"environment": "prod"}, APPROVER)
    return done.id, asked.id, "C1"


async def test_a_row_tells_who_asked_who_signed_and_what_came_of_it() -> None:
    """A change's row has its target, people, times, reason and outcome."""
    house = AuditedHouse()
    begun = house.clock.now()
    done, _, _ = await a_day(house)
    row = (await looked(house)).rows[-1]
    assert (row.kind, row.id, row.action, row.outcome, row.took_effect) == (
        "change",
        done,
        "flag.disable",
        "applied",
        True,
    )
    assert (row.key, row.where, row.production) == ("new-search", PRODUCTION.name, True)
    assert (row.requester, row.signers) == (REQUESTER, (APPROVER,))
    assert (row.asked_at, row.reason, row.intact) == (begun, "error rate doubled", True)
    assert row.changed_at >= row.asked_at


async def test_a_struck_vote_is_no_signature() -> None:
    """Whoever lost the right to sign, and was struck, is not told as a signer."""
    house = AuditedHouse()
    change = await house.approved("flag.disable")
    held = await house.changes.get(change.id)
    step = running.strike(held.change, WORKER, house.clock.now(), (APPROVER.id,), "left the group", house.terms)
    assert (await looked(house)).rows[0].signers == (APPROVER,)
    await house.changes.advance(held, step)
    assert (await looked(house)).rows[0].signers == ()


async def test_history_is_latest_first_and_bounded() -> None:
    """As many rows as asked for, and whether there may be more."""
    house = AuditedHouse()
    done, asked, bound = await a_day(house)
    assert await looked(house, limit=2) == History((await looked(house)).rows[:2], complete=False)
    assert (await looked(house)).complete
    assert await ids(house) == [bound, asked, done]


async def test_history_is_asked_for_by_target_person_place_and_time() -> None:
    """Each narrows it down, together too."""
    house = AuditedHouse()
    done, asked, bound = await a_day(house)
    assert await ids(house, target="NEW-search") == [done]
    assert await ids(house, target="checkout-v2") == [asked]
    assert await ids(house, target="everyone") == [asked]
    assert await ids(house, person=REQUESTER.id) == [done]
    assert await ids(house, person=APPROVER.id) == [bound, done]
    assert await ids(house, where="production") == [done]
    assert await ids(house, where=STAGING.id) == [asked]
    assert await ids(house, since=house.clock.now() - HOUR - 1) == [bound, asked]
    assert await ids(house, person=APPROVER.id, where="staging") == []


async def test_only_what_took_effect() -> None:
    """What was cancelled changed nothing, and the bot's own records did."""
    house = AuditedHouse()
    done, _, bound = await a_day(house)
    assert await ids(house, effective=True) == [bound, done]


async def test_a_change_in_doubt_is_no_change_that_took_effect() -> None:
    """What nobody can tell is told as unknown."""
    house = AuditedHouse()
    house.provider.script.append(Outcome(lands=False, error=OutcomeUnknown("No answer.")))
    change = await house.approved("rollout.resume")
    await house.drain()
    await house.later(DAY)
    (row,) = (await looked(house)).rows
    assert (row.id, row.outcome, row.took_effect) == (change.id, "unknown", False)


async def test_history_goes_back_beyond_the_record() -> None:
    """When the record is gone the trail tells the same, but for names that only the record had."""
    house = AuditedHouse()
    done, asked, _ = await a_day(house)
    before = {row.id: row for row in (await looked(house)).rows}
    house.clock.advance(40 * DAY)
    after = {row.id: row for row in (await looked(house)).rows}
    for id_ in (done, asked):
        was, is_ = before[id_], after[id_]
        assert (is_.action, is_.outcome, is_.signers, is_.reason) == (was.action, was.outcome, was.signers, was.reason)
        assert (is_.took_effect, is_.requester, is_.changed_at) == (was.took_effect, was.requester, was.changed_at)
        assert is_.intact
    assert await ids(house, where=PRODUCTION.id) == [done]


async def test_history_says_when_a_chain_does_not_verify() -> None:
    """Nothing that was tampered with is told as if it were sound."""
    house = AuditedHouse()
    done, _, _ = await a_day(house)
    house.state.records["change", done].data = "{}"
    rows = {row.id: row for row in (await looked(house)).rows}
    assert not rows[done].intact
    assert sum(row.intact for row in rows.values()) == 2


async def test_a_record_of_a_newer_version_is_neither_broken_nor_hidden() -> None:
    """While versions are mixed, what only a newer one can read is told from its trail."""
    house = AuditedHouse()
    change = await house.submit()
    record = house.state.records["change", change.id]
    newer = change.model_copy(update={"schema_version": change.schema_version + 1})
    record.data = newer.model_dump_json(exclude_defaults=True)
    (first,) = record.trail
    again = SIGNER.sign(change.id, 1, first.event, state_digest(record.data), first.prev)
    record.trail, record.head = (again,), again.mac
    assert await house.faults() == []
    (row,) = (await looked(house)).rows
    assert (row.id, row.intact, row.action) == (change.id, True, "flag.disable")


async def exported(house: AuditedHouse, form: Format, since: int = 0) -> str:
    """Return the whole export."""
    return "".join([line async for line in export(house.records, form, since)])


async def test_an_export_can_be_verified_elsewhere() -> None:
    """Every entry is in the lines as it was signed, so whoever has the key can verify them without the store."""
    house = AuditedHouse()
    done, _, _ = await a_day(house)
    lines = [json.loads(line) for line in (await exported(house, "jsonl")).splitlines()]
    chain = tuple(AuditEntry.model_validate(line) for line in lines if line["id"] == done)
    record = house.state.records["change", done]
    SIGNER.verify(done, chain, record.head, state_digest(record.data))
    assert {line["kind"] for line in lines} == {"change", "binding"}


async def test_both_forms_say_the_same() -> None:
    """The CSV form has the named columns, a row for each entry, and the same values."""
    house = AuditedHouse()
    await a_day(house)
    lines = [json.loads(line) for line in (await exported(house, "jsonl")).splitlines()]
    rows = list(csv.DictReader(io.StringIO(await exported(house, "csv"))))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["id"], row["seq"], row["event"], row["by_id"], row["mac"]) for row in rows] == [
        (line["id"], str(line["seq"]), line["event"]["name"], line["event"]["by"]["id"], line["mac"]) for line in lines
    ]
    assert [json.loads(row["data"]) for row in rows] == [line["event"].get("data", {}) for line in lines]


async def test_an_export_since_has_only_what_was_written_since() -> None:
    """Earlier entries of a chain that went on are left out."""
    house = AuditedHouse()
    waiting = await house.submit()
    house.clock.advance(DAY)
    await house.service.cancel(waiting.id, REQUESTER.id, "c1")
    lines = [json.loads(line) for line in (await exported(house, "jsonl", house.clock.now())).splitlines()]
    assert [line["event"]["name"] for line in lines] == ["cancelled"]


async def test_formulas_people_typed_are_not_run() -> None:
    """A reason that a spreadsheet would take for a formula begins with an apostrophe in the CSV form alone."""
    house = AuditedHouse()
    typed = '=HYPERLINK("https://attacker.example","x")'
    await house.submit(reason=typed)
    (row,) = csv.DictReader(io.StringIO(await exported(house, "csv")))
    assert row["reason"] == f"'{typed}"
    assert json.loads(await exported(house, "jsonl"))["event"]["data"]["reason"] == typed


@given(st.text())
def test_no_cell_begins_as_a_formula(text: str) -> None:
    """Whatever a cell says, it does not begin as a formula does, and nothing of it is lost."""
    cell = neutral(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert cell in (text, f"'{text}")


def test_since_is_a_length_or_a_date() -> None:
    """What people type for a time is read as UTC; what is none is refused with an example."""
    now = 1_800_000_000_000
    assert read_since("2h", now) == now - 2 * HOUR
    assert read_since("90 minutes", now) == now - HOUR * 3 // 2
    assert read_since("2026-11-01", now) == 1_793_491_200_000
    assert read_since("2026-11-01T01:00+01:00", now) == 1_793_491_200_000
    for wrong in ("soon", "2h or so", "2026-13-01", ""):
        with pytest.raises(AskAgain):
            read_since(wrong, now)
