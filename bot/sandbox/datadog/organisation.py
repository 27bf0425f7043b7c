"""
The organisation.

Its records, its clock, its call log, and how they are looked up and kept.
"""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from bot.sandbox.datadog import rollouts
from bot.sandbox.datadog.calls import CallLog
from bot.sandbox.datadog.faults import Faults
from bot.sandbox.datadog.records import (
    Deployment,
    Environment,
    Flag,
    Rollout,
    Rule,
    Setting,
    Suggestion,
    SyntheticTest,
    World,
)
from bot.sandbox.datadog.refusals import Refused, missing
from bot.sandbox.datadog.seed import plausible_world


def system_time() -> datetime:
    """Return the time of this machine."""
    return datetime.now(UTC)


async def _nobody() -> None:
    return None


class Organisation:
    """
    A Datadog organisation that remembers.

    `now` is its clock: running rollouts move as it moves. `on_change` is awaited after everything that changed
    the world, which is where a `JsonFile` learns of it.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = system_time,
        on_change: Callable[[], Awaitable[None]] = _nobody,
    ) -> None:
        self._clock = now
        self.on_change = on_change
        self.faults = Faults()
        self._adopt(plausible_world(now()))

    def now(self) -> datetime:
        """Return the organisation's own time."""
        return self._clock()

    def advance(self, span: timedelta) -> None:
        """
        Carry running rollouts on, as if they had begun that much earlier.

        The clock stays: whoever infers from times where a rollout is has none but the real one to compare with.
        """
        now = self.now()
        for _, _, rule in self.rules():
            if rule.rollout is not None:
                rollouts.carry_on(rule.rollout, span, now)

    def dump(self) -> object:
        """Return everything as JSON data that `load` takes back."""
        return self.world.model_dump(mode="json")

    def load(self, document: object) -> None:
        """
        Take back what `dump` returned.

        Raises pydantic.ValidationError, a ValueError, on anything else.
        """
        self._adopt(World.model_validate(document))

    def reset(self) -> None:
        """Begin again with the organisation of the first day, without faults."""
        self.faults.clear()
        self._adopt(plausible_world(self._clock()))

    def _adopt(self, world: World) -> None:
        self.world = world
        self.calls = CallLog(world.calls)

    def flag(self, flag_id: str) -> Flag:
        """Return a flag by its id; raises Refused."""
        _require_uuid("feature flag", flag_id)
        for flag in self.world.flags:
            if flag.id == flag_id:
                return flag
        raise missing("feature flag", flag_id)

    def environment(self, environment_id: str) -> Environment:
        """Return an environment by its id; raises Refused."""
        _require_uuid("environment", environment_id)
        for environment in self.world.environments:
            if environment.id == environment_id:
                return environment
        raise missing("environment", environment_id, shape="titled")

    def setting(self, flag_id: str, environment_id: str) -> tuple[Flag, Environment, Setting]:
        """
        Return a flag, an environment and the flag's setting in it.

        Raises Refused.
        """
        flag, environment = self.flag(flag_id), self.environment(environment_id)
        for setting in flag.settings:
            if setting.environment_id == environment_id:
                return flag, environment, setting
        raise missing("environment", environment_id, shape="titled")

    def rollout(self, rollout_id: str) -> Rollout:
        """Return a rollout (an exposure schedule) by its id; raises Refused."""
        _require_uuid("exposure schedule", rollout_id)
        for _, _, rule in self.rules():
            if rule.rollout is not None and rule.rollout.id == rollout_id:
                return rule.rollout
        raise missing("exposure schedule", rollout_id)

    def rules(self) -> Iterator[tuple[Flag, Setting, Rule]]:
        """Yield every targeting rule with the flag and setting it belongs to."""
        for flag in self.world.flags:
            for setting in flag.settings:
                for rule in setting.rules:
                    yield flag, setting, rule

    def settle(self) -> None:
        """Carry every running rollout to where it is now."""
        for _, _, rule in self.rules():
            if rule.rollout is not None:
                rollouts.settle(rule.rollout, self.now())

    def test(self, public_id: str) -> SyntheticTest:
        """Return a synthetic test by its public id; raises Refused."""
        for test in self.world.tests:
            if test.public_id == public_id:
                return test
        raise Refused(404, "Synthetics test not found", shape="texts")

    def deployment(self, deployment_id: str) -> Deployment:
        """Return a fleet deployment by its id; raises Refused."""
        for deployment in self.world.deployments:
            if deployment.id == deployment_id:
                return deployment
        raise missing("deployment", deployment_id, shape="single")

    def suggestion(self, suggestion_id: str) -> Suggestion:
        """Return a suggestion by its id; raises Refused."""
        for suggestion in self.world.suggestions:
            if suggestion.id == suggestion_id:
                return suggestion
        raise missing("suggestion", suggestion_id, shape="texts")


def _require_uuid(kind: str, text: str) -> None:
    try:
        UUID(text)
    except ValueError:
        raise Refused(400, f"invalid {kind} id: {text!r} is not a UUID", shape="texts") from None
