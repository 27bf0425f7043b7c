"""Pressing a button, picking an option, asking for suggestions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.sandbox.slack.acts.access import Access
from bot.sandbox.slack.acts.result import Result
from bot.sandbox.slack.blocks import find_element
from bot.sandbox.slack.deliveries import NOT_DELIVERED, Deliverer, Delivery
from bot.sandbox.slack.limits.elements import STATEFUL
from bot.sandbox.slack.limits.surfaces import suggestion_problems
from bot.sandbox.slack.payloads import Payloads
from bot.sandbox.slack.records import SLACKBOT, JsonObject, Message, Person, Refused
from bot.sandbox.slack.values import Offered, selected, state_of
from bot.sandbox.slack.views import View
from bot.sandbox.slack.workspace import Workspace

Place = Message | View
Values = Mapping[str, Mapping[str, Any]]

BUTTON_TROUBLE = "This app is not responding right now. Please try again."
"""The sense of the warning Slack's client shows beside an element whose press was not acked."""


class Pressing:
    """The interactive elements of messages, modals and homes."""

    def __init__(self, workspace: Workspace, access: Access, payloads: Payloads, deliverer: Deliverer) -> None:
        self._workspace = workspace
        self._access = access
        self._payloads = payloads
        self._deliverer = deliverer
        self._offered: dict[tuple[str, str, str, str], list[JsonObject]] = {}

    def place(
        self, person: Person, *, channel: str | None = None, ts: str | None = None, view_id: str | None = None
    ) -> Place:
        """Return the message or view that was named; raises Refused."""
        if view_id is not None:
            return self._access.view(person, view_id)
        if channel is None or ts is None:
            raise Refused("bad_request", "name either a view_id, or a channel and a ts")
        return self._access.message(person, self._access.channel(person, channel), ts)

    def offered(self, person: Person, place: Place) -> Offered:
        """Return what external selects there have offered this person."""
        return {
            (block_id, action_id): options
            for (user, where, block_id, action_id), options in self._offered.items()
            if user == person.id and where == _key(place)
        }

    async def press(
        self,
        user: str,
        place: Mapping[str, str | None],
        action_id: str,
        block_id: str | None,
        value: Any,
        values: Values,
    ) -> Result:
        """Press an element or set its value, and return once the app acked."""
        person = self._access.person(user)
        where = self.place(person, **place)
        block, element = _found(where, action_id, block_id)
        offered = self.offered(person, where)
        shape = selected(element, value, offered.get((block["block_id"], element["action_id"]), ()))
        if element["type"] in STATEFUL:
            changed = {**values.get(block["block_id"], {}), element["action_id"]: value}
            values = {**values, block["block_id"]: changed}
        if isinstance(where, Message) and where.user == SLACKBOT:
            return Result(NOT_DELIVERED)
        if block["type"] == "input" and not block.get("dispatch_action"):
            return Result(NOT_DELIVERED)
        state = state_of(where.blocks, values, offered)
        return await self._deliver(person, where, self._payloads.action(block, element, shape), state)

    async def _deliver(self, person: Person, where: Place, action: JsonObject, state: dict[str, Any]) -> Result:
        if isinstance(where, View):
            payload = self._payloads.view_press(person, where, action, state)
        else:
            payload = self._payloads.message_action_press(person, where, action, state)
        ack = await self._deliverer.send(Delivery.of_payload(payload))
        if ack.ok:
            return Result(ack)
        if isinstance(where, View):
            self._workspace.notify(person.id, BUTTON_TROUBLE, view_id=where.id)
        else:
            self._workspace.notify(person.id, BUTTON_TROUBLE, channel=where.channel, ts=where.ts)
        return Result(ack, BUTTON_TROUBLE)

    async def suggest(
        self, user: str, place: Mapping[str, str | None], action_id: str, block_id: str | None, query: str
    ) -> Result:
        """Ask the app for the options of an external select."""
        person = self._access.person(user)
        where = self.place(person, **place)
        block, element = _found(where, action_id, block_id)
        if not element["type"].endswith("external_select"):
            raise Refused("no_such_element", f"{action_id} does not ask for suggestions")
        if len(query) < element.get("min_query_length", 3):
            return Result(NOT_DELIVERED, None, {"options": [], "option_groups": []})
        payload = self._payloads.suggestion(person, where, element, block["block_id"], query)
        ack = await self._deliverer.send(Delivery.of_payload(payload))
        if not ack.ok or suggestion_problems(ack.body):
            return Result(ack, "Error fetching results", {"options": [], "option_groups": []})
        options = ack.body.get("options") or []
        groups = ack.body.get("option_groups") or []
        every = [*options, *(option for group in groups for option in group["options"])]
        self._remember((person.id, _key(where), block["block_id"], element["action_id"]), every)
        return Result(ack, None, {"options": options, "option_groups": groups})

    def _remember(self, key: tuple[str, str, str, str], options: list[JsonObject]) -> None:
        known = self._offered.setdefault(key, [])
        known.extend(option for option in options if option not in known)


def _key(place: Place) -> str:
    return place.id if isinstance(place, View) else f"{place.channel}/{place.ts}"


def _found(place: Place, action_id: str, block_id: str | None) -> tuple[JsonObject, JsonObject]:
    found = find_element(place.blocks, action_id, block_id)
    if found is None:
        raise Refused("no_such_element", f"there is no element {action_id} there")
    return found
