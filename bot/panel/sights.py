"""
What the panel looks at outside, and the port it looks through.

A rollout has no state of its own to be read (Datadog's recordings): its steps, when it began and what a guardrail
did are all there is.
"""

from typing import Protocol

from bot.model import Environment, Target, Value


class Stage(Value):
    """One step of a rollout: the share exposed, how long it lasts (ms; None for the last), whether it waits there."""

    ratio: float
    lasts: int | None = None
    waits: bool = False


class Trip(Value):
    """That a guardrail acted: PAUSE or ABORT, by which metrics, and when; `id` is the same for the same occasion."""

    id: str
    action: str
    metrics: tuple[str, ...] = ()
    at: int | None = None


class RolloutSeen(Value):
    """A rollout as it was read at `read_at`; times are milliseconds."""

    target: Target
    stages: tuple[Stage, ...]
    started_at: int | None = None
    trip: Trip | None = None
    flag_enabled: bool = True
    read_at: int = 0


class FlagSeen(Value):
    """A flag: where it is enabled (ids of environments), where it is not, and its rollouts everywhere."""

    id: str
    key: str
    enabled: tuple[str, ...] = ()
    disabled: tuple[str, ...] = ()
    rollouts: tuple[RolloutSeen, ...] = ()
    read_at: int = 0


class DeploymentSeen(Value):
    """A deployment that runs or waits, and how far its hosts are, in words."""

    target: Target
    status: str
    hosts: str = ""


class TestSeen(Value):
    """A synthetic test that is paused, and the `env:` places it acts in."""

    __test__ = False  # the name is Datadog's; it is no test of this project

    target: Target
    places: tuple[str, ...] = ()


class Listed(Value):
    """What was listed, and how many requests that took."""

    requests: int


class FlagsListed(Listed):
    """The ids of all live flags."""

    ids: tuple[str, ...]


class Around(Listed):
    """Everything beside the flags: environments, what is being deployed, and which tests are paused."""

    environments: tuple[Environment, ...]
    deployments: tuple[DeploymentSeen, ...]
    tests: tuple[TestSeen, ...]


class Sights(Protocol):
    """Reads for the panel. Raises the errors under ProviderError, and no others."""

    async def flags(self) -> FlagsListed:
        """List the live flags."""
        ...

    async def flag(self, id_: str) -> FlagSeen:
        """Read one flag with its rollouts in all environments, by one request; raise NotFound when it is gone."""
        ...

    async def around(self) -> Around:
        """Read everything beside the flags."""
        ...
