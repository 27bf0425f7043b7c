"""
Who of all processes polls: whoever has the lease, a record without a trail that is written over by its version.

Its end is by the store's clock. A holder renews at half time; whoever finds it over takes it.
"""

import json

from bot.ports import Commit, Records, Verdict

KIND, ID = "lease", "panels"


class Lease:
    """One process's claim to be the one."""

    def __init__(self, records: Records, holder: str, ms: int) -> None:
        """Take who asks for it, and how many milliseconds it lasts unless renewed."""
        self._records = records
        self._holder = holder
        self._ms = ms
        self._until = 0

    async def mine(self) -> bool:
        """Tell whether this process has it, taking or renewing it where that is possible."""
        now = self._records.now()
        if self._until - now > self._ms // 2:
            return True
        stored = await self._records.read(KIND, ID)
        found = json.loads(stored.data) if stored else {}
        if found.get("holder") != self._holder and int(found.get("until", 0)) > now:
            self._until = 0
            return False
        until = now + self._ms
        written = await self._write(stored.version if stored else 0, until)
        self._until = until if written else 0
        return written

    async def release(self) -> None:
        """Give it up, so that another process need not wait for its end."""
        if self._until:
            stored = await self._records.read(KIND, ID)
            if stored and json.loads(stored.data).get("holder") == self._holder:
                await self._write(stored.version, 0)
        self._until = 0

    async def _write(self, version: int, until: int) -> bool:
        data = json.dumps({"holder": self._holder, "until": until})
        commit = Commit(kind=KIND, id=ID, expected=version, data=data, keep=self._ms * 4)
        return (await self._records.commit(commit)).verdict is Verdict.WRITTEN
