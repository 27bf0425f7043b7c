"""What is told of a fleet deployment, which has no name and whose work on hosts stays."""

from bot.actions import Action
from bot.model import Facts, FieldChange, Snapshot
from bot.nouns.telling import Telling, names


def _state(snapshot: Snapshot) -> str:
    return str(snapshot.facts.get("status") or "state not known").replace("_", " ")


def _observed(facts: Facts) -> tuple[FieldChange, ...]:
    told = (
        ("Hosts", _progress(facts)),
        ("Version", names(facts.get("versions"))),
        ("For", str(facts.get("query") or "")),
    )
    return tuple(FieldChange(label=label, before=value, after="") for label, value in told if value)


def _progress(facts: Facts) -> str:
    """Return how many hosts are how far, of how many."""
    hosts, total = facts.get("hosts"), facts.get("total_hosts")
    if not isinstance(hosts, dict) or not hosts:
        return f"{total} in all, progress not told" if total else ""
    counts = ", ".join(f"{count} {str(status).replace('_', ' ')}" for status, count in hosts.items())
    return f"{counts} of {total}" if total else counts


def _obstacle(_action: Action, snapshot: Snapshot) -> str:
    if not snapshot.facts.get("over"):
        return ""
    return (
        f"Deployment {snapshot.target.key} has already ended ({_state(snapshot)}): there is nothing left to cancel, "
        "and what hosts have stays."
    )


DEPLOYMENT = Telling(
    state=_state,
    facts={"deployment_id": "the deployment", "over": "whether the deployment has ended"},
    observed=_observed,
    obstacle=_obstacle,
)
