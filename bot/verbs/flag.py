"""What can be done to a flag."""

from types import MappingProxyType

from bot.action import Action, Repeat, Words
from bot.forms.flag import AddRule, FlagCreate, FlagEdit, ReplaceRules
from bot.model import Aspect, Noun, Risk, Scope

_WRITE = ("feature_flag_config_write", "feature_flag_environment_config_read")
_RULES = ("flag_id", "archived", "status", "rules", "rule_order", "begun", "variants")

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
    Action(
        verb="create",
        noun=Noun.FLAG,
        scope=Scope.ORG,
        risk=Risk.EXPANDING,
        words=Words(
            title="Create flag",
            doing="Creating",
            done="Created",
            after="there, disabled everywhere",
            consequence=(
                "The flag is there in every environment at once, disabled: applications that ask for it get the "
                "default coded in them until it is enabled."
            ),
        ),
        repeat=Repeat.SINGLE_FLIGHT,
        watches=("exists",),
        effect=MappingProxyType({"exists": True}),
        form=FlagCreate,
        aspect=Aspect.NEW,
        permissions=_WRITE,
        why="the work on it begins",
    ),
    Action(
        verb="edit",
        noun=Noun.FLAG,
        scope=Scope.ORG,
        risk=Risk.EXPANDING,
        words=Words(
            title="Edit flag",
            doing="Editing",
            done="Edited",
            after="as asked for",
            consequence="What people read about the flag changes everywhere; what it serves stays as it is.",
        ),
        repeat=Repeat.SETS_STATE,
        watches=("flag_id", "archived", "name", "description", "json_schema"),
        form=FlagEdit,
        permissions=_WRITE,
        why="it was renamed",
    ),
    Action(
        verb="add-rule",
        noun=Noun.FLAG,
        risk=Risk.EXPANDING,
        words=Words(
            title="Add targeting rule",
            doing="Adding a rule to",
            done="Added a rule to",
            after="with one rule more",
            consequence="Whoever the rule fits gets what it says, unless a rule before it fits.",
        ),
        repeat=Repeat.SINGLE_FLIGHT,
        watches=_RULES,
        form=AddRule,
        aspect=Aspect.RULES,
        synonyms=("add rule",),
        permissions=_WRITE,
        why="beta testers get it first",
    ),
    Action(
        verb="replace-rules",
        noun=Noun.FLAG,
        risk=Risk.EXPANDING,
        words=Words(
            title="Replace targeting rules",
            doing="Replacing the rules of",
            done="Replaced the rules of",
            after="with other rules",
            consequence="Whoever a rule fits gets what it says from then on; the first rule that fits decides.",
        ),
        repeat=Repeat.SINGLE_FLIGHT,
        watches=_RULES,
        form=ReplaceRules,
        aspect=Aspect.RULES,
        synonyms=("replace rules",),
        permissions=_WRITE,
        why="the test is over",
    ),
)
