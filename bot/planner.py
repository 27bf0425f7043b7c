"""
Action + Snapshot -> Plan: what would be done, from what to what.

The fingerprint covers the facts the action watches, and always the environment's identity and production mark.
What is said of each kind of target is in `bot.nouns`; what holds for all of them is here.
"""

from collections.abc import Mapping

from pydantic import JsonValue

from bot.actions import Action, Repeat
from bot.model import Facts, FieldChange, Noun, Plan, Risk, Snapshot, digest
from bot.nouns.table import TELLINGS
from bot.nouns.telling import Telling

_GRAVITY = (Risk.READ, Risk.CONTROL, Risk.CONTAIN, Risk.DISRUPTIVE, Risk.EXPANDING, Risk.IRREVERSIBLE)


def plan(action: Action, snapshot: Snapshot, tellings: Mapping[Noun, Telling] = TELLINGS) -> Plan:
    """Return the plan of `action` on what the snapshot shows."""
    facts, telling = snapshot.facts, tellings[snapshot.target.noun]
    state = FieldChange(label=_label(snapshot), before=telling.state(snapshot), after=action.words.after)
    return Plan(
        action=action.name,
        target=snapshot.target,
        risk=max(action.risk, telling.risk(action, snapshot), key=_GRAVITY.index),
        changes=(state, *telling.further(action, snapshot)),
        consequence=telling.consequence(action, snapshot) or action.words.consequence,
        warnings=telling.warnings(action, snapshot),
        observed=telling.observed(facts),
        fingerprint=fingerprint(action, snapshot),
        seen={name: facts.get(name) for name in sorted({*action.watches, *action.effect, "updated_at"} & set(facts))},
        already=_already(action, snapshot) or telling.obstacle(action, snapshot),
        taken_at=snapshot.taken_at,
    )


def fingerprint(action: Action, snapshot: Snapshot) -> str:
    """Return the digest of everything that must not move between plan and call."""
    target = snapshot.target
    watched: dict[str, JsonValue] = {name: snapshot.facts.get(name) for name in action.watches}
    watched["environment"] = target.environment.id if target.environment else None
    watched["is_production"] = target.production
    return digest({"action": action.name, "watched": watched})


def moved(action: Action, planned: Plan, now: Snapshot) -> str:
    """Name what the action watches that is not as it was planned; empty when nothing moved."""
    if fingerprint(action, now) == planned.fingerprint:
        return ""
    before, called = planned.seen, TELLINGS[now.target.noun].facts
    names = [called.get(name, name) for name in action.watches if before.get(name) != now.facts.get(name)]
    mark = "whether it counts as production" if planned.target.environment is None else _MARK
    return ", ".join(names) or mark


_MARK = "the environment's production mark"


def reached(action: Action, facts: Facts, seen: Facts) -> bool | None:
    """
    Tell whether what the action brings about can be read in `facts`; None where no fact tells.

    An effect of `*` is any value that was not `seen` before.
    """
    if not action.effect:
        return None
    return all(_shows(facts.get(name), wanted, seen.get(name)) for name, wanted in action.effect.items())


def _shows(value: JsonValue, wanted: JsonValue, before: JsonValue) -> bool:
    if wanted == "*":
        return value is not None and value != before
    return value == wanted


def state_words(snapshot: Snapshot) -> str:
    """Say in words how the target stands; an inferred state says that it is."""
    return TELLINGS[snapshot.target.noun].state(snapshot)


def _label(snapshot: Snapshot) -> str:
    target = snapshot.target
    return f"{target.noun.capitalize()} in {target.where}"


def _already(action: Action, snapshot: Snapshot) -> str:
    if action.repeat is Repeat.SETS_STATE and reached(action, snapshot.facts, {}):
        return f"{snapshot.target.key} is already {action.words.after} in {snapshot.target.where}."
    return ""
