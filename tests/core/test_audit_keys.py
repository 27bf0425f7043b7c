"""A key that follows another: what was signed before goes on verifying, and an earlier key carries nothing on."""

import pytest

from bot.adapters.audit_places import signer_of
from bot.audit import GENESIS, AuditEntry, AuditEvent, Signer
from bot.auditing.examining import Fault, examine
from bot.auditing.retention import Retention
from bot.auditing.sealing import Sealer
from bot.auditing.seals import Seal, is_sound, signed
from bot.auditing.verifying import Seals, Verification
from bot.changes.record import Cause, Status
from bot.errors import Misconfigured, Tampered
from bot.ledger import Ledger
from bot.ports import Raw
from bot.settings import load
from bot.store import ChangeStore, state_digest
from tests.builders import APPROVER, PRODUCTION, REQUESTER, START
from tests.core.audit_stage import DAY, AuditedHouse
from tests.core.fakes import SIGNER, House

OLD_KEY = b"a key of the tests, long enough to be one"
NEW_KEY = b"the key that follows it, as long as that"
NEW = Signer(NEW_KEY, (OLD_KEY,))
LATEST = Signer(b"and the third key, to be sure of them all", (NEW_KEY, OLD_KEY))


def chain(*signers: Signer) -> tuple[AuditEntry, ...]:
    """Return a chain with an entry by each of these."""
    entries: list[AuditEntry] = []
    prev = GENESIS
    for seq, signer in enumerate(signers, start=1):
        event = AuditEvent(name="put", by=REQUESTER, at=START + seq, data={"n": seq})
        entries.append(signer.sign("binding:C1", seq, event, state_digest(f"state {seq}"), prev))
        prev = entries[-1].mac
    return tuple(entries)


def verify(signer: Signer, entries: tuple[AuditEntry, ...]) -> None:
    """Verify a chain as its record's."""
    signer.verify("binding:C1", entries, entries[-1].mac, entries[-1].state)


def faults(signer: Signer, entries: tuple[AuditEntry, ...]) -> list[Fault]:
    """Return what an examination of the chain finds."""
    lines = tuple(entry.model_dump_json(exclude_defaults=True) for entry in entries)
    raw = Raw(version=str(len(entries)), data=f"state {len(entries)}", head=entries[-1].mac, entries=lines)
    return [finding.fault for finding in examine(signer, "binding", "C1", raw).findings]


@pytest.mark.parametrize(
    ("reader", "writers"),
    [
        (NEW, (SIGNER, SIGNER)),
        (NEW, (SIGNER, NEW)),
        (NEW, (NEW, NEW)),
        (LATEST, (SIGNER, NEW, LATEST)),
        (Signer(OLD_KEY, (OLD_KEY,)), (SIGNER,)),
    ],
)
def test_what_earlier_keys_signed_verifies(reader: Signer, writers: tuple[Signer, ...]) -> None:
    """A chain may begin under a key that was followed by another."""
    verify(reader, chain(*writers))
    assert faults(reader, chain(*writers)) == []


@pytest.mark.parametrize(
    ("reader", "writers", "said"),
    [
        (SIGNER, (SIGNER, NEW), "not signed with this key"),
        (Signer(NEW_KEY), (SIGNER, NEW), "not signed with this key"),
        (NEW, (NEW, SIGNER), "out of use"),
        (LATEST, (NEW, SIGNER, LATEST), "out of use"),
    ],
)
def test_an_earlier_key_carries_nothing_on(reader: Signer, writers: tuple[Signer, ...], said: str) -> None:
    """Behind an entry of a later key, one of an earlier key is a forgery; an unknown key always is."""
    with pytest.raises(Tampered, match=said):
        verify(reader, chain(*writers))
    assert Fault.ALTERED in faults(reader, chain(*writers))


def test_a_key_id_alone_opens_nothing() -> None:
    """An entry that names a known key, an unknown one or none is sound only where that key signed it."""
    (entry,) = chain(SIGNER)
    for key_id in (NEW.key_id, "unknown", ""):
        forged = entry.model_copy(update={"key_id": key_id})
        assert not NEW.signed(forged)
        assert not NEW.signed(forged.model_copy(update={"mac": ""}))
    assert NEW.signed(entry)
    assert (
        NEW.sign("binding:C1", 1, entry.event, entry.state, GENESIS).key_id == Signer(NEW_KEY).key_id != SIGNER.key_id
    )


