"""From Datadog's answers to what people look at."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.adapters.datadog.fleet import hosts_by_status, status_of
from bot.adapters.datadog.models import FlagData
from bot.adapters.datadog.view_models import (
    SeenDeployment,
    SeenEnvironment,
    SeenFlag,
    SeenGuardrail,
    SeenRule,
    SeenSchedule,
    SeenSetting,
    SeenTest,
)
from bot.looking.views import (
    Condition,
    DeploymentView,
    EnvironmentView,
    FlagRow,
    FlagView,
    Guard,
    HostView,
    RolloutView,
    RuleView,
    SettingView,
    Step,
    TestView,
    Trigger,
    Variant,
    Weight,
)
from bot.model import Environment

_ROLLOUT = "UNIFORM_INTERVALS"
_ENABLED = {"ENABLED": True, "DISABLED": False}
_FRACTION = re.compile(r"(\.\d{1,6})\d*")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_SECONDS = 253_402_300_799


def milliseconds(text: str) -> int | None:
    """Return a time as Datadog writes it, with up to nine digits of a second, in epoch ms; None where it is none."""
    try:
        at = datetime.fromisoformat(_FRACTION.sub(r"\1", text))
    except ValueError:
        return None
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH) // timedelta(milliseconds=1)


def flag_row(flag: FlagData, url: str) -> FlagRow:
    """Return a flag as it is listed."""
    settings = flag.attributes.feature_flag_environments
    places = {"ENABLED": list[Environment](), "DISABLED": list[Environment]()}
    for setting in settings:
        if setting.status in places:
            places[setting.status].append(
                _place(setting.environment_id, setting.environment_name, setting.is_production)
            )
    return FlagRow(
        id=flag.id,
        key=flag.attributes.key,
        name=flag.attributes.name,
        archived=flag.attributes.archived_at is not None,
        enabled=_production_first(places["ENABLED"]),
        disabled=_production_first(places["DISABLED"]),
        url=url,
    )


def flag_view(flag: SeenFlag, url: str) -> FlagView:
    """Return a flag and how it stands everywhere, production first."""
    found = flag.attributes
    settings = sorted(found.feature_flag_environments, key=lambda each: (not each.is_production, each.environment_name))
    return FlagView(
        id=flag.id,
        key=found.key,
        name=found.name,
        description=found.description,
        kind=found.value_type,
        archived_at=milliseconds(found.archived_at) or 0 if found.archived_at is not None else None,
        updated_at=milliseconds(found.updated_at),
        approval=found.require_approval,
        tags=tuple(found.tags),
        variants=tuple(Variant(id=each.id, key=each.key, name=each.name, value=each.value) for each in found.variants),
        settings=tuple(_setting(flag, each, url) for each in settings),
        url=url,
    )


def rollouts_of(flag: SeenFlag, environment_id: str, url: str) -> list[RolloutView]:
    """Return the rollouts of a flag, in one environment or in all of them where none is given."""
    settings = flag_view(flag, url).settings
    return [each for one in settings if environment_id in ("", one.environment.id) for each in one.rollouts]


def environment_view(found: SeenEnvironment, url: str) -> EnvironmentView:
    """Return an environment."""
    attributes = found.attributes
    queries = tuple(sorted(set(attributes.queries)))
    where = Environment(id=found.id, name=attributes.name, queries=queries, is_production=attributes.is_production)
    return EnvironmentView(
        environment=where,
        description=attributes.description,
        approval=attributes.require_feature_flag_approval,
        url=url,
    )


def test_view(found: SeenTest, url: str) -> TestView:
    """Return a synthetic test."""
    return TestView(
        id=found.public_id,
        name=found.name,
        status=found.status,
        kind=" ".join(part for part in (found.subtype, found.type) if part),
        tags=tuple(found.tags),
        locations=tuple(found.locations),
        every=int(found.options.tick_every) if found.options.tick_every else None,
        changed_at=milliseconds(found.modified_at),
        url=url,
    )


def deployment_view(found: SeenDeployment, url: str) -> DeploymentView:
    """Return a fleet deployment."""
    said = found.attributes
    return DeploymentView(
        id=found.id,
        status=status_of(said) or "",
        query=said.query or said.filter_query,
        versions=(*said.target_versions, *(each.version for each in said.packages if each.version)),
        author=said.author,
        started_at=_seconds(said.started_at),
        finished_at=_seconds(said.finished_at),
        total=said.total_hosts,
        counts=tuple(hosts_by_status(said).items()),
        hosts=tuple(HostView(name=each.hostname, status=each.status, error=each.error) for each in said.hosts),
        url=url,
    )


def _seconds(value: float | None) -> int | None:
    return int(value * 1000) if value is not None and 0 < value < _LATEST_SECONDS else None


def _place(id_: str, name: str, production: bool, queries: Sequence[str] = ()) -> Environment:
    return Environment(id=id_, name=name or id_, queries=tuple(sorted(set(queries))), is_production=production)


def _production_first(places: list[Environment]) -> tuple[Environment, ...]:
    return tuple(sorted(places, key=lambda each: (not each.is_production, each.name)))


def _setting(flag: SeenFlag, setting: SeenSetting, url: str) -> SettingView:
    where = _place(setting.environment_id, setting.environment_name, setting.is_production, setting.environment_queries)
    rules = sorted(setting.allocations, key=lambda rule: rule.order_position or 0)
    wanted = setting.require_feature_flag_approval or (flag.attributes.require_approval and setting.is_production)
    return SettingView(
        environment=where,
        enabled=_ENABLED.get(setting.status),
        default=_variant(flag, setting.default_variant_id) if setting.default_variant_id else "",
        approval=wanted,
        suggestion=setting.pending_suggestion_id or "",
        rules=tuple(_rule(flag, setting, rule, where, url) for rule in rules),
    )


def _variant(flag: SeenFlag, id_: str) -> str:
    """Return what a variant is called; its id where it is none of the flag's."""
    known = next((each for each in flag.attributes.variants if each.id == id_), None)
    return (known.key or known.name or id_) if known else id_


