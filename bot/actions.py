"""
The catalogue: one literal per action, and everything else follows.

An action's `watches` and `effect` speak of a snapshot's facts. A provider reports these facts:

noun         facts
flag         flag_id · archived · status (ENABLED | DISABLED) · rules (digest of the targeting rules, without
             progress) · approval_required · pending_suggestion (id or null); in all environments at once instead
             of status and rules: enabled_in (names) · key_taken (whether a live flag has an archived one's key)
rollout      flag_id · schedule_id · rule · flag_status · started_at (text or null) · updated_at · steps (ratios 0-1)
             · guardrail (null, or {action, metrics}) · approval_required · pending_suggestion
test         test_id · status (live | paused) · type · tags
deployment   deployment_id · status (as Datadog says it) · over (whether it has ended) · query · versions
             · hosts ({status: count}) · total_hosts
environment  exists (false once it is gone) · environment_id · name · queries · production_mark · enabled (keys of the
             flags enabled there) · ruled (keys of those with targeting rules there) · unread (how many flags were
             not looked at for rules); of one that is gone, `exists` alone

What is gone is not found when it is read, except where that is what an action brings about (`exists`).
An effect of `*` is any value other than the one seen before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from pydantic import JsonValue

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
    """
    One thing that can be done to one kind of target.

    `risk` is the least its plans are; `why` is a reason somebody could have, for examples.
    """

    verb: str
    noun: Noun
    risk: Risk
    words: Words
    repeat: Repeat
    watches: tuple[str, ...]
    permissions: tuple[str, ...]
    effect: Mapping[str, JsonValue] = field(default_factory=lambda: MappingProxyType({}))
    scope: Scope = Scope.ENVIRONMENT
    inverse: str = ""
    synonyms: tuple[str, ...] = ()
    typed_name: bool = False
    why: str = ""

    @property
    def on_archived(self) -> bool:
        """Whether it acts on what is archived, which is otherwise left out."""
        return self.effect.get("archived") is False

    @property
    def name(self) -> str:
        """The stable name in policy, audit and command line, such as `flag.disable`."""
        return f"{self.noun}.{self.verb}"


_FLAG_WRITE = ("feature_flag_config_write", "feature_flag_environment_config_read")
_ROLLOUT_WRITE = ("feature_flag_config_write",)
_TEST_WRITE = ("synthetics_read", "synthetics_write")

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
        verb="archive",
        noun=Noun.FLAG,
        scope=Scope.ORG,
        risk=Risk.EXPANDING,
        words=Words(
            title="Archive flag",
            doing="Archiving",
            done="Archived",
            after="archived",
            consequence=(
                "The flag leaves every environment at once: it is served nowhere, and applications that still ask for "
                "it get the default coded in them."
            ),
        ),
        repeat=Repeat.SETS_STATE,
        watches=("flag_id", "archived", "enabled_in"),
        effect=MappingProxyType({"archived": True}),
        inverse="flag.unarchive",
        permissions=_FLAG_WRITE,
        why="the launch is over",
    ),
    Action(
        verb="unarchive",
        noun=Noun.FLAG,
        scope=Scope.ORG,
        risk=Risk.EXPANDING,
        words=Words(
            title="Unarchive flag",
            doing="Unarchiving",
            done="Unarchived",
            after="live",
            consequence=(
                "The flag comes back in every environment at once and may be served again as it stands there; look at "
                "its status and rules in each."
            ),
        ),
        repeat=Repeat.SETS_STATE,
        watches=("flag_id", "archived", "enabled_in"),
        effect=MappingProxyType({"archived": False}),
        inverse="flag.archive",
        synonyms=("restore",),
        permissions=_FLAG_WRITE,
        why="it is still asked for",
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
        synonyms=("mute", "silence"),
        permissions=_TEST_WRITE,
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
        permissions=_TEST_WRITE,
        why="the endpoint has moved",
    ),
    Action(
        verb="cancel",
        noun=Noun.DEPLOYMENT,
        scope=Scope.ORG,
        risk=Risk.DISRUPTIVE,
        words=Words(
            title="Cancel deployment",
            doing="Cancelling",
            done="Cancelled",
            after="canceled",
            consequence="Hosts that still wait are left as they are. Nothing that hosts already have is undone.",
        ),
        repeat=Repeat.SINGLE_FLIGHT,
        watches=("deployment_id", "over"),
        effect=MappingProxyType({"status": "canceled"}),
        permissions=("hosts_read", "agent_upgrade_write", "fleet_policies_write"),
        why="the new agent crashes",
    ),
    Action(
        verb="delete",
        noun=Noun.ENVIRONMENT,
        scope=Scope.ORG,
        risk=Risk.IRREVERSIBLE,
        words=Words(
            title="Delete environment",
            doing="Deleting",
            done="Deleted",
            after="deleted",
            consequence=(
                "The environment is gone for good, and with it what every flag is set to there, targeting rules and "
                "rollouts included. Applications that ask there get the defaults coded in them."
            ),
        ),
        repeat=Repeat.SETS_STATE,
        watches=("environment_id", "name", "queries", "production_mark", "enabled", "ruled", "unread"),
        effect=MappingProxyType({"exists": False}),
        typed_name=True,
        permissions=(
            "feature_flag_environment_config_read",
            "feature_flag_environment_config_write",
            "feature_flag_config_read",
        ),
        why="nobody uses it",
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
