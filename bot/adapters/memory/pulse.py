"""The pulse in memory, over the state that the other ports share."""

from bot.adapters.memory.state import State
from bot.ports import FORGOTTEN_MS, Beat, Standing
from bot.store import ACTIVE, PENDING, UNKNOWNS


class MemoryPulse:
    """The port Pulse, over a state in memory."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def beat(self, worker: str) -> None:
        """Say that a worker is at work."""
        now = self._state.reached()
        self._state.beats[worker] = now
        self._state.beats = {name: at for name, at in self._state.beats.items() if at > now - FORGOTTEN_MS}

    async def leave(self, worker: str) -> None:
        """Say that a worker has ended in good order."""
        self._state.reached()
        self._state.beats.pop(worker, None)

    async def standing(self) -> Standing:
        """Return how things stand."""
        state, now = self._state, self._state.reached()
        due = [at for at in state.deadlines.values() if at <= now]
        came = [entry.came for entry in state.entries.values()]
        return Standing(
            at=now,
            jobs=len(came) + len(due),
            oldest_ms=now - min([*came, *due], default=now),
            dead=len(state.dead),
            behind=len(state.drawings),
            pending=len(state.indexes.get(PENDING, ())),
            active=len(state.indexes.get(ACTIVE, ())),
            unknown=len(state.indexes.get(UNKNOWNS, ())),
            beats=tuple(
                Beat(worker=name, at=at) for name, at in sorted(state.beats.items(), key=lambda one: (one[1], one[0]))
            ),
        )
