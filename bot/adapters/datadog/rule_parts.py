"""
The parts of a flag that are read only where its targeting rules are meant.

Kept apart from the rest, so that what is odd about a rule or a variant keeps nobody from switching the flag off.
"""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.adapters.datadog.models import FlagData, RuleData, Text, read


def _or_none(value: Any) -> Any:
    return [] if value is None or value == {} else value


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


_Id = Annotated[str, Field(min_length=1)]


class ConditionData(_Part):
    """One condition of a rule."""

    attribute: Text = ""
    operator: Text = ""
    value: Annotated[list[str], BeforeValidator(_or_none)] = []


class GroupData(_Part):
    """Conditions that must all hold."""

    conditions: Annotated[list[ConditionData], BeforeValidator(_or_none)] = []


class WeightData(_Part):
    """The share of one variant, in per cent."""

    variant_id: _Id
    value: float = 0


class GuardrailData(_Part):
    """A metric that acts on a rollout."""

    metric_id: Text = ""
    trigger_action: Text = ""


class RuleParts(_Part):
    """The parts of a rule that are read only where its rules are meant."""

    targeting_rules: list[GroupData]
    variant_weights: list[WeightData]
    guardrail_metrics: list[GuardrailData]


class VariantData(_Part):
    """One value that a flag can serve, as text."""

    id: _Id
    key: Text = ""
    name: Text = ""
    value: Text = ""


class _Variants(_Part):
    variants: Annotated[list[VariantData], BeforeValidator(_or_none)]


def variants_of(flag: FlagData) -> list[VariantData]:
    """Return what a flag can serve, by its keys; raises Malformed."""
    variants = read(_Variants, {"variants": flag.attributes.variants}).variants
    return sorted(variants, key=lambda variant: variant.key)


def parts_of(rule: RuleData) -> RuleParts:
    """Return who a rule is for, what they get and what guards it; raises Malformed."""
    return read(RuleParts, rule.model_dump(include=set(RuleParts.model_fields)))
