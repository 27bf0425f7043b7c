"""The running bot's audit: each entry in a file beside the store, sealed by the worker, and sound."""

from pathlib import Path

from bot.adapters.redis.connection import connected
from bot.adapters.redis.records import RedisRecords
from bot.audit import AuditEntry, Signer
from bot.auditing.seals import Seal, find_seal
from bot.auditing.verifying import Seals, Verification
from bot.changes.record import Status
from tests.dialogs.conftest import Opening
from tests.dialogs.messages import change_id
from tests.dialogs.stage import APPROVER, REQUESTER


async def test_what_people_did_is_in_the_file_and_sealed(opening: Opening, tmp_path: Path) -> None:
    """Every entry of a change is appended as it is committed, and a worker seals what it finds unsealed."""
    entries, seals = tmp_path / "audit.jsonl", tmp_path / "seals.jsonl"
    stage = await opening(work=False, AUDIT_FILE=str(entries), AUDIT_SEAL_FILE=str(seals))
    card = await stage.ask(REQUESTER, "/flag disable new-search in prod because cart errors")
    await stage.press(APPROVER, card, "Approve")
    id_ = change_id(card)

    async def sealed() -> Seal | None:
        return next(filter(None, map(find_seal, seals.read_text().splitlines())), None) if seals.exists() else None

    async with stage.worker():
        await stage.until(sealed, stage.nothing)
        await stage.becomes(card, Status.APPLIED)
    lines = [AuditEntry.model_validate_json(line) for line in entries.read_text().splitlines()]
    assert tuple(line for line in lines if line.record == id_) == await stage.store.trail(id_)
    signer = Signer(stage.settings.audit_key.get_secret_value().encode())
    series = Seals(signer)
    assert list(series.read(seals.read_text().splitlines())) == []
    assert f"change:{id_}" in series.heads
    async with connected(stage.settings.redis_url, timeout_s=5) as link:
        verification = Verification(RedisRecords(link), signer, series)
        assert [finding async for finding in verification.run()] == []
    assert verification.chains >= 1
