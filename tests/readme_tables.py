"""
The README's tables, made from the code; run as a module to write them into the file.
"""

import re
from collections.abc import Callable
from pathlib import Path

from bot.actions import CATALOGUE, CONTROLS, READS
from bot.cli import _parser
from bot.grammar.spelling import example_of, usage
from bot.settings import Settings
from handlers.cards.entrances import SCOPES
from tests.transcript import opening, play

README = Path(__file__).resolve().parents[1] / "README.md"


TABLES: dict[str, Callable[[], str]] = {
    "actions": lambda: _table(("say", "class", "then", "Datadog permissions"), _actions()),
    "looks": lambda: _table(("say", "what it shows", "Datadog permissions"), _looks()),
    "controls": lambda: _table(("say", "what it does"), _controls()),
    "settings": lambda: _table(("setting", "default", "meaning"), _settings()),
    "terminal": lambda: _table(("command", "what it does"), _terminal()),
    "scopes": lambda: _table(("scope", "for"), [(f"`{scope}`", why) for scope, why in SCOPES.items()]),
    "transcript": lambda: f"```\n{opening(play()[1])}\n```",
}


def table(name: str) -> str:
    """Return the opening transcript, or a table, by the name it has between the README's marks."""
    return TABLES[name]()


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _actions() -> list[tuple[str, ...]]:
    return [
        (f"`{usage(a)}`", a.risk.value, a.words.consequence, ", ".join(f"`{p}`" for p in a.permissions))
        for a in CATALOGUE
    ]


def _looks() -> list[tuple[str, ...]]:
    return [(f"`{example_of(r)}`", r.summary, ", ".join(f"`{p}`" for p in r.permissions)) for r in READS]


def _controls() -> list[tuple[str, ...]]:
    return [(f"`/ops {c.verb}{' ' + c.argument if c.argument else ''}`", c.summary) for c in CONTROLS]


def _settings() -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name, field in Settings.model_fields.items():
        default = "**required**" if field.is_required() else f"`{field.default}`" if field.default else ""
        rows.append((f"`{name.upper()}`", default, field.description or ""))
    return rows


def _terminal() -> list[tuple[str, ...]]:
    actions = next(a for a in _parser()._actions if a.choices)
    return [(f"`python -m bot {choice.dest}`", choice.help or "") for choice in actions._choices_actions]  # type: ignore[attr-defined]  # argparse keeps its own help there


def written(name: str) -> str:
    """Return what the README has between the marks of one table."""
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", README.read_text(encoding="utf-8"), re.DOTALL)
    return found[1] if found else ""


def write() -> None:
    """Put the tables into the README."""
    text = README.read_text(encoding="utf-8")
    for name in TABLES:
        made = table(name)
        pattern = rf"<!-- {name} -->\n.*?\n<!-- /{name} -->"
        before, after = re.split(pattern, text, flags=re.DOTALL)[0], re.split(pattern, text, flags=re.DOTALL)[-1]
        text = before + f"<!-- {name} -->\n{made}\n<!-- /{name} -->" + after
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
