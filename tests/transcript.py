"""The demo's transcript, with what differs from run to run made the same."""

import re

from bot.cli import play_demo


def play() -> tuple[int, str]:
    """Play the demo and return its exit code and what it printed."""
    told: list[str] = []
    code = play_demo(told.append)
    return code, settled("".join(told))


def settled(text: str) -> str:
    """Return the text with one id, one time and one duration throughout."""
    text = re.sub(r"cs-[a-z2-7]{6}", "cs-k7m2qa", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "2026-11-21 14:02 UTC", text)
    return re.sub(r"Took .* from the request", "Took less than a second from the request", text)


def opening(text: str) -> str:
    """Return the first scene, which is the one the README opens with."""
    return text.split("━━ ")[1].split("\n", 1)[1].strip()
