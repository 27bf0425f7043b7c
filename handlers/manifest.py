"""
Slack's app manifest, made from what the code handles.

`manifest.yml` is the Socket Mode form, which needs no public address to start with; the HTTP form carries the
address Slack delivers to.
"""

from urllib.parse import urlsplit

from pydantic import JsonValue

from bot.errors import Misconfigured
from bot.settings import is_loopback
from handlers import ids
from handlers.cards.entrances import DESCRIPTION, NAME, SCOPES, SHORTCUTS, SLASH_COMMANDS

EVENTS: tuple[str, ...] = ("app_home_opened", "app_mention", "member_joined_channel")
APP_HOME: tuple[str, ...] = ("home_tab_enabled", "messages_tab_enabled", "messages_tab_read_only_enabled")
_KINDS: dict[str, str] = {ids.ASK_ANYWHERE: "global", ids.ASK_HERE: "message"}
PATH = "/slack/events"


def manifest(url: str | None = None) -> dict[str, JsonValue]:
    """
    Return the manifest: for Socket Mode, or for HTTP where `url` is the address Slack reaches.

    Raises Misconfigured for an address that Slack cannot deliver to.
    """
    address = None if url is None else _request_url(url)
    at: dict[str, JsonValue] = {"url": address} if address else {}
    delivered: dict[str, JsonValue] = {"request_url": address} if address else {}
    return {
        "display_information": {
            "name": NAME,
            "description": DESCRIPTION,
            "background_color": "#1f3a5f",
        },
        "features": {
            "app_home": dict.fromkeys(APP_HOME, True),
            "bot_user": {"display_name": "countersign", "always_online": True},
            "shortcuts": [
                {"name": name, "type": _KINDS[callback], "callback_id": callback, "description": what}
                for callback, (name, what) in SHORTCUTS.items()
            ],
            "slash_commands": [
                {"command": command, **at, "description": what, "usage_hint": hint, "should_escape": True}
                for command, (what, hint) in SLASH_COMMANDS.items()
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**delivered, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **delivered},
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            "token_rotation_enabled": False,
        },
    }


def _request_url(given: str) -> str:
    """Return where Slack delivers to, from the bot's address or the whole of it."""
    base = given.strip().rstrip("/").removesuffix(PATH).rstrip("/")
    parts = urlsplit(base)
    host = parts.hostname or ""
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
        raise Misconfigured("--url must be an https address.", "As in: --url https://bot.example.com")
    return base + PATH
