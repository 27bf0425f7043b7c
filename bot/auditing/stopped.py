"""
Which rollouts were stopped from here: Datadog does not tell a stopped one from one that runs.

What counts is the last thing that took effect on a rollout from here, as the audit has it, and that the rollout has not
been started since, as Datadog has it.
"""

from typing import Any

from bot.audit import Signer
from bot.auditing.history import HistoryRow, Wanted, look_back
from bot.forms.lines import listed
from bot.forms.ruleset import goes_on, milliseconds_of
from bot.model import Snapshot
from bot.ports import Records
from bot.store import KIND

STOP = "rollout.stop"
_ROWS, _CHAINS = 50, 500


class Stops:
    """Looks back for rollouts that were stopped from here. Raises NotRecorded when the store is away."""

    def __init__(self, records: Records, signer: Signer) -> None:
        self._records = records
        self._signer = signer

    async def among(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Return the keys of a flag's rules whose rollout looks as if it ran and was stopped from here."""
        rules = [rule for rule in listed(snapshot.facts.get("ruleset")) if goes_on(rule, snapshot.taken_at)]
        if not rules:
            return ()
        target = snapshot.target
        where = target.environment.id if target.environment else ""
        wanted = Wanted(
            target=target.key, where=where, kinds=frozenset({KIND}), effective=True, limit=_ROWS, chains=_CHAINS
        )
        done = (await look_back(self._records, self._signer, wanted)).rows
        return tuple(str(rule.get("key")) for rule in rules if _was_stopped(rule, done))


def _was_stopped(rule: dict[str, Any], done: tuple[HistoryRow, ...]) -> bool:
    """Tell whether the last thing done to a rule's rollout was to stop it, and it began before that."""
    id_ = str(rule.get("schedule_id"))
    last = next((row for row in done if row.change is not None and row.change.plan.target.id == id_), None)
    begun = milliseconds_of(str(rule.get("started_at")))
    if last is None or not last.intact or last.action != STOP or begun is None:
        return False
    return begun <= last.changed_at
