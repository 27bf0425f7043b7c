"""Whole messages and views: the limits that hold for a surface as such."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.limits.blocks import check_blocks
from bot.sandbox.slack.limits.composition import check_option, check_option_groups
from bot.sandbox.slack.limits.node import Node

MAX_TEXT = 4000
MAX_MESSAGE_BLOCKS = 50
MAX_VIEW_BLOCKS = 100
_VIEW_KEYS = ("blocks", "private_metadata", "callback_id", "external_id")
_MODAL_KEYS = ("title", "submit", "close", "clear_on_close", "notify_on_close", "submit_disabled")


def message_problems(blocks: Any) -> list[str]:
    """Return what Slack would refuse about a message's blocks."""
    problems: list[str] = []
    check_blocks(Node({"blocks": blocks}, "", problems, "message"), MAX_MESSAGE_BLOCKS)
    return problems


def view_problems(view: Any, *, kind: str | None = None) -> list[str]:
    """
    Return what Slack would refuse about a view.

    `kind` is the type the method takes, None for either.
    """
    if not isinstance(view, dict):
        return ["[ERROR] must be an object [json-pointer:/view]"]
    problems: list[str] = []
    surface = "home" if view.get("type") == "home" else "modal"
    node = Node(view, "/view", problems, surface)
    if node.type not in ("modal", "home") or (kind is not None and node.type != kind):
        node.fail(f"unsupported type: {node.type or 'none'}", "type")
    node.only(*_VIEW_KEYS, *(_MODAL_KEYS if surface == "modal" else ()))
    node.required("blocks")
    node.string("private_metadata", 3000, minimum=0)
    node.string("callback_id", 255, minimum=0)
    node.string("external_id", 255, minimum=0)
    if surface == "modal":
        _modal(node)
    check_blocks(node, MAX_VIEW_BLOCKS)
    return problems


def _modal(node: Node) -> None:
    node.required("title")
    for key in ("title", "submit", "close"):
        node.text(key, 24)
    node.boolean("clear_on_close", "notify_on_close", "submit_disabled")
    blocks = node.value.get("blocks")
    kinds = [block.get("type") for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    if "input" in kinds and not node.has("submit"):
        node.fail("must define `submit` to use an `input` block in modals")


def suggestion_problems(answer: Any) -> list[str]:
    """Return what Slack would refuse about the answer to a block_suggestion."""
    if not isinstance(answer, dict):
        return ["[ERROR] must be an object [json-pointer:/]"]
    problems: list[str] = []
    node = Node(answer, "", problems, "modal")
    if node.has("options") == node.has("option_groups"):
        node.fail("must define exactly one of: options, option_groups")
    for option in node.items("options", 100, minimum=0):
        check_option(option)
    check_option_groups(node)
    return problems
