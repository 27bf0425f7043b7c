"""
Renders everything a person can see with the sandbox's page, and lays it out on one sheet to be looked at.

`python -m tests.contact_sheet [--out FOLDER] [name …]` draws every scene at desktop width, 320 pixels wide and dark,
in Debian's Chromium, and writes a picture of each beside an `index.html` with the words that a screen reader reads.
Beside the pictures stands each scene as JSON, as Slack gets it, so that any other renderer of Block Kit can be pointed
at it.
"""

import argparse
import asyncio
import html
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from playwright.async_api import Browser, Locator, Page

from handlers.blocks import Block, Message
from tests.builders import APPROVER, GROUP, MINUTE, REQUESTER, SECOND_APPROVER, START
from tests.chromium import FOUND, MISSING, launched
from tests.handlers.card_text import readable
from tests.handlers.scenes.every import PARTS, SCENES
from tests.sandbox.people_fake import DEPLOYS, Json, PeopleFake, message, person

AT_ONCE = 40
HIGH = 3200
READ_AT = START + 5 * MINUTE
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 24px; background: #fff; color: #1d1c1d }
section { border-top: 1px solid #ccc; padding: 8px 0 16px; break-inside: avoid }
.row { display: flex; gap: 16px; align-items: flex-start; flex-wrap: wrap }
img { border: 1px solid #ccc; max-width: 720px } .phone { max-width: 320px }
.aloud { max-width: 72em; white-space: pre-wrap; color: #444 }
"""


class Look(NamedTuple):
    """A way of looking at the page."""

    name: str
    width: int
    dark: bool = False


LOOKS = (Look("desktop", 1280), Look("phone", 320), Look("dark", 1280, dark=True))


async def render(out: Path, names: list[str]) -> None:
    """Write a picture of each scene in each look."""
    if FOUND is None:
        sys.exit(f"Nothing can be drawn: {MISSING}.")
    async with launched() as browser, _people().serving() as people:
        for look in LOOKS:
            await _all(browser, people, look, out, names)


def _people() -> PeopleFake:
    people = PeopleFake()
    people.workspace["people"] += [
        person(REQUESTER.id, "Requester"),
        person(APPROVER.id, "Approver"),
        person(SECOND_APPROVER.id, "Second approver"),
    ]
    people.workspace["channels"] += [
        {**people.workspace["channels"][0], "id": id_, "name": name}
        for id_, name in (("C0DEPLOYS", "deploys"), ("C0APPROVALS", "approvals"))
    ]
    people.workspace["groups"].append({"id": GROUP, "handle": "release-approvers", "name": "Release", "users": []})
    return people


async def _all(browser: Browser, people: PeopleFake, look: Look, out: Path, names: list[str]) -> None:
    context = await browser.new_context(
        viewport={"width": look.width, "height": 900},
        timezone_id="America/New_York",
        locale="en-US",
        color_scheme="dark" if look.dark else "light",
    )
    await context.clock.set_fixed_time(READ_AT / 1000)
    page = await context.new_page()
    page.on("pageerror", lambda error: sys.exit(f"The page threw {error}"))
    shown = {name: SCENES[name]() for name in names}
    messages = {name: one for name, one in shown.items() if isinstance(one, Message)}
    people.modal = people.home = None
    for some in _chunks(list(messages), AT_ONCE):
        await _messages(page, people, {name: messages[name] for name in some}, look, out)
    for name, view in shown.items():
        if not isinstance(view, Message):
            await _view(page, people, name, view, look, out)
    await context.close()


def _chunks(names: list[str], size: int) -> Iterator[list[str]]:
    return (names[at : at + size] for at in range(0, len(names), size))


async def _messages(page: Page, people: PeopleFake, some: dict[str, Message], look: Look, out: Path) -> None:
    """Put some messages into the channel, and take a picture of each."""
    stamps = {f"{list(SCENES).index(name):06}": name for name in some}
    people.messages[DEPLOYS] = [
        message(stamp, text=some[name].text, blocks=_blocks(some[name].blocks)) for stamp, name in stamps.items()
    ]
    await page.goto(f"{people.url}/?as={REQUESTER.id}&channel={DEPLOYS}")
    for stamp, name in stamps.items():
        drawn = page.locator(f"article[data-ts$='.{stamp}']")
        await drawn.wait_for()
        await _picture(page, drawn, look, out / f"{name}.{look.name}.png")


def _blocks(blocks: Any) -> list[Json]:
    return [dict(block) for block in blocks]


async def _view(page: Page, people: PeopleFake, name: str, view: Block, look: Look, out: Path) -> None:
    """Show a modal or a person's page, and take a picture of it."""
    shown: Json = {"id": f"V-{name}", "hash": name, "values": {}, "errors": {}, "submit": None, "close": None, **view}
    home = view["type"] == "home"
    people.home, people.modal = (shown, None) if home else (None, shown)
    await page.goto(f"{people.url}/?as={REQUESTER.id}&channel={'home' if home else DEPLOYS}")
    drawn = page.get_by_test_id("app-home") if home else page.locator(f"dialog[data-view-id='V-{name}']")
    await (drawn.locator("h3").first if home else drawn).wait_for()
    high = HIGH
    if home:
        await page.set_viewport_size({"width": look.width, "height": 400})
        high = await drawn.evaluate("node => node.scrollHeight") + 200
    await _picture(page, drawn, look, out / f"{name}.{look.name}.png", high)


async def _picture(page: Page, node: Locator, look: Look, path: Path, high: int = HIGH) -> None:
    """Take a picture of a node, on a screen that is high enough for all of it."""
    await page.set_viewport_size({"width": look.width, "height": high})
    await node.screenshot(path=path, animations="disabled")


def sheet(names: list[str]) -> str:
    """Return the sheet: each scene's name, its pictures, and what is read aloud."""
    parts = []
    for title, scenes in PARTS.items():
        shown = [_entry(name) for name in scenes if name in names]
        parts += [f"<h2>{html.escape(title)}</h2>", *shown] if shown else []
    body = "\n".join(parts)
    return f"<!doctype html><html lang='en'><meta charset='utf-8'><title>Cards</title><style>{_STYLE}</style>{body}"


def _entry(name: str) -> str:
    pictures = "".join(
        f"<img class='{look.name}' src='{name}.{look.name}.png' alt='{name}, {look.name}'>" for look in LOOKS
    )
    shown = SCENES[name]()
    aloud = readable(shown.text) if isinstance(shown, Message) else "A view is read block by block."
    said = f"<p class='aloud'>{html.escape(aloud)}</p>"
    return f"<section><h3>{name}</h3><div class='row'>{pictures}</div>{said}</section>"


def as_json(name: str) -> str:
    """Return a scene as Slack gets it: a message with its text and blocks, or a view whole."""
    shown = SCENES[name]()
    sent = {"text": shown.text, "blocks": _blocks(shown.blocks)} if isinstance(shown, Message) else dict(shown)
    return json.dumps(sent, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Read the command line and render."""
    parser = argparse.ArgumentParser(prog="python -m tests.contact_sheet", description=(__doc__ or "").strip())
    parser.add_argument("--out", type=Path, default=Path(".screens/cards"), help="the folder for the pictures")
    parser.add_argument("names", nargs="*", help="scenes to render; all where none is named")
    asked = parser.parse_args()
    unknown = sorted(set(asked.names) - set(SCENES))
    if unknown:
        parser.error(f"no such scene: {', '.join(unknown)}")
    names = asked.names or list(SCENES)
    asked.out.mkdir(parents=True, exist_ok=True)
    for name in names:
        (asked.out / f"{name}.json").write_text(as_json(name), encoding="utf-8")
    asyncio.run(render(asked.out, names))
    (asked.out / "index.html").write_text(sheet(names), encoding="utf-8")
    sys.stdout.write(f"Look at {asked.out / 'index.html'}\n")


if __name__ == "__main__":
    main()
