"""What can be done to a rollout."""

from types import MappingProxyType

from bot.action import Action, Repeat, Words
from bot.model import Noun, Risk

_WRITE = ("feature_flag_config_write",)

ROLLOUT: tuple[Action, ...] = (
    Action(
        verb="start",
        noun=Noun.ROLLOUT,
        risk=Risk.EXPANDING,
        words=Words(
            title="Start rollout",
            doing="Starting",
            done="Started",
            after="running from its first step",
            consequence="The rollout begins to expose users, step by step.",
        ),
        repeat=Repeat.SINGLE_FLIGHT,
        watches=("flag_id", "schedule_id", "guardrail", "flag_status", "started_at"),
        effect=MappingProxyType({"started_at": "*"}),
        permissions=_WRITE,
    ),
    Action(
        verb="pause",
        noun=Noun.ROLLOUT,
        risk=Risk.CONTAIN,
        words=Words(
            title="Pause rollout",
            doing="Pausing",
            done="Paused",
            after="paused, place kept",
            consequence="Growth stops where it is; users already exposed stay exposed.",
        ),
        repeat=Repeat.SETS_STATE,
        watches=("flag_id", "schedule_id"),
        inverse="rollout.resume",
        synonyms=("hold",),
        permissions=_WRITE,
    ),
    Action(
        verb="resume",
        noun=Noun.ROLLOUT,
        risk=Risk.EXPANDING,
        words=Words(
            title="Resume rollout",
            doing="Resuming",
            done="Resumed",
            after="running from where it was paused",
            consequence="The rollout exposes more users again, from the step where it was paused.",
        ),
        repeat=Repeat.SINGLE_FLIGHT,
        watches=("flag_id", "schedule_id", "guardrail", "flag_status"),
        inverse="rollout.pause",
        synonyms=("unpause", "continue"),
        permissions=_WRITE,
    ),
    Action(
        verb="stop",
        noun=Noun.ROLLOUT,
        risk=Risk.DISRUPTIVE,
        words=Words(
            title="Stop rollout",
            doing="Stopping",
            done="Stopped",
            after="stopped, all progress taken back",
            consequence="All progress is taken back at once and the rollout cannot be resumed from its place.",
        ),
        repeat=Repeat.SINGLE_FLIGHT,
        watches=("flag_id", "schedule_id"),
        synonyms=("abort",),
        typed_name=True,
        permissions=_WRITE,
    ),
)
