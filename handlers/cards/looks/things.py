"""An environment, a synthetic test and a fleet deployment, drawn."""

from bot.grammar.command import Look
from bot.looking.answering import EnvironmentSeen
from bot.looking.views import DeploymentView, TestView
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
from handlers.cards.looks.pieces import datadog_button, look_button, spoken
from handlers.cards.phrases import and_so_on, duration, moment, place_of
from handlers.cards.shares import bar, percent

_MOST_HOSTS = 200
_MOST_FLAGS = 60


def environment(seen: EnvironmentSeen, at: int) -> Message:
    """Return an environment and what is enabled there."""
    found = seen.view.environment
    title = f"Environment {place_of(found)}"
    mark = "Datadog marks it as production" if found.is_production else "Datadog does not mark it as production"
    wanted = "wanted for changes here" if seen.view.approval else "not wanted"
    lines = [
        f"*Production* {'yes' if found.is_production else 'no'}: {mark}.",
        f"*Queries* {and_so_on([code(query, 80) for query in found.queries], most=20) or 'none'}",
        f"*Datadog's own approval* {wanted}",
        *([quoted(seen.view.description, 600)] if clean(seen.view.description) else []),
        _enabled(seen),
    ]
    buttons = [
        *look_button(0, "Flags here", Look(what="flag.list", environment=found.id), found.name),
        *look_button(1, "Rollouts here", Look(what="rollout.list", environment=found.id), found.name),
        *datadog_button(seen.view.url, found.name),
    ]
    return _drawn(title, lines, buttons, at, f"Id {code(found.id, 60)}. ")


def test(view: TestView, at: int) -> Message:
    """Return a synthetic test."""
    title = f"Test {plain(view.name or view.id, 100)}"
    lines = [
        f"*Status* {quoted(view.status, 40) if view.status else 'not told by Datadog'}",
        f"*Public id* {code(view.id, 60)}",
        *([f"*Type* {quoted(view.kind, 60)}"] if view.kind else []),
        *([f"*Runs* every {duration(view.every * 1000)}"] if view.every else []),
        f"*Tags* {and_so_on([code(tag, 80) for tag in view.tags], most=30) or 'none'}",
        *([f"*From* {and_so_on([quoted(each, 80) for each in view.locations], most=12)}"] if view.locations else []),
        *([f"*Changed* {moment(view.changed_at)}"] if view.changed_at else []),
    ]
    return _drawn(title, lines, datadog_button(view.url, view.name or view.id), at)


def deployment(view: DeploymentView, at: int) -> Message:
    """Return a fleet deployment, host by host."""
    title = f"Deployment {plain(view.id, 60)}"
    hosts = [
        f"• {code(each.name, 120)} {quoted(each.status or 'not told', 40)}{_error(each.error)}" for each in view.hosts
    ]
    left = len(hosts) - _MOST_HOSTS
    lines = [
        f"*Status* {quoted(view.status, 40) if view.status else 'not told by Datadog'}",
        progress(view),
        *([f"*Hosts that* {code(view.query, 300)}"] if view.query else []),
        *([f"*Versions* {and_so_on([code(each, 60) for each in view.versions], most=10)}"] if view.versions else []),
        *([f"*By* {quoted(view.author, 80)}"] if view.author else []),
        *([f"*Started* {moment(view.started_at)}"] if view.started_at else []),
        *([f"*Finished* {moment(view.finished_at)}"] if view.finished_at else []),
        *(["*Hosts*"] if hosts else []),
        *hosts[:_MOST_HOSTS],
        *([f"…and {left} more hosts."] if left > 0 else []),
    ]
    return _drawn(title, lines, datadog_button(view.url, view.id), at)


def progress(view: DeploymentView) -> str:
    """Return how many hosts are how far."""
    counts = dict(view.counts)
    total = view.total or sum(counts.values())
    if not total:
        return "*Progress* no hosts are told"
    if not counts:
        return f"{total} host{'' if total == 1 else 's'}"
    done = counts.get("succeeded", 0) / total
    each = ", ".join(f"{count} {quoted(status, 40)}" for status, count in counts.items())
    return f"*Progress* {bar(done)} {percent(done)} of {total} hosts succeeded: {each}"


def _enabled(seen: EnvironmentSeen) -> str:
    if seen.enabled is None:
        return "*Flags enabled here* could not be read"
    keys = and_so_on([code(key, 80) for key in seen.enabled], most=_MOST_FLAGS)
    return f"*Flags enabled here* {len(seen.enabled)} of {seen.flags}{f': {keys}' if keys else ''}"


def _error(error: str) -> str:
    return f": {quoted(error, 200)}" if clean(error) else ""


def _drawn(title: str, lines: list[str], buttons: list[Block], at: int, small: str = "") -> Message:
    tail = context(f"{small}As of {moment(at, seconds=True)}.")
    blocks: list[Block] = [header(title), *paragraphs(lines, most=40), tail]
    return message(spoken([escape(title), *lines]), [*blocks, *actions(buttons)])
