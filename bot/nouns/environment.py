"""What is told of an environment: above all, what lives in it."""

from bot.actions import Action
from bot.model import Aspect, Facts, FieldChange, Snapshot
from bot.nouns.telling import Telling, names


def _state(snapshot: Snapshot) -> str:
    facts = snapshot.facts
    if facts.get("exists") is False:
        return "not there" if snapshot.target.aspect is Aspect.NEW else "deleted"
    return "there, marked as production" if facts.get("production_mark") else "there, not marked as production"


def _lost(action: Action, snapshot: Snapshot) -> tuple[FieldChange, ...]:
    """Return what a deletion takes along."""
    if action.verb != "delete":
        return ()
    told = (("Flags enabled in it", "enabled"), ("Flags with rules in it", "ruled"))
    return tuple(
        FieldChange(label=label, before=names(snapshot.facts.get(fact)) or "none", after="gone") for label, fact in told
    )


def _observed(facts: Facts) -> tuple[FieldChange, ...]:
    queries = names(facts.get("queries"))
    return (FieldChange(label="Serves", before=queries, after=""),) if queries else ()


def _warnings(action: Action, snapshot: Snapshot) -> tuple[str, ...]:
    facts, found = snapshot.facts, []
    if action.verb != "delete":
        return ()
    if facts.get("production_mark"):
        found.append("Datadog marks this environment as production.")
    if facts.get("unread"):
        found.append(f"{facts['unread']} more flags were not looked at for targeting rules; look at them in Datadog.")
    return tuple(found)


ENVIRONMENT = Telling(
    state=_state,
    facts={
        "exists": "whether there is such an environment",
        "environment_id": "the environment",
        "approval_required": "whether Datadog asks for its own approval there",
        "name": "the environment's name",
        "queries": "what the environment serves",
        "production_mark": "the environment's production mark",
        "enabled": "which flags are enabled in it",
        "ruled": "which flags have rules in it",
        "unread": "how many flags there are",
    },
    observed=_observed,
    further=_lost,
    warnings=_warnings,
)
