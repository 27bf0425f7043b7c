"""The plan: what is watched, what makes it stale, what is already so, and what is warned of."""

import pytest

from bot.actions import BY_NAME, CATALOGUE
from bot.model import Facts, Noun, Plan, Snapshot
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
]
BEFORE: dict[str, Facts] = {"flag.enable": {"status": "DISABLED"}, "rollout.start": {"started_at": None}}


def seen(action: str, facts: Facts | None = None, *, environment: object = PRODUCTION) -> Snapshot:
    """Return what is seen of the usual target of an action."""
    where = PRODUCTION if environment is PRODUCTION else STAGING
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
    flipped = PRODUCTION.model_copy(update={"is_production": False})
    for environment in (flipped, STAGING, None):
        other = now.model_copy(update={"target": now.target.model_copy(update={"environment": environment})})
        assert moved(BY_NAME[action], planned(action), other) == "the environment's production mark"


@pytest.mark.parametrize("action", [action.name for action in CATALOGUE])
def test_a_new_name_of_the_environment_does_not_matter(action: str) -> None:
    """A plan holds for an environment by its id, whatever it is called meanwhile."""
    now = seen(action)
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
    ],
)
def test_what_a_signer_must_know_is_warned_of(action: str, facts: Facts, warned: str) -> None:
    """A guardrail, a disabled flag, and Datadog's own approval are told before anybody signs."""
    assert any(warned in warning for warning in planned(action, facts).warnings)


@pytest.mark.parametrize("action", [action.name for action in CATALOGUE])
def test_nothing_is_warned_of_without_cause(action: str) -> None:
    """Usual facts bring no warning."""
    assert planned(action).warnings == ()


def test_a_plan_says_from_what_to_what() -> None:
    """A plan has the state now, the state after, and the steps that were seen."""
    (change,) = planned("flag.disable").changes
    assert (change.label, change.before, change.after) == ("Flag in Production", "enabled", "disabled")
    assert [seen.before for seen in planned("rollout.pause").observed] == ["1% → 10% → 100%", "enabled"]


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
