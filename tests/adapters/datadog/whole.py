"""A plan of every action in the catalogue, as the core makes it, with a form where it takes one."""

from bot.actions import BY_NAME
from bot.filled import filled, planned
from bot.grammar.command import Command
from bot.model import Facts, Noun, Plan, Scope, Snapshot, Target
from tests.adapters.datadog.scripted import FLAG, FLAG_ID, PROD, ROLLOUT, SCHEDULE_ID

ON, OFF = "0c9d7a52-0000-4000-8000-00000000000a", "0c9d7a52-0000-4000-8000-00000000000b"
ENVIRONMENT_ID = "0c9d7a52-0000-4000-8000-0000000000e2"
RULE: Facts = {
    "key": "gradual",
    "name": "Gradual",
    "type": "CANARY",
    "targeting_rules": "country ONE_OF US, CA\nage GTE 18\nor\nplan EQUALS beta\nor\nname IS_NULL",
    "variant_weights": "on 60\noff 40",
    "rollout_steps": "5% for 1h\n25% wait\n100%",
    "guardrail_metrics": "checkout.errors PAUSE\ncheckout.latency ABORT",
    "control_variant": "off",
    "experiment_id": "0c9d7a52-0000-4000-8000-0000000000ee",
}
FORMS: dict[str, Facts] = {
    "flag.create": {
        "key": "new-search",
        "name": "New search",
        "value_type": "JSON",
        "variants": 'on (On) = {"boost": 1}\noff = {}',
        "default_variant_key": "off",
        "json_schema": '{"type": "object"}',
    },
    "flag.edit": {"name": "Another", "description": "", "json_schema": ""},
    "flag.add-rule": RULE,
    "flag.replace-rules": {"rules": [RULE, {"key": "rest", "name": "Rest", "variant_weights": "on 100"}]},
    "environment.create": {"name": "qa", "queries": "qa, test", "is_production": True},
    "environment.edit": {"name": "qa", "queries": "test, qa", "require_feature_flag_approval": True},
}
_TARGETS: dict[Noun, Target] = {
    Noun.FLAG: FLAG,
    Noun.ROLLOUT: ROLLOUT,
    Noun.TEST: Target(noun=Noun.TEST, id="abc-def-ghi", key="checkout-api"),
    Noun.DEPLOYMENT: Target(noun=Noun.DEPLOYMENT, id="abc-def-ghi", key="abc-def-ghi"),
    Noun.ENVIRONMENT: Target(noun=Noun.ENVIRONMENT, id=ENVIRONMENT_ID, key="eu-staging"),
}
_BEFORE: dict[str, Facts] = {
    "flag.enable": {"status": "DISABLED"},
    "flag.disable": {"status": "ENABLED"},
    "flag.archive": {"archived": False},
    "flag.unarchive": {"archived": True},
    "test.pause": {"status": "live"},
    "test.start": {"status": "paused"},
    "deployment.cancel": {"status": "running", "over": False},
    "environment.delete": {"exists": True},
    "flag.edit": {"value_type": "JSON"},
    "flag.create": {"exists": False},
    "environment.create": {"exists": False},
}
_RULES: Facts = {
    "variants": [{"id": ON, "key": "on"}, {"id": OFF, "key": "off"}],
    "ruleset": [],
    "rule_order": [],
    "begun": [],
}


def before(action: str) -> Snapshot:
    """Return what is seen before an action makes sense."""
    literal = BY_NAME[action]
    target = _TARGETS[literal.noun]
    where = PROD if literal.scope is Scope.ENVIRONMENT else None
    target = target.model_copy(update={"environment": where, "aspect": literal.aspect})
    facts: Facts = {"flag_id": FLAG_ID, "schedule_id": SCHEDULE_ID, "started_at": None, "archived": False}
    return Snapshot(target=target, facts=facts | _RULES | _BEFORE.get(action, {}), taken_at=1)


def whole_plan(action: str) -> Plan:
    """Return the plan of an action, complete with what its form says."""
    seen = before(action)
    where = PROD.name if seen.target.environment else None
    given = FORMS.get(action, {})
    named = "" if BY_NAME[action].makes else seen.target.key
    command = filled(Command(action=action, target=named, environment=where, parameters=given))
    if BY_NAME[action].makes:
        seen = seen.model_copy(
            update={"target": seen.target.model_copy(update={"id": command.target, "key": command.target})}
        )
    return planned(BY_NAME[action], seen, command.parameters)
