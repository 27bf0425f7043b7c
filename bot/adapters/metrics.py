"""
What can be measured of a process, for Prometheus.

One object with a registry of its own, made where everything is made. No label takes an id, a key, a name of a person
or a thing: the number of series is bounded by what is written in the code. What all processes share (the gauges) is
read from the store when it is asked for.
"""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from bot.actions import BY_NAME
from bot.audit import AuditEvent
from bot.changes.record import ChangeRequest, Status
from bot.model import Risk
from bot.ports import Standing, Wait

_FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
_ACKS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
_OUTSIDE = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_PEOPLE = (5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 14400.0)
_VOTES = ("approve", "confirm")


class Metrics:
    """Everything a process counts; seconds are seconds."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.acks = Histogram(
            "countersign_ack_seconds",
            "Deliveries of Slack's, from the verified body to the answer",
            ("kind", "outcome"),
            buckets=_ACKS,
            registry=registry,
        )
        self.turned_away = Counter(
            "countersign_deliveries_refused", "HTTP requests answered with an error", ("status",), registry=registry
        )
        self.refusals = Counter(
            "countersign_refusals", "What people were refused, by the error's code", ("code",), registry=registry
        )
        self.requests = Counter(
            "countersign_requests", "Changes asked for", ("action", "environment"), registry=registry
        )
        self.changes = Counter(
            "countersign_changes",
            "Changes that ended, or became unknown, by how",
            ("action", "environment", "outcome"),
            registry=registry,
        )
        self.approval = Histogram(
            "countersign_approval_seconds",
            "From a request to the vote that decided it",
            ("environment", "vote"),
            buckets=_PEOPLE,
            registry=registry,
        )
        self.contain = Histogram(
            "countersign_contain_seconds",
            "From a request that contains to its being applied",
            ("environment",),
            buckets=_PEOPLE,
            registry=registry,
        )
        self.redis = _calls("redis", "Round trips to Redis", _FAST, registry)
        self.datadog = _calls("datadog", "Requests to Datadog", _OUTSIDE, registry)
        self.slack = _calls("slack", "Calls to Slack", _OUTSIDE, registry)
        self.waits = Histogram(
            "countersign_pace_wait_seconds",
            "Waits for the pace an API asks for",
            ("api",),
            buckets=_OUTSIDE,
            registry=registry,
        )
        self.shared = _Shared(registry)

    def timed(self, calls: Histogram, call: str) -> "Timed":
        """Return a context that times one call; its `outcome` may be set, and is `failed` where it raises."""
        return Timed(calls, call)

    def waiting(self, api: str, wait: Wait) -> Wait:
        """Return a wait that is measured as one for an API's pace."""
        series = self.waits.labels(api)

        async def measured(seconds: float) -> None:
            series.observe(seconds)
            await wait(seconds)

        return measured

    def written(self, change: ChangeRequest, event: AuditEvent) -> None:
        """Count what one committed step of a change means to people."""
        action, where = change.plan.action, "production" if change.plan.target.production else "other"
        if event.name == "requested":
            self.requests.labels(action, where).inc()
        if event.name in _VOTES and change.status is Status.APPROVED:
            self.approval.labels(where, event.name).observe((event.at - change.created_at) / 1000)
        if change.ended_at != event.at:
            return
        self.changes.labels(action, where, change.status.value).inc()
        if change.status is Status.APPLIED and BY_NAME[action].risk is Risk.CONTAIN:
            self.contain.labels(where).observe((event.at - change.created_at) / 1000)

    def text(self, standing: Standing | None) -> bytes:
        """Return the page for Prometheus; `standing` is None while the store is away."""
        self.shared.tell(standing)
        return generate_latest(self.registry)


class Timed:
    """Times one call and notes how it went."""

    __slots__ = ("_began", "_call", "_calls", "outcome")

    def __init__(self, calls: Histogram, call: str) -> None:
        self._calls = calls
        self._call = call
        self._began = 0.0
        self.outcome = "ok"

    def __enter__(self) -> Self:
        self._began = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del error, trace
        if kind is not None and self.outcome == "ok":
            self.outcome = "failed"
        self._calls.labels(self._call, self.outcome).observe(time.perf_counter() - self._began)


class _Shared:
    """What the store says, the same in every process; not a number while the store is away."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._up = Gauge("countersign_store_up", "Whether the store answers", registry=registry)
        told: tuple[tuple[str, str, Callable[[Standing], float]], ...] = (
            ("jobs", "Jobs that wait or are being worked", lambda s: s.jobs),
            ("oldest_job_seconds", "How long the oldest job has been there", lambda s: s.oldest_ms / 1000),
            ("dead_jobs", "Jobs that were given up", lambda s: s.dead),
            ("cards_behind", "Cards whose newest state is not shown yet", lambda s: s.behind),
            ("changes_pending", "Changes that wait for a signature", lambda s: s.pending),
            ("changes_open", "Changes that have not ended", lambda s: s.active),
            ("changes_unknown", "Changes of which nobody knows what came of them", lambda s: s.unknown),
            ("workers", "Workers heard of in the last 30 seconds", lambda s: len(s.alive)),
        )
        self._gauges = [(Gauge(f"countersign_{name}", what, registry=registry), of) for name, what, of in told]

    def tell(self, standing: Standing | None) -> None:
        """Set every gauge."""
        self._up.set(0 if standing is None else 1)
        for gauge, of in self._gauges:
            gauge.set(float("nan") if standing is None else of(standing))


def _calls(name: str, what: str, buckets: tuple[float, ...], registry: CollectorRegistry) -> Histogram:
    return Histogram(f"countersign_{name}_seconds", what, ("call", "outcome"), buckets=buckets, registry=registry)
