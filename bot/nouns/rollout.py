"""
What is told of a rollout.

Its state has no field in Datadog: what is said of it is inferred from what can be seen, and says so.
"""

from pydantic import JsonValue

from bot.actions import Action
from bot.model import Facts, FieldChange, Snapshot
from bot.nouns.telling import Telling, waiting_in_datadog

_GOING_ON = ("start", "resume")


def _state(snapshot: Snapshot) -> str:
    facts = snapshot.facts
    if guardrail := facts.get("guardrail"):
        return f"{_did(guardrail)} by a guardrail (inferred)"
    if facts.get("started_at") is None:
        return "not started (inferred)"
    return "started (inferred: Datadog does not tell running from paused)"


def _observed(facts: Facts) -> tuple[FieldChange, ...]:
    seen, steps = [], facts.get("steps")
    if isinstance(steps, list) and steps:
        ratios = " → ".join(f"{float(ratio):.0%}" for ratio in steps if isinstance(ratio, int | float))
        seen.append(FieldChange(label="Steps", before=ratios, after=""))
    if facts.get("flag_status"):
        seen.append(FieldChange(label="Flag", before=str(facts["flag_status"]).lower(), after=""))
    return tuple(seen)


def _warnings(action: Action, snapshot: Snapshot) -> tuple[str, ...]:
    facts, found = snapshot.facts, []
    guardrail = facts.get("guardrail")
    if action.verb in _GOING_ON and isinstance(guardrail, dict):
        found.append(f"A guardrail {_did(guardrail)} this rollout: {_metrics(guardrail)}. Look at it before going on.")
    if action.verb in _GOING_ON and facts.get("flag_status") == "DISABLED":
        found.append("The flag is disabled here, so the rollout has no effect for users until it is enabled.")
    return (*found, *waiting_in_datadog(facts))


def _did(guardrail: JsonValue) -> str:
    """Say what the guardrail did: it pauses, or takes all progress back."""
    action = guardrail.get("action") if isinstance(guardrail, dict) else None
    return "paused" if str(action).upper() == "PAUSE" else "stopped"


def _metrics(guardrail: dict[str, JsonValue]) -> str:
    metrics = guardrail.get("metrics")
    named = [str(metric) for metric in metrics] if isinstance(metrics, list) else []
    return ", ".join(named) or "metric not named"


ROLLOUT = Telling(
    state=_state,
    facts={
        "flag_id": "the flag",
        "flag_status": "the flag's status",
        "guardrail": "the guardrail's trigger",
        "started_at": "when the rollout started",
        "schedule_id": "the rollout's schedule",
    },
    observed=_observed,
    warnings=_warnings,
)
