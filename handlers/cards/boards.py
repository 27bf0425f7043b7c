"""What is said of panels and watched rollouts beside what they show: that they stand, and why one has ended."""

from handlers.blocks import Message, message, section


def panel_stands() -> Message:
    """Say that a panel was posted where it was asked for."""
    return _said("The panel stands in this channel now, and is kept up to date there.")


def watch_stands() -> Message:
    """Say that a rollout is watched from now on, in the channel where that was asked for."""
    return _said("The rollout is watched in this channel to its end; its thread tells of each step.")


def watched_already(link: str) -> Message:
    """Say that a channel watches a rollout already, and where in it, as far as that is known."""
    return _said(f"This rollout is watched here already{_there(link)}.")


def moved_down(link: str) -> Message:
    """Draw what stands where a panel stood before the channel got a newer one."""
    return _ended(f"a newer one stands further down{_there(link)}.")


def in_shared() -> Message:
    """Draw what stands where a panel stood before its channel was shared with strangers."""
    return _ended("this channel is shared with another company.")


def let_go() -> Message:
    """Say that no guardrail holds a rollout any more, to whoever wants to keep it paused."""
    return _said("The guardrail holds this rollout no longer; somebody has resumed it.")


def _there(link: str) -> str:
    return f": <{link}|look there>" if link else ""


def _ended(why: str) -> Message:
    return _said(f"*This incident panel has ended*: {why}")


def _said(line: str) -> Message:
    return message(line, [section(line)])
