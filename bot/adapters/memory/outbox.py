"""The outbox in memory: what waits to be drawn, who draws it, and where it was drawn."""

import uuid

from bot.adapters.memory.state import Drawing, Hold, State

_DEFAULT_HOLD_MS = 10_000


class MemoryOutbox:
    """The port Outbox, over a state in memory; each instance is one drawer."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._drawer = uuid.uuid4().hex
        self._holds: dict[str, tuple[str, int]] = {}

    async def due(self, limit: int, hold_ms: int) -> tuple[str, ...]:
        """Return and hold records that wait for a drawing."""
        now = self._state.reached()
        waiting = sorted((d.due, id_) for id_, d in self._state.drawings.items() if d.due <= now)
        taken: list[str] = []
        for _, id_ in waiting:
            if len(taken) == limit:
                break
            if (other := self._live_hold(id_, now)) is not None:
                self._state.drawings[id_].due = other.ends
            else:
                self._take(id_, uuid.uuid4().hex, hold_ms, now)
                taken.append(id_)
        return tuple(taken)

    async def hold(self, id_: str, hold_ms: int) -> bool:
        """Take the drawing of one record; False while another drawer has it."""
        now = self._state.reached()
        if self._live_hold(id_, now) is not None:
            return False
        self._take(id_, uuid.uuid4().hex, hold_ms, now)
        return True

    async def settle(self, id_: str, version: int) -> bool:
        """Say that `version` is drawn and let go; False when a newer one waits, or it is to be drawn again."""
        now = self._state.reached()
        token, hold_ms = self._holds.get(id_, (self._drawer, _DEFAULT_HOLD_MS))
        hold = self._live_hold(id_, now)
        waiting = self._state.drawings.get(id_)
        if hold is not None and hold.token != token:  # drawn here meanwhile, perhaps over something newer
            self._holds.pop(id_, None)
            self._state.drawings.setdefault(id_, Drawing(version=version, due=hold.ends)).again = True
            return True
        again = waiting is not None and waiting.again and hold is not None
        if waiting is not None:
            waiting.again = False
        if waiting is not None and (waiting.version > version or again):
            self._take(id_, token, hold_ms, now)
            return False
        self._holds.pop(id_, None)
        if hold is None:  # drawn after its hold was over, perhaps over something newer
            self._state.drawings.setdefault(id_, Drawing(version=version, due=now)).due = now
            return True
        self._state.drawings.pop(id_, None)
        self._state.holds.pop(id_, None)
        return True

    async def postpone(self, id_: str, delay_ms: int) -> None:
        """Let go and try again after a delay."""
        now = self._state.reached()
        token, _ = self._holds.pop(id_, (self._drawer, 0))
        if not self._is_others(id_, token, now):
            self._state.holds.pop(id_, None)
            self._state.drawings.setdefault(id_, Drawing(version=0, due=now)).due = now + delay_ms

    async def placement(self, id_: str) -> str | None:
        """Return what was remembered of where the record was drawn (JSON)."""
        data, ends = self._state.placements.get(id_, ("", 0))
        return data if ends > self._state.reached() else None

    async def placements(self, ids: tuple[str, ...]) -> tuple[str | None, ...]:
        """Return what was remembered of several records, in the order asked for."""
        return tuple([await self.placement(id_) for id_ in ids])

    async def place(self, id_: str, data: str, keep_ms: int) -> bool:
        """Remember where the record was drawn, for at least `keep_ms`; False when it is not ours to draw any more."""
        hold = self._live_hold(id_, self._state.reached())
        token, _ = self._holds.get(id_, (self._drawer, 0))
        if hold is None or hold.token != token:
            return False
        await self.keep(id_, data, keep_ms)
        return True

    async def keep(self, name: str, data: str, keep_ms: int) -> None:
        """Remember something of what nobody takes turns to draw, for at least `keep_ms`."""
        self._state.placements[name] = (data, self._state.reached() + keep_ms)

    def _live_hold(self, id_: str, now: int) -> Hold | None:
        hold = self._state.holds.get(id_)
        return hold if hold is not None and hold.ends > now else None

    def _is_others(self, id_: str, token: str, now: int) -> bool:
        hold = self._live_hold(id_, now)
        return hold is not None and hold.token != token

    def _take(self, id_: str, token: str, hold_ms: int, now: int) -> None:
        ends = now + max(1, hold_ms)
        self._state.holds[id_] = Hold(token, ends)
        self._holds[id_] = (token, hold_ms)
        if id_ in self._state.drawings:
            self._state.drawings[id_].due = ends
