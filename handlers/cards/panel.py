"""
The incident panel, drawn from its view: where, how it stands, what runs, what changed, what waits, what was done.

Every row says in words what it is about and in which state, so that nothing hangs on a colour, a sign or its place.
"""

from collections.abc import Mapping, Sequence

from bot.actions import BY_NAME
from bot.guards import Guard
from bot.model import Environment
from bot.panel.sights import DeploymentSeen
from bot.panel.view import DoneRow, FlagRow, PanelView, TestRow, WaitingRow
from handlers.blocks import (
    Block,
    Message,
    actions,
    button,
    code,
    context,
    dialog,
    header,
    message,
    plain,
    quoted,
    section,
)
from handlers.cards.controls import guard_line
from handlers.cards.phrases import moment, person, place, place_of
from handlers.cards.watch import INFERRED, controls, spoken_row, standing_lines
from handlers.panel import names

_MOST_FLAGS = 4
_MOST_DEPLOYMENTS = 3
_MOST_LINES = 5
Links = Mapping[str, str]


def panel(view: PanelView, links: Links) -> Message:
    """Draw a panel; `links` lead to the cards of requests, by their ids."""
    if view.where is None:
        return _unbound(view)
    name = plain(place_of(view.where), 100)
    blocks = [
        header(f"Incident panel · {name}"),
        section("\n".join(_state(view))),
        *_rollouts(view),
        *_flags(view),
        *_deployments(view),
        *_tests(view),
        *_waiting(view, links),
        *_actions(view, links),
        context(_tail(view)),
    ]
    return message(_spoken(view, name), _named_once(blocks))


