"""
What the panel looks at in Datadog: whole flags with the steps of their rollouts, what is deployed, paused tests.

There is no endpoint that lists rollouts, and the list of flags leaves their rules out (Datadog's recordings), so
each flag is one request; one that has none in any environment says so by that.
"""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from bot.adapters.datadog.client import DatadogClient
from bot.adapters.datadog.directory import FLAGS, DatadogDirectory
from bot.adapters.datadog.flags import link
from bot.adapters.datadog.fleet import FleetPath, status_of
from bot.adapters.datadog.models import (
    DeploymentAttributes,
    DeploymentList,
    FlagAnswer,
    FlagData,
    RuleData,
    ScheduleData,
    SettingData,
    SyntheticList,
    Text,
    TriggerData,
    read,
)
from bot.adapters.datadog.operations import segment
from bot.adapters.datadog.reading import environment_of
from bot.adapters.datadog.synthetics import TESTS, environment_tags, outside_production
from bot.errors import NotFound
from bot.model import Environment, Noun, Target
from bot.panel.sights import Around, DeploymentSeen, FlagSeen, FlagsListed, RolloutSeen, Stage, TestSeen, Trip
from bot.ports import Clock

_PAGE = 100
_MOST_PAGES = 10
_GOING_ON = ("pending", "running")
_COUNTED = ("succeeded", "running", "failed", "skipped", "canceled")


def _listed(value: object) -> object:
    return [] if value is None or value == {} else value


class _Trigger(TriggerData):
    id: Text = ""
    created_at: Text = ""


class _Occasions(BaseModel):
    """A schedule's triggers, each with when it was."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    guardrail_triggers: Annotated[list[_Trigger], BeforeValidator(_listed)] = []


class _Scheduled(BaseModel):
    """A rule as far as its schedule goes."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    exposure_schedule: _Occasions | None = None


