"""
The organisation of the first day.

What somebody could plausibly have, and what trips a careless reader.

Keys resemble each other, an environment named Development is production, one flag has two rollouts in one
environment, one rollout was paused by a guardrail metric, and a kill switch is on while its flag is disabled.
Ids are the same on every first day.
"""

from datetime import datetime, timedelta
from typing import Literal
from uuid import NAMESPACE_URL, uuid5

from bot.sandbox.datadog import rollouts
from bot.sandbox.datadog.records import (
    Deployment,
    Environment,
    Flag,
    Host,
    Rollout,
    RolloutState,
    Rule,
    Setting,
    Step,
    SyntheticTest,
    Variant,
    Weight,
    World,
)

_MINUTE = 60_000
_RATIOS = (0.05, 0.25, 0.5, 1.0)
_METRIC = "checkout.error_rate"
_PLAIN = "plain"
_GUARDED = "paused by a guardrail"

_FLAGS: tuple[tuple[str, str, str, str], ...] = (
    # key, name, what it is for, the default coded in the application
    ("new-search", "New search", "Search results from the new index", "false"),
    ("new-search-v2", "New search v2", "Second version of the new search", "false"),
    ("New-Search-Beta", "New search (beta)", "New search for beta testers", "false"),
    ("checkout-v2", "Checkout v2", "One-page checkout", "false"),
    ("checkout-v2-eu", "Checkout v2 (EU)", "One-page checkout with European taxes", "false"),
    ("new-checkout", "New checkout", "Checkout of the new shop", "false"),
    ("resume-upload", "Resume upload", "Go on with interrupted uploads", "false"),
    ("to-be-removed", "To be removed", "Left over from the last migration", "false"),
    ("payments-kill-switch", "Payments kill switch", "Payments flow while this serves true", "true"),
    ("old-banner", "Old banner", "Banner of the last campaign", "false"),
    ("eu-pricing", "EU pricing", "Prices with European rounding", "false"),
    ("search-ranking", "Search ranking", "Parameters of the ranking", '{"boost": 1}'),
    ("button-colour", "Button colour", "Colour of the main button", "blue"),
    ("dark-mode", "Dark mode", "Dark colours", "false"),
)

_ENABLED: dict[str, tuple[str, ...]] = {
    "new-search": ("prod", "staging", "Development"),
    "new-search-v2": ("staging",),
    "checkout-v2": ("prod", "staging"),
    "checkout-v2-eu": ("prod", "eu-staging"),
    "new-checkout": ("prod", "staging"),
    "resume-upload": ("prod", "Development"),
    "payments-kill-switch": ("prod", "Development", "staging", "eu-staging"),
    "eu-pricing": ("eu-staging",),
    "search-ranking": ("prod", "staging"),
    "button-colour": ("prod",),
}

_RULES: tuple[tuple[str, str, str, str, int], ...] = (
    # flag, environment, rule, state, minutes since the start
    ("new-search", "prod", "beta-testers", _PLAIN, 0),
    ("new-search", "staging", "new-search-gradual", RolloutState.RUNNING, 10),
    ("checkout-v2", "prod", "checkout-v2-gradual", RolloutState.RUNNING, 40),
    ("checkout-v2", "prod", "employees", _PLAIN, 0),
    ("checkout-v2", "staging", "checkout-v2-gradual", RolloutState.PAUSED, 80),
    ("checkout-v2-eu", "prod", "checkout-v2-eu-gradual", RolloutState.NOT_STARTED, 0),
    ("checkout-v2-eu", "eu-staging", "checkout-v2-eu-gradual", RolloutState.RUNNING, 20),
    ("new-checkout", "prod", "new-checkout-gradual", RolloutState.PAUSED, 35),
    ("resume-upload", "prod", "resume-upload-gradual", _GUARDED, 50),
    ("resume-upload", "Development", "resume-upload-gradual", RolloutState.RUNNING, 5),
    ("search-ranking", "prod", "ranking-web", RolloutState.RUNNING, 15),
    ("search-ranking", "prod", "ranking-mobile", RolloutState.PAUSED, 15),
    ("button-colour", "prod", "button-colour-gradual", RolloutState.FINISHED, 600),
    ("dark-mode", "prod", "dark-mode-gradual", RolloutState.NOT_STARTED, 0),
)

