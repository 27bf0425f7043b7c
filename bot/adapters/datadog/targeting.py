"""
Targeting rules: from Datadog's answers to the facts of a rule set, and from a form to what is sent.

A plain rule has a schedule too, of one step for everybody, which is no rollout and left out on both ways. Variants
have ids in Datadog and keys everywhere else.
"""

from typing import Any

from pydantic import JsonValue

from bot.adapters.datadog.models import FlagData, RuleData, ScheduleData, SettingData, StepData
from bot.adapters.datadog.rule_parts import parts_of, variants_of
from bot.errors import Rejected
from bot.forms.ruleset import comparable, fact_of
from bot.model import Facts, Plan

_HOUR = 3_600_000


def rule_set_facts(flag: FlagData, setting: SettingData) -> Facts:
    """Return the facts of a flag's targeting rules in an environment; raises Malformed."""
    keys = {variant.id: variant.key for variant in variants_of(flag)}
    rules = [_rule(rule, keys) for rule in setting.rules()]
    begun: list[JsonValue] = [*sorted(str(rule["schedule_id"]) for rule in rules if rule.get("started_at"))]
    return {
        "variants": [each.model_dump(include={"id", "key", "name", "value"}) for each in variants_of(flag)],
        "ruleset": [*rules],
        "rule_order": [rule["key"] for rule in rules],
        "begun": begun,
        **{fact_of(str(rule["key"])): comparable(rule) for rule in rules},
    }


def _rule(rule: RuleData, keys: dict[str, str]) -> Facts:
    schedule = rule.exposure_schedule
    parts = parts_of(rule)
    return {
        "id": rule.id,
        "key": rule.key or rule.name or rule.id,
        "name": rule.name or rule.key,
        "type": rule.type,
        "targeting_rules": [each.model_dump() for each in parts.targeting_rules],
        "variant_weights": [
            {"variant": keys.get(each.variant_id, each.variant_id), "value": each.value}
            for each in parts.variant_weights
        ],
        "guardrail_metrics": [each.model_dump() for each in parts.guardrail_metrics],
        "experiment_id": rule.experiment_id,
        **(_rollout(schedule, keys) if schedule is not None and schedule.is_rollout else {}),
    }


def _rollout(schedule: ScheduleData, keys: dict[str, str]) -> Facts:
    control = schedule.control_variant_id
    steps = sorted(schedule.rollout_steps, key=lambda step: step.order_position)
    return {
        "schedule_id": schedule.id,
        "started_at": schedule.absolute_start_time,
        "halted": schedule.guardrail_triggered_action,
        "rollout_steps": [_step(step) for step in steps],
        "selection_interval_ms": schedule.rollout_options.selection_interval_ms or _HOUR,
        "autostart": schedule.rollout_options.autostart,
        "control_variant": keys.get(control, control) if control else None,
    }


def _step(step: StepData) -> JsonValue:
    told: Facts = {"exposure_ratio": step.exposure_ratio, "is_pause_record": step.is_pause_record}
    return told if step.interval_ms is None else told | {"interval_ms": step.interval_ms}


def one_rule(plan: Plan) -> object:
    """Return what is sent to add the rule of a plan; raises Rejected where it has none."""
    _require("key", plan)
    return {"data": _allocation(plan.parameters, plan)}


def all_rules(plan: Plan) -> object:
    """Return what is sent to put the rules of a plan in the place of all others; raises Rejected where it has none."""
    _require("rules", plan)
    wanted = plan.parameters.get("rules")
    return {"data": [_allocation(each, plan) for each in _objects(wanted)]}


def _require(field: str, plan: Plan) -> None:
    if field not in plan.parameters:
        raise Rejected("The plan does not say what to send.", "Ask for the change again.")


def _allocation(rule: dict[str, Any], plan: Plan) -> dict[str, Any]:
    """Return a rule as Datadog takes it; one that is there keeps its id, and its rollout where that stays as it is."""
    before = next((each for each in _objects(plan.seen.get("ruleset")) if each.get("key") == rule.get("key")), None)
    attributes: dict[str, Any] = {
        "key": rule["key"],
        "name": rule["name"],
        "type": rule["type"],
        "targeting_rules": rule.get("targeting_rules", []),
        "variant_weights": [
            {"variant_id": _variant_id(each["variant"], plan), "value": each["value"]}
            for each in rule["variant_weights"]
        ],
        "guardrail_metrics": rule.get("guardrail_metrics", []),
    }
    attributes |= {"id": before["id"]} if before and before.get("id") else {}
    attributes |= {"experiment_id": rule["experiment_id"]} if rule.get("experiment_id") else {}
    attributes |= {"exposure_schedule": _schedule(rule, before, plan)} if rule.get("rollout_steps") else {}
    return {"type": "allocations", "attributes": attributes}


def _schedule(rule: dict[str, Any], before: dict[str, Any] | None, plan: Plan) -> dict[str, Any]:
    steps = [
        {
            "exposure_ratio": step["exposure_ratio"],
            "interval_ms": step.get("interval_ms"),
            "is_pause_record": step.get("is_pause_record", False),
            "grouped_step_index": at,
        }
        for at, step in enumerate(rule["rollout_steps"])
    ]
    schedule: dict[str, Any] = {
        "rollout_options": {
            "strategy": "UNIFORM_INTERVALS",
            "autostart": rule.get("autostart", False),
            "selection_interval_ms": rule.get("selection_interval_ms", _HOUR),
        },
        "rollout_steps": steps,
    }
    if rule.get("control_variant"):
        schedule["control_variant_id"] = _variant_id(rule["control_variant"], plan)
    if before and before.get("schedule_id") and comparable(before) == comparable(rule):
        schedule["id"] = before["schedule_id"]
    return schedule


def _variant_id(key: object, plan: Plan) -> object:
    """Return the id of a variant as it was seen when this was planned."""
    for variant in _objects(plan.seen.get("variants")):
        if variant.get("key") == key:
            return variant.get("id")
    raise Rejected(f"The flag has no variant {key}.", "Ask for the change again.")


def _objects(value: JsonValue) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
