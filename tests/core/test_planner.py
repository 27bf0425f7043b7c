"""The plan: what is watched, what makes it stale, what is already so, and what is warned of."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.actions import BY_NAME, CATALOGUE, Action
from bot.model import Facts, Noun, Plan, Risk, Scope, Snapshot
from bot.nouns.table import TELLINGS
from bot.planner import moved, plan, reached, state_words
from tests.builders import PRODUCTION, STAGING, a_snapshot, a_target

WATCHED: list[tuple[str, Facts]] = [
    ("flag.enable", {"rules": "other"}),
    ("flag.enable", {"status": "ENABLED"}),
    ("flag.enable", {"archived": True}),
    ("flag.disable", {"status": "DISABLED"}),
    ("flag.disable", {"archived": True}),
    ("rollout.resume", {"guardrail": {"action": "abort", "metrics": ["p99"]}}),
    ("rollout.resume", {"flag_status": "DISABLED"}),
    ("rollout.start", {"guardrail": {"action": "abort", "metrics": ["p99"]}}),
    ("rollout.start", {"flag_status": "DISABLED"}),
    ("rollout.start", {"started_at": "2026-10-15T00:00:00Z"}),
    ("rollout.pause", {"schedule_id": "another"}),
    ("rollout.stop", {"schedule_id": "another"}),
    ("flag.archive", {"enabled_in": ["Production"]}),
    ("flag.unarchive", {"enabled_in": ["Production"]}),
    ("test.pause", {"status": None}),
    ("test.start", {"status": "live"}),
    ("deployment.cancel", {"over": True}),
    ("environment.delete", {"enabled": ["eu-pricing"]}),
    ("environment.delete", {"ruled": []}),
    ("environment.delete", {"production_mark": True}),
    ("environment.delete", {"name": "eu"}),
    ("environment.delete", {"unread": 3}),
]
NOT_WATCHED: list[tuple[str, Facts]] = [
    ("flag.disable", {"rules": "other"}),
    ("flag.disable", {"approval_required": True}),
    ("rollout.pause", {"updated_at": "2026-10-14T13:00:00Z"}),
    ("rollout.pause", {"steps": [0.1, 1]}),
    ("rollout.pause", {"guardrail": {"action": "pause", "metrics": ["p99"]}}),
    ("rollout.pause", {"flag_status": "DISABLED"}),
    ("rollout.pause", {"started_at": "2026-10-15T00:00:00Z"}),
    ("rollout.stop", {"updated_at": "2026-10-14T13:00:00Z", "steps": [1]}),
    ("rollout.resume", {"updated_at": "2026-10-14T13:00:00Z", "steps": [1]}),
    ("flag.archive", {"approval_required": True}),
    ("flag.unarchive", {"key_taken": True}),
    ("test.pause", {"tags": ["team:shop"]}),
    ("deployment.cancel", {"status": "pending"}),
    ("deployment.cancel", {"hosts": {"succeeded": 5}}),
]
BEFORE: dict[str, Facts] = {
    "flag.enable": {"status": "DISABLED"},
    "rollout.start": {"started_at": None},
    "flag.unarchive": {"archived": True},
    "test.start": {"status": "paused"},
}


def seen(action: str, facts: Facts | None = None) -> Snapshot:
    """Return what is seen of the usual target of an action."""
    where = PRODUCTION if BY_NAME[action].scope is Scope.ENVIRONMENT else None
    usual = BEFORE.get(action, {})
    return a_snapshot(a_target(BY_NAME[action].noun, environment=where), facts=usual | (facts or {}))


def planned(action: str, facts: Facts | None = None) -> Plan:
    """Return the plan of an action on the usual target."""
    return plan(BY_NAME[action], seen(action, facts))


@pytest.mark.parametrize(("action", "facts"), WATCHED)
def test_what_is_watched_makes_stale(action: str, facts: Facts) -> None:
    """When a watched fact moves, the plan no longer holds, and what moved is named."""
    assert moved(BY_NAME[action], planned(action), seen(action, facts))


@pytest.mark.parametrize(("action", "facts"), NOT_WATCHED)
def test_what_is_not_watched_does_not(action: str, facts: Facts) -> None:
    """A fact that an action does not watch may move, an advancing rollout above all."""
    assert moved(BY_NAME[action], planned(action), seen(action, facts)) == ""


@pytest.mark.parametrize("action", [action.name for action in CATALOGUE])
def test_the_environment_is_watched_by_all(action: str) -> None:
    """A flip of the production mark, or another environment, makes every plan stale."""
    now = seen(action)
    if now.target.environment is None:
        other = now.model_copy(update={"target": now.target.model_copy(update={"outside_production": True})})
        assert moved(BY_NAME[action], planned(action), other) == "whether it counts as production"
        return
    flipped = PRODUCTION.model_copy(update={"is_production": False})
    for environment in (flipped, STAGING, None):
        other = now.model_copy(update={"target": now.target.model_copy(update={"environment": environment})})
        assert moved(BY_NAME[action], planned(action), other) == "the environment's production mark"


@pytest.mark.parametrize("action", [action.name for action in CATALOGUE])
def test_a_new_name_of_the_environment_does_not_matter(action: str) -> None:
    """A plan holds for an environment by its id, whatever it is called meanwhile."""
    now = seen(action)
    if now.target.environment is None:
        other = now.model_copy(update={"target": now.target.model_copy(update={"reach": "elsewhere"})})
        assert moved(BY_NAME[action], planned(action), other) == ""
        return
    renamed = PRODUCTION.model_copy(update={"name": "Live"})
    other = now.model_copy(update={"target": now.target.model_copy(update={"environment": renamed})})
    assert moved(BY_NAME[action], planned(action), other) == ""


def test_the_same_facts_for_another_action_are_another_fingerprint() -> None:
    """A fingerprint belongs to one action."""
    assert planned("rollout.pause").fingerprint != planned("rollout.stop").fingerprint


@pytest.mark.parametrize(
    ("action", "facts", "already"),
    [
        ("flag.disable", {"status": "DISABLED"}, "new-search is already disabled in Production."),
        ("flag.enable", {"status": "ENABLED"}, "new-search is already enabled in Production."),
        ("flag.disable", {"status": "ENABLED"}, ""),
        ("flag.disable", {"status": None}, ""),
        ("rollout.pause", {}, ""),
        ("rollout.resume", {}, ""),
        ("rollout.stop", {"guardrail": {"action": "abort"}}, ""),
        ("rollout.start", {"started_at": "2026-10-15T00:00:00Z"}, ""),
        ("flag.archive", {"archived": True}, "new-search is already archived in all environments."),
        ("flag.unarchive", {"archived": False}, "new-search is already live in all environments."),
        ("test.pause", {"status": "paused"}, "checkout-api is already paused in prod."),
        ("test.start", {"status": "live"}, "checkout-api is already live in prod."),
        ("test.pause", {"status": None}, ""),
        ("environment.delete", {"exists": False}, "eu-staging is already deleted in the organisation."),
        (
            "deployment.cancel",
            {"over": True, "status": "completed_with_errors"},
            "Deployment jkl-mno-pqr has already ended (completed with errors): there is nothing left to cancel, "
            "and what hosts have stays.",
        ),
    ],
)
def test_only_of_flags_is_it_said_that_they_are_so_already(action: str, facts: Facts, already: str) -> None:
    """A flag's state can be read, a rollout's cannot: it is never answered from inference."""
    assert planned(action, facts).already == already


def test_what_is_to_be_seen_of_an_effect() -> None:
    """An effect shows, does not show, or cannot be told."""
    assert reached(BY_NAME["flag.disable"], {"status": "DISABLED"}, {}) is True
    assert reached(BY_NAME["flag.disable"], {"status": "ENABLED"}, {}) is False
    assert reached(BY_NAME["flag.disable"], {}, {}) is False
    assert reached(BY_NAME["rollout.pause"], {"started_at": "x"}, {}) is None
    start = BY_NAME["rollout.start"]
    assert reached(start, {"started_at": "later"}, {"started_at": None}) is True
    assert reached(start, {"started_at": "earlier"}, {"started_at": "earlier"}) is False
    assert reached(start, {"started_at": None}, {"started_at": "earlier"}) is False


@pytest.mark.parametrize(
    ("action", "facts", "warned"),
    [
        ("rollout.resume", {"guardrail": {"action": "pause", "metrics": ["p99", "errors"]}}, "p99, errors"),
        ("rollout.start", {"guardrail": {"action": "pause"}}, "metric not named"),
        ("rollout.resume", {"flag_status": "DISABLED"}, "flag is disabled here"),
        ("flag.disable", {"approval_required": True}, "its own approval"),
        ("flag.disable", {"pending_suggestion": "sg-1"}, "already waits for approval in Datadog"),
        ("flag.archive", {"approval_required": True}, "its own approval"),
        ("flag.archive", {"enabled_in": ["prod"]}, "enabled in prod"),
        ("flag.unarchive", {"key_taken": True}, "Another flag has taken this key"),
        ("environment.delete", {"production_mark": True}, "marks this environment as production"),
        ("environment.delete", {"unread": 12}, "12 more flags were not looked at"),
    ],
)
def test_what_a_signer_must_know_is_warned_of(action: str, facts: Facts, warned: str) -> None:
    """A guardrail, a disabled flag, and Datadog's own approval are told before anybody signs."""
    assert any(warned in warning for warning in planned(action, facts).warnings)


