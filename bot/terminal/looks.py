"""What was looked at, as plain lines for a terminal: aligned columns, nothing told by colour or marks alone."""

from collections.abc import Mapping, Sequence

from bot.actions import BY_NAME, READ_BY_NAME
from bot.auditing.history import HistoryRow
from bot.forms.targeting import SAID
from bot.grammar.command import Look
from bot.looking.answering import EnvironmentSeen, FlagSeen, Listed, RolloutSeen, Row, RulesSeen, Sight
from bot.looking.inferring import Inferred, State
from bot.looking.views import Condition, DeploymentView, EnvironmentView, FlagRow, RuleView, SettingView, TestView
from bot.model import Environment, Noun
from bot.terminal.text import columns, length, moment, plain

_ENABLED = {True: "enabled", False: "disabled", None: "not told by Datadog"}
_WHY = (
    "Datadog tells no state of a rollout: this one follows from its start, its steps, its guardrails and what was done "
    "from here; a pause, a resumption or a stop made elsewhere cannot be seen."
)
_ACTED = {"PAUSE": "paused", "ABORT": "stopped"}
_HEADS = {
    Noun.FLAG: ("FLAG", "ENABLED IN", "DISABLED IN", "NAME"),
    Noun.ROLLOUT: ("FLAG", "ENVIRONMENT", "RULE", "STATE", "NEXT STEP", "GUARDRAIL"),
    Noun.ENVIRONMENT: ("ENVIRONMENT", "DATADOG'S OWN APPROVAL", "QUERIES"),
    Noun.TEST: ("TEST", "STATUS", "TYPE", "TAGS", "NAME"),
    Noun.DEPLOYMENT: ("DEPLOYMENT", "STATUS", "STARTED", "HOSTS", "QUERY"),
}


def shown(sight: Sight) -> list[str]:
    """Return everything that was asked to be seen, a line each; lists are whole, without pages."""
    seen = sight.seen
    if isinstance(seen, Listed):
        lines = _listed(sight.look, seen)
    elif isinstance(seen, FlagSeen):
        lines = _flag(seen)
    elif isinstance(seen, RulesSeen):
        lines = _rules(seen)
    elif isinstance(seen, RolloutSeen):
        lines = _rollout(seen)
    elif isinstance(seen, EnvironmentSeen):
        lines = _environment(seen)
    else:
        lines = _test(seen) if isinstance(seen, TestView) else _deployment(seen)
    return [*lines, f"As of {moment(sight.at)}."]


def place(environment: Environment) -> str:
    """Return an environment by name; production is always said by a word."""
    name = plain(environment.name)
    if environment.is_production:
        return f"{name} (production)"
    return f"{name} (not production)" if "prod" in name.casefold() else name


def _listed(look: Look, seen: Listed) -> list[str]:
    noun = READ_BY_NAME[look.what].noun
    rows = [_row(each) for each in seen.rows]
    body = columns([_HEADS[noun], *rows]) if rows else [_none(look, noun)]
    unread = f"{seen.unread} flags more were not looked into; name a flag to see its rollouts."
    more = [
        *([unread] if seen.unread else []),
        *([_WHY] if noun is Noun.ROLLOUT and rows else []),
        *(["Archived flags are left out."] if noun is Noun.FLAG and "archived" not in look.states else []),
    ]
    return [_title(look, seen, noun), *body, *more]


def _title(look: Look, seen: Listed, noun: Noun) -> str:
    count = len(seen.rows)
    states = f"{' and '.join(look.states)} " if look.states else ""
    words = f" for “{plain(look.target)}”" if look.target else ""
    here = f" in {place(seen.where)}" if seen.where else ""
    return f"{count} {states}{noun}{'' if count == 1 else 's'}{words}{here}"


def _none(look: Look, noun: Noun) -> str:
    if look.target or look.states or look.environment:
        return f"Nothing is like that. “list {noun}s” lists all of them."
    return f"There is no {noun}."


