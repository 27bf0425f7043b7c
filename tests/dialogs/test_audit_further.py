"""The audit of the running bot, further: seals in Datadog's events, and a key that is followed by another."""

import json
from dataclasses import replace

from pydantic import SecretStr

from bot.adapters.audit_places import signer_of
from bot.adapters.redis.connection import connected
from bot.adapters.redis.records import RedisRecords
from bot.auditing.verifying import Seals, Verification
from bot.changes.record import Status
from bot.store import ChangeStore
from tests.dialogs.conftest import Opening
from tests.dialogs.messages import change_id
from tests.dialogs.stage import APPROVER, REQUESTER

LINE = "/flag disable new-search in prod because cart errors"


async def test_seals_in_datadogs_events(opening: Opening) -> None:
    """With the setting, and without change events, each seal is an event, and what was exported of them verifies."""
    stage = await opening(work=False, DD_SEALS="1", DD_EVENTS="0")
    card = await stage.ask(REQUESTER, LINE)
    await stage.press(APPROVER, card, "Approve")

    async def sealed() -> list[str] | None:
        return [json.dumps({"attributes": one.attributes}) for one in stage.town.organisation.world.events] or None

    async with stage.worker():
        exported = await stage.until(sealed, stage.nothing)
        await stage.becomes(card, Status.APPLIED)
    series = Seals(signer_of(stage.settings))
    assert list(series.read(exported)) == []
    assert f"change:{change_id(card)}" in series.heads
    told = [one.attributes["title"] for one in stage.town.organisation.world.events]
    assert all(title.startswith("Seal ") for title in told)


async def test_the_key_is_followed_by_another(opening: Opening) -> None:
    """What was signed under one key is run by a worker under the next, and all of it verifies with both."""
    stage = await opening(work=False)
    card = await stage.ask(REQUESTER, LINE)
    await stage.press(APPROVER, card, "Approve")
    await stage.becomes(card, Status.APPROVED)
    keys = {"audit_key": SecretStr("k" * 64), "audit_key_previous": stage.settings.audit_key}
    settings = stage.settings.model_copy(update=keys)
    signer = signer_of(settings)
    async with connected(settings.redis_url, timeout_s=5) as link:
        records = RedisRecords(link)
        after = replace(stage, settings=settings, store=ChangeStore(records, signer, settings.terms))
        async with after.worker():
            await after.ends(card, Status.APPLIED)
        assert stage.calls() == (1, 1)
        ids = [entry.key_id for entry in await after.store.trail(change_id(card))]
        assert (ids[0], ids[-1]) == (signer_of(stage.settings).key_id, signer.key_id)
        verification = Verification(records, signer)
        assert [finding async for finding in verification.run()] == []
        assert verification.earlier_keys >= 2
