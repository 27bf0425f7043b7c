"""What can be done to a flag."""

from types import MappingProxyType

from bot.action import Action, Repeat, Words
from bot.model import Noun, Risk, Scope

_WRITE = ("feature_flag_config_write", "feature_flag_environment_config_read")

FLAG: tuple[Action, ...] = (
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
        permissions=_WRITE,
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
        permissions=_WRITE,
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
        permissions=_WRITE,
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
        permissions=_WRITE,
        why="it is still asked for",
    ),
)
