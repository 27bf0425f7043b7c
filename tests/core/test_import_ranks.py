"""The house: three ranks, one direction, no circles."""

import ast
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PURE = (
    "errors",
    "model",
    "forms",
    "action",
    "verbs",
    "actions",
    "grammar",
    "nouns",
    "planner",
    "filled",
    "policy",
    "policy_reading",
    "reasons",
    "changes",
    "audit",
    "packing",
)
CORE = (
    "ports",
    "aliases",
    "resolver",
    "guards",
    "controls",
    "breakglass",
    "rights",
    "store",
    "ledger",
    "auditing",
    "asking",
    "service",
    "execution",
    "worker",
    "panel",
    "looking",
)
STARTERS = ("bot.cli", "bot.__main__")
IMPURE = frozenset(
    [
        "asyncio",
        "time",
        "socket",
        "os",
        "sys",
        "logging",
        "random",
        "secrets",
        "uuid",
        "io",
        "pathlib",
        "shutil",
        "tempfile",
        "subprocess",
        "threading",
        "signal",
        "ssl",
        "multiprocessing",
        "concurrent",
        "select",
        "selectors",
        "contextvars",
        "http",
        "urllib",
        "sqlite3",
        "queue",
        "sched",
        "platform",
        "getpass",
    ]
)
DRAWN_FROM = frozenset(
    {
        "handlers.blocks",
        "handlers.ids",
        "handlers.forms.draft",
        "handlers.forms.fields",
        "handlers.panel.names",
    }
)
"""What the cards know of the handlers: the parts of messages, the names of buttons, and two plain values."""
WITH_IO = IMPURE - {"asyncio", "logging", "secrets", "time"}
WAITS = (ast.Await, ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith)


def modules() -> dict[str, Path]:
    """Return where every module of the project is."""
    found = {}
    for top in ("bot", "handlers"):
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


@cache
def parsed(name: str) -> ast.Module:
    """Return a module, parsed: only by who checks it, as every worker has to collect these tests."""
    return ast.parse(MODULES[name].read_text("utf-8"))


@cache
def imported(name: str) -> tuple[str, ...]:
    """Return what is imported anywhere in a module, by full name."""
    return tuple(_imported(parsed(name)))


def at_import(name: str) -> Iterator[str]:
    """Yield what is imported when the module is, and not merely for the type checker or inside a function."""
    for node in parsed(name).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _imported(node)


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else node.module or ""


@cache
def of_rank(rank: tuple[str, ...]) -> tuple[str, ...]:
    """Return the modules that belong to a rank."""
    return tuple(name for name in MODULES if any(f"{name}.".startswith(f"bot.{part}.") for part in rank))


def own(names: Iterable[str]) -> list[str]:
    """Return those of the imported modules that are the project's."""
    return [name for name in names if name.partition(".")[0] in ("bot", "handlers")]


def foreign(names: Iterable[str]) -> set[str]:
    """Return the packages among the imported modules that are not the project's."""
    return {name.partition(".")[0] for name in names} - {"bot", "handlers"}


def test_every_named_part_exists() -> None:
    """The ranks speak of modules that are there, and every module of the core is in one."""
    for part in (*PURE, *CORE):
        assert of_rank((part,)), part
    outer = (
        "settings",
        "cli",
        "audit_cli",
        "change_cli",
        "look_cli",
        "policy_cli",
        "terminal",
        "__main__",
        "adapters",
        "sandbox",
    )
    ranked = {*of_rank(PURE), *of_rank(CORE), *of_rank(outer), "bot"}
    assert {name for name in MODULES if name.startswith("bot")} == ranked


@pytest.mark.parametrize("name", of_rank(PURE))
def test_the_pure_rank_is_pure(name: str) -> None:
    """Values and decisions import values and decisions, pydantic, and nothing that has a clock, a wait or a file."""
    packages = foreign(imported(name))
    assert not packages & IMPURE
    assert packages - {"pydantic"} <= sys.stdlib_module_names
    assert set(own(imported(name))) <= set(of_rank(PURE))
    assert not any(isinstance(node, WAITS) for node in ast.walk(parsed(name)))


@pytest.mark.parametrize("name", of_rank(CORE))
def test_the_core_has_no_io_of_its_own(name: str) -> None:
    """Orchestration imports the pure rank and itself, and reaches the world through ports alone."""
    packages = foreign(imported(name))
    assert not packages & WITH_IO
    assert packages - {"pydantic"} <= sys.stdlib_module_names
    assert set(own(imported(name))) <= {*of_rank(PURE), *of_rank(CORE)}


@pytest.mark.parametrize("name", of_rank(CORE))
def test_of_time_the_core_uses_the_monotonic_clock_alone(name: str) -> None:
    """What time it is, the store says; the core measures only how long something took."""
    used = {
        node.attr
        for node in ast.walk(parsed(name))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "time"
    }
    assert used <= {"monotonic"}


@pytest.mark.parametrize("name", [name for name in MODULES if f"{name}.".startswith("handlers.cards.")])
def test_the_cards_are_pure(name: str) -> None:
    """What people see is drawn from what is told, without a wait, a clock or a look at anything."""
    packages = foreign(imported(name))
    assert not packages & IMPURE
    assert packages - {"pydantic"} <= sys.stdlib_module_names
    assert not any(isinstance(node, WAITS) for node in ast.walk(parsed(name)))
    handlers = {other for other in own(imported(name)) if other.startswith("handlers.")} - DRAWN_FROM
    assert all(other.startswith("handlers.cards.") for other in handlers), handlers


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("bot") and name not in STARTERS])
def test_the_bot_does_not_know_its_handlers(name: str) -> None:
    """Handlers import the bot; only what starts the program imports handlers."""
    assert not [other for other in own(imported(name)) if other.startswith("handlers")]


@pytest.mark.parametrize("name", [name for name in MODULES if not f"{name}.".startswith("bot.sandbox.")])
def test_nothing_real_knows_the_sandbox(name: str) -> None:
    """The sandbox is imported by its own commands, when they are given, and by nothing else."""
    known = [other for other in own(imported(name)) if f"{other}.".startswith("bot.sandbox.")]
    assert not known or name in STARTERS
    assert not [other for other in at_import(name) if f"{other}.".startswith("bot.sandbox.")]


def test_there_are_no_circles() -> None:
    """No module imports itself by way of others."""
    imports = {name: set(own(at_import(name))) & set(MODULES) - {name} for name in MODULES}
    while leaves := [name for name, needed in imports.items() if not needed & set(imports)]:
        for name in leaves:
            del imports[name]
    assert not imports, f"these import each other: {sorted(imports)}"


@pytest.mark.parametrize(
    "path", sorted((ROOT).glob("bot/**/__init__.py")) + sorted((ROOT).glob("handlers/**/__init__.py"))
)
def test_a_package_is_a_docstring(path: Path) -> None:
    """An `__init__.py` says what the package is, and does nothing."""
    body = ast.parse(path.read_text("utf-8")).body
    assert len(body) == 1
    assert isinstance(body[0], ast.Expr)
    assert isinstance(body[0].value, ast.Constant)
