"""
The parts of Datadog's answers that are used, and nothing else of them.

The running service departs from its reference: plain values are null, fields are missing or surplus, and the
rules of a flag are null, an empty list, an empty object or a list of flat objects (Datadog's recordings). So the
fields that are used are checked, everything else is ignored.
"""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.errors import Malformed

_Model = TypeVar("_Model", bound=BaseModel)


def _or_empty(value: Any) -> Any:
    return "" if value is None else value


def _or_no_text(value: Any) -> Any:
    return value if isinstance(value, str) else ""


def _or_none_listed(value: Any) -> Any:
    return [] if value is None or value == {} else value


def _or_false(value: Any) -> Any:
    return False if value is None else value


def _or_production(value: Any) -> Any:
    return True if value is None else value  # unknown counts as production: the stricter reading


Text = Annotated[str, BeforeValidator(_or_empty)]
Loose = Annotated[str, BeforeValidator(_or_no_text)]
Name = Annotated[str, Field(min_length=1)]
Flagged = Annotated[bool, BeforeValidator(_or_false)]
Production = Annotated[bool, BeforeValidator(_or_production), Field(validate_default=True)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class StepData(_Part):
    """One step of a schedule."""

    exposure_ratio: float = Field(ge=0, le=1)
    interval_ms: int | None = None
    is_pause_record: Flagged = False
    order_position: int = 0


class TriggerData(_Part):
    """One time that a guardrail metric acted."""

    metric_id: Text = ""


class OptionsData(_Part):
    """
    How a schedule moves.

    Only UNIFORM_INTERVALS is a rollout, NO_ROLLOUT is a plain rule.
    """

    strategy: Text = ""
    autostart: Flagged = False
    selection_interval_ms: int | None = None


class ScheduleData(_Part):
    """The exposure schedule of a rule."""

    id: Name
    control_variant_id: str | None = None
    absolute_start_time: str | None = None
    updated_at: Text = ""
    rollout_options: OptionsData = OptionsData()
    rollout_steps: Annotated[list[StepData], BeforeValidator(_or_none_listed)] = []
    guardrail_triggered_action: str | None = None
    guardrail_triggers: Annotated[list[TriggerData], BeforeValidator(_or_none_listed)] = []

    @property
    def is_rollout(self) -> bool:
        """Tell a rollout from a plain rule, which has a schedule too."""
        return self.rollout_options.strategy == "UNIFORM_INTERVALS"


class RuleData(_Part):
    """A targeting rule, flat as it lies inside one flag."""

    id: Text = ""
    key: Text = ""
    name: Text = ""
    type: Text = ""
    order_position: int = 0
    targeting_rules: Annotated[list[dict[str, Any]], BeforeValidator(_or_none_listed)] = []
    variant_weights: Annotated[list[dict[str, Any]], BeforeValidator(_or_none_listed)] = []
    guardrail_metrics: Annotated[list[dict[str, Any]], BeforeValidator(_or_none_listed)] = []
    experiment_id: str | None = None
    exposure_schedule: ScheduleData | None = None


class SettingData(_Part):
    """
    A flag in one environment.

    `allocations` stay unread until that environment is asked for.
    """

    environment_id: Name
    environment_name: Text = ""
    environment_queries: Annotated[list[str], BeforeValidator(_or_none_listed)] = []
    status: Text = ""
    is_production: Production = True
    require_feature_flag_approval: Flagged = False
    pending_suggestion_id: str | None = None
    allocations: Any = None

    def rules(self) -> list[RuleData]:
        """Return the rules in their order; raises Malformed."""
        listed = _or_none_listed(self.allocations)
        rules = read(_Rules, {"rules": listed}).rules
        return sorted(rules, key=lambda rule: rule.order_position)


class _Rules(_Part):
    rules: list[RuleData]


class FlagAttributes(_Part):
    """
    What is used of a flag.

    `variants` stay unread until they are asked for.
    """

    key: Name
    name: Text = ""
    description: Loose = ""
    value_type: Loose = ""
    json_schema: Loose = ""
    variants: Any = None
    archived_at: str | None = None
    require_approval: Flagged = False
    feature_flag_environments: Annotated[list[SettingData], BeforeValidator(_or_none_listed)] = []


class FlagData(_Part):
    """A flag as it is listed or shown."""

    id: Name
    attributes: FlagAttributes


class FlagAnswer(_Part):
    """The answer for one flag."""

    data: FlagData


class EnvironmentAttributes(_Part):
    """What is used of an environment; most have no key."""

    name: Name
    queries: Annotated[list[str], BeforeValidator(_or_none_listed)] = []
    is_production: Production = True
    require_feature_flag_approval: Flagged = False


class EnvironmentData(_Part):
    """An environment as it is listed."""

    id: Name
    attributes: EnvironmentAttributes


class EnvironmentAnswer(_Part):
    """The answer for one environment."""

    data: EnvironmentData


class SyntheticData(_Part):
    """A synthetic test as it is listed or shown."""

    public_id: Name
    name: Text = ""
    status: Text = ""
    type: Text = ""
    tags: Annotated[list[str], BeforeValidator(_or_none_listed)] = []


class SyntheticList(_Part):
    """One page of tests."""

    tests: Annotated[list[SyntheticData], BeforeValidator(_or_none_listed)]


class HostData(_Part):
    """How far one host of a deployment is."""

    status: Text = ""


class PackageData(_Part):
    """What a deployment of the older API brings."""

    version: Text = ""


class DeploymentAttributes(_Part):
    """
    What is used of a deployment.

    The status lies in `status` in the current list and in `high_level_status` elsewhere; the older API names the
    query and the versions otherwise and has no counts of hosts.
    """

    status: Text = ""
    high_level_status: Text = ""
    query: Text = ""
    filter_query: Text = ""
    target_versions: Annotated[list[str], BeforeValidator(_or_none_listed)] = []
    packages: Annotated[list[PackageData], BeforeValidator(_or_none_listed)] = []
    total_hosts: int | None = None
    succeeded_hosts: int | None = None
    running_hosts: int | None = None
    failed_hosts: int | None = None
    skipped_hosts: int | None = None
    canceled_hosts: int | None = None
    hosts: Annotated[list[HostData], BeforeValidator(_or_none_listed)] = []


class DeploymentData(_Part):
    """A fleet deployment as it is listed or shown; it has no name."""

    id: Name
    attributes: DeploymentAttributes = DeploymentAttributes()


class DeploymentAnswer(_Part):
    """The answer for one deployment."""

    data: DeploymentData


class DeploymentList(_Part):
    """One page of deployments."""

    data: Annotated[list[DeploymentData], BeforeValidator(_or_none_listed)]


class PageData(_Part):
    """Where the next page begins, where the answer tells."""

    next_offset: int | None = None


class MetaData(_Part):
    """What an answer says about itself."""

    page: PageData | None = None


class Page(_Part):
    """One page of anything."""

    data: list[dict[str, Any]]
    meta: MetaData | None = None


def read(model: type[_Model], body: object) -> _Model:
    """
    Return the body as a model.

    Raises Malformed with the place that does not fit.
    """
    try:
        return model.model_validate(body)
    except (ValidationError, RecursionError) as error:
        place = "too deep"
        if isinstance(error, ValidationError):
            place = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"]) or "the whole answer"
        raise Malformed(f"Datadog's answer could not be understood (at {place}).", "Look at it in Datadog.") from error
