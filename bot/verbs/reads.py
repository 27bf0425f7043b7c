"""What can be looked at."""

from bot.action import Place, Read
from bot.model import Noun

_FLAGS = ("feature_flag_config_read", "feature_flag_environment_config_read")
_ENVIRONMENTS = ("feature_flag_environment_config_read",)
_TESTS = ("synthetics_read",)
_FLEET = ("hosts_read",)

READS: tuple[Read, ...] = (
    Read(
        verb="list",
        noun=Noun.FLAG,
        summary="flags by key or name, and where each is enabled; archived ones only where that is said",
        permissions=_FLAGS,
        place=Place.OPTIONAL,
        lists=True,
        states=("enabled", "disabled", "archived"),
    ),
    Read(
        verb="show",
        noun=Noun.FLAG,
        summary="a flag's variants, how it stands in each environment, its rollouts, and what was done last from here",
        permissions=_FLAGS,
        place=Place.OPTIONAL,
        synonyms=("describe", "status"),
    ),
    Read(
        verb="rules",
        noun=Noun.FLAG,
        summary="a flag's targeting rules in one environment, in words",
        permissions=_FLAGS,
        place=Place.NEEDED,
        synonyms=("targeting",),
    ),
    Read(
        verb="list",
        noun=Noun.ROLLOUT,
        summary="rollouts in an environment or of a flag, each with its inferred state",
        permissions=_FLAGS,
        place=Place.OPTIONAL,
        lists=True,
    ),
    Read(
        verb="status",
        noun=Noun.ROLLOUT,
        summary="a rollout's steps, inferred state, next step, and what its guardrails did",
        permissions=_FLAGS,
        place=Place.NEEDED,
        synonyms=("show", "describe"),
    ),
    Read(
        verb="list",
        noun=Noun.ENVIRONMENT,
        summary="all environments, and which of them Datadog marks as production",
        permissions=_ENVIRONMENTS,
        lists=True,
    ),
    Read(
        verb="show",
        noun=Noun.ENVIRONMENT,
        summary="an environment's queries, production mark and approvals, and the flags enabled there",
        permissions=(*_ENVIRONMENTS, "feature_flag_config_read"),
        synonyms=("describe", "status"),
    ),
    Read(
        verb="list",
        noun=Noun.TEST,
        summary="synthetic tests by name, public id or tag",
        permissions=_TESTS,
        lists=True,
        states=("live", "paused"),
    ),
    Read(
        verb="show",
        noun=Noun.TEST,
        summary="a synthetic test's status, type, tags and locations",
        permissions=_TESTS,
        synonyms=("describe", "status"),
    ),
    Read(
        verb="list",
        noun=Noun.DEPLOYMENT,
        summary="fleet deployments, those that run first",
        permissions=_FLEET,
        lists=True,
        states=("running", "pending", "completed", "failed", "canceled"),
    ),
    Read(
        verb="show",
        noun=Noun.DEPLOYMENT,
        summary="a fleet deployment's progress, host by host",
        permissions=_FLEET,
        synonyms=("describe", "status"),
    ),
)
