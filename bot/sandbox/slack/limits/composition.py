"""Options, option groups and confirmations within Slack's bounds."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.limits.node import ANY_TEXT, Node


def check_option(option: Node, *, rich: bool = False, url: bool = False) -> None:
    """
    Check one option.

    `rich` allows mrkdwn (radio buttons, checkboxes), `url` is for overflow menus.
    """
    option.only("text", "value", "description", *(("url",) if url else ()))
    if option.required("text", "value"):
        kinds = ANY_TEXT if rich else ("plain_text",)
        option.text("text", 75, kinds=kinds)
        option.string("value", 150, minimum=0)
        option.text("description", 75, kinds=kinds)
    if url:
        option.string("url", 3000)


def check_options(element: Node, *, maximum: int = 100, rich: bool = False, url: bool = False) -> list[Any]:
    """Check an element's `options` and return them as they are."""
    found = element.items("options", maximum)
    for option in found:
        check_option(option, rich=rich, url=url)
    return [option.value for option in found]


def check_option_groups(element: Node) -> list[Any]:
    """Check `option_groups` and return every option in them."""
    options: list[Any] = []
    for group in element.items("option_groups", 100):
        group.only("label", "options")
        if group.required("label", "options"):
            group.text("label", 75)
            options.extend(check_options(group))
    return options


def check_confirm(element: Node) -> None:
    """Check an element's `confirm` dialog where it has one."""
    confirm = element.child("confirm")
    if confirm is None:
        return
    confirm.only("title", "text", "confirm", "deny", "style")
    confirm.required("title", "text", "confirm", "deny")
    confirm.text("title", 100)
    confirm.text("text", 300, kinds=ANY_TEXT)
    confirm.text("confirm", 30)
    confirm.text("deny", 30)
    confirm.choice("style", ("primary", "danger"))
