"""Who did lately, from here, what somebody now finds done already."""

from collections.abc import Awaitable, Callable

from bot.actions import BY_NAME
from bot.auditing.history import History, HistoryRow, Wanted
from bot.changes.record import ChangeRequest, Status
from bot.errors import CountersignError
from bot.model import Actor, Noun, Plan, Proof
from bot.store import KIND

Past = Callable[[Wanted], Awaitable[History]]

_ROWS, _CHAINS = 10, 100


class Lately:
    """Looks back a little way, at what was done to one target. Raises nothing: what is not known is left out."""

    def __init__(self, past: Past) -> None:
        self._past = past

    async def since(self, plan: Plan) -> tuple[int, Actor] | None:
        """
        Return since when (ms) it has been as asked for, and who asked for that; None where it was not done from here.

        Of a rollout, whose state cannot be read, that cannot be said; nor where the last done from here was something
        else, or found it so.
        """
        if plan.target.noun is Noun.ROLLOUT or BY_NAME[plan.action].words.after not in plan.already:
            return None
        wanted = Wanted(target=plan.target.id, kinds=frozenset({KIND}), effective=True, limit=_ROWS, chains=_CHAINS)
        try:
            rows = (await self._past(wanted)).rows
        except CountersignError:
            return None
        here = [row.change for row in rows if _in_place(row, plan)]
        last = max((change for change in here if change), key=_done_at, default=None)
        if last is None or last.plan.action != plan.action:
            return None
        return _done_at(last), last.requester


def _in_place(row: HistoryRow, plan: Plan) -> bool:
    change = row.change
    if not row.intact or change is None or change.plan.target.slot != plan.target.slot:
        return False
    ours = change.receipt is None or change.receipt.proof is not Proof.ALREADY
    return change.status is Status.APPLIED and ours


def _done_at(change: ChangeRequest) -> int:
    return change.receipt.at if change.receipt else change.ended_at or change.created_at
