"""From Datadog's answers to targets and to the catalogue's facts."""

from typing import Any

from pydantic import JsonValue

from bot.adapters.datadog.models import EnvironmentData, FlagData, RuleData, ScheduleData, SettingData
from bot.errors import Malformed, NotFound
from bot.forms.flag import values_of
from bot.model import Environment, Facts, Noun, Target, digest

_STATUSES = ("ENABLED", "DISABLED")


def environment_of(data: EnvironmentData) -> Environment:
    """
    Return an environment.

    Its queries are sorted, because their order changes between calls.
    """
    found = data.attributes
    return Environment(
        id=data.id, name=found.name, queries=tuple(sorted(set(found.queries))), is_production=found.is_production
    )


def flag_target(flag: FlagData, environment: Environment | None, url: str) -> Target:
    """Return a flag as a target."""
    return Target(
        noun=Noun.FLAG,
        id=flag.id,
        key=flag.attributes.key,
        name=flag.attributes.name,
        flag_id=flag.id,
        environment=environment,
        url=url,
    )


def rollout_targets(flag: FlagData, environment: Environment, url: str) -> list[Target]:
    """
    Return the rollouts of a flag in an environment, plain rules left out.

    Raises Malformed.
    """
    return [
        _rollout_target(flag, rule, rule.exposure_schedule, environment, url)
        for setting in flag.attributes.feature_flag_environments
        if setting.environment_id == environment.id
        for rule in setting.rules()
        if rule.exposure_schedule is not None and rule.exposure_schedule.is_rollout
    ]


def setting_in(flag: FlagData, environment_id: str) -> SettingData:
    """Return the flag's setting in an environment; raises NotFound."""
    for setting in flag.attributes.feature_flag_environments:
        if setting.environment_id == environment_id:
            return setting
    raise NotFound(f"{flag.attributes.key} is not in that environment.", "The environment may have been deleted.")


def refreshed(target: Target, flag: FlagData, setting: SettingData) -> Target:
    """Return the target with what may have changed since it was found."""
    if target.environment is None:
        return target.model_copy(update={"name": flag.attributes.name})
    environment = Environment(
        id=setting.environment_id,
        name=setting.environment_name or target.environment.name,
        queries=tuple(sorted(set(setting.environment_queries))) or target.environment.queries,
        is_production=setting.is_production,
    )
    return target.model_copy(update={"name": flag.attributes.name, "environment": environment})


def flag_facts(flag: FlagData, setting: SettingData) -> Facts:
    """Return the facts of a flag in an environment; raises Malformed."""
    return {
        "exists": True,
        "flag_id": flag.id,
        "archived": flag.attributes.archived_at is not None,
        "status": _status(setting),
        "rules": rules_digest(setting.rules()),
        **_approval(flag, setting),
    }


def flag_facts_everywhere(flag: FlagData) -> Facts:
    """Return the facts of a flag in all environments at once."""
    settings = flag.attributes.feature_flag_environments
    enabled: list[JsonValue] = [
        *sorted(s.environment_name or s.environment_id for s in settings if s.status == "ENABLED")
    ]
    return {
        "exists": True,
        "flag_id": flag.id,
        "archived": flag.attributes.archived_at is not None,
        "name": flag.attributes.name,
        "description": flag.attributes.description,
        "value_type": flag.attributes.value_type,
        "json_schema": flag.attributes.json_schema,
        "values": values_of(flag.attributes.variants),
        "enabled_in": enabled,
        "approval_required": flag.attributes.require_approval,
        "pending_suggestion": next((s.pending_suggestion_id for s in settings if s.pending_suggestion_id), None),
    }


def rollout_facts(flag: FlagData, setting: SettingData, schedule_id: str) -> Facts:
    """
    Return the facts of a rollout.

    Raises NotFound when its rule is gone, and Malformed.
    """
    for rule in setting.rules():
        schedule = rule.exposure_schedule
        if schedule is not None and schedule.id == schedule_id:
            steps = sorted(schedule.rollout_steps, key=lambda step: step.order_position)
            return {
                "flag_id": flag.id,
                "schedule_id": schedule.id,
                "rule": rule.key or rule.name,
                "flag_status": _status(setting),
                "started_at": schedule.absolute_start_time,
                "updated_at": schedule.updated_at,
                "steps": [step.exposure_ratio for step in steps],
                "guardrail": _guardrail(schedule),
                **_approval(flag, setting),
            }
    raise NotFound(f"The rollout of {flag.attributes.key} is gone.", "Its targeting rule may have been replaced.")


def rules_digest(rules: list[RuleData]) -> str:
    """Return the digest of what rules do, without their rollouts' progress."""
    return digest([_lasting(rule) for rule in rules])


def _lasting(rule: RuleData) -> JsonValue:
    return {
        "id": rule.id,
        "key": rule.key,
        "type": rule.type,
        "experiment": rule.experiment_id,
        "targeting": [_conditions(each.get("conditions")) for each in rule.targeting_rules],
        "weights": _sorted(rule.variant_weights, "variant_id", "value"),
        "guardrails": _sorted(rule.guardrail_metrics, "metric_id", "trigger_action"),
        "schedule": _lasting_schedule(rule.exposure_schedule),
    }


def _lasting_schedule(schedule: ScheduleData | None) -> JsonValue:
    if schedule is None:
        return None
    steps: list[JsonValue] = [
        [step.exposure_ratio, step.interval_ms, step.is_pause_record]
        for step in sorted(schedule.rollout_steps, key=lambda step: step.order_position)
    ]
    return [schedule.id, schedule.rollout_options.strategy, steps]


def _conditions(listed: Any) -> JsonValue:
    conditions = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return _sorted(conditions, "attribute", "operator", "value")


def _sorted(parts: list[dict[str, Any]], *fields: str) -> JsonValue:
    """Return fields of each part as text, in an order of their own."""
    spelt: list[JsonValue] = ["\t".join(_plain(part.get(field)) for field in fields) for part in parts]
    return sorted(spelt, key=str)


def _plain(value: Any) -> str:
    """
    Return one spelling for values that mean the same.

    100 and 100.0, lists in any order.
    """
    if isinstance(value, list):
        return ",".join(sorted(_plain(each) for each in value))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return ascii(value)  # ascii, because text from outside may hold what no encoding can write


def _rollout_target(
    flag: FlagData, rule: RuleData, schedule: ScheduleData, environment: Environment, url: str
) -> Target:
    return Target(
        noun=Noun.ROLLOUT,
        id=schedule.id,
        key=flag.attributes.key,
        name=flag.attributes.name,
        rule=rule.key or rule.name,
        flag_id=flag.id,
        environment=environment,
        url=url,
    )


def _status(setting: SettingData) -> str:
    if setting.status not in _STATUSES:
        raise Malformed("Datadog does not tell whether the flag is enabled.", "Look at it in Datadog.")
    return setting.status


def _approval(flag: FlagData, setting: SettingData) -> Facts:
    wanted = setting.require_feature_flag_approval or (flag.attributes.require_approval and setting.is_production)
    return {"approval_required": wanted, "pending_suggestion": setting.pending_suggestion_id}


def _guardrail(schedule: ScheduleData) -> JsonValue:
    if schedule.guardrail_triggered_action is None:
        return None
    metrics: list[JsonValue] = list(dict.fromkeys(trigger.metric_id for trigger in schedule.guardrail_triggers))
    return {"action": schedule.guardrail_triggered_action, "metrics": metrics}
