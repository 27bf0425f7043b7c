"""
Verifying everything the store has, chain by chain, against itself and against seals from outside.

Memory holds a page of chains, one chain, and a line for each chain that a seal names.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.audit import GENESIS, AuditEntry, Signer
from bot.auditing.examining import AUDIT, Examined, Fault, Finding, examine
from bot.auditing.retention import TRIMMED, checkpoint_id
from bot.auditing.seals import Seal, find_seal, is_sound
from bot.auditing.walking import oldest_first
from bot.ports import Chain, Records

SERIES = "seals"
RECENT = 200


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry a seal knows of a chain: its number, its MAC, and which seal says so."""

    seq: int
    mac: str
    seal: int
    at: int

    @property
    def sealed(self) -> str:
        """Which seal, and of when."""
        return f"seal {self.seal} of {moment(self.at)}"


class Seals:
    """What a series of seals says: the latest head of each chain, and what is wrong with the series itself."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._recent: dict[int, str] = {}
        self.heads: dict[str, Head] = {}
        self.first: Seal | None = None
        self.last: Seal | None = None

    def read(self, lines: Iterable[str]) -> Iterator[Finding]:
        """Take a series from lines of a seal file or a log, and yield what is wrong with it."""
        for number, line in enumerate(lines, start=1):
            try:
                seal = find_seal(line)
            except ValueError as broken:
                yield Finding(SERIES, Fault.ALTERED, f"line {number} is {broken}.")
                continue
            if seal is not None:
                yield from self._take(seal)

    def _take(self, seal: Seal) -> Iterator[Finding]:
        if not is_sound(seal, self._signer):
            yield Finding(SERIES, Fault.ALTERED, f"seal {seal.n} was not signed with this key as it stands.")
            return
        if self._recent.get(seal.n) == seal.mac:
            return  # the same line twice: it was put outside again to be sure
        yield from self._follows(seal)
        self._recent[seal.n] = seal.mac
        if len(self._recent) > RECENT:
            del self._recent[next(iter(self._recent))]
        self.first, self.last = self.first or seal, seal
        for name in seal.broken:
            yield Finding(name, Fault.ALTERED, f"it did not verify when seal {seal.n} of {moment(seal.at)} was made.")
        for name, spelled in seal.heads.items():
            seq, _, mac = spelled.partition(" ")
            self.heads[name] = Head(int(seq), mac, seal.n, seal.at)

    def _follows(self, seal: Seal) -> Iterator[Finding]:
        last = self.last
        if last is None:
            return
        when = moment(seal.at)
        if self._signer.turns_back(last.key_id, seal.key_id):
            yield Finding(SERIES, Fault.ALTERED, f"seal {seal.n} of {when} was made with a key that was out of use.")
        if seal.n == last.n + 1:
            if seal.prev != last.mac:
                yield Finding(SERIES, Fault.ALTERED, f"seal {seal.n} of {when} follows another seal {last.n}.")
        elif seal.n > last.n:
            yield Finding(SERIES, Fault.MISSING, f"seals {last.n + 1} to {seal.n - 1} are not in the lines.")
        elif seal.n == 1 and seal.prev == GENESIS:
            yield Finding(SERIES, Fault.ALTERED, f"they begin again at {when}: the store was replaced or set back.")
        else:
            yield Finding(SERIES, Fault.REORDERED, f"seal {seal.n} of {when} comes after {last.n}: set back, or moved.")


class Verification:
    """One look at everything; the counts and what stays unproven are complete when `run` has ended."""

    def __init__(self, records: Records, signer: Signer, seals: Seals | None = None) -> None:
        self._records = records
        self._signer = signer
        self._seals = seals
        self._open = dict(seals.heads) if seals else {}
        self._trimmed: dict[str, list[str]] | None = None
        self._later = 0
        self.chains = 0
        self.entries = 0
        self.earlier_keys = 0

    async def run(self, since: int = 0) -> AsyncIterator[Finding]:
        """Yield what is wrong with the chains changed `since` then, and with every chain a seal names."""
        async for chain in oldest_first(self._records, since):
            found = await self._examined(chain.kind, chain.id)
            if not found.entries and not await self._listed(chain):
                continue  # it was trimmed just now
            self.chains += 1
            self.entries += len(found.entries)
            self.earlier_keys += sum(entry.key_id != self._signer.key_id for entry in found.entries)
            for finding in found.findings:
                yield finding
            head = self._open.pop(found.chain, None)
            if head is None:
                self._later += self._seals is not None and found.chain not in self._seals.heads
            elif (wrong := await self._compared(head, found)) is not None:
                yield wrong
        for name, head in self._open.items():
            async for finding in self._unlisted(name, head, everything=since <= 0):
                yield finding

    async def _unlisted(self, name: str, head: Head, *, everything: bool) -> AsyncIterator[Finding]:
        """Look at a chain that a seal names and the walk did not come to."""
        kind, _, id_ = name.partition(":")
        found = await self._examined(kind, id_)
        if found.entries:
            for finding in found.findings:
                yield finding
            if everything:
                yield Finding(name, Fault.MISSING, "its place in the order of changes is gone.")
        if (wrong := await self._compared(head, found)) is not None:
            yield wrong

    async def _examined(self, kind: str, id_: str) -> Examined:
        return examine(self._signer, kind, id_, await self._records.raw(kind, id_))

    async def _listed(self, chain: Chain) -> bool:
        return chain in await self._records.chains(1, since=chain.at, until=chain.at)

    async def _compared(self, head: Head, found: Examined) -> Finding | None:
        """Compare a chain with the seal that names it; it may have grown since, or have been trimmed."""
        if any(entry.seq == head.seq and entry.mac == head.mac for entry in found.entries):
            self._later += found.entries[-1].seq > head.seq
            return None
        if await self._was_trimmed(found.chain, head):
            return None
        if not found.entries:
            return Finding(found.chain, Fault.MISSING, f"{head.sealed} has its entry {head.seq}; all of it is gone.")
        if found.entries[-1].seq < head.seq:
            cut = f"{head.sealed} has its entry {head.seq}; it ends at {found.entries[-1].seq}."
            return Finding(found.chain, Fault.CUT_OFF, cut)
        return Finding(found.chain, Fault.ALTERED, f"its entry {head.seq} is not the one in {head.sealed}.")

    async def _was_trimmed(self, name: str, head: Head) -> bool:
        if self._trimmed is None:
            self._trimmed = await self._checkpoints()
        for spelled in self._trimmed.get(name, ()):
            seq, _, mac = spelled.partition(" ")
            if int(seq) > head.seq or (int(seq) == head.seq and mac == head.mac):
                return True
        return False

    async def _checkpoints(self) -> dict[str, list[str]]:
        """Return where each chain that a seal names ended when it was trimmed, by checkpoints that verify."""
        trimmed: dict[str, list[str]] = {}
        first = self._seals.first if self._seals else None
        for id_ in _months(first.at if first else self._records.now(), self._records.now()):
            found = await self._examined(AUDIT, id_)
            for entry in () if found.findings else found.entries:
                for name, spelled in _named(entry):
                    if self._seals and name in self._seals.heads:
                        trimmed.setdefault(name, []).append(spelled)
        return trimmed

    @property
    def unproven(self) -> tuple[str, ...]:
        """What this could not prove, a sentence each."""
        return (*self._unsealed, *self._under_earlier_keys)

    @property
    def _under_earlier_keys(self) -> tuple[str, ...]:
        if not self.earlier_keys:
            return ()
        told = f"{self.earlier_keys} entries are signed with keys before this one, which AUDIT_KEY_PREVIOUS has to name"
        return (f"{told}; whoever held one of those could have written such chains as far as no later key signs them.",)

    @property
    def _unsealed(self) -> tuple[str, ...]:
        owner = "Whoever holds AUDIT_KEY and the store could have written all of this anew"
        if self._seals is None or self._seals.last is None:
            return (
                "Without seals it cannot be proven that no whole chain was removed together with its place in the "
                "order, nor that none was set back to an earlier state together with its record.",
                f"{owner}; seals kept elsewhere would show it.",
            )
        first, last = self._seals.first, self._seals.last
        said = [f"What was written after {Head(0, '', last.n, last.at).sealed} is not sealed: {self._later} chains."]
        if first is not None and first.n > 1:
            said.append(f"The seals begin with number {first.n}; what only earlier ones name is not compared.")
        said.append(f"{owner} but for what these seals name.")
        return tuple(said)


def _named(entry: AuditEntry) -> Iterator[tuple[str, str]]:
    chains = entry.event.data.get("chains") if entry.event.name == TRIMMED else None
    if isinstance(chains, dict):
        yield from ((name, spelled) for name, spelled in chains.items() if isinstance(spelled, str))


def _months(first: int, last: int) -> list[str]:
    """Return the ids of the checkpoints from the month of `first` to that of `last`."""
    step = 27 * 86_400_000
    return list(dict.fromkeys(checkpoint_id(at) for at in (*range(first, last, step), last)))


def moment(at: int) -> str:
    """Return a time as people read it, UTC."""
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
