"""
Sealing: every minute, a signed line over what changed since the last one, to places outside the store.

The last seal is a record of the store, so that any number of workers make one series: a seal is recorded, then put
outside, then noted as put. Whoever finds one that was not noted puts it there again; the same line twice is no harm.
"""

import logging
from collections.abc import Iterable

from bot.audit import GENESIS, Signer
from bot.auditing.examining import AUDIT, chain_name, examine, number
from bot.auditing.seals import Seal, head, is_sound, signed
from bot.model import Value
from bot.ports import Chain, Commit, Records, SealLog, Verdict

log = logging.getLogger(__name__)
RECORD = "seal"
PERIOD_MS = 60_000
AT_ONCE = 50
ROUNDS = 200
_LATE_MS = 10_000
_AHEAD_MS = 3_600_000


class Sealed(Value):
    """The last seal, and whether it has been put outside."""

    seal: Seal
    told: bool = False


class Sealer:
    """Makes seals, one process at a time."""

    def __init__(
        self, records: Records, signer: Signer, places: Iterable[SealLog], *, period_ms: int = PERIOD_MS
    ) -> None:
        """Take the store, the key, the places outside, and how long to leave between two rounds."""
        self._records = records
        self._signer = signer
        self._places = tuple(places)
        self._period_ms = period_ms

    async def sweep(self) -> None:
        """Seal whatever changed since the last seal; raise NotRecorded when the store is away."""
        last, version = await self._last()
        if last is not None and not last.told:
            if self._records.now() - last.seal.at < _LATE_MS:
                return  # whoever recorded it is just putting it outside
            version = await self._put(last.seal, version)
        elif last is not None and self._records.now() - last.seal.at < self._period_ms // 2:
            return
        seal = last.seal if last else None
        after = seal.upto if seal else 0
        for _ in range(ROUNDS):
            changed = await self._records.chains(AT_ONCE, since=after + 1)
            if not changed or version is None:
                return
            after, seal = changed[-1].at, await self._over(changed, seal)
            version = await self._write(Sealed(seal=seal), version)
            if version is not None:
                version = await self._put(seal, version)
            if len(changed) < AT_ONCE:
                return

    async def _last(self) -> tuple[Sealed | None, int | None]:
        """Return the last seal and its record's version; a record that is not ours begins a new series."""
        raw = await self._records.raw(AUDIT, RECORD)
        if raw.version is None:
            return None, 0
        version = number(raw.version)
        try:
            last = Sealed.model_validate_json(raw.data or "")
            if is_sound(last.seal, self._signer):
                return last, version
        except ValueError:  # pydantic's error, or that of a character that is none
            pass
        log.error("audit.seal_record_altered")
        return None, version

    async def _over(self, changed: tuple[Chain, ...], last: Seal | None) -> Seal:
        """Return the next seal; it covers the order up to now at most, so that no place set ahead hides others."""
        now = self._records.now()
        if changed[-1].at > now + _AHEAD_MS:
            log.error("audit.order_altered")
        heads: dict[str, str] = {}
        broken: list[str] = []
        for chain in changed:
            await self._look(chain, heads, broken)
        seal = Seal(
            n=last.n + 1 if last else 1,
            at=now,
            upto=min(changed[-1].at, now),
            heads=heads,
            broken=tuple(broken),
            prev=last.mac if last else GENESIS,
            key_id=self._signer.key_id,
        )
        return signed(seal, self._signer)

    async def _look(self, chain: Chain, heads: dict[str, str], broken: list[str]) -> None:
        """Seal no head that does not verify: it is named as broken."""
        name = chain_name(chain.kind, chain.id)
        found = examine(self._signer, chain.kind, chain.id, await self._records.raw(chain.kind, chain.id))
        if found.findings:
            broken.append(name)
            for finding in found.findings:
                log.error("audit.tampered", extra={"chain": name, "fault": str(finding.fault), "what": finding.what})
        else:
            heads[name] = head(found.entries[-1].seq, found.entries[-1].mac)

    async def _put(self, seal: Seal, version: int | None) -> int | None:
        for place in self._places:
            await place.sealed(seal)
        return await self._write(Sealed(seal=seal, told=True), version)

    async def _write(self, sealed: Sealed, version: int | None) -> int | None:
        """Record the seal and return the record's new version; None when another process was faster."""
        if version is None:
            return None
        commit = Commit(kind=AUDIT, id=RECORD, expected=version, data=sealed.model_dump_json())
        written = (await self._records.commit(commit)).verdict is Verdict.WRITTEN
        return version + 1 if written else None
