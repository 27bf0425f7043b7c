"""The bot's own commands."""

from bot.action import Control

CONTROLS: tuple[Control, ...] = (
    Control("help", "[verb | flags | all]", "what can be said, with examples: in short, of one thing, or every line"),
    Control("approvals", "", "what waits for your signature, and your own open requests", ("inbox",)),
    Control("cancel", "<id>", "take back your own request before it runs", ("withdraw",)),
    Control("plan", "<command> […]", "a dry run: what it would do, which rule applies, who may sign; touches nothing"),
    Control("can-i", "<command> […]", "whether you may do it, and what it takes"),
    Control("policy", "", "what you may do in each environment, and what it takes"),
    Control("whoami", "", "who you are here: your time zone, whether you sign or operate"),
    Control(
        "freeze",
        "<environment> [until 18:00 | for 2h] because …",
        "keep what expands out of an environment",
        leaves="Pausing, stopping, disabling and cancelling are still possible.",
    ),
    Control("unfreeze", "<environment>", "lift a freeze (operators)", reserved="lift a freeze"),
    Control(
        "lock",
        "<target> [in prod] [until 18:00 | for 2h] because …",
        "keep all but containing away from it",
        leaves="Pausing a rollout is still possible.",
    ),
    Control("unlock", "<target> [in prod]", "lift a lock (operators)", reserved="lift a lock"),
    Control("remind", "<id>", "remind those who have not answered your request, three times at most", ("nudge",)),
    Control("close", "<id>", "close the after-review of a break-glass, by somebody who did not ask"),
    Control(
        "history",
        "[target | @person] [in prod] [since 2h]",
        "who asked for what, who signed, and what came of it",
        ("log",),
    ),
    Control(
        "changes",
        "[in prod] [since 1h]",
        "what changed, through Countersign and outside, with a way to undo it",
        ("what changed",),
    ),
    Control("undo", "[id]", "asks whether to undo a change: the one named, or your last one in this channel"),
    Control(
        "alias", "<word> = [flag] […]", "let a word stand for a flag or a test (operators)", reserved="give an alias"
    ),
    Control("aliases", "", "which words stand for what, by whom and since when"),
    Control("unalias", "<word>", "let a word stand for nothing any more (operators)", reserved="take an alias away"),
    Control("panel", "[in prod]", "one message for an incident: what runs, what changed, what waits, with buttons"),
    Control("watch", "<rollout> [in prod]", "one message that follows a rollout to its end, step by step"),
    Control(
        "bind",
        "<environment>",
        "let this channel stand for an environment (production: operators)",
        reserved="bind a channel to production, or away from it",
    ),
)
