"""
Retention: chains whose time is over are trimmed, and a signed checkpoint says which and where they ended.

Checkpoints are themselves chains, one a month, and are kept: a line for each chain that is gone. A chain that does
not verify is never trimmed; it is evidence.
"""

import json
import logging
from datetime import UTC, datetime

from bot.audit import GENESIS, AuditEvent, Signer
from bot.auditing.examining import AUDIT, chain_name, examine
from bot.auditing.seals import head
from bot.auditing.walking import oldest_first
from bot.model import Actor, Standing
from bot.ports import Chain, Commit, Records, Verdict
from bot.store import KEEP_TRAIL, state_digest

log = logging.getLogger(__name__)
TRIMMED = "trimmed"
AT_ONCE = 50
_KEEPER = Actor(id="countersign", name="Countersign", standing=Standing.BOT)


def checkpoint_id(at: int) -> str:
    """Return the id of the record that has the checkpoints of the month of `at`."""
    return f"checkpoints-{datetime.fromtimestamp(at / 1000, UTC):%Y-%m}"


class Retention:
    """Trims what was kept long enough."""

    def __init__(self, records: Records, signer: Signer, keep: int = KEEP_TRAIL) -> None:
        """Take the store, the key, and for how many milliseconds after its last entry a closed chain is kept."""
        self._records = records
        self._signer = signer
        self._keep = keep

    async def sweep(self) -> None:
        """Trim what is due; raise NotRecorded when the store is away."""
        await self.trim()

    async def trim(self) -> int:
        """Trim every closed chain whose time is over, and return how many; raise NotRecorded likewise."""
        until = self._records.now() - self._keep
        batch: dict[Chain, str] = {}
        trimmed = 0
        async for chain in oldest_first(self._records, until=until):
            if (ends := await self._head_if_over(chain, until)) is not None:
                batch[chain] = ends
            if len(batch) == AT_ONCE:
                trimmed += await self._drop(batch)
                batch = {}
        return trimmed + (await self._drop(batch) if batch else 0)

    async def _head_if_over(self, chain: Chain, until: int) -> str | None:
        """Return a chain's head when all of it may go; when it ended is what its last, signed entry says."""
        found = examine(self._signer, chain.kind, chain.id, await self._records.raw(chain.kind, chain.id))
        for finding in found.findings:
            log.error("audit.not_trimmed", extra={"chain": finding.chain, "what": finding.what})
        if found.findings or not found.entries[-1].closes or found.entries[-1].event.at > until:
            return None
        return head(found.entries[-1].seq, found.entries[-1].mac)

    async def _drop(self, batch: dict[Chain, str]) -> int:
        """Write the checkpoint and remove what it names, together; 0 when somebody else was at it."""
        now = self._records.now()
        id_ = checkpoint_id(now)
        raw = await self._records.raw(AUDIT, id_)
        found = examine(self._signer, AUDIT, id_, raw)
        if raw.version is not None and found.findings:
            log.error("audit.not_trimmed", extra={"chain": found.chain, "what": found.findings[0].what})
            return 0
        seq, prev = (found.entries[-1].seq, found.entries[-1].mac) if found.entries else (0, GENESIS)
        data = json.dumps({"checkpoints": seq + 1})
        gone = {chain_name(chain.kind, chain.id): ends for chain, ends in batch.items()}
        event = AuditEvent(name=TRIMMED, by=_KEEPER, at=now, data={"chains": dict(gone)})
        entry = self._signer.sign(found.chain, seq + 1, event, state_digest(data), prev)
        commit = Commit(kind=AUDIT, id=id_, expected=seq, data=data, entries=(entry,), drop=tuple(batch))
        if (await self._records.commit(commit)).verdict is not Verdict.WRITTEN:
            return 0
        log.info("audit.trimmed", extra={"chains": len(batch), "checkpoint": id_})
        return len(batch)
