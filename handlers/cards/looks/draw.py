"""What was looked at -> message: pure."""

from bot.looking.answering import EnvironmentSeen, FlagSeen, Listed, RolloutSeen, RulesSeen, Sight
from bot.looking.views import TestView
from handlers.blocks import Message
from handlers.cards.looks import flags, rollouts, things
from handlers.cards.looks.lists import listed


def drawn(sight: Sight) -> Message:
    """Return what was asked to be seen, for the one person who asked."""
    seen, at = sight.seen, sight.at
    if isinstance(seen, Listed):
        return listed(sight, seen)
    if isinstance(seen, FlagSeen):
        return flags.flag(seen, at)
    if isinstance(seen, RulesSeen):
        return flags.rules(seen, at, sight.look.page)
    if isinstance(seen, RolloutSeen):
        return rollouts.status(seen, at)
    if isinstance(seen, EnvironmentSeen):
        return things.environment(seen, at)
    return things.test(seen, at) if isinstance(seen, TestView) else things.deployment(seen, at)
