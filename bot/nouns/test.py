"""What is told of a synthetic test."""

from bot.model import Facts, FieldChange, Snapshot
from bot.nouns.telling import Telling, names


def _state(snapshot: Snapshot) -> str:
    status = snapshot.facts.get("status")
    return str(status) if status in ("live", "paused") else "state not known"


def _observed(facts: Facts) -> tuple[FieldChange, ...]:
    told = (
        ("Test", str(facts.get("test_id") or "")),
        ("Type", str(facts.get("type") or "")),
        ("Tags", names(facts.get("tags"))),
    )
    return tuple(FieldChange(label=label, before=value, after="") for label, value in told if value)


TEST = Telling(
    state=_state,
    facts={"test_id": "the test", "status": "the test's status"},
    observed=_observed,
)