def _rule(flag: SeenFlag, setting: SeenSetting, rule: SeenRule, where: Environment, url: str) -> RuleView:
    schedule = rule.exposure_schedule
    rolls = schedule is not None and schedule.id and schedule.rollout_options.strategy == _ROLLOUT
    return RuleView(
        id=rule.id,
        key=rule.key,
        name=rule.name,
        kind=rule.type,
        groups=tuple(
            tuple(Condition(attribute=c.attribute, operator=c.operator, values=tuple(c.value)) for c in each.conditions)
            for each in rule.targeting_rules
        ),
        weights=tuple(Weight(variant=_variant(flag, w.variant_id), percent=w.value or 0) for w in rule.variant_weights),
        guards=_guards(rule.guardrail_metrics),
        experiment=rule.experiment_id,
        rollout=_rollout(flag, setting, rule, schedule, where, url) if schedule and rolls else None,
    )


def _rollout(
    flag: SeenFlag, setting: SeenSetting, rule: SeenRule, schedule: SeenSchedule, where: Environment, url: str
) -> RolloutView:
    steps = sorted(schedule.rollout_steps, key=lambda each: each.order_position or 0)
    interval = schedule.rollout_options.selection_interval_ms
    return RolloutView(
        id=schedule.id,
        flag_id=flag.id,
        flag=flag.attributes.key,
        rule=rule.key or rule.name,
        environment=where,
        enabled=_ENABLED.get(setting.status),
        started_at=milliseconds(schedule.absolute_start_time),
        scheduled_at=milliseconds(schedule.scheduled_start_time),
        updated_at=milliseconds(schedule.updated_at),
        interval=int(interval) if interval is not None else None,
        steps=tuple(
            Step(
                ratio=min(max(each.exposure_ratio or 0.0, 0.0), 1.0),
                interval=int(each.interval_ms) if each.interval_ms is not None else None,
                holds=each.is_pause_record is True,
            )
            for each in steps
        ),
        guards=_guards(rule.guardrail_metrics),
        guardrail=schedule.guardrail_triggered_action,
        triggers=tuple(
            Trigger(metric=each.metric_id, action=each.triggered_action, at=milliseconds(each.created_at))
            for each in schedule.guardrail_triggers
        ),
        url=url,
    )


def _guards(listed: Sequence[SeenGuardrail]) -> tuple[Guard, ...]:
    return tuple(Guard(metric=each.metric_id, action=each.trigger_action) for each in listed if each.metric_id)
