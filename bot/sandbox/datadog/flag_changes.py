"""What can be done to a flag, at once or as a suggestion that waits."""

import re
from typing import Any, Literal
from uuid import uuid4

from bot.sandbox.datadog.organisation import Organisation
from bot.sandbox.datadog.records import Environment, Flag, Setting, Suggestion, Variant
from bot.sandbox.datadog.refusals import Refused
from bot.sandbox.datadog.rules import add_rule, replace_rules

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\Z")
_TYPES = ("BOOLEAN", "INTEGER", "NUMERIC", "STRING", "JSON")


def needs_approval(flag: Flag, environment: Environment) -> bool:
    """Return whether Datadog itself wants an approval for a change there."""
    return environment.require_approval or (flag.require_approval and environment.is_production)


def suggest(organisation: Organisation, flag: Flag, setting: Setting | None, change: dict[str, Any]) -> Suggestion:
    """
    Note a change as a suggestion.

    Raises Refused where another one waits already.
    """
    touched = [setting] if setting is not None else flag.settings
    for waiting in organisation.world.suggestions:
        if waiting.id in {each.pending_suggestion_id for each in touched}:
            if waiting.change == change:
                return waiting
            raise Refused(409, f"suggestion {waiting.id} is already pending for this feature flag")
    suggestion = Suggestion(
        id=str(uuid4()),
        flag_id=flag.id,
        environment_id=setting.environment_id if setting is not None else None,
        change=change,
        at=organisation.now(),
    )
    organisation.world.suggestions.append(suggestion)
    for each in touched:
        each.pending_suggestion_id = suggestion.id
    return suggestion


def decide(organisation: Organisation, suggestion: Suggestion, verdict: Literal["approve", "withdraw"]) -> None:
    """
    Approve a suggestion, which applies its change, or withdraw it.

    Raises Refused if it is decided.
    """
    if suggestion.state != "open":
        raise Refused(409, f"suggestion {suggestion.id} was {suggestion.state} before")
    flag = organisation.flag(suggestion.flag_id)
    suggestion.state = "approved" if verdict == "approve" else "withdrawn"
    for setting in flag.settings:
        if setting.pending_suggestion_id == suggestion.id:
            setting.pending_suggestion_id = None
    if verdict == "approve":
        _apply(organisation, flag, suggestion)


def set_status(
    organisation: Organisation, flag: Flag, setting: Setting, status: Literal["ENABLED", "DISABLED"]
) -> None:
    """Enable or disable a flag in an environment."""
    setting.status = status
    flag.updated_at = organisation.now()


def set_archived(organisation: Organisation, flag: Flag, archived: bool) -> None:
    """
    Archive a flag or bring it back.

    Raises Refused where a live flag has its key by now.
    """
    if not archived and any(_is_live(each, flag.key) for each in organisation.world.flags if each is not flag):
        raise Refused(409, f"a feature flag with key {flag.key} already exists", shape="titled")
    flag.archived_at = (flag.archived_at or organisation.now()) if archived else None
    flag.updated_at = organisation.now()


def _is_live(flag: Flag, key: str) -> bool:
    return flag.key == key and flag.archived_at is None


def create_flag(organisation: Organisation, attributes: dict[str, Any]) -> Flag:
    """
    Create a flag from the attributes of a request, disabled everywhere.

    Raises Refused.
    """
    key, name = _text(attributes, "key"), _text(attributes, "name")
    if not _KEY.match(key):
        raise Refused(400, f"invalid key {key!r}")
    if any(_is_live(flag, key) for flag in organisation.world.flags):
        raise Refused(409, f"a feature flag with key {key} already exists", shape="titled")
    if attributes.get("value_type") not in _TYPES:
        raise Refused(400, f"value_type must be one of {', '.join(_TYPES)}")
    now = organisation.now()
    variants = _variants(organisation, attributes)
    flag = Flag(
        id=str(uuid4()),
        key=key,
        name=name,
        description=_text(attributes, "description", empty=True),
        value_type=attributes["value_type"],
        variants=variants,
        coded_default=variants[-1].value,
        json_schema=attributes.get("json_schema"),
        created_at=now,
        updated_at=now,
    )
    default = _default_variant(variants, attributes.get("default_variant_key"))
    flag.settings = [new_setting(each, default) for each in organisation.world.environments]
    organisation.world.flags.append(flag)
    return flag


def update_flag(organisation: Organisation, flag: Flag, attributes: dict[str, Any]) -> None:
    """
    Change what may be changed about a flag.

    Its name, description and JSON schema; raises Refused.
    """
    for field in ("name", "description"):
        if field in attributes:
            setattr(flag, field, _text(attributes, field, empty=field == "description"))
    if "json_schema" in attributes:
        flag.json_schema = attributes["json_schema"]
    flag.updated_at = organisation.now()


def new_setting(environment: Environment, default: Variant) -> Setting:
    """Return a flag's setting where nothing was done to it yet."""
    return Setting(environment_id=environment.id, default_variant_id=default.id, suffix=uuid4().hex[:12])


def _apply(organisation: Organisation, flag: Flag, suggestion: Suggestion) -> None:
    change = suggestion.change
    if suggestion.environment_id is None:
        set_archived(organisation, flag, change["archived"])
        return
    _, _, setting = organisation.setting(flag.id, suggestion.environment_id)
    if "status" in change:
        set_status(organisation, flag, setting, change["status"])
    elif "add" in change:
        add_rule(organisation.now(), flag, setting, change["add"])
    else:
        replace_rules(organisation.now(), flag, setting, change["replace"])


def _variants(organisation: Organisation, attributes: dict[str, Any]) -> list[Variant]:
    wanted = attributes.get("variants")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(each, dict) for each in wanted):
        raise Refused(400, "variants must be a list with at least one variant")
    now = organisation.now()
    variants = [
        Variant(
            id=str(uuid4()),
            key=_text(each, "key"),
            name=_text(each, "name"),
            value=_text(each, "value", empty=True),
            created_at=now,
            updated_at=now,
        )
        for each in wanted
    ]
    if len({variant.key for variant in variants}) < len(variants):
        raise Refused(400, "variant keys must be unique")
    return variants


def _default_variant(variants: list[Variant], key: object) -> Variant:
    if key is None:
        return variants[0]
    for variant in variants:
        if variant.key == key:
            return variant
    raise Refused(400, f"default_variant_key {key!r} is not one of the variants")


def _text(attributes: dict[str, Any], field: str, *, empty: bool = False) -> str:
    text = attributes.get(field)
    if not isinstance(text, str) or not (text or empty):
        raise Refused(400, f"{field} is required and must be a text")
    return text
