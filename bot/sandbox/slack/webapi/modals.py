"""The views methods: open, push, update, publish."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.limits.surfaces import view_problems
from bot.sandbox.slack.records import JsonObject, SlackError
from bot.sandbox.slack.shapes import view_object
from bot.sandbox.slack.views import View
from bot.sandbox.slack.webapi.calls import Call, Method


def open_view(call: Call) -> JsonObject:
    """`views.open`: a trigger opens one modal, once."""
    definition = _definition(call, "modal")
    trigger = call.workspace.triggers.spend(call.text("trigger_id") or call.text("interactivity_pointer"))
    return _answer(call, call.workspace.views.open(trigger, definition))


def push_view(call: Call) -> JsonObject:
    """`views.push`: only with a trigger from within a modal."""
    definition = _definition(call, "modal")
    trigger = call.workspace.triggers.spend(call.text("trigger_id"))
    if trigger.view_id is None:
        raise SlackError("invalid_trigger_id")
    return _answer(call, call.workspace.views.push(trigger.user, definition))


def update_view(call: Call) -> JsonObject:
    """`views.update`, by view id or external id."""
    view = call.workspace.views.find(call.text("view_id"), call.text("external_id"))
    definition = _definition(call, view.definition["type"])
    return _answer(call, call.workspace.views.update(view, definition, call.text("hash")))


def publish_view(call: Call) -> JsonObject:
    """`views.publish`: what a person sees in the App Home."""
    person = call.workspace.people.get(call.text("user_id"))
    if person is None or not person.can_act:
        raise SlackError("user_not_found")
    definition = _definition(call, "home")
    return _answer(call, call.workspace.views.publish(person.id, definition, call.text("hash")))


def _definition(call: Call, kind: str) -> Any:
    definition = call.json("view", "invalid_arguments")
    problems = view_problems(definition, kind=kind)
    if problems:
        raise SlackError("invalid_arguments", response_metadata={"messages": problems})
    return definition


def _answer(call: Call, view: View) -> JsonObject:
    return {"view": view_object(call.workspace, view)}


METHODS = {
    "views.open": Method(open_view, (), "tier4"),
    "views.push": Method(push_view, (), "tier4"),
    "views.update": Method(update_view, (), "tier4"),
    "views.publish": Method(publish_view, (), "tier4"),
}