@pytest.mark.parametrize("action", [action.name for action in CATALOGUE])
def test_nothing_is_warned_of_without_cause(action: str) -> None:
    """Usual facts bring no warning."""
    quiet: Facts = {"enabled": [], "ruled": [], "enabled_in": []}
    known = {name: value for name, value in quiet.items() if name in seen(action).facts}
    assert planned(action, known).warnings == ()


def test_a_plan_says_from_what_to_what() -> None:
    """A plan has the state now, the state after, and the steps that were seen."""
    (change,) = planned("flag.disable").changes
    assert (change.label, change.before, change.after) == ("Flag in Production", "enabled", "disabled")
    assert [seen.before for seen in planned("rollout.pause").observed] == ["1% → 10% → 100%", "enabled"]


def test_a_deletion_lists_what_it_takes_along() -> None:
    """The plan of deleting an environment has the flags that are enabled there, and those with rules."""
    told = {change.label: (change.before, change.after) for change in planned("environment.delete").changes}
    assert told["Environment in the organisation"] == ("there, not marked as production", "deleted")
    assert told["Flags enabled in it"] == ("eu-pricing, payments-kill-switch", "gone")
    assert told["Flags with rules in it"] == ("checkout-v2-eu", "gone")
    many: Facts = {"enabled": [f"flag-{n}" for n in range(14)], "ruled": []}
    told = {change.label: (change.before, change.after) for change in planned("environment.delete", many).changes}
    assert told["Flags enabled in it"][0].endswith("flag-9 and 4 more")
    assert told["Flags with rules in it"][0] == "none"