_TYPES: dict[str, Literal["JSON", "STRING"]] = {"search-ranking": "JSON", "button-colour": "STRING"}
_VALUES: dict[str, tuple[tuple[str, str], ...]] = {
    "search-ranking": (("baseline", '{"boost": 1}'), ("boosted", '{"boost": 3}')),
    "button-colour": (("blue", "blue"), ("green", "green"), ("red", "red")),
}
_BOOLEAN = (("off", "false"), ("on", "true"))


def plausible_world(now: datetime) -> World:
    """Return the world of the first day, as of `now`."""
    environments = _environments(now - timedelta(days=90))
    return World(
        environments=environments,
        flags=[_flag(row, environments, now) for row in _FLAGS],
        tests=_tests(now - timedelta(days=60)),
        deployments=_deployments(now),
    )


def seeded_id(*parts: str) -> str:
    """Return the id that something of the first day has."""
    return str(uuid5(NAMESPACE_URL, "/".join(parts)))


def _environments(created: datetime) -> list[Environment]:
    rows: tuple[tuple[str, list[str], bool, str | None], ...] = (
        ("prod", ["prod", "production"], True, None),
        ("Development", ["development", "dev"], True, None),
        ("staging", ["staging", "stage"], False, None),
        ("eu-staging", ["eu-staging"], False, "eu-staging"),
    )
    return [
        Environment(
            id=seeded_id("environment", name),
            name=name,
            queries=queries,
            is_production=production,
            key=key,
            created_at=created,
            updated_at=created,
        )
        for name, queries, production, key in rows
    ]


def _flag(row: tuple[str, str, str, str], environments: list[Environment], now: datetime) -> Flag:
    key, name, description, coded_default = row
    created = now - timedelta(days=30, microseconds=418_300)
    variants = _variants(key, created)
    return Flag(
        id=seeded_id("flag", key),
        key=key,
        name=name,
        description=description,
        value_type=_TYPES.get(key, "BOOLEAN"),
        variants=variants,
        coded_default=coded_default,
        require_approval=key == "eu-pricing",
        tags=["team:shop"],
        archived_at=now - timedelta(days=3) if key == "old-banner" else None,
        settings=[_setting(key, each, variants, now) for each in environments],
        created_at=created,
        updated_at=created,
    )


def _variants(key: str, created: datetime) -> list[Variant]:
    return [
        Variant(
            id=seeded_id("variant", key, variant),
            key=variant,
            name=variant.title(),
            value=value,
            created_at=created,
            updated_at=created,
        )
        for variant, value in _VALUES.get(key, _BOOLEAN)
    ]


def _setting(key: str, environment: Environment, variants: list[Variant], now: datetime) -> Setting:
    identity = seeded_id("setting", key, environment.name)
    hollow: dict[str, Literal["null", "list", "object"]] = {"staging": "list", "eu-staging": "object"}
    return Setting(
        environment_id=environment.id,
        status="ENABLED" if environment.name in _ENABLED.get(key, ()) else "DISABLED",
        default_variant_id=None if key == "to-be-removed" else variants[0].id,
        suffix=identity[-12:],
        hollow=hollow.get(environment.name, "null"),
        rules=[
            _rule(key, environment.name, rule, state, minutes, variants, now)
            for flag, where, rule, state, minutes in _RULES
            if (flag, where) == (key, environment.name)
        ],
    )


