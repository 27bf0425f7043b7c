"""
Records as the API shows them, which is not as its reference says.

Each departure is one that Datadog's recordings or its running service have: rules lie flat in an array inside
one flag and are missing from the list of flags, an environment mostly has no key, the order of its queries
changes between calls, whole ratios are integers, and no answer tells the state of a rollout.
"""

from datetime import datetime
from itertools import count
from typing import Any

from bot.sandbox.datadog.records import Environment, Flag, Rollout, Rule, Setting, Suggestion, Trigger, Variant

_PERSON = "3ad549bf-eba0-11e9-a77a-0705486660d0"
_turn = count()


def flag_data(flag: Flag, environments: list[Environment], *, listed: bool = False) -> dict[str, Any]:
    """
    Return a flag.

    As it is `listed`, it lacks the rules and what is known of its use.
    """
    by_id = {environment.id: environment for environment in environments}
    attributes: dict[str, Any] = {
        "archived_at": stamp(flag.archived_at),
        "created_at": stamp(flag.created_at),
        "created_by": _PERSON,
        "description": flag.description,
        "distribution_channel": "ALL",
        "feature_flag_environments": [
            _setting(flag, setting, by_id[setting.environment_id], listed) for setting in flag.settings
        ],
        "key": flag.key,
        "last_updated_by": _PERSON,
        "name": flag.name,
        "require_approval": flag.require_approval,
        "tags": flag.tags,
        "updated_at": stamp(flag.updated_at),
        "value_type": flag.value_type,
        "variants": [_variant(variant) for variant in flag.variants],
        "json_schema": flag.json_schema,
        "is_favorite": False,
        "observe_full_evaluation_data": False,
    }
    if not listed:
        attributes |= {"staleness_status": "ACTIVE", "staleness_details": None}
    return {"id": flag.id, "type": "feature-flags", "attributes": attributes}


def environment_data(environment: Environment) -> dict[str, Any]:
    """Return an environment; most have neither a key nor a description."""
    attributes: dict[str, Any] = {
        "is_production": environment.is_production,
        "name": environment.name,
        "queries": _turned(environment.queries),
        "require_feature_flag_approval": environment.require_approval,
        "description": environment.description,
        "created_at": stamp(environment.created_at),
        "updated_at": stamp(environment.updated_at),
    }
    if environment.key is not None:
        attributes["key"] = environment.key
    return {"id": environment.id, "type": "environments", "attributes": attributes}


def allocation_data(flag: Flag, setting: Setting, rule: Rule) -> dict[str, Any]:
    """
    Return a rule as the answers to adding and replacing rules show it.

    Wrapped, the id one level up.
    """
    attributes = _rule(flag, setting, rule)
    attributes |= {"created_at": stamp(rule.created_at, nano=True), "updated_at": stamp(rule.updated_at, nano=True)}
    rule_id = attributes.pop("id")
    attributes.pop("status")
    return {"id": rule_id, "type": "allocations", "attributes": attributes}


def schedule_data(rule: Rule, rollout: Rollout) -> dict[str, Any]:
    """Return an exposure schedule as the answers to its verbs show it."""
    return {
        "id": rollout.id,
        "type": "allocation_exposure_schedules",
        "attributes": _schedule(rule, rollout),
    }


def suggestion_data(suggestion: Suggestion) -> dict[str, Any]:
    """Return a suggestion: the answer to a change that waits for approval."""
    return {
        "id": suggestion.id,
        "type": "flag-suggestions",
        "attributes": {
            "flag_id": suggestion.flag_id,
            "environment_id": suggestion.environment_id,
            "created_at": stamp(suggestion.at),
        },
    }


def stamp(moment: datetime | None, *, nano: bool = False) -> str | None:
    """
    Return a time as the API writes it.

    Trailing zeros cut off, or nine digits for rules.
    """
    if moment is None:
        return None
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    if nano:
        return f"{text}.{moment.microsecond:06d}881Z"
    fraction = f"{moment.microsecond:06d}".rstrip("0")
    return f"{text}.{fraction}Z" if fraction else f"{text}Z"


def _setting(flag: Flag, setting: Setting, environment: Environment, listed: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "environment_id": environment.id,
        "environment_name": environment.name,
        "environment_queries": _turned(environment.queries),
        "status": setting.status,
        "default_variant_id": setting.default_variant_id,
        "override_variant_id": None,
        "default_allocation_key": f"allocation-default-{setting.suffix}",
        "override_allocation_key": f"allocation-override-{setting.suffix}",
        "is_production": environment.is_production,
        "require_feature_flag_approval": environment.require_approval,
        "pending_suggestion_id": setting.pending_suggestion_id,
    }
    if not listed:
        hollow: dict[str, Any] = {"null": None, "list": [], "object": {}}
        rules = [_rule(flag, setting, rule) for rule in setting.rules]
        shown["allocations"] = rules or hollow[setting.hollow]
    return shown


