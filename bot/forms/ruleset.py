"""
Targeting rules against targeting rules: what differs, in words, and what proves it.

A rule as it was read has the fields of the form, and beside them `id`, `schedule_id`, `started_at` and `halted` (what
a guardrail did). Whether a rollout goes on is inferred from its start and its steps, because Datadog does not tell.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from bot.forms.form import Difference, Problem
from bot.forms.lines import length, listed, number, texts
from bot.forms.targeting import SAID
from bot.model import Facts, FieldChange, Risk, Snapshot

_READ_ONLY = frozenset({"id", "schedule_id", "started_at", "halted"})
Rules = list[dict[str, Any]]


def rules_in(facts: Facts) -> Rules:
    """Return the rules that were read, as a form has them."""
    return [
        {name: value for name, value in rule.items() if name not in _READ_ONLY and value is not None}
        for rule in listed(facts.get("ruleset"))
    ]


def fact_of(key: str) -> str:
    """Return the fact under which one rule is read back."""
    return f"rule {key}"


def comparable(rule: dict[str, Any]) -> JsonValue:
    """Return what a rule does, in one spelling: orders that mean nothing are sorted, and lengths are filled in."""
    steps = listed(rule.get("rollout_steps"))
    return {
        "name": rule.get("name"),
        "type": rule.get("type"),
        "who": _in_order(_group(each) for each in listed(rule.get("targeting_rules"))),
        "weights": _in_order([str(w.get("variant")), float(w.get("value") or 0)] for w in _weights(rule)),
        "steps": [_step(rule, step, last=step is steps[-1]) for step in steps],
        "autostart": bool(rule.get("autostart")) if steps else False,
        "control": rule.get("control_variant") if steps else None,
        "guardrails": _in_order(
            [str(each.get("metric_id")), str(each.get("trigger_action"))]
            for each in listed(rule.get("guardrail_metrics"))
        ),
        "experiment": rule.get("experiment_id"),
    }


def _in_order(parts: Iterable[list[Any]]) -> JsonValue:
    return [*sorted(parts)]


def _weights(rule: dict[str, Any]) -> Rules:
    return [each for each in listed(rule.get("variant_weights")) if each.get("value")]


def _group(group: dict[str, Any]) -> list[Any]:
    return sorted(
        [str(each.get("attribute")), str(each.get("operator")), sorted(texts(each.get("value")))]
        for each in listed(group.get("conditions"))
    )


def _step(rule: dict[str, Any], step: dict[str, Any], *, last: bool) -> JsonValue:
    interval = None if last else step.get("interval_ms") or rule.get("selection_interval_ms")
    return [float(step.get("exposure_ratio") or 0), interval, bool(step.get("is_pause_record"))]


def difference_of(wanted: Rules, snapshot: Snapshot, *, adds: str = "", stopped: tuple[str, ...] = ()) -> Difference:
    """
    Return what would be different, rule by rule, were `wanted` the rules.

    `adds` is the key of the one rule that is added to the others, where it is one alone; `stopped` are the keys of
    those whose rollout was stopped, as whoever asks says: it looks like one that runs.
    """
    now = {str(rule.get("key")): rule for rule in listed(snapshot.facts.get("ruleset"))}
    then = {str(rule.get("key")): rule for rule in wanted}
    gone = [key for key in now if key not in then]
    changed = [key for key in then if key in now and comparable(then[key]) != comparable(now[key])]
    new = [key for key in then if key not in now]
    effect: Facts = {fact_of(key): comparable(rule) for key, rule in then.items() if not adds or key == adds}
    effect |= {fact_of(key): None for key in gone} | ({} if adds else {"rule_order": list(then)})
    lost = [key for key in (*gone, *changed) if goes_on(now[key], snapshot.taken_at)]
    return Difference(
        changes=(
            *(_change(f"Rule {key} (new)", None, then[key]) for key in new),
            *(_change(f"Rule {key} (changed)", now[key], then[key]) for key in changed),
            *(_change(f"Rule {key} (removed)", now[key], None) for key in gone),
            *_order(list(now), list(then)),
        ),
        effect=effect,
        problems=_problems(wanted, snapshot.facts, now, adds),
        warnings=_warnings(snapshot, lost, stopped),
        consequence=_consequence(then, [*new, *changed], [*now], [*changed, *gone]),
        risk=Risk.IRREVERSIBLE if lost else None,
        keeps=("ruleset", "variants"),
        **_held([now[key] for key in changed if key in lost and key not in stopped]),
    )


def _change(label: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> FieldChange:
    return FieldChange(
        label=label,
        before=words(before) if before else "not there",
        after=words(after) if after else "goes away",
    )


def _order(before: list[str], after: list[str]) -> tuple[FieldChange, ...]:
    """Return the change of order among the rules that stay; the first rule that fits decides."""
    stayed, stays = [key for key in before if key in after], [key for key in after if key in before]
    if stayed == stays:
        return ()
    return (FieldChange(label="Order (the first that fits decides)", before=", ".join(before), after=", ".join(after)),)


def words(rule: dict[str, Any]) -> str:
    """Say a rule in words: who, which variants, how it is rolled out."""
    groups = [_group_words(each) for each in listed(rule.get("targeting_rules"))]
    weights = ", ".join(f"{each.get('variant')} {number(float(each.get('value') or 0))} %" for each in _weights(rule))
    parts = [f"for {' or '.join(groups) or 'everybody'}: {weights or 'no variant'}", *_rollout_words(rule)]
    parts += [f"experiment {rule['experiment_id']}"] if rule.get("experiment_id") else []
    return f"{rule.get('name') or 'unnamed'} — {'; '.join(parts)}"


def _group_words(group: dict[str, Any]) -> str:
    said = [
        " ".join(filter(None, (str(c.get("attribute")), SAID.get(str(c.get("operator")), str(c.get("operator"))),
                               _values(c.get("value")))))
        for c in listed(group.get("conditions"))
    ]  # fmt: skip
    return " and ".join(said) or "everybody"


def _values(value: JsonValue) -> str:
    return ", ".join(f"“{each}”" for each in texts(value))


def _rollout_words(rule: dict[str, Any]) -> list[str]:
    steps = listed(rule.get("rollout_steps"))
    if not steps:
        return []
    shares = []
    for step in steps:
        interval = step.get("interval_ms") or rule.get("selection_interval_ms")
        lasts = f" for {length(interval)}" if isinstance(interval, int) and step is not steps[-1] else ""
        waits = ", then waits" if step.get("is_pause_record") else ""
        shares.append(f"{number(float(step.get('exposure_ratio') or 0) * 100)} %{lasts}{waits}")
    found = [f"rolled out {' → '.join(shares)}", "starts at once" if rule.get("autostart") else "started by hand"]
    acts = {"PAUSE": "pauses", "ABORT": "stops"}
    found += [
        f"{each.get('metric_id')} {acts.get(str(each.get('trigger_action')), 'acts on')} it"
        for each in listed(rule.get("guardrail_metrics"))
    ]
    return [*found, f"compared with {rule['control_variant']}"] if rule.get("control_variant") else found


def _problems(wanted: Rules, facts: Facts, now: dict[str, Any], adds: str) -> tuple[Problem, ...]:
    """Return what cannot be on this flag: variants that it does not have, and for one rule a key that is taken."""
    known = [str(each.get("key")) for each in listed(facts.get("variants"))]
    found: list[Problem] = []
    if adds in now:
        found.append(("key", f"There is a rule with the key {adds} already; replace the rules to change it."))
    for at, rule in enumerate(wanted):
        if adds and rule.get("key") != adds:
            continue
        path = "" if adds else f"rules.{at}."
        named = [("variant_weights", str(each.get("variant"))) for each in _weights(rule)]
        named += [("control_variant", str(rule["control_variant"]))] if rule.get("control_variant") else []
        found += [(path + field, _unknown(each, known)) for field, each in named if each not in known]
    return tuple(dict(reversed(found)).items())[::-1]


def _unknown(variant: str, known: list[str]) -> str:
    return f"The flag has no variant {variant}. It has {', '.join(known) or 'none'}."


def goes_on(rule: dict[str, Any], at: int) -> bool:
    """Tell whether a rule's rollout has begun and is not over, as far as its start and its steps tell."""
    steps, started = listed(rule.get("rollout_steps")), rule.get("started_at")
    if not steps or not started or rule.get("halted") == "ABORT":
        return False
    if rule.get("halted") or any(step.get("is_pause_record") for step in steps):
        return True
    begun = milliseconds_of(str(started))
    lasts = sum(step.get("interval_ms") or rule.get("selection_interval_ms") or 0 for step in steps[:-1])
    return begun is None or at < begun + lasts


