"""What was looked at -> message: pure."""

from bot.looking.answering import EnvironmentSeen, FlagSeen, Listed, RolloutSeen, RulesSeen, Sight
from bot.looking.views import TestView
from bot.model import Environment
from handlers.blocks import Message, context, message
from handlers.cards.controls import taken_from_binding
from handlers.cards.looks import flags, rollouts, things
from handlers.cards.looks.lists import listed


def drawn(sight: Sight, bound: Environment | None = None) -> Message:
    """Return what was asked to be seen, for the one person who asked; `bound` is where, if they did not say it."""
    seen = _seen(sight)
    if bound is None:
        return seen
    line = taken_from_binding(bound)
    return message(f"{line} {seen.text}", [context(line), *seen.blocks])


def _seen(sight: Sight) -> Message:
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
