"""The pulse on Redis: who is at work, and how things stand, each in one script."""

from bot.adapters.redis import keys
from bot.adapters.redis.link import Link
from bot.ports import FORGOTTEN_MS, Beat, Standing
from bot.store import ACTIVE, PENDING, UNKNOWNS

_KEYS = (
    keys.JOBS,
    keys.DEADLINES,
    keys.DEAD,
    keys.VERSIONS,
    keys.WORKERS,
    *(keys.index(name) for name in (PENDING, ACTIVE, UNKNOWNS)),
)


class RedisPulse:
    """The port Pulse, over a link."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def beat(self, worker: str) -> None:
        """Say that a worker is at work."""
        await self._link.run("pulse", [keys.WORKERS], ["beat", worker, FORGOTTEN_MS])

    async def leave(self, worker: str) -> None:
        """Say that a worker has ended in good order."""
        await self._link.run("pulse", [keys.WORKERS], ["leave", worker, 0])

    async def standing(self) -> Standing:
        """Return how things stand."""
        jobs, oldest, dead, behind, beats, pending, active, unknown = await self._link.run("standing", _KEYS)
        return Standing(
            at=self._link.now(),
            jobs=jobs,
            oldest_ms=int(oldest),
            dead=dead,
            behind=behind,
            pending=pending,
            active=active,
            unknown=unknown,
            beats=tuple(Beat(worker=name, at=int(float(at))) for name, at in zip(beats[::2], beats[1::2], strict=True)),
        )
