"""Layout blocks: sizes, parts, and on which surface each may stand."""

from __future__ import annotations

from collections.abc import Callable

from bot.sandbox.slack.limits.elements import IN_ACTIONS, IN_INPUT, IN_SECTION, check_element, check_image
from bot.sandbox.slack.limits.node import ANY_TEXT, Node

_EVERYWHERE = frozenset({"section", "actions", "context", "divider", "header", "image", "rich_text", "video"})
ON_SURFACE: dict[str, frozenset[str]] = {
    "message": _EVERYWHERE | {"table", "markdown"},
    "modal": _EVERYWHERE | {"input"},
    "home": _EVERYWHERE | {"input"},
}
_RICH_PARTS = frozenset(
    {"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"},
)
_RICH_LEAVES = frozenset(
    {"text", "link", "emoji", "user", "usergroup", "channel", "broadcast", "date", "color", "team"},
)


def check_blocks(parent: Node, maximum: int) -> None:
    """Check the `blocks` of a message or view, one by one and together."""
    blocks = parent.items("blocks", maximum, minimum=0)
    block_ids: set[str] = set()
    for block in blocks:
        block_id = block.identifier("block_id")
        if block_id is not None and block_id in block_ids:
            block.fail(f"block_id already exists: {block_id}", "block_id")
        block_ids.add(block_id or "")
        check_block(block)
    if sum(block.type == "table" for block in blocks) > 1:
        parent.fail("only_one_table_allowed", "blocks")
    words = sum(len(str(block.value.get("text", ""))) for block in blocks if block.type == "markdown")
    if words > 12_000:
        parent.fail("must be less than 12001 characters in all markdown blocks", "blocks")


def check_block(block: Node) -> None:
    """Check one block for the surface it stands on."""
    if block.type not in ON_SURFACE[block.surface]:
        block.fail(f"unsupported type: {block.type or 'none'}", "type")
        return
    _CHECKS[block.type](block)


def _section(block: Node) -> None:
    block.only("text", "fields", "accessory", "expand")
    if not block.has("text") and not block.has("fields"):
        block.fail("missing required field: text or fields")
    block.text("text", 3000, kinds=ANY_TEXT)
    for field in block.items("fields", 10):
        field.is_text(2000, kinds=ANY_TEXT)
    accessory = block.child("accessory")
    if accessory is not None:
        check_element(accessory, IN_SECTION)
    block.boolean("expand")


def _actions(block: Node) -> None:
    block.only("elements")
    block.required("elements")
    action_ids: set[str] = set()
    for element in block.items("elements", 25):
        check_element(element, IN_ACTIONS)
        action_id = element.value.get("action_id")
        if isinstance(action_id, str) and action_id in action_ids:
            element.fail(f"action_id already exists: {action_id}", "action_id")
        if isinstance(action_id, str):
            action_ids.add(action_id)


def _context(block: Node) -> None:
    block.only("elements")
    block.required("elements")
    for element in block.items("elements", 10):
        if element.type == "image":
            check_image(element)
        else:
            element.is_text(3000, kinds=ANY_TEXT)


def _divider(block: Node) -> None:
    block.only()


def _header(block: Node) -> None:
    block.only("text", "level")
    block.required("text")
    block.text("text", 150)


def _image(block: Node) -> None:
    block.only("image_url", "slack_file", "alt_text", "title")
    block.required("alt_text")
    block.string("alt_text", 2000)
    block.string("image_url", 3000)
    block.text("title", 2000)
    if block.has("image_url") == block.has("slack_file"):
        block.fail("must define exactly one of: image_url, slack_file")


def _input(block: Node) -> None:
    block.only("label", "element", "dispatch_action", "hint", "optional")
    block.required("label", "element")
    block.text("label", 2000)
    block.text("hint", 2000)
    block.boolean("dispatch_action", "optional")
    element = block.child("element")
    if element is not None:
        check_element(element, IN_INPUT)


def _rich_text(block: Node) -> None:
    block.only("elements")
    block.required("elements")
    for part in block.items("elements", 1000):
        _rich_part(part)


def _rich_part(part: Node) -> None:
    if part.type not in _RICH_PARTS:
        part.fail(f"unsupported type: {part.type or 'none'}", "type")
        return
    part.required("elements")
    for leaf in part.items("elements", 1000, minimum=0):
        if part.type == "rich_text_list":
            _rich_part(leaf)
        elif leaf.type not in _RICH_LEAVES:
            leaf.fail(f"unsupported type: {leaf.type or 'none'}", "type")
        elif leaf.type == "text" and leaf.required("text"):
            leaf.string("text", 12_000)


def _table(block: Node) -> None:
    block.only("rows", "column_settings")
    block.required("rows")
    rows = block.value.get("rows")
    if not isinstance(rows, list) or not rows:
        block.fail("no fewer than 1 items allowed", "rows")
        return
    if len(rows) > 100:
        block.fail("no more than 100 items allowed", "rows")
    for index, row in enumerate(rows):
        _table_row(block, index, row)
    block.items("column_settings", 20)


def _table_row(block: Node, index: int, row: object) -> None:
    where = f"rows/{index}"
    if not isinstance(row, list) or not row:
        block.fail("no fewer than 1 items allowed", where)
        return
    if len(row) > 20:
        block.fail("no more than 20 items allowed", where)
    for column, cell in enumerate(row):
        if isinstance(cell, dict):
            _table_cell(Node(cell, f"{block.pointer}/{where}/{column}", block.problems, block.surface, block.seen))
        else:
            block.fail("must be an object", f"{where}/{column}")


def _table_cell(cell: Node) -> None:
    if cell.type == "rich_text":
        _rich_text(cell)
    elif cell.type in ("raw_text", "raw_number"):
        cell.required("text")
    else:
        cell.fail(f"unsupported type: {cell.type or 'none'}", "type")


def _markdown(block: Node) -> None:
    block.only("text")
    block.required("text")
    block.string("text", 12_000)


def _video(block: Node) -> None:
    block.required("alt_text", "title", "thumbnail_url", "video_url")
    block.text("title", 199)
    block.string("alt_text", 2000)
    block.string("author_name", 49)


_CHECKS: dict[str, Callable[[Node], None]] = {
    "section": _section,
    "actions": _actions,
    "context": _context,
    "divider": _divider,
    "header": _header,
    "image": _image,
    "input": _input,
    "rich_text": _rich_text,
    "table": _table,
    "markdown": _markdown,
    "video": _video,
}
