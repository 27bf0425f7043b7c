"""What is told of a flag, in one environment or in all of them at once."""

from bot.actions import Action
from bot.model import Facts, FieldChange, Snapshot
from bot.nouns.telling import Telling, names, waiting_in_datadog


def _state(snapshot: Snapshot) -> str:
    facts = snapshot.facts
    if facts.get("exists") is False:
        return "not there"
    if snapshot.target.environment is None:
        return {True: "archived", False: "live"}.get(facts.get("archived") is True, "state not known")
    return {"ENABLED": "enabled", "DISABLED": "disabled"}.get(str(facts.get("status")), "state not known")


def _observed(facts: Facts) -> tuple[FieldChange, ...]:
    if "enabled_in" not in facts:
        return ()
    return (FieldChange(label="Enabled in", before=names(facts["enabled_in"]) or "no environment", after=""),)


def _warnings(action: Action, snapshot: Snapshot) -> tuple[str, ...]:
    facts, found = snapshot.facts, []
    if action.verb == "archive" and facts.get("enabled_in"):
        found.append(f"It is enabled in {names(facts['enabled_in'])}, and will not be served there any more.")
    if facts.get("key_taken"):
        found.append("Another flag has taken this key meanwhile, so Datadog is likely to refuse.")
    return (*found, *waiting_in_datadog(facts))


FLAG = Telling(
    state=_state,
    facts={
        "flag_id": "the flag",
        "status": "the flag's status",
        "archived": "whether the flag is archived",
        "rules": "the targeting rules",
        "enabled_in": "where the flag is enabled",
        "name": "the flag's name",
        "description": "the flag's description",
        "json_schema": "the flag's JSON schema",
        "exists": "whether there is such a flag",
        "rule_order": "the order of the rules",
        "begun": "which rollouts have begun",
        "variants": "the flag's variants",
    },
    observed=_observed,
    warnings=_warnings,
)