async def after_the_change_of_keys(house: House) -> None:
    """Start the house anew with the new key in use and the old one before it."""
    house.changes = ChangeStore(house.records, NEW, house.terms)
    house.ledger = Ledger(house.records, NEW)
    house.guards = type(house.guards)(house.ledger)
    house.rights = type(house.rights)(house.directory, lambda: house.policy, house.guards)
    house.service = type(house.service)(house.changes, house.provider, house.resolver, house.rights, house.notifier)


async def test_a_request_lives_through_a_change_of_keys() -> None:
    """What was asked for under the old key is signed and run under the new one, and what was frozen stays frozen."""
    house = House()
    await house.guards.freeze(PRODUCTION, APPROVER, "the launch", START + DAY)
    change = await house.submit("flag.disable")
    await after_the_change_of_keys(house)
    assert [guard.what for guard in await house.guards.standing()] == [PRODUCTION.name]
    await house.service.approve(change.id, APPROVER.id, "press 1")
    await house.drain()
    assert (await house.get(change.id)).status is Status.APPLIED
    keys = [entry.key_id for entry in await house.changes.trail(change.id)]
    assert keys[0] == SIGNER.key_id
    assert set(keys[1:]) == {NEW.key_id}


async def test_without_the_key_before_nothing_of_before_runs() -> None:
    """Where the earlier key is not given any more, what it signed is not carried out."""
    house = House()
    change = await house.approved("flag.disable")
    house.changes = ChangeStore(house.records, Signer(NEW_KEY), house.terms)
    await house.drain()
    ended = await house.get(change.id)
    assert (ended.status, ended.cause) == (Status.STALE, Cause.INTEGRITY)
    assert house.provider.calls == []


async def test_seals_checkpoints_and_verification_go_on() -> None:
    """The series of seals goes on under the new key, trimming knows the old, and what is still under it is counted."""
    house = AuditedHouse()
    change = await house.submit("flag.disable")
    await house.seal()
    await house.service.cancel(change.id, REQUESTER.id, "c1")
    await house.ledger.put("binding", "C1", {"environment": "prod"}, REQUESTER)
    house.clock.advance(DAY)
    await Sealer(house.records, NEW, (house.outside,)).sweep()
    assert [seal.key_id for seal in house.outside.seals] == [SIGNER.key_id, NEW.key_id]
    for reader, said in ((NEW, 3), (SIGNER, 0)):
        series = Seals(reader)
        wrong = list(series.read(house.outside.lines()))
        verification = Verification(house.records, reader, series)
        wrong += [finding async for finding in verification.run()]
        assert bool(wrong) is (reader is SIGNER)
        assert verification.earlier_keys == said
    assert any("3 entries are signed with keys before this one" in told for told in (await proofs(house)))
    house.clock.advance(410 * DAY)
    assert await Retention(house.records, NEW, 400 * DAY).trim() == 1


async def proofs(house: AuditedHouse) -> tuple[str, ...]:
    """Return what a verification under the new key cannot prove."""
    verification = Verification(house.records, NEW)
    assert [finding async for finding in verification.run()] == []
    return verification.unproven


@pytest.mark.parametrize(
    ("given", "keys"),
    [("", ()), ("a" * 32, (b"a" * 32,)), (f"{'b' * 64} , {'a' * 32},", (b"b" * 64, b"a" * 32))],
)
def test_earlier_keys_are_settings(given: str, keys: tuple[bytes, ...]) -> None:
    """They are listed with commas, the latest first, and what signs is made of all of them."""
    names = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "DD_API_KEY", "DD_APP_KEY")
    settings = load({**dict.fromkeys(names, "x"), "AUDIT_KEY": "k" * 32, "AUDIT_KEY_PREVIOUS": given})
    assert settings.previous_audit_keys == keys
    signer = signer_of(settings)
    assert signer.key_id == Signer(b"k" * 32).key_id
    assert all(signer.knows(Signer(key).key_id) for key in keys)
    with pytest.raises(Misconfigured):
        load({**dict.fromkeys(names, "x"), "AUDIT_KEY": "k" * 32, "AUDIT_KEY_PREVIOUS": f"{'a' * 32},short"})


def test_a_series_of_seals_does_not_go_back_to_an_earlier_key() -> None:
    """A seal made with the key before, behind one made with the key in use, is told."""

    def seal(n: int, signer: Signer, prev: str) -> Seal:
        return signed(Seal(n=n, at=START + n, upto=START + n, heads={}, prev=prev, key_id=""), signer)

    one = seal(1, NEW, GENESIS)
    two = seal(2, SIGNER, one.mac)
    assert is_sound(two, NEW)
    found = list(Seals(NEW).read([one.model_dump_json(), two.model_dump_json()]))
    assert [finding.fault for finding in found] == [Fault.ALTERED]
    assert "out of use" in found[0].what