def _named_once(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks with each name given once, as Slack wants it; a second row of one target goes without."""
    seen: set[str] = set()
    drawn: list[Block] = []
    for block in blocks:
        name = str(block.get("block_id") or "")
        drawn.append({key: value for key, value in block.items() if key != "block_id" or name not in seen})
        seen.add(name)
    return drawn


def starting(where: Environment | None, choices: Sequence[Environment], as_of: int) -> Message:
    """Draw a panel that has just been asked for."""
    if where is None:
        return _unbound(PanelView(choices=tuple(choices), as_of=as_of))
    name = plain(place_of(where), 100)
    line = "*Rollouts, flags, deployments, tests and requests* — being read."
    spoken = f"Incident panel of {quoted(name, 100)}: being read, as of {moment(as_of)}."
    return message(spoken, [header(f"Incident panel · {name}"), section(line), context(f"As of {moment(as_of)}.")])


def _unbound(view: PanelView) -> Message:
    line = "This panel shows no environment yet, as the channel is bound to none."
    how = "Press one, or type `/ops bind prod` or `/ops panel in prod`. Binding to production is for operators."
    shown = view.choices[: names.MOST_PLACES]
    listed = f"There are: {', '.join(quoted(place_of(one), 60) for one in shown)}." if shown else ""
    buttons = [
        button(f"Bind to {plain(place_of(one), 40)}", names.BIND[n], one.id, about="this channel, for its panel")
        for n, one in enumerate(shown)
    ]
    left = len(view.choices) - len(shown)
    more = [context(f"…and {left} more; `/ops list environments` names them all.")] if left > 0 else []
    return message(
        f"Incident panel. {line} {how} {listed}".strip(),
        [header("Incident panel"), section(f"{line}\n{how}"), *actions(buttons, names.BINDING), *more],
    )


def _state(view: PanelView) -> list[str]:
    where = quoted(place_of(view.where), 100) if view.where else ""
    lines = [f"*{where} is not frozen.*"] if view.frozen is None else []
    lines += [guard_line(guard) for guard in _first(view.guards, view.frozen)]
    if view.trouble:
        since = moment(view.trouble_since)
        away = f"*Datadog has not been readable since {since}:* {quoted(view.trouble, 200)}"
        lines.append(f"{away} What stands below is from before.")
    if view.broken:
        lines.append(f"*{view.broken} of the records cannot be trusted* and are left out; tell an administrator.")
    return lines


def _first(guards: Sequence[Guard], first: Guard | None) -> list[Guard]:
    return sorted(guards, key=lambda guard: guard is not first)[:3]


def _rollouts(view: PanelView) -> list[Block]:
    shown = view.rollouts[: names.MOST_ROWS]
    blocks: list[Block] = []
    for row in shown:
        blocks += [section("\n".join(standing_lines(row))), *actions(controls(row), names.block_of(row.target))]
    left = len(view.rollouts) - len(shown)
    if left > 0:
        blocks.append(context(f"…and {left} more rollouts; `/rollout list` names them all."))
    if not shown:
        blocks.append(section(_no_rollouts(view)))
    return blocks


def _no_rollouts(view: PanelView) -> str:
    if view.reading or view.unread:
        return "*Rollouts* — being read."
    return "*Rollouts* — none runs here."


def _flags(view: PanelView) -> list[Block]:
    if not view.flags:
        return []
    blocks: list[Block] = [section("*Flags changed in the last hour*")]
    for row in view.flags[:_MOST_FLAGS]:
        blocks += [section(_did(row.last)), *actions(_flag_buttons(row), names.block_of(row.last.target))]
    left = len(view.flags) - _MOST_FLAGS
    return [*blocks, context(f"…and {left} more; `/ops changes` names them all.")] if left > 0 else blocks


def _flag_buttons(row: FlagRow) -> list[Block]:
    target, found = row.last.target, []
    spoken = f"flag {plain(target.key, 40)} in {place(target)}"
    if row.disable:
        sure = dialog(
            "Disable this flag?",
            f"Disable {spoken}. Users then get the default coded in the application, which need not be off. "
            "Policy may want somebody else to sign first.",
            "Disable",
        )
        found.append(button("Disable…", names.DISABLE, names.value_of(target), about=spoken, confirm=sure))
    if row.last.undo:
        found.append(button("Undo…", names.UNDO, row.last.undo, about=f"{_words(row.last)} {spoken}"))
    return found


def _deployments(view: PanelView) -> list[Block]:
    blocks: list[Block] = []
    for seen in view.deployments[:_MOST_DEPLOYMENTS]:
        hosts = f" · {quoted(seen.hosts, 200)}" if seen.hosts else ""
        line = f"*Deployment {code(seen.target.key, 60)} — {quoted(seen.status, 40)}*{hosts}"
        blocks += [section(line), *actions([_cancel(seen)], names.block_of(seen.target))]
    left = len(view.deployments) - _MOST_DEPLOYMENTS
    return [*blocks, context(f"…and {left} more; `/ops list deployments` names them all.")] if left > 0 else blocks


def _cancel(seen: DeploymentSeen) -> Block:
    spoken = f"deployment {plain(seen.target.key, 40)}"
    sure = dialog(
        "Cancel this deployment?",
        f"Cancel {spoken}. Hosts that have it already keep it. Policy may want somebody else to sign first.",
        "Cancel deployment",
    )
    return button("Cancel…", names.CANCEL, names.value_of(seen.target), about=spoken, confirm=sure)


def _tests(view: PanelView) -> list[Block]:
    return _lines("*Paused tests*", [_paused(row) for row in view.tests])


def _paused(row: TestRow) -> str:
    if row.until is None:
        return f"{code(row.target.key, 80)} — paused; nothing here starts it again"
    return f"{code(row.target.key, 80)} — paused; starts again {moment(row.until)}"


def _waiting(view: PanelView, links: Links) -> list[Block]:
    return _lines("*Waiting for signatures*", [_waits(row, links) for row in view.waiting])


def _waits(row: WaitingRow, links: Links) -> str:
    what = f"{_title(row.action)} {code(row.target.key, 80)} in {quoted(place(row.target), 80)}"
    signed = f"{row.have} of {row.need} signatures"
    return f"{what} — {signed}, open until {moment(row.until)}; asked by {person(row.by)} · {_linked(row.id, links)}"


def _actions(view: PanelView, links: Links) -> list[Block]:
    if not view.actions:
        return [section("*Last actions* — none within a day.")]
    return _lines("*Last actions*", [f"{_did(row)} · {_linked(row.id, links)}" for row in view.actions])


def _did(row: DoneRow) -> str:
    where = quoted(place(row.target), 80)
    return f"{_words(row)} {code(row.target.key, 80)} in {where} — {person(row.by)}, {moment(row.at)}"


def _lines(title: str, lines: Sequence[str]) -> list[Block]:
    if not lines:
        return []
    more = [f"…and {len(lines) - _MOST_LINES} more."] if len(lines) > _MOST_LINES else []
    return [section("\n".join([title, *(f"• {line}" for line in lines[:_MOST_LINES]), *more]))]


def _tail(view: PanelView) -> str:
    rest = f"; all else in Datadog {moment(view.read_at)}" if view.read_at else ""
    unread = f" Flags still to be looked into: {view.unread}." if view.unread else ""
    now = f"As of {moment(view.as_of, seconds=True)}{rest}.{unread}"
    return f"{now} Drawn anew only when something changes. A rollout's state is {INFERRED}."


def _spoken(view: PanelView, name: str) -> str:
    """Say the whole panel in words."""
    frozen = "not frozen" if view.frozen is None else "frozen"
    nothing = "being read" if view.reading or view.unread else "none runs"
    parts = [f"Incident panel of {quoted(name, 100)}, {frozen}, as of {moment(view.as_of)}."]
    if view.trouble:
        parts.append(f"Datadog cannot be read: {quoted(view.trouble, 200)}")
    parts.append(_named("Rollouts", [spoken_row(row) for row in view.rollouts[: names.MOST_ROWS]], nothing))
    parts.append(_named("Flags changed in the last hour", [_said(row.last) for row in view.flags[:_MOST_FLAGS]]))
    running = [f"{quoted(d.target.key, 60)} {quoted(d.status, 40)}" for d in view.deployments[:_MOST_DEPLOYMENTS]]
    parts.append(_named("Deployments", running))
    parts.append(_named("Paused tests", [_said_test(row) for row in view.tests[:_MOST_LINES]]))
    waiting = [
        f"{_title(row.action)} {quoted(row.target.key, 80)}, {row.have} of {row.need}, until {moment(row.until)}"
        for row in view.waiting[:_MOST_LINES]
    ]
    parts.append(_named("Waiting for signatures", waiting))
    parts.append(_named("Last actions", [_said(row) for row in view.actions], "none within a day"))
    return " ".join(part for part in parts if part)


def _named(title: str, found: Sequence[str], nothing: str = "") -> str:
    if not found:
        return f"{title}: {nothing}." if nothing else ""
    return f"{title}: {'; '.join(found)}."


def _said(row: DoneRow) -> str:
    return f"{_words(row)} {quoted(row.target.key, 80)} by {person(row.by)}, {moment(row.at)}"


def _said_test(row: TestRow) -> str:
    until = f"until {moment(row.until)}" if row.until is not None else "without an end"
    return f"{quoted(row.target.key, 80)} {until}"


def _linked(id_: str, links: Links) -> str:
    link = links.get(id_, "")
    return f"<{link}|{id_}>" if link else id_


def _title(action: str) -> str:
    from_catalogue = BY_NAME.get(action)
    return from_catalogue.words.title if from_catalogue else plain(action, 60)


def _words(row: DoneRow) -> str:
    """Return what was done, noun included: `Disabled flag`."""
    known = BY_NAME.get(row.action)
    return f"{known.words.done} {known.noun.value}" if known else plain(row.action, 60)
