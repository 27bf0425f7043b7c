"""
Action + Snapshot -> Plan: what would be done, from what to what.

The fingerprint covers the facts the action watches, and always the environment's identity and production mark.
A rollout's state has no field in Datadog: what is said of it is inferred from what can be seen, and says so.
"""

from pydantic import JsonValue

from bot.actions import Action, Repeat
from bot.model import Facts, FieldChange, Noun, Plan, Snapshot, digest


def plan(action: Action, snapshot: Snapshot) -> Plan:
    """Return the plan of `action` on what the snapshot shows."""
    facts = snapshot.facts
    return Plan(
        action=action.name,
        target=snapshot.target,
        risk=action.risk,
        changes=(FieldChange(label=_label(snapshot), before=state_words(snapshot), after=action.words.after),),
        consequence=action.words.consequence,
        warnings=tuple(_warnings(action, facts)),
        observed=tuple(_observed(snapshot)),
        fingerprint=fingerprint(action, snapshot),
        seen={name: facts.get(name) for name in sorted({*action.watches, *action.effect, "updated_at"} & set(facts))},
        already=_already(action, snapshot),
        taken_at=snapshot.taken_at,
    )


def fingerprint(action: Action, snapshot: Snapshot) -> str:
    """Return the digest of everything that must not move between plan and call."""
    environment = snapshot.target.environment
    watched: dict[str, JsonValue] = {name: snapshot.facts.get(name) for name in action.watches}
    watched["environment"] = environment.id if environment else None
    watched["is_production"] = environment.is_production if environment else None
    return digest({"action": action.name, "watched": watched})


def moved(action: Action, planned: Plan, now: Snapshot) -> str:
    """Name what the action watches that is not as it was planned; empty when nothing moved."""
    if fingerprint(action, now) == planned.fingerprint:
        return ""
    before = planned.seen
    names = [_FACT_WORDS.get(n, n) for n in action.watches if before.get(n) != now.facts.get(n)]
    return ", ".join(names) or "the environment's production mark"


def reached(action: Action, facts: Facts, seen: Facts) -> bool | None:
    """
    Tell whether what the action brings about can be read in `facts`; None where no fact tells.

    An effect of `*` is any value that was not `seen` before.
    """
    if not action.effect:
        return None
    return all(_shows(facts.get(name), wanted, seen.get(name)) for name, wanted in action.effect.items())


def _shows(value: JsonValue, wanted: str, before: JsonValue) -> bool:
    if wanted == "*":
        return value is not None and value != before
    return value == wanted


def state_words(snapshot: Snapshot) -> str:
    """Say in words how the target stands; an inferred state says that it is."""
    facts = snapshot.facts
    if snapshot.target.noun is Noun.FLAG:
        return {"ENABLED": "enabled", "DISABLED": "disabled"}.get(str(facts.get("status")), "state not known")
    if facts.get("guardrail"):
        return "stopped by a guardrail (inferred)"
    if facts.get("started_at") is None:
        return "not started (inferred)"
    return "started (inferred: Datadog does not tell running from paused)"


_FACT_WORDS = {
    "status": "the flag's status",
    "flag_status": "the flag's status",
    "archived": "whether the flag is archived",
    "rules": "the targeting rules",
    "guardrail": "the guardrail's trigger",
    "started_at": "when the rollout started",
    "schedule_id": "the rollout's schedule",
    "flag_id": "the flag",
}


def _label(snapshot: Snapshot) -> str:
    target = snapshot.target
    return f"{target.noun.capitalize()} in {target.where}"


def _already(action: Action, snapshot: Snapshot) -> str:
    if action.repeat is Repeat.SETS_STATE and reached(action, snapshot.facts, {}):
        return f"{snapshot.target.key} is already {action.words.after} in {snapshot.target.where}."
    return ""


def _warnings(action: Action, facts: Facts) -> list[str]:
    found = []
    guardrail = facts.get("guardrail")
    if action.name in ("rollout.resume", "rollout.start") and isinstance(guardrail, dict):
        found.append(f"A guardrail stopped this rollout: {_metrics(guardrail)}. Look at it before going on.")
    if action.noun is Noun.ROLLOUT and action.verb in ("start", "resume") and facts.get("flag_status") == "DISABLED":
        found.append("The flag is disabled here, so the rollout has no effect for users until it is enabled.")
    if facts.get("approval_required"):
        found.append("Datadog asks for its own approval here: the change will wait there after it was sent.")
    if facts.get("pending_suggestion"):
        found.append("Another change of this flag already waits for approval in Datadog.")
    return found


def _metrics(guardrail: dict[str, JsonValue]) -> str:
    metrics = guardrail.get("metrics")
    named = [str(metric) for metric in metrics] if isinstance(metrics, list) else []
    return ", ".join(named) or "metric not named"


def _observed(snapshot: Snapshot) -> list[FieldChange]:
    facts, seen = snapshot.facts, []
    steps = facts.get("steps")
    if isinstance(steps, list) and steps:
        ratios = " → ".join(f"{float(ratio):.0%}" for ratio in steps if isinstance(ratio, int | float))
        seen.append(FieldChange(label="Steps", before=ratios, after=""))
    if facts.get("flag_status"):
        seen.append(FieldChange(label="Flag", before=str(facts["flag_status"]).lower(), after=""))
    return seen
