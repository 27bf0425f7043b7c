"""A Datadog that answers by script, and a time that only moves when somebody waits."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import httpx

from bot.actions import BY_NAME
from bot.adapters.datadog.client import DatadogClient
from bot.adapters.datadog.provider import DatadogProvider
from bot.adapters.http import build_http
from bot.model import Environment, Noun, Plan, Target

FLAG_ID = "0c9d7a52-0000-4000-8000-00000000f1a6"
SCHEDULE_ID = "0c9d7a52-0000-4000-8000-00000000c4ed"
PROD = Environment(id="0c9d7a52-0000-4000-8000-0000000000e1", name="prod", queries=("prod",), is_production=True)
FLAG = Target(noun=Noun.FLAG, id=FLAG_ID, key="new-search", flag_id=FLAG_ID, environment=PROD)
ROLLOUT = Target(noun=Noun.ROLLOUT, id=SCHEDULE_ID, key="new-search", flag_id=FLAG_ID, environment=PROD)

Reply = httpx.Response | Exception
_NOW = 1_792_000_000_000


class FakeTime:
    """A clock for everything: waiting moves it on, and is remembered."""

    def __init__(self) -> None:
        self.seconds = 100.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        """Return the seconds of the monotonic clock."""
        return self.seconds

    def now(self) -> int:
        """Return the time of day in milliseconds."""
        return _NOW + int(self.seconds * 1000)

    async def wait(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.waits.append(seconds)
        self.seconds += seconds


class Script:
    """Answers one reply after the other, the last one for ever, and keeps the requests."""

    def __init__(self, replies: Iterable[Reply], on_request: Callable[[], None] = lambda: None) -> None:
        self._replies = list(replies)
        self._on_request = on_request
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, or fail as scripted."""
        self.requests.append(request)
        self._on_request()
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply


class Scripted:
    """A provider over a script; `time` is its clock."""

    def __init__(
        self, *replies: Reply, seconds_per_call: float = 0.0, budget: float = 10.0, jitter: float = 0.0
    ) -> None:
        self.time = FakeTime()
        self.script = Script(replies, lambda: self._pass(seconds_per_call))
        transport = httpx.MockTransport(self.script)
        http = build_http("https://api.datadog.test", {"DD-API-KEY": "k"}, name="Datadog", transport=transport)
        self.client = DatadogClient(
            http, wait=self.time.wait, monotonic=self.time.monotonic, budget=budget, jitter=lambda: jitter
        )
        self.provider = DatadogProvider(self.client, self.time, web_url="https://app.datadog.test")

    def _pass(self, seconds: float) -> None:
        self.time.seconds += seconds

    @property
    def asked(self) -> list[str]:
        """Return what was asked, as `METHOD /path`."""
        return [f"{each.method} {each.url.path}" for each in self.script.requests]


def answer(status: int, body: object = None, **headers: str) -> httpx.Response:
    """Return an answer; a `body` of None is none at all, bytes are sent as they are."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, content=content, headers=named)


def plan_of(action: str) -> Plan:
    """Return a plan of an action on the scripted flag or rollout."""
    literal = BY_NAME[action]
    return Plan(
        action=action,
        target=FLAG if literal.noun is Noun.FLAG else ROLLOUT,
        risk=literal.risk,
        changes=(),
        consequence="",
        fingerprint="f",
        taken_at=_NOW,
    )


def flag_body(**setting: Any) -> dict[str, Any]:
    """Return the answer for the scripted flag, with parts of its setting replaced."""
    whole: dict[str, Any] = {
        "environment_id": PROD.id,
        "environment_name": "prod",
        "environment_queries": ["prod", "production"],
        "status": "ENABLED",
        "is_production": True,
        "require_feature_flag_approval": False,
        "pending_suggestion_id": None,
        "allocations": [rule_body()],
    }
    attributes = {
        "key": "new-search",
        "name": "New search",
        "archived_at": None,
        "require_approval": False,
        "feature_flag_environments": [whole | setting],
    }
    return {"data": {"id": FLAG_ID, "type": "feature-flags", "attributes": attributes}}


def rule_body(strategy: str = "UNIFORM_INTERVALS", **schedule: Any) -> dict[str, Any]:
    """Return a rule with a schedule, with parts of that schedule replaced."""
    whole: dict[str, Any] = {
        "id": SCHEDULE_ID,
        "absolute_start_time": None,
        "updated_at": "2026-04-22T20:16:00.322813054Z",
        "rollout_options": {"strategy": strategy, "autostart": False, "selection_interval_ms": 60_000},
        "rollout_steps": [
            {"order_position": 1, "exposure_ratio": 1, "interval_ms": None, "is_pause_record": False},
            {"order_position": 0, "exposure_ratio": 0.05, "interval_ms": 60_000, "is_pause_record": False},
        ],
        "guardrail_triggered_action": None,
        "guardrail_triggers": [],
    }
    return {
        "id": "0c9d7a52-0000-4000-8000-00000000a110",
        "key": "everyone",
        "name": "Everyone",
        "type": "CANARY",
        "status": "ACTIVE",
        "order_position": 0,
        "targeting_rules": [{"conditions": [{"attribute": "a", "operator": "ONE_OF", "value": ["x", "y"]}]}],
        "variant_weights": [{"variant_id": "v", "value": 100}],
        "guardrail_metrics": [],
        "experiment_id": None,
        "exposure_schedule": whole | schedule,
    }
