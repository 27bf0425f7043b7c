"""Submitting and closing modals, opening the App Home, using shortcuts."""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.slack.acts.access import Access
from bot.sandbox.slack.acts.pressing import Pressing, Values
from bot.sandbox.slack.acts.result import MODAL_TROUBLE, Result
from bot.sandbox.slack.blocks import find_element
from bot.sandbox.slack.deliveries import NOT_DELIVERED, Ack, Deliverer, Delivery
from bot.sandbox.slack.payloads import Payloads
from bot.sandbox.slack.records import Person, Refused, SlackError
from bot.sandbox.slack.values import input_errors, state_of
from bot.sandbox.slack.views import View
from bot.sandbox.slack.workspace import Workspace


class Forms:
    """Modals, homes and shortcuts."""

    def __init__(
        self, workspace: Workspace, access: Access, payloads: Payloads, deliverer: Deliverer, pressing: Pressing
    ) -> None:
        self._workspace = workspace
        self._access = access
        self._payloads = payloads
        self._deliverer = deliverer
        self._pressing = pressing

    async def submit(self, user: str, view_id: str, values: Values) -> Result:
        """Submit a modal with plain values, and do what the ack says."""
        person = self._access.person(user)
        view = self._access.view(person, view_id)
        if view.definition["type"] != "modal" or not view.definition.get("submit"):
            raise Refused("no_such_view", "this view has nothing to submit")
        _refuse_strange(view, values)
        state = state_of(view.blocks, values, self._pressing.offered(person, view))
        view.values = {block_id: dict(actions) for block_id, actions in values.items()}
        errors = input_errors(view.blocks, state)
        if errors:
            self._workspace.views.show_errors(view, errors)
            return self._result(person, NOT_DELIVERED, None, errors)
        view.errors = {}
        ack = await self._deliverer.send(Delivery.of_payload(self._payloads.submission(person, view, state)))
        return self._answered(person, view, ack)

    def _answered(self, person: Person, view: View, ack: Ack) -> Result:
        action = ack.body.get("response_action") if isinstance(ack.body, dict) else None
        try:
            errors = self._obey(view, action, ack)
        except SlackError:
            self._workspace.notify(person.id, MODAL_TROUBLE, view_id=view.id)
            return self._result(person, ack, action, {}, MODAL_TROUBLE)
        return self._result(person, ack, action, errors)

    def _obey(self, view: View, action: str | None, ack: Ack) -> dict[str, str]:
        views, body = self._workspace.views, ack.body
        if not ack.ok or (action is None and body not in ("", None, {})):
            raise SlackError("bad_ack")
        if action == "errors":
            errors = body.get("errors")
            if not isinstance(errors, dict) or not errors or not set(errors) <= _inputs(view):
                raise SlackError("bad_ack")
            views.show_errors(view, {key: str(text) for key, text in errors.items()})
            return view.errors
        if action == "clear":
            views.clear(view.user)
        elif action == "update":
            views.update(view, body.get("view"))
        elif action == "push":
            views.push(view.user, body.get("view"))
        elif action is None:
            views.close(view)
        else:
            raise SlackError("bad_ack")
        return {}

    def _result(
        self, person: Person, ack: Ack, action: str | None, errors: dict[str, str], shown: str | None = None
    ) -> Result:
        top = self._workspace.views.top(person.id)
        return Result(ack, shown, {"errors": errors, "response_action": action, "top": top})

    async def close(self, user: str, view_id: str, *, everything: bool = False) -> Result:
        """Close a modal or the whole stack, telling the app where it asked."""
        person = self._access.person(user)
        view = self._access.view(person, view_id)
        if view.definition["type"] != "modal":
            raise Refused("no_such_view", "an App Home cannot be closed")
        views = self._workspace.views
        closing = views.stack(person.id)[::-1] if everything else [view]
        if everything:
            views.clear(person.id)
        else:
            views.close(view)
        ack = NOT_DELIVERED
        for one in closing:
            if one.definition.get("notify_on_close"):
                payload = self._payloads.closed(person, one, is_cleared=everything)
                ack = await self._deliverer.send(Delivery.of_payload(payload))
        return Result(ack)

    async def home(self, user: str) -> Result:
        """Open the app's home tab."""
        person = self._access.person(user)
        channel = self._workspace.dm(person.id)
        ack = await self._deliverer.send(Delivery.of_event(self._payloads.home_opened(person, channel)))
        return Result(ack)

    async def shortcut(self, user: str, callback_id: str, place: Mapping[str, str | None]) -> Result:
        """Use a shortcut, on a message where it is one for messages."""
        person = self._access.person(user)
        shortcut = self._workspace.shortcuts.get(callback_id)
        if shortcut is None:
            raise Refused("no_such_element", f"the app has no shortcut {callback_id}")
        message = None
        if shortcut.type == "message":
            found = self._pressing.place(person, channel=place.get("channel"), ts=place.get("ts"))
            if isinstance(found, View):
                raise Refused("bad_request", "a message shortcut needs a message")
            message = found
        ack = await self._deliverer.send(Delivery.of_payload(self._payloads.shortcut(person, shortcut, message)))
        return Result(ack)


def _inputs(view: View) -> set[str]:
    return {block["block_id"] for block in view.blocks if block["type"] == "input"}


def _refuse_strange(view: View, values: Values) -> None:
    for block_id, actions in values.items():
        for action_id in actions:
            if find_element(view.blocks, action_id, block_id) is None:
                raise Refused("no_such_element", f"there is no element {action_id} in block {block_id}")
