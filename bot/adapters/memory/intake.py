"""The intake in memory."""

from bot.adapters.memory.state import State, Waiting
from bot.ports import Unanswered

REMEMBER_MS = 10 * 60_000


class MemoryIntake:
    """The port Intake, over a state in memory."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def take(self, token: str, person: str, channel: str) -> bool:
        """Note a command; False when it was taken before."""
        now = self._state.reached()
        if self._state.taken.get(token, 0) > now:
            return False
        self._state.taken[token] = now + REMEMBER_MS
        command = Unanswered(token=token, person=person, channel=channel, at=now)
        self._state.intake[token] = Waiting(command, now)
        return True

    async def renew(self, token: str) -> None:
        """Say that somebody is at a command."""
        now = self._state.reached()
        if token in self._state.intake:
            self._state.intake[token].due = now

    async def answered(self, token: str) -> None:
        """Say that a command has its answer."""
        self._state.reached()
        self._state.intake.pop(token, None)

    async def orphans(self, older_ms: int, hold_ms: int, limit: int) -> tuple[Unanswered, ...]:
        """Return commands that have waited for `older_ms`, and hold them."""
        now = self._state.reached()
        waiting = sorted((w for w in self._state.intake.values() if w.due <= now - older_ms), key=lambda w: w.due)
        for one in waiting[:limit]:
            one.due = now - older_ms + hold_ms
        return tuple(one.command for one in waiting[:limit])
