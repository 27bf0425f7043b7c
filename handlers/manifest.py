"""
Slack's app manifest, made from what the code handles.

`manifest.yml` is the Socket Mode form, which needs no public address to start with; the HTTP form carries the
address Slack delivers to.
"""

from pydantic import JsonValue

SLASH_COMMANDS: dict[str, tuple[str, str]] = {
    "/ops": ("Everything Countersign can do", "disable flag new-search in prod because cart errors"),
    "/flag": ("Act on a feature flag", "disable new-search in prod because cart errors"),
    "/rollout": ("Act on a progressive rollout", "pause checkout-v2 in prod because p99 up"),
}
SCOPES: dict[str, str] = {
    "app_mentions:read": "commands in threads, by mention",
    "channels:read": "whether a channel is shared with another company",
    "chat:write": "cards, answers and direct messages",
    "commands": "slash commands",
    "groups:read": "the same for private channels",
    "usergroups:read": "who may sign",
    "users:read": "guests, bots and deactivated accounts",
    "users:read.email": "one person with two accounts",
}
EVENTS: tuple[str, ...] = ("app_mention",)
PATH = "/slack/events"


def manifest(url: str | None = None) -> dict[str, JsonValue]:
    """Return the manifest: for Socket Mode, or for HTTP where `url` is the address Slack reaches."""
    address = url.rstrip("/") + PATH if url else None
    at: dict[str, JsonValue] = {"url": address} if address else {}
    delivered: dict[str, JsonValue] = {"request_url": address} if address else {}
    return {
        "display_information": {
            "name": "Countersign",
            "description": "Act on production from Slack; a second person signs.",
            "background_color": "#1f3a5f",
        },
        "features": {
            "bot_user": {"display_name": "countersign", "always_online": True},
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
