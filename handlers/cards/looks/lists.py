"""Lists, drawn a page at a time; each row has a button that shows it whole."""

from bot.actions import READ_BY_NAME
from bot.grammar.command import Look
from bot.looking.answering import Listed, RolloutSeen, Row, Sight
from bot.looking.views import DeploymentView, EnvironmentView, FlagRow, TestView
from bot.model import Noun
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
    plain,
    quoted,
    section,
)
from handlers.cards.looks.pieces import look_button, places, row_button, spoken, where
from handlers.cards.looks.rollouts import INFERRED
from handlers.cards.looks.rollouts import row as rollout_row
from handlers.cards.looks.things import progress
from handlers.cards.phrases import and_so_on, moment, place_of

PAGE = 12
_MANY = {Noun.FLAG: "flags", Noun.ROLLOUT: "rollouts", Noun.ENVIRONMENT: "environments", Noun.TEST: "tests"}


def listed(sight: Sight, seen: Listed) -> Message:
    """Return one page of a list; a page beyond the end is the last one."""
    look, rows = sight.look, seen.rows
    pages = max(1, -(-len(rows) // PAGE))
    page = min(max(look.page, 1), pages)
    shown = rows[(page - 1) * PAGE : page * PAGE]
    title = _title(look, seen, len(rows))
    lines = [_line(each) for each in shown]
    blocks: list[Block] = [header(title)]
    blocks += [section(line, _button(n, each)) for n, (line, each) in enumerate(zip(lines, shown, strict=True))] or [
        section(_none(look))
    ]
    inferred = INFERRED if any(isinstance(each, RolloutSeen) for each in shown) else ""
    notes = [f"Page {page} of {pages}." if pages > 1 else "", _unread(seen), _narrowed(look), inferred]
    note = " ".join([*(each for each in notes if each), f"As of {moment(sight.at, seconds=True)}."])
    turn = [
        *(look_button(0, "Back", look.model_copy(update={"page": page - 1}), title) if page > 1 else []),
        *(look_button(1, "More", look.model_copy(update={"page": page + 1}), title) if page < pages else []),
    ]
    return message(spoken([escape(title), *(lines or [_none(look)]), note]), [*blocks, context(note), *actions(turn)])


def _title(look: Look, seen: Listed, count: int) -> str:
    read = READ_BY_NAME[look.what]
    what = _MANY.get(read.noun, f"{read.noun}s")
    states = f"{' and '.join(look.states)} " if look.states else ""
    here = f" in {place_of(seen.where)}" if seen.where else ""
    words = f" for “{plain(look.target, 50)}”" if look.target else ""
    return f"{count} {states}{what if count != 1 else what[:-1]}{words}{here}"


def _none(look: Look) -> str:
    read = READ_BY_NAME[look.what]
    if look.target or look.states or look.environment:
        return f"Nothing is like that. `/ops list {read.noun}s` lists all of them."
    return f"There is no {read.noun}."


def _unread(seen: Listed) -> str:
    return f"{seen.unread} flags more were not looked into; name a flag to see its rollouts." if seen.unread else ""


def _narrowed(look: Look) -> str:
    return "Archived flags are left out." if look.what == "flag.list" and "archived" not in look.states else ""


def _line(row: Row) -> str:
    if isinstance(row, FlagRow):
        return _flag(row)
    if isinstance(row, RolloutSeen):
        return rollout_row(row)
    if isinstance(row, EnvironmentView):
        return _environment(row)
    return _test(row) if isinstance(row, TestView) else _deployment(row)


def _flag(row: FlagRow) -> str:
    name = f" · {quoted(row.name, 120)}" if clean(row.name) not in ("", row.key) else ""
    gone = " · archived" if row.archived else ""
    return f"*{code(row.key, 100)}*{name}{gone}\nenabled in {places(row.enabled)}; disabled in {places(row.disabled)}"


def _environment(row: EnvironmentView) -> str:
    found = row.environment
    mark = "" if found.is_production else " · not production"
    approval = " · Datadog wants its own approval" if row.approval else ""
    queries = and_so_on([code(each, 60) for each in found.queries], most=8) or "none"
    return f"*{where(found)}*{mark}{approval}\nqueries {queries}"


def _test(row: TestView) -> str:
    tags = and_so_on([code(tag, 60) for tag in row.tags], most=6)
    kind = f" · {quoted(row.kind, 60)}" if row.kind else ""
    status = quoted(row.status, 40) if row.status else "status not told"
    tagged = f"\ntags {tags}" if tags else ""
    return f"*{quoted(row.name or row.id, 120)}* · {code(row.id, 40)} · {status}{kind}{tagged}"


def _deployment(row: DeploymentView) -> str:
    status = quoted(row.status, 40) if row.status else "status not told"
    query = f" · {code(row.query, 150)}" if row.query else ""
    began = f" · started {moment(row.started_at)}" if row.started_at else ""
    return f"*{code(row.id, 60)}* · {status}{query}{began}\n{progress(row)}"


def _button(n: int, row: Row) -> Block | None:
    if isinstance(row, FlagRow):
        return row_button(n, "Show", Look(what="flag.show", target=row.id), row.key)
    if isinstance(row, RolloutSeen):
        view = row.view
        look = Look(what="rollout.status", target=view.id, environment=view.environment.id)
        return row_button(n, "Show", look, f"rollout {view.flag} in {view.environment.name}")
    if isinstance(row, EnvironmentView):
        return row_button(n, "Show", Look(what="environment.show", target=row.environment.id), row.environment.name)
    if isinstance(row, TestView):
        return row_button(n, "Show", Look(what="test.show", target=row.id), row.name or row.id)
    return row_button(n, "Show", Look(what="deployment.show", target=row.id), row.id)