@pytest.mark.parametrize(
    ("facts", "hosts"),
    [
        ({}, "2 succeeded, 1 running, 2 pending of 5"),
        ({"hosts": {}}, "5 in all, progress not told"),
        ({"hosts": {}, "total_hosts": None}, None),
    ],
)
def test_a_deployment_shows_its_progress(facts: Facts, hosts: str | None) -> None:
    """The plan of a cancellation says how many hosts are how far, and that what they have stays."""
    made = planned("deployment.cancel", facts)
    assert next((each.before for each in made.observed if each.label == "Hosts"), None) == hosts
    assert "Nothing that hosts already have is undone" in made.consequence


def always(risk: Risk) -> Callable[[Action, Snapshot], Risk]:
    """Return what gives every plan this class."""
    return lambda _action, _snapshot: risk


def test_a_plan_can_be_graver_than_its_verb_and_never_milder() -> None:
    """What is told of a noun may raise the class of a plan; it cannot lower it."""
    snapshot = seen("test.start")
    for risk, expected in ((Risk.IRREVERSIBLE, Risk.IRREVERSIBLE), (Risk.CONTAIN, Risk.EXPANDING)):
        told = replace(TELLINGS[Noun.TEST], risk=always(risk))
        assert plan(BY_NAME["test.start"], snapshot, {Noun.TEST: told}).risk is expected


def test_every_noun_and_every_watched_fact_is_told() -> None:
    """Each noun has its telling, and each watched fact a name for the sentence that says it moved."""
    assert set(TELLINGS) == set(Noun)
    for action in CATALOGUE:
        assert set(action.watches) <= set(TELLINGS[action.noun].facts), action.name


@pytest.mark.parametrize("status", [None, "DRAFT", ""])
def test_a_state_that_is_not_known_is_not_guessed(status: str | None) -> None:
    """A flag whose status Datadog does not tell is not called disabled."""
    words = state_words(a_snapshot(facts={"status": status}))
    assert words not in ("enabled", "disabled")
    assert "not known" in words


def test_a_rollouts_state_is_said_to_be_inferred() -> None:
    """What is said of a rollout's state says that it is inferred."""
    rollout = a_target(Noun.ROLLOUT)
    states: list[Facts] = [{"started_at": None}, {"started_at": "x"}, {"guardrail": {"action": "abort"}}]
    words = [state_words(a_snapshot(rollout, facts=facts)) for facts in states]
    assert all("inferred" in word for word in words)
    assert len(set(words)) == 3


def test_the_plans_digest_covers_all_of_it() -> None:
    """Any difference in a plan is another digest."""
    one = planned("flag.disable")
    other = one.model_copy(update={"consequence": "none"})
    moved_target = one.model_copy(update={"target": one.target.model_copy(update={"environment": STAGING})})
    assert len({one.digest, other.digest, moved_target.digest}) == 3
    assert Plan.model_validate_json(one.model_dump_json(exclude_defaults=True)).digest == one.digest


@pytest.mark.parametrize(("action", "said"), [("PAUSE", "paused"), ("ABORT", "stopped"), (None, "stopped")])
def test_what_a_guardrail_did_is_said(action: str | None, said: str) -> None:
    """A pause by a guardrail is not told as the end of the rollout, nor its end as a pause."""
    seen = a_snapshot(a_target(Noun.ROLLOUT), facts={"guardrail": {"action": action, "metrics": ["p99"]}})
    assert state_words(seen) == f"{said} by a guardrail (inferred)"
    assert f"A guardrail {said} this rollout: p99." in plan(BY_NAME["rollout.resume"], seen).warnings[0]