def _row(row: Row) -> tuple[str, ...]:
    if isinstance(row, FlagRow):
        archived = " (archived)" if row.archived else ""
        return (f"{plain(row.key)}{archived}", _places(row.enabled), _places(row.disabled), plain(row.name))
    if isinstance(row, RolloutSeen):
        view = row.view
        idle = "; the flag is disabled there" if view.enabled is False else ""
        state = f"{_state(row.inferred, len(view.steps))}{idle}"
        next_at = moment(row.inferred.next_at) if row.inferred.next_at else "-"
        where = place(view.environment)
        return (plain(view.flag), where, plain(view.rule), state, next_at, _metrics(row) if view.guardrail else "-")
    if isinstance(row, EnvironmentView):
        approval = "wanted" if row.approval else "not wanted"
        return (place(row.environment), approval, _some(row.environment.queries))
    if isinstance(row, TestView):
        return (plain(row.id), plain(row.status) or "not told", plain(row.kind), _some(row.tags), plain(row.name))
    began = moment(row.started_at) if row.started_at else "-"
    return (plain(row.id), plain(row.status) or "not told", began, _hosts(row), plain(row.query))


def _places(environments: tuple[Environment, ...]) -> str:
    return ", ".join(place(each) for each in environments) or "none"


def _some(words: Sequence[str]) -> str:
    return ", ".join(plain(word) for word in words) or "none"


def _percent(ratio: float) -> str:
    return f"{round(ratio * 100, 2):g} %"


def _state(inferred: Inferred, steps: int) -> str:
    at = f", step {inferred.step} of {steps}, {_percent(inferred.ratio)}" if inferred.step else ""
    unless = ", unless it was paused elsewhere" if inferred.state is State.RUNNING else ""
    return f"{inferred.state}{unless} (inferred){at}"


def _metrics(seen: RolloutSeen) -> str:
    said = ", ".join(dict.fromkeys(plain(each.metric) for each in seen.view.triggers)) or "a metric, not told which"
    return f"{_ACTED.get(seen.view.guardrail, 'acted')} by {said}"


def _last(row: HistoryRow | None) -> list[tuple[str, str]]:
    if row is None:
        return []
    action = BY_NAME.get(row.action)
    what = action.words.title if action else row.action
    who = plain(row.requester.name) or row.requester.id
    told = f"{plain(what)} in {plain(row.where)} by {who}, {moment(row.changed_at)} ({row.id})"
    return [("Last done from here", told)]


def _facts(pairs: Sequence[tuple[str, str]]) -> list[str]:
    return columns([(f"  {label}:", value) for label, value in pairs if value])


def _flag(seen: FlagSeen) -> list[str]:
    view = seen.view
    gone = f" (archived{f' {moment(view.archived_at)}' if view.archived_at else ''})"
    about = [
        ("Name", plain(view.name) if view.name != view.key else ""),
        ("Description", plain(view.description)),
        ("Type", plain(view.kind)),
        ("Tags", _some(view.tags) if view.tags else ""),
        ("Datadog's own approval", "wanted for changes in production" if view.approval else ""),
        ("Changed", moment(view.updated_at) if view.updated_at else ""),
        *_last(seen.last),
    ]
    first = seen.where.id if seen.where else ""
    settings = sorted(view.settings, key=lambda each: each.environment.id != first)
    head = ("  ENVIRONMENT", "STATE", "DEFAULT", "RULES", "MORE")
    standing = columns([head, *(_setting(each) for each in settings)]) if settings else ["  It is in no environment."]
    rolled = [f"  Rollout in {place(each.view.environment)}: {_rolled(each)}" for each in seen.rollouts.values()]
    variants = [(f"  {plain(each.key or each.id)}", plain(each.value), plain(each.name)) for each in view.variants]
    return [
        f"Flag {plain(view.key)}{gone if view.archived_at is not None else ''}",
        *_facts(about),
        *standing,
        *rolled,
        *columns([("  VARIANT", "VALUE", "NAME"), *variants]),
        *([f"  {plain(view.url)}"] if view.url else []),
        *([_WHY] if rolled else []),
    ]


