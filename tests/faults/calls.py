"""What reached Datadog, counted for each target: calls that may have taken effect, and changes of state."""

import re
from collections import Counter
from datetime import datetime

from bot.model import Noun, Target
from bot.sandbox.datadog.calls import CallLog
from bot.sandbox.datadog.organisation import Organisation
from bot.sandbox.datadog.records import Call

_SWITCH = re.compile(r"/feature-flags/(?P<flag>[^/]+)/environments/(?P<environment>[^/]+)/(?:enable|disable)$")
_ROLLOUT = re.compile(r"/exposure-schedules/(?P<rollout>[^/]+)/[a-z]+$")


class Tally(CallLog):
    """
    The organisation's call log, which also counts for good.

    `effective` counts the writes to a target that took effect or whose answer leaves that open, `moves` the times a
    flag's status really changed; both by the target's slot.
    """

    def __init__(self, organisation: Organisation) -> None:
        """Take the place of the organisation's log."""
        super().__init__(organisation.world.calls)
        self._organisation = organisation
        self._statuses: dict[str, str] = {}
        self.effective: Counter[str] = Counter()
        self.moves: Counter[str] = Counter()
        organisation.calls = self
        self.look()

    def look(self) -> None:
        """Take in how every flag stands, before anything is done to it."""
        for flag in self._organisation.world.flags:
            for setting in flag.settings:
                self._statuses[f"flag:{flag.id}:{setting.environment_id}"] = setting.status

    def add(self, *, at: datetime, method: str, path: str, status: int, applied: bool) -> Call:
        """Note one call."""
        if method != "GET":
            self._tally(path, status, applied)
        return super().add(at=at, method=method, path=path, status=status, applied=applied)

    def _tally(self, path: str, status: int, applied: bool) -> None:
        if found := _SWITCH.search(path):
            slot = f"flag:{found['flag']}:{found['environment']}"
            _, _, setting = self._organisation.setting(found["flag"], found["environment"])
            if self._statuses.get(slot) != setting.status:
                self.moves[slot] += 1
                self._statuses[slot] = setting.status
        elif found := _ROLLOUT.search(path):
            slot = found["rollout"]
        else:
            return
        if applied or status == 0 or status >= 500:
            self.effective[slot] += 1

    def effects(self, target: Target) -> int:
        """Return how often a target was acted on: moves of a flag, calls that may have taken effect on a rollout."""
        return self.moves[target.slot] if target.noun is Noun.FLAG else self.effective[target.id]
