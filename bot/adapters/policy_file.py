"""
The policy file: read, checked wholly, and told where it is wrong by line and column.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.actions import CATALOGUE
from bot.errors import Misconfigured
from bot.model import Risk
from bot.policy import Environments, Policy, ReasonForm, Rule, Who

Location = tuple[int | str, ...]
_PARTS = (Policy, Rule, Who, Environments, ReasonForm)
_FIELDS = sorted({field for part in _PARTS for field in part.model_fields})


def load_policy(path: Path) -> Policy:
    """Read a policy file; raise Misconfigured with one sentence, line and column for everything wrong in it."""
    return parse_policy(read_policy(path), path.name)


def read_policy(path: Path) -> str:
    """Return a policy file's text; raise Misconfigured where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as broken:
        raise Misconfigured(f"The policy file {path} cannot be read: {broken}.", "Set POLICY_FILE.") from None


def parse_policy(text: str, name: str) -> Policy:
    """Check a policy's text; raise Misconfigured as `load_policy` does."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if problems := [f"{_mark(name, place)}{what}" for place, what in _spoilt(node)]:
            raise _wrong(name, problems)
        data = yaml.safe_load(text)
    except yaml.YAMLError as broken:
        raise _wrong(name, [_yaml_problem(name, broken)]) from None
    except (ValueError, RecursionError) as broken:
        raise _wrong(name, [f"{name}: this cannot be read: {broken}."]) from None
    try:
        policy = Policy.model_validate(data)
    except ValidationError as broken:
        raise _wrong(name, [_problem(name, node, error) for error in broken.errors()]) from None
    if unknown := [_at(name, node, where) + sentence for where, sentence in _unknown_words(policy)]:
        raise _wrong(name, unknown)
    return policy


def _wrong(name: str, problems: Iterable[str]) -> Misconfigured:
    return Misconfigured(
        f"The policy in {name} is not right.", "Mend it; nothing may be changed without.", tuple(problems)
    )


def _mark(name: str, node: yaml.Node) -> str:
    return f"{name}, line {node.start_mark.line + 1}, column {node.start_mark.column + 1}: "


def _spoilt(node: yaml.Node | None) -> Iterable[tuple[yaml.Node, str]]:
    """Yield keys that stand twice in one place, and values that look like something they cannot be."""
    waiting, seen = [node] if node else [], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, yaml.MappingNode):
            yield from _twice(one)
            waiting += [part for pair in one.value for part in pair]
        elif isinstance(one, yaml.SequenceNode):
            waiting += one.value
        elif isinstance(one, yaml.ScalarNode):
            try:
                yaml.SafeLoader("").construct_object(one)
            except ValueError as broken:
                yield one, f"`{one.value}` cannot be read ({broken}); put it in quotes if it is text."


def _twice(node: yaml.MappingNode) -> Iterable[tuple[yaml.Node, str]]:
    known: dict[str, yaml.Node] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        if key.value in known:
            yield key, f"`{key.value}` stands here twice; the first is in line {known[key.value].start_mark.line + 1}."
        known.setdefault(key.value, key)


def _yaml_problem(name: str, broken: yaml.YAMLError) -> str:
    mark = getattr(broken, "problem_mark", None)
    where = f"{name}, line {mark.line + 1}, column {mark.column + 1}: " if mark else f"{name}: "
    return where + str(getattr(broken, "problem", None) or broken)


def _problem(name: str, node: yaml.Node | None, error: ErrorDetails) -> str:
    where = _at(name, node, error["loc"])
    if error["type"] == "extra_forbidden":
        word = str(error["loc"][-1])
        return f"{where}there is no field `{word}`{_nearest(word, _FIELDS)}."
    if error["type"] == "string_pattern_mismatch":
        return f"{where}`{error['input']}` is no Slack user id; one looks like U0123ABCDE (Slack: Copy member ID)."
    return f"{where}{error['msg']}."


def _at(name: str, node: yaml.Node | None, location: Location) -> str:
    """Return `file, line, column, path: ` of the deepest node that the location names."""
    for step in location:
        child = _child(node, step)
        if child is None:
            break
        node = child
    path = ".".join(str(step) for step in location)
    if node is None:
        return f"{name}: "
    return f"{name}, line {node.start_mark.line + 1}, column {node.start_mark.column + 1} ({path or 'top'}): "


def _child(node: yaml.Node | None, step: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        found: yaml.Node = node.value[step]
        return found
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return value if isinstance(value, yaml.CollectionNode) else key
    return None


def _unknown_words(policy: Policy) -> Iterable[tuple[Location, str]]:
    """Yield every pattern of actions that can never match anything, and every name that two rules have."""
    known = [*(action.name for action in CATALOGUE), *(risk.value for risk in Risk)]
    names = [rule.name for rule in policy.rules]
    for number, rule in enumerate(policy.rules):
        if rule.name in names[:number]:
            yield ("rules", number, "name"), f"another rule is called `{rule.name}`; give each a name of its own."
        for pattern in rule.actions:
            if not _matches_any(pattern, known):
                yield ("rules", number, "actions"), f"`{pattern}` is no action or class{_nearest(pattern, known)}."


def _matches_any(pattern: str, known: list[str]) -> bool:
    return any(fnmatchcase(word, pattern) for word in known)


def _nearest(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean `{close[0]}`" if close else ""
