"""What the panel sees in Datadog: flags with their rollouts, what is deployed, paused tests, within few requests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.adapters.datadog.client import DatadogClient
from bot.adapters.datadog.sightings import DatadogSights
from bot.adapters.http import build_http
from bot.errors import NotFound
from bot.panel.progress import State, infer
from bot.panel.sights import FlagSeen
from bot.sandbox.datadog.control import Drift, happen
from bot.sandbox.datadog.organisation import Organisation
from tests.sandbox.datadog.serving import KEYS, HandClock, served


async def at_once(seconds: float) -> None:
    """Wait for nothing."""
    del seconds


class Now:
    """The organisation's clock in milliseconds."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock

    def now(self) -> int:
        """Return milliseconds since the epoch."""
        return int(self._clock().timestamp() * 1000)


@asynccontextmanager
async def looking() -> AsyncIterator[tuple[DatadogSights, Organisation, Now]]:
    """Open a way to a fresh organisation."""
    clock = HandClock()
    organisation = Organisation(now=clock)
    async with served(organisation) as base:
        http = build_http(base, KEYS, name="Datadog")
        try:
            client = DatadogClient(http, wait=at_once)
            yield DatadogSights(client, Now(clock), web_url="https://app.example"), organisation, Now(clock)
        finally:
            await http.close()


async def flag_of(sights: DatadogSights, organisation: Organisation, key: str) -> FlagSeen:
    """Read one flag by its key."""
    return await sights.flag(next(flag.id for flag in organisation.world.flags if flag.key == key))


async def test_a_flag_brings_its_rollouts_everywhere() -> None:
    """One request tells the steps, beginning and place of each rollout, and leaves plain rules out."""
    async with looking() as (sights, organisation, time):
        seen = await flag_of(sights, organisation, "checkout-v2")
        found = {one.target.where: one for one in seen.rollouts}
        assert set(found) == {"prod", "staging"}
        prod = found["prod"]
        assert prod.target.rule == "checkout-v2-gradual"
        assert prod.target.production
        assert [(stage.ratio, stage.lasts) for stage in prod.stages] == [
            *((ratio, 1_800_000) for ratio in (0.05, 0.25, 0.5)),
            (1.0, None),
        ]
        progress = infer(prod, (), time.now())
        assert (progress.state, progress.step, progress.ratio) == (State.RUNNING, 2, 0.25)
        assert progress.next_at is not None
        assert time.now() < progress.next_at <= time.now() + 1_200_000
        assert prod.target.environment is not None
        assert prod.target.environment.id in seen.enabled


async def test_production_is_what_datadog_marks_and_not_what_is_called_so() -> None:
    """A rollout in the environment named Development is production, one in a `prod` without the mark is not."""
    async with looking() as (sights, organisation, _):
        found = (await flag_of(sights, organisation, "resume-upload")).rollouts
        assert next(one for one in found if one.target.where == "Development").target.production
        marked = {one.name for one in (await sights.around()).environments if one.is_production}
        assert marked == {"prod", "Development"}
        next(each for each in organisation.world.environments if each.name == "prod").is_production = False
        found = (await flag_of(sights, organisation, "checkout-v2")).rollouts
        assert not next(one for one in found if one.target.where == "prod").target.production
        marked = {one.name for one in (await sights.around()).environments if one.is_production}
        assert marked == {"Development"}


async def test_a_guardrail_is_one_occasion_with_its_metric_and_time() -> None:
    """A trip has the same name at each reading, another one after the rollout went on, and none meanwhile."""
    async with looking() as (sights, organisation, _):
        trips = []
        for verb in ("", "resume"):
            if verb:
                happen(organisation, Drift.model_validate(DRIFT | {"verb": verb}))
                assert (await flag_of(sights, organisation, "checkout-v2")).rollouts[0].trip is None
            happen(organisation, Drift.model_validate(DRIFT | {"guardrail": "PAUSE", "advance_seconds": 1}))
            (prod,) = [
                one
                for one in (await flag_of(sights, organisation, "checkout-v2")).rollouts
                if one.target.where == "prod"
            ]
            assert prod.trip is not None
            assert (prod.trip.action, prod.trip.metrics) == ("PAUSE", ("checkout.p99",))
            now = int(organisation.now().timestamp() * 1000)
            assert prod.trip.at == now
            assert infer(prod, (), now).state is State.GUARDED
            again = await flag_of(sights, organisation, "checkout-v2")
            assert prod.trip.id in [one.trip.id for one in again.rollouts if one.trip]
            trips.append(prod.trip.id)
        assert len(set(trips)) == 2


DRIFT: dict[str, object] = {"flag": "checkout-v2", "environment": "prod", "metric": "checkout.p99"}


async def test_everything_beside_the_flags() -> None:
    """Environments, deployments that run or wait, and paused tests come with how many requests they took."""
    async with looking() as (sights, organisation, _):
        around = await sights.around()
        assert [one.target.key for one in around.deployments] == ["abc-def-ghi", "jkl-mno-pqr"]
        assert around.deployments[0].status == "running"
        assert [(one.target.key, one.places) for one in around.tests] == [("search-page", ("staging",))]
        assert around.tests[0].target.outside_production
        assert {one.name for one in around.environments} == {"prod", "Development", "staging", "eu-staging"}
        assert around.requests == 3
        listed = await sights.flags()
        live = {flag.id for flag in organisation.world.flags if flag.archived_at is None}
        assert (set(listed.ids), listed.requests) == (live, 1)
        with pytest.raises(NotFound):
            await sights.flag("00000000-0000-4000-8000-000000000000")