class DatadogSights:
    """The port Sights over Datadog's API; `web_url` is where people look, `fleet` which fleet API there is."""

    def __init__(self, client: DatadogClient, clock: Clock, *, web_url: str = "", fleet: FleetPath = "v2") -> None:
        self._client = client
        self._directory = DatadogDirectory(client)
        self._clock = clock
        self._web_url = web_url
        self._fleet = fleet

    async def flags(self) -> FlagsListed:
        """List the live flags."""
        found = await self._directory.flags()
        return FlagsListed(ids=tuple(flag.id for flag in found), requests=1 + len(found) // _PAGE)

    async def flag(self, id_: str) -> FlagSeen:
        """Read one flag with its rollouts in all environments."""
        asked = self._clock.now()
        flag = read(FlagAnswer, await self._client.read(f"{FLAGS}/{segment(id_)}")).data
        settings = flag.attributes.feature_flag_environments
        return FlagSeen(
            id=flag.id,
            key=flag.attributes.key,
            enabled=tuple(one.environment_id for one in settings if one.status == "ENABLED"),
            disabled=tuple(one.environment_id for one in settings if one.status == "DISABLED"),
            rollouts=tuple(self._rollouts(flag, asked)) if flag.attributes.archived_at is None else (),
            read_at=asked,
        )

    async def around(self) -> Around:
        """Read everything beside the flags: environments, what is deployed, and which tests are paused."""
        environments = tuple(environment_of(each) for each in await self._directory.environments())
        tests, pages = await self._tests(environments)
        return Around(requests=2 + pages, environments=environments, deployments=await self._deployments(), tests=tests)

    def _rollouts(self, flag: FlagData, asked: int) -> list[RolloutSeen]:
        return [
            self._rollout(flag, setting, rule, trip, asked)
            for setting in flag.attributes.feature_flag_environments
            for rule, trip in _with_trips(setting)
            if rule.exposure_schedule is not None and rule.exposure_schedule.is_rollout
        ]

    def _rollout(
        self, flag: FlagData, setting: SettingData, rule: RuleData, trip: Trip | None, asked: int
    ) -> RolloutSeen:
        schedule = rule.exposure_schedule or ScheduleData(id=rule.id)
        environment = Environment(
            id=setting.environment_id,
            name=setting.environment_name or setting.environment_id,
            queries=tuple(sorted(set(setting.environment_queries))),
            is_production=setting.is_production,
        )
        target = Target(
            noun=Noun.ROLLOUT,
            id=schedule.id,
            key=flag.attributes.key,
            name=flag.attributes.name,
            rule=rule.key or rule.name,
            flag_id=flag.id,
            environment=environment,
            url=link(self._web_url, flag),
        )
        steps = sorted(schedule.rollout_steps, key=lambda step: step.order_position)
        return RolloutSeen(
            target=target,
            stages=tuple(
                Stage(ratio=step.exposure_ratio, lasts=step.interval_ms, waits=step.is_pause_record) for step in steps
            ),
            started_at=_moment(schedule.absolute_start_time or ""),
            trip=trip,
            flag_enabled=setting.status == "ENABLED",
            read_at=asked,
        )

    async def _deployments(self) -> tuple[DeploymentSeen, ...]:
        """Return what runs or waits; an organisation without this fleet API has none to show."""
        try:
            answer = await self._client.read(f"/api/{self._fleet}/fleet/deployments", page_size=_PAGE)
        except NotFound:
            return ()
        rows = read(DeploymentList, answer).data
        url = f"{self._web_url}/fleet" if self._web_url else ""
        return tuple(
            DeploymentSeen(
                target=Target(noun=Noun.DEPLOYMENT, id=row.id, key=row.id, reach="the fleet", url=url),
                status=status_of(row.attributes) or "",
                hosts=_hosts(row.attributes),
            )
            for row in rows
            if status_of(row.attributes) in _GOING_ON
        )

    async def _tests(self, known: tuple[Environment, ...]) -> tuple[tuple[TestSeen, ...], int]:
        """Return the paused tests, and how many requests that took."""
        found: dict[str, TestSeen] = {}
        for page in range(_MOST_PAGES):
            answer = await self._client.read(TESTS, page_size=_PAGE, page_number=page)
            rows = read(SyntheticList, answer).tests
            for row in rows:
                if row.status == "paused":
                    places = environment_tags(row.tags)
                    target = Target(
                        noun=Noun.TEST,
                        id=row.public_id,
                        key=row.name or row.public_id,
                        reach=", ".join(places) or "the organisation",
                        outside_production=outside_production(places, known),
                    )
                    found[row.public_id] = TestSeen(target=target, places=tuple(places))
            if len(rows) < _PAGE:
                return tuple(found.values()), page + 1
        return tuple(found.values()), _MOST_PAGES


def _with_trips(setting: SettingData) -> list[tuple[RuleData, Trip | None]]:
    """Return the rules of a flag in an environment, each with what a guardrail did to its rollout."""
    raw = setting.allocations if isinstance(setting.allocations, list) else []
    ordered = sorted((each for each in raw if isinstance(each, dict)), key=lambda each: each.get("order_position") or 0)
    occasions = [read(_Scheduled, each).exposure_schedule for each in ordered]
    return [(rule, _trip(rule.exposure_schedule, seen)) for rule, seen in zip(setting.rules(), occasions, strict=True)]


def _trip(schedule: ScheduleData | None, seen: _Occasions | None) -> Trip | None:
    """Return what a guardrail did that still stands; the newest occasion names it."""
    if schedule is None or schedule.guardrail_triggered_action is None:
        return None
    triggers = sorted(seen.guardrail_triggers if seen else [], key=lambda one: one.created_at)
    newest = triggers[-1] if triggers else _Trigger()
    return Trip(
        id=f"{schedule.id}.{newest.id or newest.created_at or len(triggers)}",
        action=schedule.guardrail_triggered_action,
        metrics=tuple(dict.fromkeys(one.metric_id for one in reversed(triggers[-3:]) if one.metric_id)),
        at=_moment(newest.created_at),
    )


def _hosts(found: DeploymentAttributes) -> str:
    """Return how many hosts are how far, in words; empty where it is not told."""
    told = [(name, getattr(found, f"{name}_hosts")) for name in _COUNTED]
    counts = ", ".join(f"{count} {name}" for name, count in told if count)
    if not found.total_hosts:
        return counts
    return f"{counts} of {found.total_hosts} hosts" if counts else f"{found.total_hosts} hosts"


def _moment(text: str) -> int | None:
    """Return a time of Datadog's, which may have nine digits after the second, in milliseconds; None for none."""
    try:
        return int(datetime.fromisoformat(text).timestamp() * 1000)
    except ValueError:
        return None
