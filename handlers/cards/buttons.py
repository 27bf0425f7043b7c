"""Which buttons a card carries in which state; none that decides stays behind after the end."""

from bot.actions import BY_NAME
from bot.changes.record import ChangeRequest, Status
from bot.model import Plan, Proof
from handlers import ids
from handlers.blocks import Block, button, dialog, link_button, plain
from handlers.cards.modals.difference_view import is_long, whole_button
from handlers.cards.phrases import subject
from handlers.cards.standing import awaited, safe_to_repeat
from handlers.panel import names

_WATCHED = frozenset({"rollout.start", "rollout.resume", "rollout.pause"})


def press_value(change: ChangeRequest) -> str:
    """Return what a button or form about this change carries: its id, and which plan was on the card."""
    return f"{change.id}.{change.plan.digest[:12]}"


def card_buttons(change: ChangeRequest) -> list[Block]:
    """Return the buttons of the card as it now stands; what the card cuts short can be seen whole in any state."""
    whole = [whole_button(change.plan, press_value(change))] if is_long(change.plan) else []
    return [*_by_status(change), *whole]


def _by_status(change: ChangeRequest) -> list[Block]:
    if change.status is Status.PENDING:
        return _pending(change)
    if change.status is Status.APPROVED:
        return [_press(change, "Cancel request", ids.CANCEL)]
    if change.status is Status.SUBMITTED:
        return _open(change.plan)
    if change.status is Status.UNKNOWN:
        return _unknown(change)
    return _afterwards(change)


def _press(change: ChangeRequest, label: str, action: str, *, primary: bool = False, ask: Block | None = None) -> Block:
    about = subject(change.plan)
    return button(label, action, press_value(change), about=about, primary=primary, confirm=ask)


def _open(plan: Plan) -> list[Block]:
    return open_in_datadog(plan.target.url, subject(plan))


def open_in_datadog(url: str, about: str) -> list[Block]:
    """Return the button to the target in Datadog, where it has an address."""
    link = link_button("Open in Datadog", ids.OPEN, url, about)
    return [link] if link else []


def _pending(change: ChangeRequest) -> list[Block]:
    match awaited(change):
        case "name":
            first = _press(change, "Type the name…", ids.TYPE_NAME, primary=True)
            return [first, *_open(change.plan), _press(change, "Cancel request", ids.CANCEL)]
        case "confirmation":
            return [
                _press(change, "Confirm", ids.CONFIRM, primary=True),
                *_open(change.plan),
                _press(change, "Cancel request", ids.CANCEL),
            ]
        case _:
            return [
                _press(change, "Approve", ids.APPROVE, primary=True, ask=_sure(change)),
                _press(change, "Reject…", ids.REJECT),
                *_open(change.plan),
                _press(change, "Cancel request", ids.CANCEL),
            ]


def _sure(change: ChangeRequest) -> Block:
    last = len(change.approvals) + 1 >= change.decision.approvals
    then = "It runs as soon as you approve." if last else "Another signature is needed after yours."
    changes = change.plan.changes[:1]
    what = "".join(f" Now: {plain(c.before, 60)}. After: {plain(c.after, 60)}." for c in changes)
    return dialog("Approve this change?", f"{subject(change.plan)}.{what} {then}", "Approve")


def _unknown(change: ChangeRequest) -> list[Block]:
    it = subject(change.plan)
    yes = dialog("Did it happen?", f"{it}. You looked in Datadog, and it is in effect. This closes it.", "It happened")
    no = dialog(
        "Did it not happen?",
        f"{it}. You looked in Datadog, and it is not in effect. This closes it and asks once more; you then count as "
        "having asked, and may not sign.",
        "Ask again",
    )
    return [
        *_open(change.plan),
        _press(change, "It happened", ids.HAPPENED, ask=yes),
        _press(change, "It did not happen…", ids.AGAIN, ask=no),
    ]


def _afterwards(change: ChangeRequest) -> list[Block]:
    if change.status is Status.APPLIED:
        undo = [_press(change, "Undo", ids.UNDO)] if _reversible(change) else []
        watch = [_press(change, "Watch", names.WATCH)] if change.plan.action in _WATCHED else []
        return [*undo, *watch]
    if change.status in (Status.FAILED, Status.STALE) and safe_to_repeat(change):
        return [_press(change, "Ask again", ids.AGAIN)]
    if change.status in (Status.CANCELLED, Status.EXPIRED):
        return [_press(change, "Ask again", ids.AGAIN)]
    return []


def _reversible(change: ChangeRequest) -> bool:
    action = BY_NAME.get(change.plan.action)
    already = change.receipt is not None and change.receipt.proof is Proof.ALREADY
    return action is not None and bool(action.inverse) and not already
