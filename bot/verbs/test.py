"""What can be done to a test."""

from types import MappingProxyType

from bot.action import Action, Repeat, Words
from bot.model import Noun, Risk, Scope

_WRITE = ("synthetics_read", "synthetics_write")

TEST: tuple[Action, ...] = (
    Action(
        verb="pause",
        noun=Noun.TEST,
        scope=Scope.ORG,
        risk=Risk.DISRUPTIVE,
        words=Words(
            title="Pause test",
            doing="Pausing",
            done="Paused",
            after="paused",
            consequence="The test runs nowhere any more, and nothing it watches raises an alert until it is started.",
        ),
        repeat=Repeat.SETS_STATE,
        watches=("test_id", "status"),
        effect=MappingProxyType({"status": "paused"}),
        inverse="test.start",
        seconds=30 * 60,
        synonyms=("mute", "silence"),
        permissions=_WRITE,
        why="the endpoint is moving",
    ),
    Action(
        verb="start",
        noun=Noun.TEST,
        scope=Scope.ORG,
        risk=Risk.EXPANDING,
        words=Words(
            title="Start test",
            doing="Starting",
            done="Started",
            after="live",
            consequence="The test runs again from all its locations, and its alerts reach people again.",
        ),
        repeat=Repeat.SETS_STATE,
        watches=("test_id", "status"),
        effect=MappingProxyType({"status": "live"}),
        inverse="test.pause",
        synonyms=("unmute", "unpause", "resume"),
        permissions=_WRITE,
        why="the endpoint has moved",
    ),
)
