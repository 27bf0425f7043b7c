"""Metrics: what is counted of a change, what the store says, and the alert rules that stand on both."""

import asyncio
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

import bot.adapters
from bot.adapters.http import Answer, Request
from bot.adapters.metered import MeteredSender
from bot.adapters.metrics import Metrics
from bot.audit import AuditEvent
from bot.changes import deciding, running
from bot.errors import NeverSent, OutcomeUnknown
from bot.model import Proof, Receipt
from bot.ports import Beat, Standing
from tests.builders import (
    APPROVER,
    REQUESTER,
    SECOND_APPROVER,
    START,
    TERMS,
    WORKER,
    a_decision,
    a_plan,
    called,
    opened,
)

ALERTS = Path(bot.adapters.__path__[0]) / "alerts.yml"
CALLS = ("redis", "slack", "pace_wait")


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    """Return what one series says; None where there is none."""
    return metrics.registry.get_sample_value(name, labels)


def test_a_change_from_the_request_to_its_end() -> None:
    """A change that contains is counted by class alone, with what the vote and the containing took."""
    metrics = Metrics()
    pending = opened(a_plan("rollout.pause"))
    metrics.written(pending, AuditEvent(name="requested", by=REQUESTER, at=START))
    confirmed = deciding.confirm(pending, REQUESTER, START + 30_000, TERMS)
    metrics.written(confirmed.change, confirmed.event)
    done = running.applied(called(confirmed.change), WORKER, START + 40_000, Receipt(proof=Proof.READ_BACK, at=START))
    metrics.written(done.change, done.event)
    labels = {"action": "rollout.pause", "environment": "production"}
    assert value(metrics, "countersign_requests_total", **labels) == 1
    assert value(metrics, "countersign_approval_seconds_sum", environment="production", vote="confirm") == 30
    assert value(metrics, "countersign_contain_seconds_sum", environment="production") == 40
    assert value(metrics, "countersign_changes_total", **labels, outcome="applied") == 1


def test_only_the_vote_that_decides_is_timed() -> None:
    """Of two votes that are needed the last one ends the waiting; only what contains is timed to its end."""
    metrics = Metrics()
    plan = a_plan("flag.disable")
    pending = opened(plan, a_decision(plan, approvals=2))
    first = deciding.approve(pending, APPROVER, START + 10_000, TERMS)
    second = deciding.approve(first.change, SECOND_APPROVER, START + 50_000, TERMS)
    for step in (first, second):
        metrics.written(step.change, step.event)
    done = running.applied(called(second.change), WORKER, START + 60_000, Receipt(proof=Proof.READ_BACK, at=START))
    metrics.written(done.change, done.event)
    assert value(metrics, "countersign_approval_seconds_sum", environment="production", vote="approve") == 50
    assert value(metrics, "countersign_approval_seconds_count", environment="production", vote="approve") == 1
    assert value(metrics, "countersign_contain_seconds_count", environment="production") is None


def test_what_was_found_out_counts_again() -> None:
    """A change that became unknown counts as that, and once more as what a person found."""
    metrics = Metrics()
    change = called(opened(a_plan("flag.disable", production=False)))
    lost = running.unknown(change, WORKER, START + 500_000, "no answer")
    found = running.settle(lost.change, APPROVER, START + 900_000, happened=False)
    for step in (lost, found):
        metrics.written(step.change, step.event)
    labels = {"action": "flag.disable", "environment": "other"}
    outcomes = ("unknown", "failed", "applied")
    assert [value(metrics, "countersign_changes_total", **labels, outcome=one) for one in outcomes] == [1, 1, None]


def test_what_the_store_says() -> None:
    """The page tells what the store says, and no number at all while the store is away."""
    metrics = Metrics()
    beats = (Beat(worker="one", at=10_000), Beat(worker="two", at=50_000))
    page = metrics.text(Standing(at=60_000, jobs=3, oldest_ms=1500, dead=1, behind=2, unknown=4, beats=beats)).decode()
    told = dict(re.findall(r"^(countersign_\w+) (\S+)$", page, re.MULTILINE))
    assert (told["countersign_store_up"], told["countersign_workers"], told["countersign_jobs"]) == (
        "1.0",
        "1.0",
        "3.0",
    )
    assert (told["countersign_oldest_job_seconds"], told["countersign_changes_unknown"]) == ("1.5", "4.0")
    assert (told["countersign_cards_behind"], told["countersign_dead_jobs"]) == ("2.0", "1.0")
    assert re.search(
        r"^countersign_store_up 0.0\n(.*\n)+countersign_jobs NaN$", metrics.text(None).decode(), re.MULTILINE
    )


async def test_waits_are_measured() -> None:
    """A wait for an API's pace is waited for, and measured by the API."""
    metrics, waited = Metrics(), asyncio.Event()

    async def wait(seconds: float) -> None:
        assert seconds == 2.0
        waited.set()

    await metrics.waiting("slack", wait)(2.0)
    assert waited.is_set()
    assert value(metrics, "countersign_pace_wait_seconds_sum", api="slack") == 2.0


class Scripted:
    """Answers with what it was given."""

    def __init__(self, outcome: int | Exception) -> None:
        self._outcome = outcome

    async def send(self, request: Request, *, within: float) -> Answer:
        """Answer, or raise."""
        del request, within
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return Answer(self._outcome)


@pytest.mark.parametrize(
    ("came", "outcome"),
    [
        (200, "2xx"),
        (404, "4xx"),
        (429, "429"),
        (503, "5xx"),
        (NeverSent("gone"), "never_sent"),
        (OutcomeUnknown("silent"), "outcome_unknown"),
    ],
)
async def test_requests_to_datadog(came: int | Exception, outcome: str) -> None:
    """A request is counted by its method and the class of its answer, and passed on as it was."""
    metrics = Metrics()
    sender = MeteredSender(Scripted(came), metrics, "api")
    request = Request("GET", "/api/v2/feature-flags/some-key")
    if isinstance(came, Exception):
        with pytest.raises(type(came)):
            await sender.send(request, within=1)
    else:
        assert (await sender.send(request, within=1)).status == came
    assert value(metrics, "countersign_datadog_seconds_count", call="api GET", outcome=outcome) == 1


def test_the_alerts_are_rules() -> None:
    """There are five rules, each with what to do, and every metric they name is served."""
    if promtool := shutil.which("promtool"):
        subprocess.run([promtool, "check", "rules", str(ALERTS)], check=True, capture_output=True)
    (group,) = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    metrics = Metrics()
    metrics.acks.labels("press", "ok").observe(0.1)
    page = metrics.text(Standing(at=0)).decode()
    served = {line.partition(" ")[0].partition("{")[0] for line in page.splitlines() if not line.startswith("#")}
    assert len(group["rules"]) == 5
    for rule in group["rules"]:
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        assert set(rule["annotations"]) == {"summary", "description"}
        named = set(re.findall(r"countersign_\w+", rule["expr"]))
        assert named
        assert named <= served
        told = set(re.findall(r"countersign_\w+", rule["annotations"]["description"]))
        assert told <= {one.removesuffix("_count") for one in served} | {f"countersign_{n}_seconds" for n in CALLS}
