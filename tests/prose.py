"""
Finds what reads as said to a person in a module's source: sentences, headings, the words on buttons.

Docstrings, annotations, bytes and what is made into an error are left out; so is what begins with a slash, which
people type. That something is an error is not told by its name: names are looked up in the imported module.
"""

import ast
import builtins
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from types import FunctionType, ModuleType, UnionType
from typing import get_args

ROOT = Path(__file__).parents[1]
DRAWING = frozenset({"handlers.blocks", "handlers.cards.modals.elements"})
"""The modules whose functions make the parts of messages."""

_MARKUP = re.compile(r"[*`“”\"'(),;:.…!?—-]+")
_BETWEEN = re.compile(r"[<|>\s]+")
_LABEL = re.compile(r"([A-Z][a-z]{2,}|[A-Z0-9][a-z0-9]* [a-z…]+)[.…!?]?")
_SHOWN = frozenset({"text", "title", "label", "hint", "close", "submit", "placeholder", "description"})


@dataclass(frozen=True, slots=True)
class Said:
    """A text in the source: which node, in which line, and with “…” for what is put into it."""

    node: ast.AST
    line: int
    text: str


def is_prose(text: str) -> bool:
    """Tell whether a text reads as a sentence or part of one, or as a heading or label where it stands alone."""
    if text.startswith("/"):
        return False
    parts = [part for part in _BETWEEN.split(text) if part]
    words = [word for part in parts if (word := _MARKUP.sub("", part)).isalpha() and len(word) > 1]
    composed = len(parts) > 2 and len(words) > 1 and any(word.islower() for word in words)
    return composed or bool(_LABEL.fullmatch(text.strip("*_ ")))


class Source:
    """One module, as its text and as what it imports to."""

    def __init__(self, path: Path, root: Path = ROOT) -> None:
        self.path = path.relative_to(root)
        self.tree = ast.parse(path.read_text("utf-8"))
        self.module: ModuleType = importlib.import_module(".".join(self.path.with_suffix("").parts))

    def spoken(self) -> Iterator[Said]:
        """Yield what reads as prose, and what is drawn whatever it reads as."""
        for said in self._texts():
            if is_prose(said.text) or (re.search(r"[A-Z]|[a-z] ", said.text) and self._is_drawn(said.node)):
                yield said

    def _texts(self) -> Iterator[Said]:
        silent = {id(part) for node in ast.walk(self.tree) for part in _silent(node)}
        for node in ast.walk(self.tree):
            text = _text(node)
            if text is not None and id(node) not in silent and not self._becomes_an_error(node):
                yield Said(node, getattr(node, "lineno", 0), text)

    @cached_property
    def _parents(self) -> dict[ast.AST, ast.AST]:
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def _around(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield what a node stands in, from the inside out."""
        while (found := self._parents.get(node)) is not None:
            yield found
            node = found

    def _named(self, name: ast.AST | None) -> object:
        """Return what a name in the source means."""
        match name:
            case ast.Name(id=word):
                return getattr(self.module, word, getattr(builtins, word, None))
            case ast.Attribute(value=inner, attr=word):
                return getattr(self._named(inner), word, None)
        return None

    def _makes_error(self, node: ast.AST) -> bool:
        """Tell whether a node is a call that makes an error, or a function that returns one."""
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")))):
                return any(isinstance(one, ast.ClassDef) and self._is_error(one) for one in self._around(node))
            case ast.Call(func=called):
                found = self._named(called)
                told = found.__annotations__.get("return") if isinstance(found, FunctionType) else found
                return _is_error(told)
            case ast.FunctionDef(returns=told) | ast.AsyncFunctionDef(returns=told):
                either = (told.left, told.right) if isinstance(told, ast.BinOp) else (told,)
                return any(_is_error(self._named(one)) for one in either)
        return False

    def _is_error(self, node: ast.ClassDef) -> bool:
        return _is_error(getattr(self.module, node.name, None))

    def _becomes_an_error(self, node: ast.AST) -> bool:
        return any(self._makes_error(one) for one in self._around(node))

    def _is_drawn(self, node: ast.AST) -> bool:
        """Tell whether a text is handed to what draws a part of a message, or stands where Slack shows it."""
        inside: ast.AST = node
        for one in self._around(node):
            match one:
                case ast.Call(func=called):
                    return getattr(self._named(called), "__module__", "") in DRAWING
                case ast.Dict(keys=keys, values=values) if inside in values:
                    key = keys[values.index(inside)]
                    return isinstance(key, ast.Constant) and key.value in _SHOWN
                case ast.stmt():
                    return False
            inside = one
        return False

    def is_beside_an_error(self, said: Said) -> bool:
        """Tell whether a text goes into an error by a variable or a constant, or names a member of an enumeration."""
        for one in self._around(said.node):
            match one:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    return self._speaks_of_errors(one)
                case ast.ClassDef():
                    found = getattr(self.module, one.name, None)
                    return isinstance(found, type) and issubclass(found, StrEnum)
                case ast.Assign(targets=[ast.Name(id=word)]) | ast.AnnAssign(target=ast.Name(id=word)):
                    if isinstance(self._parents[one], ast.Module):
                        return self._serves_errors_alone(word)
        return False

    def _speaks_of_errors(self, function: ast.AST) -> bool:
        return any(self._makes_error(one) for one in ast.walk(function))

    def _serves_errors_alone(self, constant: str) -> bool:
        """Tell whether a constant of the module is read where errors are made, and in other such constants."""
        reads = [
            Said(node, 0, constant)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Name) and node.id == constant and isinstance(node.ctx, ast.Load)
        ]
        return bool(reads) and all(self._becomes_an_error(read.node) or self.is_beside_an_error(read) for read in reads)


def _is_error(told: object) -> bool:
    if isinstance(told, UnionType):
        return any(_is_error(one) for one in get_args(told))
    return isinstance(told, type) and issubclass(told, BaseException)


def _text(node: ast.AST) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts)
    return None


def _silent(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what within a node is not said by it: docstrings, annotations, the pieces of a text, bytes."""
    match node:
        case ast.Expr(value=ast.Constant() as docstring):
            yield docstring
        case ast.JoinedStr(values=parts):
            yield from (part for part in parts if isinstance(part, ast.Constant))
        case ast.AnnAssign(annotation=told) | ast.arg(annotation=ast.expr() as told):
            yield from ast.walk(told)
        case ast.FunctionDef(returns=ast.expr() as told) | ast.AsyncFunctionDef(returns=ast.expr() as told):
            yield from ast.walk(told)
        case ast.Call(func=ast.Name(id="TypeVar")):
            yield from node.args
        case ast.Attribute(value=told, attr="encode"):
            yield told
