"""A plan's whole difference in pages, nothing of it cut, for those who read all of it before they sign."""

from collections.abc import Iterator

from bot.model import Plan

PAGE = 2_800
"""Characters on a page: a little less than what Slack takes in one block of text."""
_WORTH = 400
"""Less room than this at the end of a page is left empty."""
MOST_PAGES = 60
"""More pages than these nobody is asked to read and sign."""


def pages(plan: Plan, size: int = PAGE) -> tuple[str, ...]:
    """Return every difference of a plan in words, in pages of at most `size` characters; joined they say it all."""
    found, page = [], ""
    for line in _lines(plan):
        rest = line
        while True:
            room = size - len(page) - 1 if page else size
            piece, left = _cut(rest, room, size)
            if piece is None:
                found.append(page)
                page = ""
                continue
            page = f"{page}\n{piece}" if page else piece
            if left is None:
                break
            found.append(page)
            page, rest = "", left
    return (*found, page) if page else tuple(found)


def showable(plan: Plan) -> bool:
    """Tell whether the plan's whole difference can be shown to people."""
    return len(pages(plan)) <= MOST_PAGES


def _lines(plan: Plan) -> Iterator[str]:
    for n, change in enumerate(plan.changes):
        if n:
            yield ""
        yield f"{change.label}"
        yield from f"Now: {change.before}".split("\n")
        yield from f"After: {change.after}".split("\n")


def _cut(line: str, room: int, size: int) -> tuple[str | None, str | None]:
    """
    Return what of a line goes on a page with so much room, and what is left (None: nothing).

    The first is None where the line has to go on on a page of its own.
    """
    if len(line) <= room:
        return line, None
    if room < size and room < _WORTH:
        return None, line
    at = _place(line, room)
    return line[:at], line[at:]


def _place(line: str, room: int) -> int:
    """Return where to cut: after a word, or within one that is long, after a sign; else where the room ends."""
    word = line.rfind(" ", 0, room) + 1
    if word > room // 2:
        return word
    sign = 1 + max(line.rfind(each, room * 3 // 4, room) for each in ",;/}]")
    return sign or room
