"""
The further parts of Datadog's answers that people look at.

They are looser than those that a change stands on (`models.py`): what is nonsensical here is left out, as one odd
field must not keep the rest from being seen. Which fields there are is from Datadog's recordings.
"""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from bot.adapters.datadog.models import (
    DeploymentAttributes,
    EnvironmentAttributes,
    FlagAttributes,
    Flagged,
    Name,
    SettingData,
    Text,
)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None or isinstance(value, dict | list) else str(value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _parts(value: Any) -> list[Any]:
    return [each for each in _listed(value) if isinstance(each, dict)]


def _texts(value: Any) -> list[str]:
    return [each for each in map(_text, _listed(value)) if each]


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15 else None


Loose = Annotated[str, BeforeValidator(_text)]
LooseTexts = Annotated[list[str], BeforeValidator(_texts)]
LooseNumber = Annotated[float | None, BeforeValidator(_number)]


class _Seen(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class SeenVariant(_Seen):
    """A variant; its value is always text."""

    id: Loose = ""
    key: Loose = ""
    name: Loose = ""
    value: Loose = ""


class SeenCondition(_Seen):
    """A condition of a rule."""

    attribute: Loose = ""
    operator: Loose = ""
    value: LooseTexts = []


class SeenTargeting(_Seen):
    """Conditions that must hold together."""

    conditions: Annotated[list[SeenCondition], BeforeValidator(_parts)] = []


class SeenWeight(_Seen):
    """The share of a variant, in per cent."""

    variant_id: Loose = ""
    value: LooseNumber = None


class SeenGuardrail(_Seen):
    """A guardrail metric of a rule, or one time that it acted."""

    metric_id: Loose = ""
    trigger_action: Loose = ""
    triggered_action: Loose = ""
    created_at: Loose = ""


class SeenStep(_Seen):
    """A step of a schedule."""

    exposure_ratio: LooseNumber = None
    interval_ms: LooseNumber = None
    is_pause_record: Any = False
    order_position: LooseNumber = None


class SeenOptions(_Seen):
    """How a schedule moves."""

    strategy: Loose = ""
    selection_interval_ms: LooseNumber = None


def _options(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


class SeenSchedule(_Seen):
    """The exposure schedule of a rule."""

    id: Loose = ""
    absolute_start_time: Loose = ""
    scheduled_start_time: Loose = ""
    updated_at: Loose = ""
    rollout_options: Annotated[SeenOptions, BeforeValidator(_options)] = SeenOptions()
    rollout_steps: Annotated[list[SeenStep], BeforeValidator(_parts)] = []
    guardrail_triggered_action: Loose = ""
    guardrail_triggers: Annotated[list[SeenGuardrail], BeforeValidator(_parts)] = []


def _schedule(value: Any) -> Any:
    return value if isinstance(value, dict) else None


class SeenRule(_Seen):
    """A targeting rule, flat as it lies inside one flag."""

    id: Loose = ""
    key: Loose = ""
    name: Loose = ""
    type: Loose = ""
    order_position: LooseNumber = None
    targeting_rules: Annotated[list[SeenTargeting], BeforeValidator(_parts)] = []
    variant_weights: Annotated[list[SeenWeight], BeforeValidator(_parts)] = []
    guardrail_metrics: Annotated[list[SeenGuardrail], BeforeValidator(_parts)] = []
    experiment_id: Loose = ""
    exposure_schedule: Annotated[SeenSchedule | None, BeforeValidator(_schedule)] = None


class SeenSetting(SettingData):
    """A flag in one environment; its rules are null, an empty list, an empty object or a list."""

    default_variant_id: Loose = ""
    allocations: Annotated[list[SeenRule], BeforeValidator(_parts)] = []


def _or_no_settings(value: Any) -> Any:
    return [] if value is None or value == {} else value


class SeenFlagAttributes(FlagAttributes):
    """What is looked at of a flag."""

    description: Loose = ""
    value_type: Loose = ""
    updated_at: Loose = ""
    tags: LooseTexts = []
    variants: Annotated[list[SeenVariant], BeforeValidator(_parts)] = []
    feature_flag_environments: Annotated[list[SeenSetting], BeforeValidator(_or_no_settings)] = []  # type: ignore[assignment]  # narrower, and read only


class SeenFlag(_Seen):
    """A flag as it is shown."""

    id: Name
    attributes: SeenFlagAttributes


class SeenFlagAnswer(_Seen):
    """The answer for one flag."""

    data: SeenFlag


class SeenEnvironmentAttributes(EnvironmentAttributes):
    """What is looked at of an environment."""

    description: Loose = ""
    require_feature_flag_approval: Flagged = False


class SeenEnvironment(_Seen):
    """An environment as it is listed."""

    id: Name
    attributes: SeenEnvironmentAttributes


class SeenOptionsOfTest(_Seen):
    """How often a test runs, in seconds."""

    tick_every: LooseNumber = None


class SeenTest(_Seen):
    """A synthetic test as it is listed or shown."""

    public_id: Name
    name: Loose = ""
    status: Loose = ""
    type: Loose = ""
    subtype: Loose = ""
    tags: LooseTexts = []
    locations: LooseTexts = []
    modified_at: Loose = ""
    options: Annotated[SeenOptionsOfTest, BeforeValidator(_options)] = SeenOptionsOfTest()


class SeenTests(_Seen):
    """One page of tests."""

    tests: Annotated[list[dict[str, Any]], BeforeValidator(_parts)]


class SeenHost(_Seen):
    """How far one host of a deployment is."""

    hostname: Loose = ""
    status: Loose = ""
    error: Loose = ""


class SeenDeploymentAttributes(DeploymentAttributes):
    """What is looked at of a deployment; times are seconds."""

    author: Text = ""
    started_at: LooseNumber = None
    finished_at: LooseNumber = None
    hosts: Annotated[list[SeenHost], BeforeValidator(_parts)] = []  # type: ignore[assignment]  # wider, and read only


class SeenDeployment(_Seen):
    """A fleet deployment as it is listed or shown."""

    id: Name
    attributes: SeenDeploymentAttributes = SeenDeploymentAttributes()


class SeenDeploymentAnswer(_Seen):
    """The answer for one deployment."""

    data: SeenDeployment
