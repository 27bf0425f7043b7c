"""A place in a Block Kit structure that is asked to keep rules."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

PLAIN = ("plain_text",)
ANY_TEXT = ("plain_text", "mrkdwn")


@dataclass(slots=True)
class Node:
    """
    One JSON object, its pointer, and the list of broken rules.

    Messages have the form of Slack's `response_metadata.messages`.
    """

    value: dict[str, Any]
    pointer: str
    problems: list[str]
    surface: str
    seen: dict[str, int] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """The `type` of the object, empty where it has none."""
        kind = self.value.get("type")
        return kind if isinstance(kind, str) else ""

    def fail(self, message: str, key: str = "") -> None:
        """Record that this object, or its field `key`, breaks a rule."""
        where = f"{self.pointer}/{key}" if key else self.pointer
        self.problems.append(f"[ERROR] {message} [json-pointer:{where}]")

    def has(self, key: str) -> bool:
        """Whether the field is there and not null."""
        return self.value.get(key) is not None

    def only(self, *keys: str) -> None:
        """Refuse fields Slack does not know here."""
        for key in self.value:
            if key not in keys and key not in ("type", "block_id", "action_id"):
                self.fail(f"invalid additional property: {key}")

    def required(self, *keys: str) -> bool:
        """Refuse where one of the fields is missing."""
        missing = [key for key in keys if not self.has(key)]
        for key in missing:
            self.fail(f"missing required field: {key}")
        return not missing

    def string(self, key: str, maximum: int, *, minimum: int = 1) -> str | None:
        """Check a plain string field's length in characters."""
        found = self.value.get(key)
        if found is None:
            return None
        if not isinstance(found, str):
            self.fail("must be a string", key)
            return None
        if len(found) > maximum:
            self.fail(f"must be less than {maximum + 1} characters", key)
        if len(found) < minimum:
            self.fail(f"must be more than {minimum - 1} characters", key)
        return found

    def boolean(self, *keys: str) -> None:
        """Check that the fields are true or false where they are given."""
        for key in keys:
            if self.has(key) and not isinstance(self.value[key], bool):
                self.fail("must be a boolean", key)

    def integer(self, key: str, low: int, high: int) -> int | None:
        """Check a whole number and its range."""
        found = self.value.get(key)
        if found is None:
            return None
        if not isinstance(found, int) or isinstance(found, bool):
            self.fail("must be an integer", key)
            return None
        if not low <= found <= high:
            self.fail(f"must be between {low} and {high}", key)
        return found

    def choice(self, key: str, allowed: Collection[str]) -> None:
        """Check that a field holds one of the words Slack knows."""
        if self.has(key) and self.value[key] not in allowed:
            self.fail(f"must be one of: {', '.join(allowed)}", key)

    def child(self, key: str) -> Node | None:
        """The object in a field, or None where it is absent or no object."""
        found = self.value.get(key)
        if found is None:
            return None
        if not isinstance(found, dict):
            self.fail("must be an object", key)
            return None
        return Node(found, f"{self.pointer}/{key}", self.problems, self.surface, self.seen)

    def items(self, key: str, maximum: int, *, minimum: int = 1) -> list[Node]:
        """The objects in a list field, its length checked."""
        found = self.value.get(key)
        if found is None:
            return []
        if not isinstance(found, list):
            self.fail("must be an array", key)
            return []
        if len(found) > maximum:
            self.fail(f"no more than {maximum} items allowed", key)
        if len(found) < minimum:
            self.fail(f"no fewer than {minimum} items allowed", key)
        nodes = []
        for index, item in enumerate(found):
            if isinstance(item, dict):
                nodes.append(Node(item, f"{self.pointer}/{key}/{index}", self.problems, self.surface, self.seen))
            else:
                self.fail("must be an object", f"{key}/{index}")
        return nodes

    def text(self, key: str, maximum: int, *, kinds: Collection[str] = PLAIN) -> None:
        """Check a text object: its kind, its length and its flags."""
        found = self.child(key)
        if found is not None:
            found.is_text(maximum, kinds=kinds)

    def is_text(self, maximum: int, *, kinds: Collection[str] = PLAIN) -> None:
        """Check that this is a text object within `maximum` characters."""
        if self.type not in kinds:
            self.fail(f"unsupported text type: {self.type or 'none'}; must be {' or '.join(kinds)}", "type")
        self.only("text", "emoji", "verbatim")
        self.boolean("emoji", "verbatim")
        if self.required("text"):
            self.string("text", maximum)
        if self.type == "mrkdwn" and self.has("emoji"):
            self.fail("invalid additional property: emoji")
        if self.type == "plain_text" and self.has("verbatim"):
            self.fail("invalid additional property: verbatim")

    def identifier(self, key: str) -> str | None:
        """Check a `block_id` or `action_id`."""
        return self.string(key, 255)
