"""A flag and its rules, drawn."""

from collections.abc import Mapping

from bot.grammar.command import Look
from bot.looking.answering import FlagSeen, RolloutSeen, RulesSeen
from bot.looking.views import FlagView, RuleView, SettingView, Variant
from handlers.blocks import (
    Block,
    Message,
    actions,
    clean,
    code,
    context,
    escape,
    header,
    message,
    paragraphs,
    plain,
    quoted,
)
from handlers.cards.looks.pieces import (
    condition,
    datadog_button,
    guards,
    last_done,
    look_button,
    spoken,
    weights,
    where,
)
from handlers.cards.looks.rollouts import row as rollout_row
from handlers.cards.looks.rollouts import state_line
from handlers.cards.phrases import and_so_on, duration, moment, place_of
from handlers.cards.shares import bar, percent

_ENABLED = {True: "enabled", False: "disabled", None: "not told by Datadog"}
_NOT_TOLD = "Datadog does not tell whether the flag is enabled here."
_MOST_VARIANTS = 25
_MOST_SECTIONS = 40


def flag(seen: FlagSeen, at: int) -> Message:
    """Return a flag whole; where an environment was asked about, that one comes first."""
    view = seen.view
    title = f"Flag {plain(view.key, 100)}{' (archived)' if view.archived_at is not None else ''}"
    first = seen.where.id if seen.where else ""
    settings = sorted(view.settings, key=lambda each: each.environment.id != first)
    about = [*_about(view), *([last] if (last := last_done(seen.last)) else [])]
    standing = [line for setting in settings for line in _standing(setting, seen.rollouts)]
    variants = ["*Variants*", *(_variant(each) for each in view.variants[:_MOST_VARIANTS])]
    said = spoken([escape(title), *about, *standing, *variants])
    blocks: list[Block] = [
        header(title),
        *paragraphs(about, most=3),
        *paragraphs(standing or ["It is in no environment."], most=_MOST_SECTIONS - 10),
        *paragraphs(variants, most=6),
        context(f"As of {moment(at, seconds=True)}."),
    ]
    return message(said, [*blocks, *actions(_flag_buttons(view, settings))])


def rules(seen: RulesSeen, at: int, wanted: int = 1) -> Message:
    """Return a page of a flag's rules in one environment, in their order; beyond the last one it is the last."""
    view, setting = seen.view, seen.setting
    title = f"{place_of(setting.environment)} · Rules of {plain(view.key, 80)}"
    lines = [line for number, rule in enumerate(seen.rules, start=1) for line in _rule(number, rule, seen.rollouts)]
    state = f"The flag is *{_ENABLED[setting.enabled]}* here." if setting.enabled is not None else _NOT_TOLD
    default = f" Whoever no rule meets gets {code(setting.default, 80)}." if setting.default else ""
    none = "No targeting rule is set here."
    packed = paragraphs(lines or [none], most=len(lines) + 1)
    pages = -(-len(packed) // _MOST_SECTIONS)
    page = min(max(wanted, 1), pages)
    drawn = packed[(page - 1) * _MOST_SECTIONS : page * _MOST_SECTIONS]
    which = f"Page {page} of {pages}. " if pages > 1 else ""
    said = spoken([escape(title), which, f"{state}{default}", *map(_words, drawn)])
    blocks = [header(title), *paragraphs([f"{state}{default}"], most=1), *drawn]
    blocks.append(context(f"{which}As of {moment(at, seconds=True)}."))
    here = Look(what="flag.rules", target=view.id, environment=setting.environment.id)
    buttons = [
        *(look_button(1, "Back", here.model_copy(update={"page": page - 1}), title) if page > 1 else []),
        *(look_button(2, "More", here.model_copy(update={"page": page + 1}), title) if page < pages else []),
        *look_button(0, "Show flag", Look(what="flag.show", target=view.id), view.key),
        *datadog_button(view.url, view.key),
    ]
    return message(said, [*blocks, *actions(buttons)])


def _words(block: Block) -> str:
    text = block["text"]
    return str(text["text"]) if isinstance(text, dict) else ""


def _about(view: FlagView) -> list[str]:
    lines = [f"*Name* {quoted(view.name, 150)}"] if clean(view.name) not in ("", view.key) else []
    if clean(view.description):
        lines.append(quoted(view.description, 600))
    if view.archived_at is not None:
        lines.append(f"*Archived* {moment(view.archived_at) if view.archived_at else 'at a time that is not told'}")
    if view.approval:
        lines.append("*Datadog's own approval* is wanted for changes in production")
    if view.tags:
        lines.append(f"*Tags* {and_so_on([code(tag, 80) for tag in view.tags], most=12)}")
    kind = f"*Type* {quoted(view.kind, 40)}" if view.kind else ""
    changed = f"*Changed* {moment(view.updated_at)}" if view.updated_at else ""
    return [*lines, *([" · ".join(part for part in (kind, changed) if part)] if kind or changed else [])]


def _standing(setting: SettingView, rollouts: Mapping[str, RolloutSeen]) -> list[str]:
    plain_rules = len(setting.rules) - len(setting.rollouts)
    parts = [f"*{where(setting.environment)}*: {_ENABLED[setting.enabled]}"]
    if setting.default:
        parts.append(f"default {code(setting.default, 80)}")
    if plain_rules:
        parts.append(f"{plain_rules} plain rule{'' if plain_rules == 1 else 's'}")
    if setting.approval:
        parts.append("Datadog wants its own approval")
    if setting.suggestion:
        parts.append(f"a suggestion waits in Datadog ({code(setting.suggestion, 60)})")
    rolled = [
        f"Rollout: {rollout_row(rollouts[each.id], named=False)}" for each in setting.rollouts if each.id in rollouts
    ]
    return [" · ".join(parts), *rolled]


def _variant(variant: Variant) -> str:
    name = f" ({quoted(variant.name, 80)})" if clean(variant.name) not in ("", variant.key) else ""
    return f"• {code(variant.key or variant.id, 80)}{name} = {code(variant.value, 300)}"


def _rule(number: int, rule: RuleView, rollouts: Mapping[str, RolloutSeen]) -> list[str]:
    lines = [f"*{number}. {quoted(rule.name or rule.key or rule.id, 120)}*{_kind(rule)}"]
    meets = [" and ".join(condition(each) for each in group) for group in rule.groups if group]
    lines.append(f"If {', or '.join(meets)}" if meets else "For everybody")
    lines.append(f"then {weights(rule.weights)}")
    if rule.guards:
        lines.append(f"Guardrails: {guards(rule.guards)}")
    if rule.rollout and (seen := rollouts.get(rule.rollout.id)):
        lines.append(f"Rollout: {state_line(seen.inferred, len(rule.rollout.steps))} {bar(seen.inferred.ratio)}")
        lines += [
            f"    {n}. {percent(step.ratio)}{f' for {duration(step.interval)}' if step.interval else ''}"
            for n, step in enumerate(rule.rollout.steps[:40], start=1)
        ]
    return lines


def _kind(rule: RuleView) -> str:
    return " · part of an experiment" if rule.experiment else ""


def _flag_buttons(view: FlagView, settings: list[SettingView]) -> list[Block]:
    buttons: list[Block] = []
    ruled = [each for each in settings if each.rules][:4]
    for n, each in enumerate(ruled):
        label = f"Rules in {plain(place_of(each.environment), 40)}"
        look = Look(what="flag.rules", target=view.id, environment=each.environment.id)
        buttons += look_button(n, label, look, view.key)
    return [*buttons, *datadog_button(view.url, view.key)]
