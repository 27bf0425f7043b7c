"""The SETTINGS of the people API: what may be turned while the sandbox runs."""

from __future__ import annotations

from typing import cast, get_args

from bot.sandbox.slack.deliveries import DeliverySettings
from bot.sandbox.slack.records import JsonObject, Refused
from bot.sandbox.slack.sockets import Reason, Sockets
from bot.sandbox.slack.webapi.faults import Faults

_NAMES = frozenset({"deliver_twice", "ack_seconds", "faults", "socket_mode", "sockets"})


class Switches:
    """Shows and changes the settings of one workspace."""

    def __init__(self, settings: DeliverySettings, faults: Faults, sockets: Sockets) -> None:
        self._settings = settings
        self._faults = faults
        self._sockets = sockets

    def as_json(self) -> JsonObject:
        """Return the SETTINGS."""
        return {
            "deliver_twice": self._settings.deliver_twice,
            "ack_seconds": self._settings.ack_seconds,
            "faults": self._faults.as_json(),
            "socket_mode": self._settings.socket_mode,
            "connections": self._sockets.open,
        }

    async def change(self, body: JsonObject) -> None:
        """Take over a subset; raises Refused, with nothing changed."""
        strange = set(body) - _NAMES
        if strange:
            raise Refused("bad_request", f"there is no setting {', '.join(sorted(strange))}")
        twice = _flag(body, "deliver_twice", self._settings.deliver_twice)
        on = _flag(body, "socket_mode", self._settings.socket_mode)
        seconds = _seconds(body, self._settings.ack_seconds)
        reason = _reason(body)
        if "faults" in body:
            self._faults.change(body["faults"])
        self._settings.deliver_twice, self._settings.ack_seconds = twice, seconds
        was, self._settings.socket_mode = self._settings.socket_mode, on
        if was and not on:
            await self._sockets.disconnect("link_disabled")
        if reason is not None:
            await self._sockets.disconnect(reason)


def _flag(body: JsonObject, name: str, now: bool) -> bool:
    found = body.get(name, now)
    if not isinstance(found, bool):
        raise Refused("bad_request", f"{name} is true or false")
    return found


def _seconds(body: JsonObject, now: float) -> float:
    found = body.get("ack_seconds", now)
    if not isinstance(found, int | float) or isinstance(found, bool) or found <= 0:
        raise Refused("bad_request", "ack_seconds is a number above zero")
    return float(found)


def _reason(body: JsonObject) -> Reason | None:
    found = body.get("sockets")
    if found is None:
        return None
    if found not in get_args(Reason):
        raise Refused("bad_request", f"sockets is one of {', '.join(get_args(Reason))}")
    return cast(Reason, found)
