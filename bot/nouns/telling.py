"""What there is to say of targets, of all and of one kind, beyond the words of the action itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from bot.actions import Action
from bot.model import Facts, FieldChange, Risk, Snapshot, Target

NAMES_SHOWN = 10


def _nothing(_action: Action, _snapshot: Snapshot) -> tuple[()]:
    return ()


def _no_words(_action: Action, _snapshot: Snapshot) -> str:
    return ""


def _own_risk(action: Action, _snapshot: Snapshot) -> Risk:
    return action.risk


@dataclass(frozen=True, slots=True)
class Telling:
    """
    How the facts of one noun are told.

    `state` says how it stands, `facts` what each fact is called when it has moved. `further` are differences beyond
    that of the state, `observed` what is shown beside them, `warnings` what a signer must know. `obstacle` is the
    sentence for a state in which the action can bring about nothing, `consequence` what comes of it where the
    action's own words do not say enough, `risk` its class, which can only be graver than the action's own.
    """

    state: Callable[[Snapshot], str]
    facts: Mapping[str, str]
    observed: Callable[[Facts], tuple[FieldChange, ...]] = lambda _facts: ()
    further: Callable[[Action, Snapshot], tuple[FieldChange, ...]] = _nothing
    warnings: Callable[[Action, Snapshot], tuple[str, ...]] = _nothing
    obstacle: Callable[[Action, Snapshot], str] = _no_words
    consequence: Callable[[Action, Snapshot], str] = _no_words
    risk: Callable[[Action, Snapshot], Risk] = _own_risk


def already(action: Action, target: Target) -> str:
    """Say that a target is in the state that an action brings about."""
    return f"{target.key} is already {action.words.after} in {target.where}."


def as_asked_for(target: Target) -> str:
    """Say that a target is as a form would make it."""
    return f"{target.key} is already as asked for in {target.where}."


def mark(target: Target) -> str:
    """Name what has moved where nothing of the target itself has: it counts as production, or no longer."""
    return "whether it counts as production" if target.environment is None else "the environment's production mark"


def names(value: JsonValue, most: int = NAMES_SHOWN) -> str:
    """Return a fact that is a list of names as text, the rest of a long one as a number."""
    listed = [str(each) for each in value] if isinstance(value, list) else []
    left = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + left


def waiting_in_datadog(facts: Facts) -> tuple[str, ...]:
    """Return what is to be said of Datadog's own approval of flag changes."""
    found = []
    if facts.get("approval_required"):
        found.append("Datadog asks for its own approval here: the change will wait there after it was sent.")
    if facts.get("pending_suggestion"):
        found.append("Another change of this flag already waits for approval in Datadog.")
    return tuple(found)
