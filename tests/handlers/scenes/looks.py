"""What is looked at: flags, rules, rollouts, environments, tests, deployments, and lists of them."""

from bot.auditing.history import HistoryRow
from bot.changes.record import Status
from bot.grammar.command import Look
from bot.looking.answering import EnvironmentSeen, FlagSeen, Listed, RolloutSeen, RulesSeen, Seen, Sight
from bot.looking.inferring import infer
from bot.looking.views import (
    Condition,
    DeploymentView,
    EnvironmentView,
    FlagRow,
    FlagView,
    Guard,
    HostView,
    RolloutView,
    RuleView,
    SettingView,
    Step,
    TestView,
    Trigger,
    Variant,
    Weight,
)
from bot.model import Environment
from handlers.blocks import Message
from handlers.cards.looks.draw import drawn
from tests.builders import MINUTE, PRODUCTION, STAGING, START, a_change
from tests.handlers.scenes.pages import row
from tests.handlers.scenes.shown import Scene

URL = "https://app.datadoghq.com/feature-flags/0c9d7a52-0000-4000-8000-00000000f1a6"
STEPS = (Step(ratio=0.05, interval=30 * MINUTE), Step(ratio=0.25, interval=30 * MINUTE), Step(ratio=1))
GUARDS = (Guard(metric="checkout.error_rate", action="PAUSE"), Guard(metric="checkout.p99", action="ABORT"))
TRIPPED = (Trigger(metric="checkout.error_rate", action="PAUSE", at=START - 5 * MINUTE),)


def rollout(**more: object) -> RolloutView:
    """Return a rollout in production at its second step."""
    view = RolloutView(
        id="r1",
        flag_id="f1",
        flag="checkout-v2",
        rule="Everyone",
        environment=PRODUCTION,
        enabled=True,
        started_at=START - 40 * MINUTE,
        interval=30 * MINUTE,
        steps=STEPS,
        guards=GUARDS,
        url=URL,
    )
    return view.model_copy(update=more)


def seen(**more: object) -> RolloutSeen:
    """Return the same, with what its state is taken to be and what was last done to it."""
    view = rollout(**more)
    return RolloutSeen(view, infer(view, START), past())


def guarded() -> RolloutSeen:
    """Return the same, paused by a guardrail, of a flag that is disabled."""
    return seen(guardrail="PAUSE", triggers=TRIPPED, updated_at=START - 5 * MINUTE, enabled=False)


def past() -> HistoryRow:
    """Return what was last done from here."""
    return row(a_change(Status.APPLIED))


BETA = RuleView(
    id="b1",
    key="beta",
    name="Beta testers",
    groups=(
        (Condition(attribute="group", operator="ONE_OF", values=("beta-testers", "staff")),),
        (Condition(attribute="country", operator="EQUALS", values=("DE",)),),
    ),
    weights=(Weight(variant="on", percent=100),),
)
SETTING = SettingView(
    environment=PRODUCTION,
    enabled=True,
    default="off",
    approval=True,
    suggestion="s-1234",
    rules=(
        BETA,
        RuleView(
            name="Everyone",
            weights=(Weight(variant="on", percent=100),),
            guards=GUARDS,
            rollout=rollout(),
            experiment="e1",
        ),
    ),
)
FLAG = FlagView(
    id="f1",
    key="checkout-v2",
    name="Checkout, second version",
    description="The checkout with one page.",
    kind="BOOLEAN",
    updated_at=START - 60 * MINUTE,
    tags=("team:shop",),
    variants=(Variant(id="v1", key="on", name="On", value="true"), Variant(id="v2", key="off", value="false")),
    settings=(SETTING, SettingView(environment=STAGING, enabled=False, default="off")),
    url=URL,
)
TEST = TestView(
    id="abc-def-ghi",
    name="checkout-api",
    status="live",
    kind="api",
    tags=("env:prod", "team:shop"),
    locations=("Frankfurt", "Ohio"),
    every=900,
    changed_at=START - 90 * MINUTE,
    url="https://app.datadoghq.com/synthetics/details/abc-def-ghi",
)
DEPLOYMENT = DeploymentView(
    id="jkl-mno-pqr",
    status="running",
    query="env:prod",
    versions=("7.70.0",),
    author="Requester",
    started_at=START - 10 * MINUTE,
    total=5,
    counts=(("succeeded", 2), ("running", 1), ("failed", 1), ("pending", 1)),
    hosts=(
        HostView(name="shop-0-1", status="succeeded"),
        HostView(name="shop-0-2", status="failed", error="the package could not be read"),
    ),
    url="https://app.datadoghq.com/fleet",
)
PLACE = EnvironmentView(environment=PRODUCTION, description="What customers use.", approval=True, url=URL)
ROW = FlagRow(id="f1", key="checkout-v2", name="Checkout, second version", enabled=(PRODUCTION,), disabled=(STAGING,))


def look(what: str, found: Seen, bound: Environment | None = None, **more: object) -> Message:
    """Draw what was asked to be seen."""
    return drawn(Sight(Look(what=what).model_copy(update=more), found, START), bound)


def _listed(*rows: FlagRow | RolloutSeen | EnvironmentView | TestView | DeploymentView) -> Listed:
    return Listed(rows)


SCENES: dict[str, Scene] = {
    "look-flag": lambda: look("flag.show", FlagSeen(FLAG, PRODUCTION, {"r1": seen()}, past())),
    "look-flag-archived": lambda: look(
        "flag.show", FlagSeen(FLAG.model_copy(update={"archived_at": START, "settings": ()}), None, {})
    ),
    "look-rules": lambda: look("flag.rules", RulesSeen(FLAG, SETTING, {"r1": seen()})),
    "look-rules-in-a-bound-channel": lambda: look("flag.rules", RulesSeen(FLAG, SETTING, {"r1": seen()}), PRODUCTION),
    "look-rules-none": lambda: look("flag.rules", RulesSeen(FLAG, SettingView(environment=STAGING), {})),
    "look-rollout": lambda: look("rollout.status", seen()),
    "look-rollout-guarded": lambda: look("rollout.status", guarded()),
    "look-rollout-not-started": lambda: look("rollout.status", seen(started_at=None)),
    "look-environment": lambda: look("environment.show", EnvironmentSeen(PLACE, ("checkout-v2", "new-search"), 13)),
    "look-test": lambda: look("test.show", TEST),
    "look-deployment": lambda: look("deployment.show", DEPLOYMENT),
    "list-flags": lambda: look("flag.list", Listed((ROW,) * 13, PRODUCTION), target="checkout"),
    "list-flags-empty": lambda: look("flag.list", _listed()),
    "list-rollouts": lambda: look("rollout.list", Listed((seen(), guarded()), PRODUCTION, unread=4)),
    "list-environments": lambda: look(
        "environment.list", _listed(PLACE, PLACE.model_copy(update={"environment": STAGING, "approval": False}))
    ),
    "list-tests": lambda: look("test.list", _listed(TEST)),
    "list-deployments": lambda: look("deployment.list", _listed(DEPLOYMENT)),
}
