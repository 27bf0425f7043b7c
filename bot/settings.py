"""
Settings, all from the environment, each with its meaning; wrong ones end the start with a sentence each.
"""

import os
import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from bot.changes.record import Terms
from bot.errors import Misconfigured

SITES = (
    "datadoghq.com",
    "us3.datadoghq.com",
    "us5.datadoghq.com",
    "ap1.datadoghq.com",
    "ap2.datadoghq.com",
    "uk1.datadoghq.com",
    "datadoghq.eu",
)
_WAY_IN = "SLACK_SIGNING_SECRET (HTTP) or SLACK_APP_TOKEN (Socket Mode) must be set"


class Settings(BaseModel):
    """Everything an installation can set. Names in the environment are these in capitals."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    slack_bot_token: SecretStr = Field(description="Slack's bot token (`xoxb-…`)")
    slack_signing_secret: SecretStr | None = Field(
        default=None, description="Slack's signing secret, for HTTP; two, separated by a comma, while it is changed"
    )
    slack_app_token: SecretStr | None = Field(default=None, description="Slack's app token (`xapp-…`), for Socket Mode")
    slack_api_url: str = Field(default="https://slack.com/api/", description="where Slack's Web API is")
    slack_mode: Literal["http", "socket"] | None = Field(
        default=None, description="how Slack reaches the bot; by default HTTP when there is a signing secret"
    )
    slack_gap: float = Field(
        default=1, ge=0, le=60, description="seconds between two posts in one channel, after a short burst"
    )
    host: str = Field(default="0.0.0.0", description="the address HTTP listens on")  # noqa: S104 - a server's default
    port: int = Field(default=3000, ge=0, le=65535, description="the port HTTP listens on")
    approvals_channel: str = Field(
        default="", description="channel id where cards go when they cannot stand where the command was given"
    )
    dd_site: str = Field(default="datadoghq.com", description="Datadog's site")
    dd_api_key: SecretStr = Field(description="Datadog's API key")
    dd_app_key: SecretStr = Field(description="Datadog's application key; its owner is whom Datadog's history names")
    dd_api_url: str = Field(default="", description="Datadog's API; by default `https://api.{DD_SITE}`")
    dd_events: bool = Field(default=True, description="tell Datadog of each applied change, by a change event")
    dd_events_url: str = Field(
        default="", description="Datadog's event intake; by default `https://event-management-intake.{DD_SITE}`"
    )
    dd_fleet_path: Literal["v2", "unstable"] = Field(default="v2", description="which fleet API the organisation has")
    redis_url: str = Field(
        default="", description="Redis 7.0 or Valkey 7.2 and later; empty starts an embedded server in DATA_DIR"
    )
    redis_replicas: int = Field(default=0, ge=0, description="how many replicas must have a write before it counts")
    data_dir: Path = Field(default=Path(".countersign"), description="where the embedded server keeps its data")
    audit_key: SecretStr = Field(description="at least 32 characters that sign the audit chain; never stored in Redis")
    audit_key_previous: SecretStr | None = Field(
        default=None,
        description="earlier audit keys, the latest first, separated by commas: they verify, and sign nothing",
    )
    policy_file: Path = Field(default=Path("policy.yaml"), description="who may do what, and who must sign")
    policy_reload: float = Field(default=15, gt=0, description="seconds between looks at whether that file has changed")
    metrics_host: str = Field(default="127.0.0.1", description="the address metrics and health are served on besides")
    metrics_port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="the port for `/metrics`, `/healthz` and `/readyz`, of workers too; 0: none",
    )
    log_format: Literal["json", "console"] = Field(default="json", description="how log lines look")
    datadog_timeout: float = Field(default=10, gt=0, le=60, description="seconds for one Datadog call in all")
    datadog_at_once: int = Field(default=8, ge=1, le=20, description="calls to Datadog at a time, for each process")
    datadog_failures: int = Field(default=5, ge=1, description="failures in a row after which calls to Datadog pause")
    datadog_pause: float = Field(default=30, gt=0, le=600, description="seconds for which they pause")
    intake_grace: float = Field(
        default=15, gt=0, le=600, description="seconds after which a command without an answer counts as lost"
    )
    lease: float = Field(default=25, gt=0, le=600, description="seconds a worker holds a job without renewing it")
    settle: float = Field(default=20, gt=0, le=600, description="seconds before an unanswered call is read back")
    redis_timeout: float = Field(default=1, gt=0, le=10, description="seconds for one Redis call")
    expiry_production: float = Field(default=1800, gt=0, description="seconds until an unanswered request expires")
    expiry_other: float = Field(default=14_400, gt=0, description="the same, outside production")
    run_by: float = Field(default=600, gt=0, description="seconds after approval by which a change must have begun")
    submitted_poll: float = Field(default=15, gt=0, description="seconds between looks at what waits in Datadog")
    audit_days: float = Field(default=400, gt=0, description="days the audit is kept")
    record_days: float = Field(default=30, gt=0, description="days a request is kept after its end")
    audit_file: Path | None = Field(
        default=None, description="file to which every audit entry is appended as a JSON line; `-` is standard output"
    )
    audit_seal_file: Path | None = Field(
        default=None, description="file to which the audit's seals are appended, beside the log; `-` is standard output"
    )

    panel_channels: str = Field(
        default="inc-*",
        description="channels that get an incident panel when the bot is invited: names, with `*`, separated by commas",
    )
    panel_budget: int = Field(
        default=60, ge=6, description="requests a minute that all panels together may send to Datadog"
    )
    panel_every: float = Field(default=3, gt=0, le=60, description="seconds at least between two edits of a panel")
    panel_read: float = Field(
        default=10, gt=0, le=600, description="seconds between readings of a rollout that runs, for panels"
    )
    panel_index: float = Field(
        default=180, gt=0, le=3600, description="seconds between readings of everything else, for panels"
    )
    dd_seals: bool = Field(default=False, description="put the audit's seals into Datadog's events, beside the log")

    @field_validator("slack_api_url", "dd_api_url", "dd_events_url")
    @classmethod
    def _only_https_but_for_loopback(cls, url: str) -> str:
        if not url:
            return url
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an http(s) address")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError("must be https; plain http is for loopback addresses only")
        return url if url.endswith("/") else url + "/"

    @field_validator("dd_site")
    @classmethod
    def _known_site(cls, site: str) -> str:
        if site not in SITES:
            raise ValueError(f"must be one of {', '.join(SITES)} (feature flags are not offered on the gov sites)")
        return site

    @field_validator("redis_url")
    @classmethod
    def _redis_scheme(cls, url: str) -> str:
        if url and not re.match(r"(rediss?(\+sentinel|\+cluster)?|unix)://", url):
            raise ValueError("must begin with redis://, rediss:// (with +sentinel or +cluster) or unix://")
        return url

    @field_validator("audit_key")
    @classmethod
    def _long_key(cls, key: SecretStr) -> SecretStr:
        if len(key.get_secret_value()) < 32:
            raise ValueError("must have at least 32 characters; `openssl rand -hex 32` makes one")
        return key

    @field_validator("audit_key_previous")
    @classmethod
    def _long_keys(cls, keys: SecretStr | None) -> SecretStr | None:
        if keys is not None and any(len(key) < 32 for key in _listed(keys)):
            raise ValueError("must be keys of at least 32 characters each, with a comma between two of them")
        return keys

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.slack_signing_secret is None and self.slack_app_token is None:
            raise ValueError(_WAY_IN)
        if self.slack_mode == "http" and self.slack_signing_secret is None:
            raise ValueError("SLACK_MODE=http needs SLACK_SIGNING_SECRET")
        if self.slack_mode == "socket" and self.slack_app_token is None:
            raise ValueError("SLACK_MODE=socket needs SLACK_APP_TOKEN")
        if self.lease <= 2 * self.datadog_timeout:
            raise ValueError("LEASE must be more than twice DATADOG_TIMEOUT, so that no call outlives its lease")
        return self

    @property
    def socket_mode(self) -> bool:
        """Whether Slack is reached by Socket Mode."""
        return (self.slack_mode or ("http" if self.slack_signing_secret else "socket")) == "socket"

    @property
    def signing_secrets(self) -> tuple[str, ...]:
        """The signing secrets that are accepted."""
        return _listed(self.slack_signing_secret)

    @property
    def previous_audit_keys(self) -> tuple[bytes, ...]:
        """The keys that signed the audit before the one in use, the latest first."""
        return tuple(key.encode() for key in _listed(self.audit_key_previous))

    @property
    def datadog_api(self) -> str:
        """Where Datadog's API is."""
        return self.dd_api_url or f"https://api.{self.dd_site}/"

    @property
    def datadog_events(self) -> str:
        """Where Datadog's event intake is."""
        return self.dd_events_url or f"https://event-management-intake.{self.dd_site}/"

    @property
    def terms(self) -> Terms:
        """The numbers changes live by."""
        return Terms(
            expiry_production=int(self.expiry_production * 1000),
            expiry_other=int(self.expiry_other * 1000),
            run_by=int(self.run_by * 1000),
            settle=int(self.settle * 1000),
            poll=int(self.submitted_poll * 1000),
            keep=int(self.record_days * 86_400_000),
        )

    @property
    def keep_trail(self) -> int:
        """For how many milliseconds after its last entry the trail of an ended record is kept."""
        return int(max(self.audit_days, self.record_days) * 86_400_000)


def _listed(secrets: SecretStr | None) -> tuple[str, ...]:
    given = secrets.get_secret_value() if secrets else ""
    return tuple(part.strip() for part in given.split(",") if part.strip())


def is_loopback(host: str) -> bool:
    """Tell whether a host name can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from an environment; raise Misconfigured with one sentence per wrong field."""
    given = {name: environment[name.upper()] for name in Settings.model_fields if environment.get(name.upper())}
    try:
        return Settings.model_validate(given)
    except ValidationError as wrong:
        problems = tuple(_sentence(error["loc"], error["msg"], error["type"]) for error in wrong.errors())
        if not {"slack_signing_secret", "slack_app_token"} & set(given) and f"{_WAY_IN}." not in problems:
            problems += (f"{_WAY_IN}.",)  # what fits together is not looked at while single fields are wrong
        raise Misconfigured("The settings are not right.", "Mend these and start again.", problems) from None


def _sentence(where: tuple[int | str, ...], message: str, kind: str) -> str:
    name = ".".join(str(part) for part in where).upper()
    if kind == "missing":
        return f"{name} is not set: {Settings.model_fields[name.lower()].description}."
    said = message.removeprefix("Value error, ")
    return f"{name}: {said}." if name else f"{said}."
