"""
What is seen of things, as values, and the port by which they are read.

These are for people to read. What a change stands on is read afresh by the Provider and is never one of these. What
the provider does not tell is empty, or None where empty would say something.
"""

from typing import Protocol

from bot.model import Environment, Value


class Variant(Value):
    """One of the values a flag can have; `value` is text, whatever its type."""

    id: str
    key: str
    name: str = ""
    value: str = ""


class Condition(Value):
    """One condition of a rule: an attribute, an operator as the provider calls it, and values."""

    attribute: str
    operator: str
    values: tuple[str, ...] = ()


class Weight(Value):
    """The share of users, in per cent, that a rule gives a variant."""

    variant: str
    percent: float


class Guard(Value):
    """What a guardrail metric does to a rollout when it is crossed."""

    metric: str
    action: str = ""


class Trigger(Value):
    """One time that a guardrail metric acted; `at` in epoch ms."""

    metric: str
    action: str = ""
    at: int | None = None


class Step(Value):
    """One step of a rollout: how many users (0 to 1) for how long; `holds` where it waits for somebody to resume."""

    ratio: float
    interval: int | None = None
    holds: bool = False


class RolloutView(Value):
    """
    A rollout. It has no status: only what may be inferred from this.

    `guardrail` is what a guardrail metric did to it last, PAUSE or ABORT. Times are epoch ms.
    """

    id: str
    flag_id: str
    flag: str
    rule: str
    environment: Environment
    enabled: bool | None = None
    started_at: int | None = None
    scheduled_at: int | None = None
    updated_at: int | None = None
    interval: int | None = None
    steps: tuple[Step, ...] = ()
    guards: tuple[Guard, ...] = ()
    guardrail: str = ""
    triggers: tuple[Trigger, ...] = ()
    url: str = ""


class RuleView(Value):
    """
    A targeting rule: any of its groups of conditions lets a user in, and all conditions of a group must hold.

    Without conditions it is for everybody. `rollout` is None for a plain rule.
    """

    id: str = ""
    key: str = ""
    name: str = ""
    kind: str = ""
    groups: tuple[tuple[Condition, ...], ...] = ()
    weights: tuple[Weight, ...] = ()
    guards: tuple[Guard, ...] = ()
    experiment: str = ""
    rollout: RolloutView | None = None


class SettingView(Value):
    """A flag in one environment; `enabled` is None where the provider does not tell, `default` is a variant's key."""

    environment: Environment
    enabled: bool | None = None
    default: str = ""
    approval: bool = False
    suggestion: str = ""
    rules: tuple[RuleView, ...] = ()

    @property
    def rollouts(self) -> tuple[RolloutView, ...]:
        """The rollouts among the rules."""
        return tuple(rule.rollout for rule in self.rules if rule.rollout)


class FlagRow(Value):
    """A flag as it is listed: without rules. `enabled` and `disabled` name environments, production first."""

    id: str
    key: str
    name: str = ""
    archived: bool = False
    enabled: tuple[Environment, ...] = ()
    disabled: tuple[Environment, ...] = ()
    url: str = ""


class FlagView(Value):
    """A flag and how it stands everywhere; times are epoch ms."""

    id: str
    key: str
    name: str = ""
    description: str = ""
    kind: str = ""
    archived_at: int | None = None
    updated_at: int | None = None
    approval: bool = False
    tags: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()
    settings: tuple[SettingView, ...] = ()
    url: str = ""


class EnvironmentView(Value):
    """An environment; `approval` where the provider wants its own approval of changes there."""

    environment: Environment
    description: str = ""
    approval: bool = False
    url: str = ""


class TestView(Value):
    """A synthetic test; `status` as the provider says it, times are epoch ms."""

    __test__ = False  # not one of pytest's

    id: str
    name: str = ""
    status: str = ""
    kind: str = ""
    tags: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    every: int | None = None
    changed_at: int | None = None
    url: str = ""


class HostView(Value):
    """One host of a deployment, and what went wrong there."""

    name: str
    status: str = ""
    error: str = ""


class DeploymentView(Value):
    """A fleet deployment; `counts` are hosts by status, `hosts` those that were told one by one. Times are epoch ms."""

    id: str
    status: str = ""
    query: str = ""
    versions: tuple[str, ...] = ()
    author: str = ""
    started_at: int | None = None
    finished_at: int | None = None
    total: int | None = None
    counts: tuple[tuple[str, int], ...] = ()
    hosts: tuple[HostView, ...] = ()
    url: str = ""


class Rollouts(Value):
    """Rollouts that were found, and how many flags were not looked into."""

    rows: tuple[RolloutView, ...]
    unread: int = 0


class Views(Protocol):
    """
    What the provider has, for people to read. Raises the errors under ProviderError, and no others.

    A list leaves nothing out that its words do not narrow, as far as the provider lists it.
    """

    async def flags(self, *, archived: bool = False) -> tuple[FlagRow, ...]:
        """Return the live flags, or those that are archived."""
        ...

    async def flag(self, flag_id: str) -> FlagView:
        """Return a flag with its rules everywhere; raise NotFound."""
        ...

    async def rollouts(self, environment: Environment | None = None, flag_ids: tuple[str, ...] = ()) -> Rollouts:
        """Return rollouts, of one environment or of some flags only where that is said; plain rules are left out."""
        ...

    async def environments(self) -> tuple[EnvironmentView, ...]:
        """Return all environments."""
        ...

    async def tests(self) -> tuple[TestView, ...]:
        """Return all synthetic tests."""
        ...

    async def test(self, test_id: str) -> TestView:
        """Return a synthetic test; raise NotFound."""
        ...

    async def deployments(self, status: str = "") -> tuple[DeploymentView, ...]:
        """Return the latest fleet deployments, or those of one status; those that run come first."""
        ...

    async def deployment(self, deployment_id: str) -> DeploymentView:
        """Return a fleet deployment with its hosts; raise NotFound."""
        ...