def _setting(setting: SettingView) -> tuple[str, ...]:
    more = [
        *(["Datadog wants its own approval"] if setting.approval else []),
        *([f"the suggestion {plain(setting.suggestion)} waits in Datadog"] if setting.suggestion else []),
    ]
    state = _ENABLED[setting.enabled]
    rules = str(len(setting.rules))
    return (f"  {place(setting.environment)}", state, plain(setting.default) or "-", rules, "; ".join(more))


def _rolled(seen: RolloutSeen) -> str:
    return f"rule {plain(seen.view.rule)}, {_state(seen.inferred, len(seen.view.steps))}"


def _rules(seen: RulesSeen) -> list[str]:
    setting = seen.setting
    lines = [f"Rules of {plain(seen.view.key)} in {place(setting.environment)}"]
    lines.append(f"  The flag is {_ENABLED[setting.enabled]} here.")
    for number, rule in enumerate(seen.rules, start=1):
        lines += _rule(number, rule, seen.rollouts)
    if not seen.rules:
        lines.append("  No targeting rule is set here.")
    if setting.default:
        lines.append(f"  Whoever no rule meets gets {plain(setting.default)}.")
    return [*lines, *([_WHY] if any(rule.rollout for rule in seen.rules) else [])]


def _rule(number: int, rule: RuleView, rollouts: Mapping[str, RolloutSeen]) -> list[str]:
    experiment = " (part of an experiment)" if rule.experiment else ""
    groups = [" and ".join(_condition(each) for each in group) for group in rule.groups if group]
    meets = [f"       {'or if' if n else 'if'} {group}" for n, group in enumerate(groups)]
    weights = ", ".join(f"{plain(each.variant)} {each.percent:g} %" for each in rule.weights) or "no variant"
    lines = [f"  {number:>2}.  {plain(rule.name or rule.key or rule.id)}{experiment}"]
    lines += [*(meets or ["       for everybody"]), f"       then {weights}"]
    acts = {"PAUSE": "pauses it", "ABORT": "stops it"}
    lines += [
        f"       guardrail {plain(each.metric)} {acts.get(each.action, plain(each.action))}" for each in rule.guards
    ]
    if rule.rollout and (seen := rollouts.get(rule.rollout.id)):
        lines.append(f"       rollout: {_state(seen.inferred, len(rule.rollout.steps))}")
        lines += [f"       {line}" for line in _steps(seen)]
    return lines


def _condition(said: Condition) -> str:
    attribute = plain(said.attribute)
    if said.operator == "IS_NULL":
        present = said.values[:1] in (("False",), ("false",))
        return f"{attribute} {'is there' if present else SAID['IS_NULL']}"
    return f"{attribute} {SAID.get(said.operator, plain(said.operator))} {_some(said.values)}"


def _steps(seen: RolloutSeen) -> list[str]:
    rows, steps = [], seen.view.steps
    for number, step in enumerate(steps, start=1):
        interval = seen.view.interval if step.interval is None else step.interval
        lasts = "then it waits to be resumed" if step.holds else f"for {length(interval)}" if interval else ""
        if number == len(steps) and not step.holds:
            lasts = "and stays there"
        here = "<- here (inferred)" if number == seen.inferred.step else ""
        rows.append((f"  step {number}", _percent(step.ratio), lasts, here))
    return columns(rows)


