"""A person's page, and looking back: history, what changed, undoing, closing a review."""

from typing import Any

from bot.auditing.history import History, HistoryRow
from bot.auditing.outside import Modified
from bot.changes.record import ChangeRequest, Status
from bot.errors import NotPermitted
from handlers.cards.afterwards import Sought, Unread, changes_message, history_message, undo_question
from handlers.cards.home import Seen, Try, close_view, home_view, sentence_home
from tests.builders import PRODUCTION, REQUESTER, START, a_change, a_plan, opened
from tests.handlers.scenes.own import frozen, glass, locked
from tests.handlers.scenes.shown import LINK, Scene


def boxed(id_: str = "cs-bbbbbb") -> ChangeRequest:
    """Return a change with a time box that runs."""
    plan = a_plan().model_copy(update={"seconds": 7200, "back": "flag.enable"})
    return a_change(Status.APPLIED, plan=plan, id_=id_)


def row(change: ChangeRequest, /, **more: Any) -> HistoryRow:
    """Return the row of a change."""
    target = change.plan.target
    fields: dict[str, Any] = {
        "kind": "change",
        "id": change.id,
        "action": change.plan.action,
        "key": target.key,
        "where": target.where,
        "production": target.production,
        "outcome": change.status.value,
        "took_effect": change.status is Status.APPLIED,
        "requester": change.requester,
        "signers": tuple(vote.by for vote in change.approvals),
        "asked_at": change.created_at,
        "changed_at": change.ended_at or change.created_at,
        "reason": change.reason,
        "note": change.note,
        "intact": True,
        "change": change,
    }
    return HistoryRow(**{**fields, **more})


def own(kind: str, outcome: str, key: str, **more: Any) -> HistoryRow:
    """Return the row of something done to one of the bot's own records."""
    return row(a_change(), kind=kind, outcome=outcome, key=key, id=key, signers=(), change=None, **more)


def looked() -> History:
    """Return a history with a row of every sort."""
    rows = (
        row(boxed()),
        own("freeze", "frozen", "prod"),
        own("lock", "unlocked", "flag new-search in prod", reason=""),
        own("binding", "bound", "C0DEPLOYS"),
        own("after_review", "closed", "cs-k3f9qa"),
        row(a_change(Status.UNKNOWN)),
        row(a_change(Status.REJECTED), change=None),
        row(a_change(Status.APPLIED), intact=False),
    )
    return History(rows, complete=False)


BY_ITSELF = "A rollout also moves by itself, from step to step; the time stamp does not tell which it was."
MODIFIED = (
    Modified(noun="flag", key="dark-mode", ids=("f1",), at=START, url="https://app.datadoghq.com/feature-flags/f1"),
    Modified(noun="rollout", key="checkout-v2", ids=("r1",), where="Production", at=START, steps=True),
)
SOUGHT = Sought(target="new-search", person=REQUESTER.id, where=PRODUCTION, since=START)


def full_page() -> Seen:
    """Return a page with something in each part."""
    confirming = opened(a_plan("rollout.pause"), id_="cs-cccccc")
    return Seen(
        at=START,
        to_sign=(opened(),),
        mine=(opened(id_="cs-aaaaaa"), confirming, a_change(Status.APPROVED, id_="cs-dddddd")),
        unknown=(a_change(Status.UNKNOWN, id_="cs-ffffff"),),
        boxes=(boxed(),),
        held=(frozen(), locked()),
        reviews=(glass(), glass().model_copy(update={"id": "cs-eeeeee"})),
        closable=frozenset({"cs-k3f9qa"}),
        recent=looked().rows,
        links={"cs-k3f9qa": LINK, "cs-aaaaaa": LINK, "cs-ffffff": LINK},
    )


TRIES = ((Try.POLICY, "/ops policy"),)

SCENES: dict[str, Scene] = {
    "home-empty": lambda: home_view(Seen(at=START, tries=TRIES)),
    "home-full": lambda: home_view(full_page()),
    "home-guest": lambda: sentence_home(NotPermitted("Guests cannot act.", "Ask a full member.")),
    "form-close": lambda: close_view(glass()),
    "history": lambda: history_message(SOUGHT, looked(), {"cs-k3f9qa": LINK}),
    "history-empty": lambda: history_message(Sought(), History((), complete=True), {}),
    "changes": lambda: changes_message(Sought(since=START), looked(), MODIFIED, {}, Unread(flags=3)),
    "changes-unread": lambda: changes_message(
        Sought(since=START), looked(), (), {}, Unread("Datadog did not answer. Try again.")
    ),
    "changes-empty": lambda: changes_message(Sought(since=START), History((), complete=True), (), {}),
    "undo": lambda: undo_question(boxed(), LINK),
}
