"""Finds things in Block Kit structures and gives them the ids Slack would."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence

from bot.sandbox.slack.limits.elements import INTERACTIVE, STATEFUL
from bot.sandbox.slack.records import JsonObject, new_id


def with_ids(blocks: Sequence[JsonObject]) -> list[JsonObject]:
    """Return a copy in which blocks and interactive elements have ids."""
    copied = copy.deepcopy(list(blocks))
    for block in copied:
        block.setdefault("block_id", new_id("", 5))
    for _, element in elements(copied):
        element.setdefault("action_id", new_id("", 5))
    return copied


def elements(blocks: Sequence[JsonObject]) -> Iterator[tuple[JsonObject, JsonObject]]:
    """Yield every interactive element with the block it stands in."""
    for block in blocks:
        for element in (block.get("accessory"), block.get("element"), *(block.get("elements") or ())):
            if isinstance(element, dict) and element.get("type") in INTERACTIVE:
                yield block, element


def stateful(blocks: Sequence[JsonObject]) -> Iterator[tuple[JsonObject, JsonObject]]:
    """Yield the elements that hold a value a person can set."""
    for block, element in elements(blocks):
        if element["type"] in STATEFUL:
            yield block, element


def find_element(
    blocks: Sequence[JsonObject], action_id: str, block_id: str | None
) -> tuple[JsonObject, JsonObject] | None:
    """Return the first element with this action id, in a block if named."""
    for block, element in elements(blocks):
        if element["action_id"] == action_id and block_id in (None, block["block_id"]):
            return block, element
    return None