def _rollout(seen: RolloutSeen) -> list[str]:
    view, inferred = seen.view, seen.inferred
    acts = {"PAUSE": "pauses it", "ABORT": "stops it"}
    guards = ", ".join(f"{plain(each.metric)} {acts.get(each.action, plain(each.action))}" for each in view.guards)
    next_label = "Starts" if inferred.state is State.SCHEDULED else "Next step"
    waits = inferred.state in (State.RUNNING, State.HOLDING) and inferred.next_at is None
    facts = [
        ("State", _state(inferred, len(view.steps))),
        ("Rule", plain(view.rule)),
        ("Flag here", _ENABLED[view.enabled] + (", so it reaches nobody" if view.enabled is False else "")),
        ("Started", moment(view.started_at) if view.started_at is not None else ""),
        (next_label, moment(inferred.next_at) if inferred.next_at else ""),
        ("Next step", "only when it is resumed, or Datadog does not tell" if waits else ""),
        ("Guardrails", guards),
        *(("Guardrail acted", _trigger(each.metric, each.action, each.at)) for each in view.triggers),
        ("Guardrail acted", _metrics(seen) if view.guardrail and not view.triggers else ""),
        *_last(seen.last),
    ]
    title = f"Rollout of {plain(view.flag)} in {place(view.environment)}"
    return [title, *_facts(facts), *_steps(seen), *([f"  {plain(view.url)}"] if view.url else []), _WHY]


def _trigger(metric: str, action: str, at: int | None) -> str:
    return f"{plain(metric)} {_ACTED.get(action, 'acted on')} it{f', {moment(at)}' if at else ''}"


def _environment(seen: EnvironmentSeen) -> list[str]:
    found = seen.view.environment
    enabled = "could not be read" if seen.enabled is None else f"{len(seen.enabled)} of {seen.flags}"
    mark = "yes: Datadog marks it as production" if found.is_production else "no: Datadog does not mark it"
    facts = [
        ("Production", mark),
        ("Queries", _some(found.queries)),
        ("Datadog's own approval", "wanted for changes here" if seen.view.approval else "not wanted"),
        ("Description", plain(seen.view.description)),
        ("Id", plain(found.id)),
        ("Flags enabled here", enabled),
    ]
    return [f"Environment {place(found)}", *_facts(facts), *(f"    {plain(key)}" for key in seen.enabled or ())]


def _test(view: TestView) -> list[str]:
    facts = [
        ("Status", plain(view.status) or "not told by Datadog"),
        ("Public id", plain(view.id)),
        ("Type", plain(view.kind)),
        ("Runs", f"every {length(view.every * 1000)}" if view.every else ""),
        ("Tags", _some(view.tags)),
        ("From", _some(view.locations) if view.locations else ""),
        ("Changed", moment(view.changed_at) if view.changed_at else ""),
        ("In Datadog", plain(view.url)),
    ]
    return [f"Test {plain(view.name or view.id)}", *_facts(facts)]


def _hosts(view: DeploymentView) -> str:
    counts = dict(view.counts)
    total = view.total or sum(counts.values())
    if not total:
        return "none told"
    each = ", ".join(f"{count} {plain(status)}" for status, count in counts.items())
    return f"{counts.get('succeeded', 0)} of {total} succeeded ({each})" if each else str(total)


def _deployment(view: DeploymentView) -> list[str]:
    facts = [
        ("Status", plain(view.status) or "not told by Datadog"),
        ("Hosts", _hosts(view)),
        ("Query", plain(view.query)),
        ("Versions", _some(view.versions) if view.versions else ""),
        ("By", plain(view.author)),
        ("Started", moment(view.started_at) if view.started_at else ""),
        ("Finished", moment(view.finished_at) if view.finished_at else ""),
        ("In Datadog", plain(view.url)),
    ]
    hosts = [(f"    {plain(each.name)}", plain(each.status) or "not told", plain(each.error)) for each in view.hosts]
    head = [("    HOST", "STATUS", "ERROR")] if hosts else []
    return [f"Deployment {plain(view.id)}", *_facts(facts), *columns([*head, *hosts])]
