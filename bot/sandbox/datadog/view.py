"""The true state of everything, for a page to show beside the talk."""

from typing import Any

from bot.sandbox.datadog.organisation import Organisation
from bot.sandbox.datadog.records import Flag, Rollout, Rule, Setting
from bot.sandbox.datadog.rollouts import position

_CALLS_SHOWN = 200


def state(organisation: Organisation) -> dict[str, Any]:
    """Return the state as JSON data, running rollouts carried to now."""
    organisation.settle()
    world = organisation.world
    names = {environment.id: environment.name for environment in world.environments}
    return {
        "now": organisation.now().isoformat(),
        "environments": [
            each.model_dump(include={"id", "name", "is_production", "queries"}) for each in world.environments
        ],
        "flags": [_flag(flag, names) for flag in world.flags],
        "tests": [test.model_dump(mode="json") for test in world.tests],
        "deployments": [each.model_dump(mode="json") for each in world.deployments],
        "suggestions": [each.model_dump(mode="json") for each in world.suggestions],
        "calls": [call.model_dump(mode="json") for call in list(organisation.calls)[-_CALLS_SHOWN:]],
        "events": [event.model_dump(mode="json") for event in world.events],
        "faults": [fault.model_dump(mode="json") for fault in organisation.faults.listed()],
    }


def _flag(flag: Flag, names: dict[str, str]) -> dict[str, Any]:
    return {
        "id": flag.id,
        "key": flag.key,
        "name": flag.name,
        "archived": flag.archived_at is not None,
        "default_served": flag.coded_default,
        "environments": {names[each.environment_id]: _setting(each) for each in flag.settings},
    }


def _setting(setting: Setting) -> dict[str, Any]:
    shown = [
        _rollout(rule, rule.rollout)
        for rule in setting.rules
        if rule.rollout is not None and rule.rollout.strategy != "NO_ROLLOUT"
    ]
    return {
        "status": setting.status,
        "pending_suggestion": setting.pending_suggestion_id,
        "rules": [rule.key for rule in setting.rules],
        "rollout": shown[0] if shown else None,
        "rollouts": shown,
    }


def _rollout(rule: Rule, rollout: Rollout) -> dict[str, Any]:
    at = position(rollout)
    guardrail = None
    if rollout.triggered_action is not None:
        guardrail = {
            "action": rollout.triggered_action,
            "metrics": [trigger.metric_id for trigger in rollout.triggers],
        }
    return {
        "id": rollout.id,
        "name": rule.key,
        "state": rollout.state.value,
        "ratio": at.ratio,
        "step": at.step,
        "steps": at.steps,
        "guardrail": guardrail,
    }
