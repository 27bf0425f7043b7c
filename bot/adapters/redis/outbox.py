"""The outbox on Redis: what waits to be drawn, who draws it, and where it was drawn."""

import uuid

from bot.adapters.redis import keys
from bot.adapters.redis.link import Link
from bot.errors import NotRecorded

_KEYS = (keys.WAITING, keys.VERSIONS, keys.HOLDS)
_DEFAULT_HOLD_MS = 10_000


class RedisOutbox:
    """The port Outbox, over a link; each instance is one drawer."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._drawer = uuid.uuid4().hex
        self._holds: dict[str, tuple[str, int]] = {}
        self._doubtful: dict[str, str] = {}

    async def due(self, limit: int, hold_ms: int) -> tuple[str, ...]:
        """Return and hold records that wait for a drawing."""
        token = uuid.uuid4().hex
        ids = await self._link.run("outbox", _KEYS, ["due", token, limit, hold_ms])
        self._holds.update(dict.fromkeys(ids, (token, hold_ms)))
        return tuple(ids)

    async def hold(self, id_: str, hold_ms: int) -> bool:
        """Take the drawing of one record; False while another drawer has it."""
        token = self._doubtful.pop(id_, "") or uuid.uuid4().hex
        try:
            (held,) = await self._link.run("outbox", _KEYS, ["hold", token, id_, hold_ms])
        except NotRecorded:
            self._doubtful[id_] = token  # its reply alone may have been lost: asked again, it is ours
            raise
        if held:
            self._holds[id_] = (token, hold_ms)
        return bool(held)

    async def settle(self, id_: str, version: int) -> bool:
        """Say that `version` is drawn and let go; False when a newer one waits."""
        token, hold_ms = self._holds.get(id_, (self._drawer, _DEFAULT_HOLD_MS))
        (settled,) = await self._link.run("outbox", _KEYS, ["settle", token, id_, hold_ms, version])
        if not settled:
            self._holds[id_] = (token, hold_ms)
        elif self._holds.get(id_, ("",))[0] == token:  # another drawing of ours may have taken it meanwhile
            del self._holds[id_]
        return bool(settled)

    async def postpone(self, id_: str, delay_ms: int) -> None:
        """Let go and try again after a delay."""
        token, _ = self._holds.pop(id_, (self._drawer, 0))
        await self._link.run("outbox", _KEYS, ["postpone", token, id_, delay_ms])

    async def placement(self, id_: str) -> str | None:
        """Return what was remembered of where the record was drawn (JSON)."""
        found: str | None = await self._link.call("GET", keys.placement(id_))
        return found

    async def placements(self, ids: tuple[str, ...]) -> tuple[str | None, ...]:
        """Return what was remembered of several records, in the order asked for."""
        if not ids:
            return ()
        return tuple(await self._link.call("MGET", *(keys.placement(id_) for id_ in ids)))

    async def place(self, id_: str, data: str, keep_ms: int) -> bool:
        """Remember where the record was drawn, for at least `keep_ms`; False when it is not ours to draw any more."""
        token, _ = self._holds.get(id_, (self._drawer, 0))
        placed = (*_KEYS, keys.placement(id_))
        (noted,) = await self._link.run("outbox", placed, ["place", token, id_, keep_ms, data])
        return bool(noted)

    async def keep(self, name: str, data: str, keep_ms: int) -> None:
        """Remember something of what nobody takes turns to draw, for at least `keep_ms`."""
        await self._link.call("SET", keys.placement(name), data, "PX", keep_ms)
