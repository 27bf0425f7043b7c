"""
The catalogue: one literal per action, and everything else follows.

An action's `watches` and `effect` speak of a snapshot's facts. A provider reports these facts:

noun      facts
flag      flag_id · archived · status (ENABLED | DISABLED) · rules (digest of the targeting rules, without progress)
          · approval_required · pending_suggestion (id or null)
rollout   flag_id · schedule_id · rule · flag_status · started_at (text or null) · updated_at · steps (ratios 0-1)
          · guardrail (null, or {action, metrics}) · approval_required · pending_suggestion

An effect of `*` is any value other than the one seen before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from bot.model import Noun, Risk, Scope


class Repeat(StrEnum):
    """
    What a second call would do.

    A verb that sets a state may be called again after a read-back; a single-flight verb never by itself.
    """

    SETS_STATE = "sets_state"
    SINGLE_FLIGHT = "single_flight"


@dataclass(frozen=True, slots=True)
class Words:
    """How people read the action: as a command, while it runs, when done, what comes of it, the new state."""

    title: str
    doing: str
    done: str
    after: str
    consequence: str


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done to one kind of target."""

    verb: str
    noun: Noun
    risk: Risk
    words: Words
    repeat: Repeat
    watches: tuple[str, ...]
    permissions: tuple[str, ...]
    effect: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    scope: Scope = Scope.ENVIRONMENT
    inverse: str = ""
    synonyms: tuple[str, ...] = ()
    typed_name: bool = False

    @property
    def name(self) -> str:
        """The stable name in policy, audit and command line, such as `flag.disable`."""
        return f"{self.noun}.{self.verb}"


_FLAG_WRITE = ("feature_flag_config_write", "feature_flag_environment_config_read")
_ROLLOUT_WRITE = ("feature_flag_config_write",)

CATALOGUE: tuple[Action, ...] = (
    Action(
        verb="enable",
        noun=Noun.FLAG,
        risk=Risk.EXPANDING,
        words=Words(
            title="Enable flag",
            doing="Enabling",
            done="Enabled",
            after="enabled",
            consequence="The flag's targeting rules decide again who gets which variant.",
        ),
        repeat=Repeat.SETS_STATE,
        watches=("flag_id", "archived", "status", "rules"),
        effect=MappingProxyType({"status": "ENABLED"}),
        inverse="flag.disable",
        synonyms=("turn on", "switch on"),
        permissions=_FLAG_WRITE,
    ),
    Action(
        verb="disable",
        noun=Noun.FLAG,
        risk=Risk.DISRUPTIVE,
        words=Words(
            title="Disable flag",
            doing="Disabling",
            done="Disabled",
            after="disabled",
            consequence=(
                "A disabled flag serves the default coded in the application, which is not always off: "
                "where that default is true, disabling turns the feature on."
            ),
        ),
        repeat=Repeat.SETS_STATE,
        watches=("flag_id", "archived", "status"),
        effect=MappingProxyType({"status": "DISABLED"}),
        inverse="flag.enable",
        synonyms=("turn off", "switch off", "kill"),
        permissions=_FLAG_WRITE,
    ),
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
        permissions=_ROLLOUT_WRITE,
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
        permissions=_ROLLOUT_WRITE,
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
        permissions=_ROLLOUT_WRITE,
    ),
    Action(
        verb="stop",
        noun=Noun.ROLLOUT,
        risk=Risk.DISRUPTIVE,
        words=Words(
            title="Stop rollout",
            doing="Stopping",
            done="Stopped",
            after="aborted, all progress taken back",
            consequence="All progress is taken back at once and the rollout cannot be resumed from its place.",
        ),
        repeat=Repeat.SINGLE_FLIGHT,
        watches=("flag_id", "schedule_id"),
        synonyms=("abort",),
        typed_name=True,
        permissions=_ROLLOUT_WRITE,
    ),
)

BY_NAME: Mapping[str, Action] = MappingProxyType({action.name: action for action in CATALOGUE})


@dataclass(frozen=True, slots=True)
class Control:
    """A command of the bot's own: what it is called, what it wants, what it does."""

    verb: str
    argument: str
    summary: str
    synonyms: tuple[str, ...] = ()


CONTROLS: tuple[Control, ...] = (
    Control("help", "[verb]", "what can be said, with examples"),
    Control("approvals", "", "what waits for your signature, and your own open requests", ("inbox",)),
    Control("cancel", "<id>", "take back your own request before it runs", ("withdraw",)),
)
