"""The modals people have open and the App Home each one sees."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.slack.blocks import with_ids
from bot.sandbox.slack.limits.surfaces import view_problems
from bot.sandbox.slack.records import JsonObject, SlackError, new_id
from bot.sandbox.slack.timers import Now, Trigger

MAX_STACK = 3
"""Slack shows at most three modals on top of each other."""


@dataclass(slots=True)
class View:
    """A modal or App Home as one person sees it."""

    id: str
    user: str
    definition: JsonObject
    hash: str
    root_id: str
    previous_id: str | None = None
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> list[JsonObject]:
        """The view's blocks, each with its id."""
        found: list[JsonObject] = self.definition["blocks"]
        return found


class Views:
    """
    Opens, changes and closes views.

    `changed` is called after each visible change.
    """

    def __init__(self, now: Now, changed: Callable[[], None]) -> None:
        self._now = now
        self._changed = changed
        self._views: dict[str, View] = {}
        self._stacks: dict[str, list[str]] = {}
        self.homes: dict[str, View] = {}

    def stack(self, user: str) -> list[View]:
        """The person's open modals, the visible one last."""
        return [self._views[view_id] for view_id in self._stacks.get(user, [])]

    def top(self, user: str) -> View | None:
        """The modal the person sees now."""
        stack = self.stack(user)
        return stack[-1] if stack else None

    def find(self, view_id: str | None, external_id: str | None = None) -> View:
        """Return an open modal or a home by id; raises SlackError(not_found)."""
        for view in (*self._views.values(), *self.homes.values()):
            if (view_id and view.id == view_id) or (external_id and view.definition.get("external_id") == external_id):
                return view
        raise SlackError("not_found")

    def open(self, trigger: Trigger, definition: Any) -> View:
        """Open a modal as the root of the stack; one that is open gives way."""
        checked = self._check(definition, "modal")
        self._forget(trigger.user)
        return self._add(trigger.user, checked)

    def push(self, user: str, definition: Any) -> View:
        """Lay a modal on top of the person's stack."""
        checked = self._check(definition, "modal")
        stack = self._stacks.get(user, [])
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= MAX_STACK:
            raise SlackError("push_limit_reached")
        return self._add(user, checked)

    def update(self, view: View, definition: Any, expected_hash: str | None = None) -> View:
        """
        Replace a view's content.

        Raises SlackError(hash_conflict) where it moved on.
        """
        checked = self._check(definition, view.definition["type"], keep=view)
        if expected_hash and expected_hash != view.hash:
            raise SlackError("hash_conflict")
        view.definition = checked
        view.hash = self._hash()
        view.errors = {}
        self._changed()
        return view

    def publish(self, user: str, definition: Any, expected_hash: str | None = None) -> View:
        """Set what a person sees in the App Home."""
        found = self.homes.get(user)
        if found is not None:
            return self.update(found, definition, expected_hash)
        view_id = new_id("V0")
        self.homes[user] = View(view_id, user, self._check(definition, "home"), self._hash(), view_id)
        self._changed()
        return self.homes[user]

    def close(self, view: View) -> None:
        """Take a modal off its person's stack, with everything above it."""
        stack = self._stacks.get(view.user, [])
        if view.id in stack:
            at = stack.index(view.id)
            for view_id in stack[at:]:
                del self._views[view_id]
            del stack[at:]
            self._changed()

    def clear(self, user: str) -> None:
        """Close every modal of a person."""
        self._forget(user)
        self._changed()

    def show_errors(self, view: View, errors: dict[str, str]) -> None:
        """Show sentences under the inputs named by block id."""
        view.errors = dict(errors)
        self._changed()

    def _forget(self, user: str) -> None:
        for view_id in self._stacks.pop(user, []):
            del self._views[view_id]

    def _add(self, user: str, definition: JsonObject) -> View:
        stack = self._stacks.setdefault(user, [])
        view_id = new_id("V0")
        view = View(
            view_id, user, definition, self._hash(), stack[0] if stack else view_id, stack[-1] if stack else None
        )
        self._views[view_id] = view
        stack.append(view_id)
        self._changed()
        return view

    def _hash(self) -> str:
        return f"{int(self._now())}.{secrets.token_hex(4)}"

    def _check(self, definition: Any, kind: str, keep: View | None = None) -> JsonObject:
        problems = view_problems(definition, kind=kind)
        if problems:
            raise SlackError("invalid_arguments", response_metadata={"messages": problems})
        self._external_id_is_free(definition.get("external_id"), keep)
        return {**definition, "blocks": with_ids(definition["blocks"])}

    def _external_id_is_free(self, external_id: str | None, keep: View | None) -> None:
        others = [view for view in (*self._views.values(), *self.homes.values()) if view is not keep]
        if external_id and any(view.definition.get("external_id") == external_id for view in others):
            raise SlackError("duplicate_external_id")