def _rule(flag: Flag, setting: Setting, rule: Rule) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": rule.id,
        "key": rule.key,
        "name": rule.name,
        "type": rule.type,
        "status": "ACTIVE",
        "order_position": next((at for at, each in enumerate(setting.rules) if each.id == rule.id), 0),
        "environment_ids": [setting.environment_id],
        "targeting_rules": [_targeting(rule, index) for index in range(len(rule.targeting))],
        "variant_weights": [_weight(flag, rule, index) for index in range(len(rule.weights))],
        "guardrail_metrics": [_guardrail(rule, guardrail) for guardrail in rule.guardrails],
        "experiment_id": rule.experiment_id,
    }
    if rule.rollout is not None:
        shown["exposure_schedule"] = _schedule(rule, rule.rollout)
    return shown


def _schedule(rule: Rule, rollout: Rollout) -> dict[str, Any]:
    return {
        "id": rollout.id,
        "allocation_id": rule.id,
        "control_variant_id": rollout.control_variant_id,
        "absolute_start_time": stamp(rollout.started_at),
        "scheduled_start_time": None,
        "rollout_options": {
            "strategy": rollout.strategy,
            "autostart": rollout.autostart,
            "selection_interval_ms": rollout.selection_interval_ms,
        },
        "rollout_steps": [_step(rollout, position) for position in range(len(rollout.steps))],
        "guardrail_triggers": [_trigger(rollout, trigger) for trigger in rollout.triggers],
        "guardrail_triggered_action": rollout.triggered_action,
        "created_at": stamp(rollout.created_at),
        "updated_at": stamp(rollout.updated_at),
    }


def _step(rollout: Rollout, position: int) -> dict[str, Any]:
    step = rollout.steps[position]
    return {
        "id": step.id,
        "allocation_exposure_schedule_id": rollout.id,
        "order_position": position,
        "exposure_ratio": _whole(step.ratio),
        "interval_ms": step.interval_ms,
        "is_pause_record": step.is_pause_record,
        "grouped_step_index": step.group,
        "created_at": stamp(rollout.created_at),
        "updated_at": stamp(rollout.created_at),
    }


def _trigger(rollout: Rollout, trigger: Trigger) -> dict[str, Any]:
    return {
        "id": trigger.id,
        "allocation_exposure_schedule_id": rollout.id,
        "flagging_variant_id": trigger.variant_id,
        "metric_id": trigger.metric_id,
        "triggered_action": trigger.action,
        "created_at": stamp(trigger.at),
        "updated_at": stamp(trigger.at),
    }


def _whole(number: float) -> float:
    return int(number) if number == int(number) else number


def _targeting(rule: Rule, index: int) -> dict[str, Any]:
    times = {"created_at": stamp(rule.created_at), "updated_at": stamp(rule.created_at)}
    conditions = [
        {"id": f"{rule.id[:-2]}{at:02d}", **condition, **times} for at, condition in enumerate(rule.targeting[index])
    ]
    return {"id": f"{rule.id[:-4]}{index:04d}", "conditions": conditions, **times}


def _weight(flag: Flag, rule: Rule, index: int) -> dict[str, Any]:
    weight = rule.weights[index]
    times = {"created_at": stamp(rule.created_at), "updated_at": stamp(rule.created_at)}
    shown: dict[str, Any] = {"id": weight.id, "value": _whole(weight.value), "variant_id": weight.variant_id, **times}
    for variant in flag.variants:
        if variant.id == weight.variant_id:
            shown["variant"] = _variant(variant)
    return shown


def _guardrail(rule: Rule, guardrail: dict[str, Any]) -> dict[str, Any]:
    triggers = rule.rollout.triggers if rule.rollout is not None else []
    by = next((each.variant_id for each in triggers if each.metric_id == guardrail.get("metric_id")), None)
    return {**guardrail, "triggered_by": by}


def _variant(variant: Variant) -> dict[str, Any]:
    return {
        "id": variant.id,
        "key": variant.key,
        "name": variant.name,
        "value": variant.value,
        "created_at": stamp(variant.created_at),
        "updated_at": stamp(variant.updated_at),
    }


def _turned(queries: list[str]) -> list[str]:
    if not queries:
        return []
    by = next(_turn) % len(queries)
    return queries[by:] + queries[:by]
