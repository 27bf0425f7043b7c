"""The bot's own commands, rehearsals, break-glass, and what a person settled."""

from bot.aliases import Alias
from bot.asking import Rehearsal
from bot.changes import running
from bot.changes.record import Cause, ChangeRequest, Status
from bot.controls import Self
from bot.errors import Guarded
from bot.guards import Guard
from bot.model import Noun
from bot.policy import Group
from bot.policy_reading import table
from handlers.blocks import Message, message, section
from handlers.cards.aliases import alias_list, given_line, taken_line, used_line
from handlers.cards.answers import answer
from handlers.cards.card import card
from handlers.cards.controls import (
    allowed,
    bound_to,
    closed_line,
    lifted_line,
    policy_table,
    rehearsed,
    review_reminder,
    set_line,
    taken_from_binding,
    who_you_are,
)
from tests.builders import (
    APPROVER,
    GROUP,
    MINUTE,
    POLICY,
    PRODUCTION,
    REQUESTER,
    SECOND_APPROVER,
    STAGING,
    START,
    a_change,
    a_decision,
    a_plan,
    needing_nobody,
    opened,
)
from tests.handlers.scenes.shown import Scene, line

UNTIL = START + 120 * MINUTE


def frozen(why: str = "the launch", until: int | None = UNTIL) -> Guard:
    """Return a freeze of production."""
    said = {"what": "Production", "production": True, "by": APPROVER, "at": START, "until": until, "why": why}
    return Guard.model_validate({"cause": Cause.FREEZE, **said})


def locked(what: str = "flag new-search in Production") -> Guard:
    """Return a lock that lasts until it is lifted."""
    return Guard(cause=Cause.LOCK, what=what, by=APPROVER, at=START, why="it is being mended")


def glass() -> ChangeRequest:
    """Return a change for which the glass was broken."""
    plan = a_plan()
    return opened(plan, needing_nobody(plan)).model_copy(update={"broken_glass": True})


def settled(*, happened: bool) -> ChangeRequest:
    """Return a change of which a person said what came of it."""
    return running.settle(a_change(Status.UNKNOWN), APPROVER, START + 20 * MINUTE, happened).change


def rehearsal(guard: Guard | None = None) -> Rehearsal:
    """Return a rehearsal of a change in production."""
    plan = a_plan()
    called = {GROUP: Group(id=GROUP, handle="release-approvers")}
    return Rehearsal(plan, a_decision(plan).model_copy(update={"groups": called}), guard, None)


def said(text: str) -> Message:
    """Draw a line as a message."""
    return message(text, [section(text)])


ALIAS = Alias(word="checkout", noun=Noun.FLAG, id="f1", key="new-checkout", by=APPROVER, at=START)

SCENES: dict[str, Scene] = {
    "freeze": lambda: said(set_line(frozen())),
    "freeze-until-lifted": lambda: said(set_line(frozen(until=None))),
    "lock": lambda: said(set_line(locked())),
    "unlock": lambda: said(lifted_line(locked(), SECOND_APPROVER.id)),
    "bind": lambda: said(bound_to(PRODUCTION, APPROVER.id)),
    "bind-used": lambda: line(taken_from_binding(PRODUCTION)),
    "refused-by-a-freeze": lambda: answer(
        Guarded("PRODUCTION is frozen by Approver until 2026-10-14 19:46 UTC: the launch.", "Wait.")
    ),
    "can-i": lambda: allowed(rehearsal()),
    "can-i-frozen": lambda: allowed(rehearsal(frozen())),
    "plan": lambda: rehearsed(rehearsal(), PRODUCTION),
    "whoami": lambda: who_you_are(Self(REQUESTER, operator=False, signer=True)),
    "policy": lambda: policy_table(table(POLICY, (PRODUCTION, STAGING), REQUESTER)[:4]),
    "alias-given": lambda: said(given_line(ALIAS, APPROVER.id)),
    "alias-taken": lambda: said(taken_line(ALIAS, APPROVER.id)),
    "alias-used": lambda: line(used_line(ALIAS)),
    "aliases": lambda: alias_list((ALIAS,)),
    "aliases-empty": lambda: alias_list(()),
    "card-break-glass": lambda: card(glass()),
    "card-settled-happened": lambda: card(settled(happened=True)),
    "card-settled-did-not-happen": lambda: card(settled(happened=False)),
    "review-reminder": lambda: review_reminder(glass()),
    "review-closed": lambda: said(closed_line(glass(), APPROVER.id, "it was right")),
}
