"""
What the organisation consists of, as it truly is.

These records hold more than Datadog's answers tell: a rollout has a state here, and a flag knows the default
that is coded in the application. `rendering` decides what of it leaves through the API.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, Field


class RolloutState(StrEnum):
    """The true state of a rollout, which no answer of the API contains."""

    NOT_STARTED = "not started"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"


class Environment(BaseModel):
    """
    A feature flag environment.

    `key` is None for those whose answers leave it out.
    """

    id: str
    name: str
    queries: list[str]
    is_production: bool = False
    require_approval: bool = False
    key: str | None = None
    description: str | None = None
    created_at: datetime
    updated_at: datetime


class Variant(BaseModel):
    """One value that a flag can serve; the value is always text."""

    id: str
    key: str
    name: str
    value: str
    created_at: datetime
    updated_at: datetime


class Step(BaseModel):
    """
    One step of a rollout.

    The share of users, and for how long in milliseconds (None: to the end).
    """

    id: str
    ratio: float
    interval_ms: int | None
    is_pause_record: bool = False
    group: int = 0


class Trigger(BaseModel):
    """One time that a guardrail metric acted on a rollout."""

    id: str
    metric_id: str
    variant_id: str
    action: Literal["PAUSE", "ABORT"]
    at: datetime


class Rollout(BaseModel):
    """
    An exposure schedule.

    `progress_ms` is what it had covered when it last began to run, at `since`.
    """

    id: str
    strategy: Literal["UNIFORM_INTERVALS", "NO_ROLLOUT"]
    autostart: bool = False
    selection_interval_ms: int = 3_600_000
    control_variant_id: str | None = None
    steps: list[Step]
    state: RolloutState = RolloutState.NOT_STARTED
    started_at: datetime | None = None
    since: datetime | None = None
    progress_ms: int = 0
    held: list[int] = Field(default_factory=list)
    triggers: list[Trigger] = Field(default_factory=list)
    triggered_action: Literal["PAUSE", "ABORT"] | None = None
    created_at: datetime
    updated_at: datetime


class Weight(BaseModel):
    """The share of a rule that one variant gets, in per cent."""

    id: str
    variant_id: str
    value: float


class Rule(BaseModel):
    """A targeting rule (an allocation) of a flag in one environment."""

    id: str
    key: str
    name: str
    type: Literal["FEATURE_GATE", "CANARY"]
    targeting: list[list[dict[str, Any]]] = Field(default_factory=list)
    weights: list[Weight] = Field(default_factory=list)
    guardrails: list[dict[str, Any]] = Field(default_factory=list)
    experiment_id: str | None = None
    rollout: Rollout | None = None
    created_at: datetime
    updated_at: datetime


class Setting(BaseModel):
    """
    A flag in one environment.

    `hollow` is what its answer holds where there are no rules.
    """

    environment_id: str
    status: Literal["ENABLED", "DISABLED"] = "DISABLED"
    default_variant_id: str | None = None
    suffix: str
    rules: list[Rule] = Field(default_factory=list)
    hollow: Literal["null", "list", "object"] = "null"
    pending_suggestion_id: str | None = None


class Flag(BaseModel):
    """
    A feature flag.

    `coded_default` is what the application serves while the flag is disabled.
    """

    id: str
    key: str
    name: str
    description: str
    value_type: Literal["BOOLEAN", "INTEGER", "NUMERIC", "STRING", "JSON"]
    variants: list[Variant]
    coded_default: str
    json_schema: str | None = None
    require_approval: bool = False
    tags: list[str] = Field(default_factory=list)
    archived_at: datetime | None = None
    settings: list[Setting] = Field(default_factory=list)
    created_at: datetime
    updated_at: datetime


class SyntheticTest(BaseModel):
    """A synthetic test."""

    public_id: str
    name: str
    type: Literal["api", "browser"]
    status: Literal["live", "paused"]
    tags: list[str]
    message: str = ""
    url: str
    monitor_id: int
    created_at: datetime
    modified_at: datetime


class Host(BaseModel):
    """One host of a deployment and how far its upgrade came."""

    hostname: str
    status: Literal["pending", "running", "succeeded", "failed", "canceled", "skipped"]
    error: str = ""


class Deployment(BaseModel):
    """A fleet deployment, which has no name."""

    id: str
    status: Literal["pending", "running", "completed", "completed_with_errors", "canceled"]
    query: str
    version: str
    author: str
    hosts: list[Host]
    started_at: datetime
    finished_at: datetime | None = None


class Suggestion(BaseModel):
    """
    A change that waits for Datadog's own approval.

    `environment_id` is None for the whole flag.
    """

    id: str
    flag_id: str
    environment_id: str | None
    change: dict[str, Any]
    state: Literal["open", "approved", "withdrawn"] = "open"
    at: datetime


class Event(BaseModel):
    """A change event that somebody posted."""

    id: str
    uid: str
    at: datetime
    attributes: dict[str, Any]


class Call(BaseModel):
    """
    One request to the API.

    `status` is 0 where the connection was dropped instead of an answer.
    """

    n: int
    at: datetime
    method: str
    path: str
    status: int
    applied: bool


class World(BaseModel):
    """Everything that a restart must bring back."""

    environments: list[Environment]
    flags: list[Flag]
    tests: list[SyntheticTest]
    deployments: list[Deployment]
    suggestions: list[Suggestion] = Field(default_factory=list)
    events: list[Event] = Field(default_factory=list)
    calls: list[Call] = Field(default_factory=list)
    fleet_api: Literal["v2", "unstable", "both"] = "both"
