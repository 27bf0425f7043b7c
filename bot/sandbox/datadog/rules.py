"""
Targeting rules: from what a request asks for to what a flag holds.

A request that leaves the interval of a step out gets the rollout's own interval, except for the last step, which
lasts for ever (seen in Datadog's recordings).
"""

from datetime import datetime
from typing import Any
from uuid import uuid4

from bot.sandbox.datadog import rollouts
from bot.sandbox.datadog.records import Flag, Rollout, RolloutState, Rule, Setting, Step, Weight
from bot.sandbox.datadog.refusals import Refused


def add_rule(now: datetime, flag: Flag, setting: Setting, wanted: dict[str, Any]) -> Rule:
    """
    Add a rule after the others.

    Raises Refused where its key is taken or it makes no sense.
    """
    rule = build_rule(now, flag, setting, wanted)
    if any(rule.key == other.key for other in setting.rules):
        raise Refused(409, f"an allocation with key {rule.key} already exists in this environment")
    setting.rules.append(rule)
    flag.updated_at = now
    return rule


def replace_rules(now: datetime, flag: Flag, setting: Setting, wanted: list[dict[str, Any]]) -> list[Rule]:
    """
    Put a whole new set of rules in the place of the old one.

    Raises Refused.
    """
    rules = [build_rule(now, flag, setting, each) for each in wanted]
    for rule in rules:
        _require_at_rest(setting, rule, now)
    if len({rule.key for rule in rules}) < len(rules):
        raise Refused(400, "allocation keys must be unique")
    setting.rules = rules
    setting.hollow = "list"
    flag.updated_at = now
    return rules


def _require_at_rest(setting: Setting, rule: Rule, now: datetime) -> None:
    """Refuse a rule that would lose the rollout that it has now while that runs or waits."""
    for before in setting.rules:
        if before.id != rule.id or before.rollout is None or before.rollout is rule.rollout:
            continue
        rollouts.settle(before.rollout, now)
        if before.rollout.state in (RolloutState.RUNNING, RolloutState.PAUSED):
            raise Refused(409, f"the exposure schedule of allocation {rule.key} is {before.rollout.state}")


def build_rule(now: datetime, flag: Flag, setting: Setting, wanted: dict[str, Any]) -> Rule:
    """Return the rule that a request describes, known by what it was before."""
    for field in ("key", "name"):
        if not isinstance(wanted.get(field), str) or not wanted[field]:
            raise Refused(400, f"{field} is required")
    if wanted.get("type") not in ("FEATURE_GATE", "CANARY"):
        raise Refused(400, "type must be one of FEATURE_GATE, CANARY")
    before = _before(setting, wanted)
    return Rule(
        id=before.id if before else str(uuid4()),
        key=wanted["key"],
        name=wanted["name"],
        type=wanted["type"],
        targeting=[rule.get("conditions") or [] for rule in wanted.get("targeting_rules") or []],
        weights=_weights(flag, wanted.get("variant_weights") or []),
        guardrails=list(wanted.get("guardrail_metrics") or []),
        experiment_id=wanted.get("experiment_id"),
        rollout=_rollout(now, setting, wanted.get("exposure_schedule")),
        created_at=before.created_at if before else now,
        updated_at=now,
    )


def _before(setting: Setting, wanted: dict[str, Any]) -> Rule | None:
    for rule in setting.rules:
        if rule.id == wanted.get("id") or rule.key == wanted["key"]:
            return rule
    return None


def _weights(flag: Flag, wanted: list[dict[str, Any]]) -> list[Weight]:
    by_key = {variant.key: variant.id for variant in flag.variants}
    known = set(by_key.values())
    weights = []
    for each in wanted:
        variant_id = each.get("variant_id") or by_key.get(each.get("variant_key", ""))
        if variant_id not in known:
            raise Refused(400, "variant_weights name a variant that this feature flag does not have")
        weights.append(Weight(id=str(uuid4()), variant_id=str(variant_id), value=each.get("value", 0)))
    if weights and sum(weight.value for weight in weights) != 100:
        raise Refused(400, "variant_weights must add up to 100")
    return weights


def _rollout(now: datetime, setting: Setting, wanted: dict[str, Any] | None) -> Rollout | None:
    if wanted is None:
        return None
    for rule in setting.rules:
        if rule.rollout is not None and rule.rollout.id == wanted.get("id"):
            return rule.rollout
    options = wanted.get("rollout_options") or {}
    if options.get("strategy") not in ("UNIFORM_INTERVALS", "NO_ROLLOUT"):
        raise Refused(400, "strategy must be one of UNIFORM_INTERVALS, NO_ROLLOUT")
    interval = options.get("selection_interval_ms") or 3_600_000
    rollout = Rollout(
        id=str(uuid4()),
        strategy=options["strategy"],
        autostart=bool(options.get("autostart")),
        selection_interval_ms=interval,
        control_variant_id=wanted.get("control_variant_id"),
        steps=_steps(wanted.get("rollout_steps") or [], interval),
        created_at=now,
        updated_at=now,
    )
    if rollout.autostart and rollout.strategy == "UNIFORM_INTERVALS":
        rollouts.start(rollout, now)
    return rollout


def _steps(wanted: list[dict[str, Any]], interval_ms: int) -> list[Step]:
    if not wanted:
        raise Refused(400, "rollout_steps must not be empty")
    steps = []
    for index, each in enumerate(wanted):
        ratio = each.get("exposure_ratio")
        if not isinstance(ratio, int | float) or not 0 <= ratio <= 1:
            raise Refused(400, "exposure_ratio must be between 0 and 1")
        last = index == len(wanted) - 1
        steps.append(
            Step(
                id=str(uuid4()),
                ratio=ratio,
                interval_ms=each.get("interval_ms") or (None if last else interval_ms),
                is_pause_record=bool(each.get("is_pause_record")),
                group=each.get("grouped_step_index", index),
            )
        )
    return steps
