"""How the installation stands, a line each, for whoever is on duty."""

from collections.abc import AsyncIterator, Callable

from bot.adapters.audit_places import signer_of
from bot.audit import Signer
from bot.auditing.examining import AUDIT
from bot.auditing.sealing import RECORD, Sealed
from bot.auditing.seals import is_sound
from bot.errors import CountersignError
from bot.ports import Records, Standing
from bot.settings import Settings
from handlers.checks import Finding
from handlers.connecting import open_store

LATE_MS = 60_000


async def status(settings: Settings, say: Callable[[str], None]) -> int:
    """Say how things stand, and return the exit code: 0 when nothing is wrong."""
    wrong = 0
    async for finding in _findings(settings):
        say(str(finding))
        wrong += not finding.right
    return 1 if wrong else 0


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    try:
        async with open_store(settings) as store:
            standing = await store.pulse.standing()
            seal = await _seal(store.records, signer_of(settings))
    except CountersignError as away:
        yield Finding("redis", right=False, sentence=str(away))
        return
    yield Finding("redis", right=True, sentence="answers.")
    for finding in (_workers(standing), _queue(standing), _dead(standing), _changes(standing), _cards(standing), seal):
        yield finding


def _workers(standing: Standing) -> Finding:
    alive = standing.alive
    told = ", ".join(f"{beat.worker} {(standing.at - beat.at) // 1000} s ago" for beat in standing.beats)
    sentence = f"{len(alive)} at work{f': {told}' if told else ''}."
    return Finding("workers", right=bool(alive), sentence=sentence)


def _queue(standing: Standing) -> Finding:
    sentence = f"{standing.jobs} jobs" + (f", the oldest {standing.oldest_ms // 1000} s." if standing.jobs else ".")
    return Finding("queue", right=standing.oldest_ms < LATE_MS, sentence=sentence)


def _dead(standing: Standing) -> Finding:
    return Finding("dead letters", right=not standing.dead, sentence=f"{standing.dead} jobs were given up.")


def _changes(standing: Standing) -> Finding:
    sentence = f"{standing.active} open, {standing.pending} of them wait for a signature, {standing.unknown} unknown."
    return Finding("changes", right=not standing.unknown, sentence=sentence)


def _cards(standing: Standing) -> Finding:
    # A card is behind for the moment it takes to draw it, so a number alone is nothing wrong.
    return Finding("cards", right=True, sentence=f"{standing.behind} behind their records.")


async def _seal(records: Records, signer: Signer) -> Finding:
    raw = await records.raw(AUDIT, RECORD)
    if raw.version is None:
        return Finding("last seal", right=True, sentence="none yet.")
    try:
        last = Sealed.model_validate_json(raw.data or "")
    except ValueError:
        return Finding("last seal", right=False, sentence="its record cannot be read; somebody has touched it.")
    if not is_sound(last.seal, signer):
        return Finding("last seal", right=False, sentence="it was not made with this key; somebody has touched it.")
    seconds = max(0, records.now() - last.seal.at) // 1000
    broken = f" {len(last.seal.broken)} chains did not verify." if last.seal.broken else ""
    return Finding("last seal", right=not broken, sentence=f"number {last.seal.n}, {seconds} s ago.{broken}")
