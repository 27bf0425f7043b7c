"""A house whose audit is sealed, trimmed and verified, and whose store an intruder can reach into."""

from dataclasses import dataclass, field

from bot.auditing.examining import Finding
from bot.auditing.retention import Retention
from bot.auditing.sealing import Sealer
from bot.auditing.seals import Seal
from bot.auditing.verifying import Seals, Verification
from bot.ledger import Ledger
from tests.builders import REQUESTER
from tests.core.fakes import SIGNER, House

DAY = 86_400_000
MINUTE = 60_000


@dataclass
class KeptSeals:
    """A place outside the store; implements the port SealLog."""

    seals: list[Seal] = field(default_factory=list)

    async def sealed(self, seal: Seal) -> None:
        """Keep it."""
        self.seals.append(seal)

    def lines(self) -> list[str]:
        """Return the seals as a file has them."""
        return [seal.model_dump_json() for seal in self.seals]


class AuditedHouse(House):
    """A house with everything that proves its audit."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.outside = KeptSeals()
        self.ledger = Ledger(self.records, SIGNER)

    def sealer(self) -> Sealer:
        """Return the sealer of one worker."""
        return Sealer(self.records, SIGNER, (self.outside,))

    async def seal(self) -> None:
        """Let a minute pass and seal."""
        self.clock.advance(MINUTE)
        await self.sealer().sweep()

    def retention(self, days: int = 400) -> Retention:
        """Return who trims."""
        return Retention(self.records, SIGNER, days * DAY)

    async def verify(self, lines: list[str] | None = None, since: int = 0) -> tuple[list[Finding], Verification]:
        """Verify everything, against seals where there are lines of them."""
        seals = None if lines is None else Seals(SIGNER)
        findings = list(seals.read(lines or ())) if seals else []
        verification = Verification(self.records, SIGNER, seals)
        findings += [finding async for finding in verification.run(since)]
        return findings, verification

    async def faults(self, lines: list[str] | None = None, since: int = 0) -> list[tuple[str, str]]:
        """Return which chain has which fault."""
        findings, _ = await self.verify(lines, since)
        return [(finding.chain, finding.fault.value) for finding in findings]

    def remove(self, id_: str, *, with_its_place: bool = True, kind: str = "change") -> None:
        """Take a record with its trail out of the store, as its owner can."""
        del self.state.records[kind, id_]
        if with_its_place:
            del self.state.chains[kind, id_]


async def bound(house: AuditedHouse, count: int, first: int = 0) -> None:
    """Write that many bindings."""
    for n in range(first, first + count):
        await house.ledger.put("binding", f"C{n}", {"environment": "prod"}, REQUESTER)