def _rule(flag: str, where: str, rule: str, state: str, minutes: int, variants: list[Variant], now: datetime) -> Rule:
    begun = now - timedelta(minutes=minutes)
    created = begun - timedelta(hours=2, microseconds=250)
    return Rule(
        id=seeded_id("rule", flag, where, rule),
        key=rule,
        name=rule.replace("-", " ").capitalize(),
        type="FEATURE_GATE" if state == _PLAIN else "CANARY",
        targeting=[[{"attribute": "group", "operator": "ONE_OF", "value": [rule]}]] if state == _PLAIN else [],
        weights=[Weight(id=seeded_id("weight", flag, where, rule), variant_id=variants[1].id, value=100)],
        guardrails=[{"metric_id": _METRIC, "trigger_action": "PAUSE"}] if state == _GUARDED else [],
        rollout=_rollout(seeded_id("rollout", flag, where, rule), state, begun, variants, created, now),
        created_at=created,
        updated_at=created,
    )


def _rollout(
    identity: str, state: str, begun: datetime, variants: list[Variant], created: datetime, now: datetime
) -> Rollout:
    ratios = (1.0,) if state == _PLAIN else _RATIOS
    steps = [
        Step(
            id=seeded_id(identity, str(index)),
            ratio=ratio,
            interval_ms=None if index == len(ratios) - 1 else 30 * _MINUTE,
            group=index,
        )
        for index, ratio in enumerate(ratios)
    ]
    rollout = Rollout(
        id=identity,
        strategy="NO_ROLLOUT" if state == _PLAIN else "UNIFORM_INTERVALS",
        selection_interval_ms=30 * _MINUTE,
        control_variant_id=None if state == _PLAIN else variants[0].id,
        steps=steps,
        created_at=created,
        updated_at=created,
    )
    _live_through(rollout, state, begun, variants[1].id, now)
    return rollout


def _live_through(rollout: Rollout, state: str, begun: datetime, variant: str, now: datetime) -> None:
    if state in (_PLAIN, RolloutState.NOT_STARTED):
        return
    rollouts.start(rollout, begun)
    halt = now - timedelta(minutes=2)
    if state == RolloutState.PAUSED:
        rollouts.pause(rollout, halt)
    elif state == _GUARDED:
        rollouts.trip(rollout, _METRIC, "PAUSE", variant, halt)
    rollouts.settle(rollout, now)


def _tests(created: datetime) -> list[SyntheticTest]:
    rows: tuple[tuple[str, str, Literal["api", "browser"], Literal["live", "paused"], list[str]], ...] = (
        ("abc-def-ghi", "checkout-api", "api", "live", ["env:prod", "team:shop"]),
        ("h4t-5pz-c8w", "search-page", "browser", "paused", ["env:staging", "team:search"]),
        ("7qk-m2x-9dn", "checkout-api-eu", "api", "live", ["env:eu-staging"]),
        ("n3v-r6y-2jb", "login-api", "api", "live", ["env:prod", "env:staging"]),
        ("x9f-k1s-u7e", "status-page", "browser", "live", ["team:platform"]),
    )
    return [
        SyntheticTest(
            public_id=public_id,
            name=name,
            type=kind,
            status=status,
            tags=tags,
            url=f"https://{name}.test",
            monitor_id=126_283_369 + index,
            created_at=created,
            modified_at=created + timedelta(days=1, microseconds=688_078),
        )
        for index, (public_id, name, kind, status, tags) in enumerate(rows)
    ]


def _deployments(now: datetime) -> list[Deployment]:
    rows: tuple[tuple[str, Literal["pending", "running", "completed"], tuple[str, ...], int], ...] = (
        ("abc-def-ghi", "running", ("succeeded", "succeeded", "running", "pending", "pending"), 12),
        ("jkl-mno-pqr", "pending", ("pending", "pending", "pending"), 1),
        ("stu-vwx-yza", "completed", ("succeeded", "succeeded", "succeeded", "succeeded"), 900),
    )
    return [
        Deployment(
            id=deployment_id,
            status=status,
            query="env:prod AND service:shop",
            version=f"7.{70 + index}.0",
            author="release-engineer@shop.test",
            hosts=[
                Host.model_validate({"hostname": f"shop-{index}-{at}", "status": each}) for at, each in enumerate(hosts)
            ],
            started_at=now - timedelta(minutes=minutes),
            finished_at=now - timedelta(minutes=minutes - 30) if status == "completed" else None,
        )
        for index, (deployment_id, status, hosts, minutes) in enumerate(rows)
    ]
