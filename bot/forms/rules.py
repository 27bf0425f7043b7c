"""Forms about targeting rules: one more, or a whole set in place of the old one."""

import json
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue, ValidationInfo, field_validator

from bot.forms.form import Difference, Form, Part
from bot.forms.lines import WORDS, Box, Milliseconds, boxed, json_list
from bot.forms.ruleset import difference_of, rules_in
from bot.forms.targeting import Groups, Guardrail, Guardrails, Step, Steps, Weight, Weights
from bot.model import Facts, Risk, Snapshot

KEY = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
_HOUR = 3_600_000
_ROUNDING = 1e-6


class Rule(Part):
    """A targeting rule: who it is for, which variants they get, and how it is rolled out."""

    key: str = Field(
        title="Key",
        description="What identifies the rule; a rule of the same key is the same rule",
        pattern=KEY,
        min_length=1,
        max_length=200,
        examples=["beta-testers"],
    )
    name: str = Field(
        title="Name", description="What people call it", min_length=1, max_length=200, examples=["Beta testers"]
    )
    type: Literal["FEATURE_GATE", "CANARY"] = Field(
        default="FEATURE_GATE",
        title="Kind",
        description="CANARY for a rule that is rolled out step by step",
        examples=["FEATURE_GATE"],
    )
    targeting_rules: Groups = Field(
        default=(),
        title="Who",
        description="Conditions, one a line; all must hold. A line “or” begins another group. Empty: everybody",
        examples=["country ONE_OF US, CA\nor\nplan EQUALS beta"],
    )
    variant_weights: Weights = Field(
        title="Variants",
        description="Which variants they get, in per cent; together 100",
        min_length=1,
        examples=["on 50\noff 50"],
    )
    rollout_steps: Steps = Field(
        default=(),
        title="Rollout steps",
        description="How many get it and for how long, one step a line. Empty: everybody at once",
        max_length=50,
        examples=["5% for 1h\n25% for 6h\n100%"],
    )
    selection_interval_ms: Milliseconds = Field(
        default=_HOUR,
        title="Length of a step",
        description="How long a step lasts that does not say",
        gt=0,
        le=365 * 24 * _HOUR,
        examples=["1h"],
    )
    autostart: bool = Field(
        default=False,
        title="Start at once",
        description="Whether the rollout starts by itself as soon as the rule is there",
        examples=[False],
    )
    control_variant: str | None = Field(
        default=None, title="Control variant", description="What the others are compared with", examples=["off"]
    )
    guardrail_metrics: Guardrails = Field(
        default=(),
        title="Guardrail metrics",
        description="Metrics that pause the rollout (PAUSE) or stop it (ABORT), one a line",
        examples=["checkout.errors PAUSE"],
    )
    experiment_id: str | None = Field(
        default=None,
        title="Experiment",
        description="The id of the experiment that it belongs to",
        examples=["checkout-page"],
    )

    @field_validator("variant_weights")
    @classmethod
    def _hundred_in_all(cls, weights: tuple[Weight, ...]) -> tuple[Weight, ...]:
        _require_once("The weights name", [each.variant for each in weights])
        total = sum(each.value for each in weights)
        if abs(total - 100) > _ROUNDING:
            raise ValueError(f"The weights add up to {total:.10g}, and have to add up to 100.")
        return weights

    @field_validator("rollout_steps")
    @classmethod
    def _rising(cls, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        for at, (one, other) in enumerate(pairwise([each.exposure_ratio for each in steps]), start=2):
            if other <= one:
                was, is_ = f"{one * 100:.10g} %", f"{other * 100:.10g} %"
                raise ValueError(f"Step {at} has {is_} after {was}; each step has to be larger than the one before.")
        return steps

    @field_validator("autostart")
    @classmethod
    def _has_something_to_start(cls, autostart: bool, info: ValidationInfo) -> bool:
        if autostart and info.data.get("rollout_steps") == ():
            raise ValueError("Nothing can start at once where there are no rollout steps.")
        return autostart

    @field_validator("guardrail_metrics")
    @classmethod
    def _has_something_to_guard(cls, guardrails: tuple[Guardrail, ...], info: ValidationInfo) -> tuple[Guardrail, ...]:
        if guardrails and info.data.get("rollout_steps") == ():
            raise ValueError("Guardrail metrics need rollout steps that they can pause.")
        _require_once("The guardrail metrics name", [each.metric_id for each in guardrails])
        return guardrails


def _require_once(what: str, names: list[str]) -> None:
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"{what} {twice} twice; say it once.")


class AddRule(Rule, Form):
    """A targeting rule that comes after those that are there."""

    def difference(self, snapshot: Snapshot) -> Difference:
        """Return the rule that would come, in words."""
        wanted = [*rules_in(snapshot.facts), self.canonical()]
        return difference_of(wanted, snapshot, adds=self.key)


def _spelt(value: JsonValue) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)


_BOX = Box(json_list, _spelt, "[ ]")
Rules = Annotated[tuple[Rule, ...], boxed(_BOX), _BOX]
Keys = Annotated[tuple[str, ...], boxed(WORDS), WORDS]


class ReplaceRules(Form):
    """All targeting rules anew; every rule that is not among them goes away."""

    gravest: ClassVar[Risk | None] = Risk.IRREVERSIBLE
    stops: ClassVar[str] = "stopped"

    rules: Rules = Field(
        title="Rules",
        description="The whole set, in order, as JSON; what is not in it goes away",
        max_length=200,
        examples=['[{"key": "everybody", "name": "Everybody", "variant_weights": [{"variant": "on", "value": 100}]}]'],
    )

    stopped: Keys = Field(
        default=(),
        title="Stopped rollouts",
        description="Keys of rules whose rollout was stopped in Datadog, which does not tell; stops from here count",
        max_length=200,
        examples=["gradual"],
    )

    @field_validator("rules")
    @classmethod
    def _keys_once(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        keys = [each.key for each in rules]
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            raise ValueError(f"Two rules have the key {twice}; each needs one of its own.")
        return rules

    @classmethod
    def current(cls, facts: Facts) -> Facts:
        """Return the rules as they are."""
        return {"rules": [*rules_in(facts)]}

    def difference(self, snapshot: Snapshot) -> Difference:
        """Return what would be different, rule by rule."""
        wanted = [each.model_dump(mode="json", exclude_none=True) for each in self.rules]
        return difference_of(wanted, snapshot, stopped=self.stopped)
