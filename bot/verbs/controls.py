"""The bot's own commands."""

from bot.action import Control

CONTROLS: tuple[Control, ...] = (
    Control("help", "[verb]", "what can be said, with examples"),
    Control("approvals", "", "what waits for your signature, and your own open requests", ("inbox",)),
    Control("cancel", "<id>", "take back your own request before it runs", ("withdraw",)),
    Control("plan", "<command> […]", "a dry run: what it would do, which rule applies, who may sign; touches nothing"),
    Control("can-i", "<command> […]", "whether you may do it, and what it takes"),
    Control("policy", "", "what you may do in each environment, and what it takes"),
    Control("whoami", "", "who you are here: your time zone, whether you sign or operate"),
    Control("freeze", "<environment> [until 18:00 | for 2h] because …", "keep what expands out of an environment"),
    Control("unfreeze", "<environment>", "lift a freeze (operators)"),
    Control("lock", "<target> [in prod] [until 18:00 | for 2h] because …", "keep all but containing away from it"),
    Control("unlock", "<target> [in prod]", "lift a lock (operators)"),
    Control("remind", "<id>", "remind those who have not answered your request, three times at most", ("nudge",)),
    Control("close", "<id>", "close the after-review of a break-glass, by somebody who did not ask"),
    Control("bind", "<environment>", "let this channel stand for an environment (production: operators)"),
)
