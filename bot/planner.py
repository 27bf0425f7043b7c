"""
Action + Snapshot -> Plan: what would be done, from what to what.

The fingerprint covers the facts the action watches, and always the environment's identity and production mark.
What is said of each kind of target is in `bot.nouns`; what holds for all of them is here.
"""

from collections.abc import Mapping

from pydantic import JsonValue

from bot.actions import BY_NAME, Action, Repeat
from bot.forms.form import Form
from bot.model import Facts, FieldChange, Noun, Plan, Risk, Snapshot, digest
from bot.nouns.table import TELLINGS
from bot.nouns.telling import Telling, already, as_asked_for, mark

_GRAVITY = (Risk.READ, Risk.CONTROL, Risk.CONTAIN, Risk.DISRUPTIVE, Risk.EXPANDING, Risk.IRREVERSIBLE)


def plan(
    action: Action,
    snapshot: Snapshot,
    tellings: Mapping[Noun, Telling] = TELLINGS,
    parameters: Facts | None = None,
) -> Plan:
    """
    Return the plan of `action` on what the snapshot shows.

    `parameters` are a valid form's, where the action has one; without them the plan tells of the action alone, and
    nothing can be sent for it.
    """
    if action.form is not None and parameters:
        return _formed(action, snapshot, tellings[snapshot.target.noun], action.form.read(parameters))
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


def _formed(action: Action, snapshot: Snapshot, telling: Telling, form: Form) -> Plan:
    """Return the plan of an action that was told by a form what to bring about."""
    told, facts = form.difference(snapshot), snapshot.facts
    watched = {*action.watches, *action.effect, *told.effect, *told.keeps, "updated_at"}
    return Plan(
        action=action.name,
        target=snapshot.target,
        risk=max(action.risk, told.risk or action.risk, key=_GRAVITY.index),
        changes=told.changes,
        consequence=told.consequence or action.words.consequence,
        warnings=(*told.warnings, *telling.warnings(action, snapshot)),
        observed=telling.observed(facts),
        fingerprint=fingerprint(action, snapshot),
        seen={name: facts.get(name) for name in sorted(watched & set(facts))},
        already=told.obstacle or _as_asked_for(action, snapshot, told.effect),
        taken_at=snapshot.taken_at,
        parameters=form.canonical(),
        effect=told.effect,
    )


def _as_asked_for(action: Action, snapshot: Snapshot, effect: Facts) -> str:
    if reached(action, snapshot.facts, {}, effect):
        return as_asked_for(snapshot.target)
    return ""


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
    return ", ".join(names) or mark(planned.target)


def reached(action: Action, facts: Facts, seen: Facts, further: Facts | None = None) -> bool | None:
    """
    Tell whether what the action brings about can be read in `facts`; None where no fact tells.

    An effect of `*` is any value that was not `seen` before; `further` are the effects of a form.
    """
    effect = {**action.effect, **(further or {})}
    if not effect:
        return None
    return all(_shows(facts.get(name), wanted, seen.get(name)) for name, wanted in effect.items())


def shown(planned: Plan, facts: Facts) -> bool | None:
    """Tell whether what a plan brings about can be read in `facts`; None where no fact tells."""
    return reached(BY_NAME[planned.action], facts, planned.seen, planned.effect)


def shown_before(planned: Plan, facts: Facts) -> bool:
    """Tell whether it is already so before the call; only of a state that is set can that be said."""
    action = BY_NAME[planned.action]
    return action.repeat is Repeat.SETS_STATE and bool(reached(action, facts, {}, planned.effect))


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
        return already(action, snapshot.target)
    return ""
