"""What Slack and its app's page say of the bot before anybody has asked it for anything."""

from handlers import ids

NAME = "Countersign"
DESCRIPTION = "Act on production from Slack; a second person signs."

SLASH_COMMANDS: dict[str, tuple[str, str]] = {
    "/ops": ("Everything Countersign can do", "disable flag new-search in prod because cart errors"),
    "/flag": ("Act on a feature flag", "disable new-search in prod because cart errors"),
    "/rollout": ("Act on a progressive rollout", "pause checkout-v2 in prod because p99 up"),
}
"""What each command is for, and an example of what follows it."""

SHORTCUTS: dict[str, tuple[str, str]] = {
    ids.ASK_ANYWHERE: ("Ask for a change", "Put a change together, step by step"),
    ids.ASK_HERE: ("Ask for a change", "Put a change together; its card stands in this channel"),
}
"""What each shortcut is called, and what it is for."""

SCOPES: dict[str, str] = {
    "app_mentions:read": "commands in threads, by mention",
    "channels:read": "whether a channel is shared with another company, what it is called, and invitations",
    "chat:write": "cards, answers and direct messages",
    "commands": "slash commands",
    "groups:read": "the same for private channels",
    "usergroups:read": "who may sign",
    "users:read": "guests, bots and deactivated accounts",
    "users:read.email": "one person with two accounts",
}
"""What each permission of the app is for, told to whoever grants it."""