def milliseconds_of(stamp: str) -> int | None:
    """Return a time as Datadog writes it, which may have nine digits after the point."""
    whole = stamp.removesuffix("Z").partition(".")[0]
    try:
        return int(datetime.fromisoformat(f"{whole}+00:00").timestamp() * 1000)
    except ValueError:
        return None


def _held(running: Rules) -> dict[str, Any]:
    """Return what keeps rules whose rollout goes on from being edited, and what can be done about it."""
    if not running:
        return {}
    names = ", ".join(str(rule.get("key")) for rule in running)
    fact = (
        f"A rule may not be edited while its rollout runs, and that of {names} does (inferred from its start). If it "
        "was stopped elsewhere, say so in the form: Datadog does not tell a stopped one from one that runs."
    )
    return {"obstacle": fact, "instead": tuple(("rollout.stop", str(rule.get("schedule_id"))) for rule in running)}


def _warnings(snapshot: Snapshot, lost: list[str], stopped: tuple[str, ...]) -> tuple[str, ...]:
    found = [
        f"The rollout of rule {key} counts as stopped, by what was done from here or by the word of whoever asks; "
        "Datadog does not tell. If it runs, it ends."
        if key in stopped
        else f"The rollout of rule {key} runs (inferred from its start) and ends with the rule; its progress is lost."
        for key in lost
    ]
    if snapshot.facts.get("status") == "DISABLED":
        found.append("The flag is disabled here, so no rule has an effect for users until it is enabled.")
    return tuple(found)


def _consequence(then: dict[str, Any], fresh: list[str], before: list[str], touched: list[str]) -> str:
    """Return what comes of it: who starts to get something else, what begins by itself, what stays."""
    if not then:
        return "No rule is left: everybody gets the default variant."
    starts = [key for key in fresh if listed(then[key].get("rollout_steps")) and then[key].get("autostart")]
    found = ["Whoever a rule fits gets what it says from then on; the first rule that fits decides."]
    if starts:
        found.append(f"The rollout of {', '.join(starts)} starts at once and exposes users step by step.")
    if stay := [key for key in before if key not in touched]:
        found.append(f"These rules stay as they are: {', '.join(stay)}.")
    return " ".join(found)
