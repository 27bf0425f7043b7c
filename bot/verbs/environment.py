"""What can be done to an environment."""

from types import MappingProxyType

from bot.action import Action, Repeat, Words
from bot.forms.environment import EnvironmentCreate, EnvironmentEdit
from bot.model import Aspect, Noun, Risk, Scope

_WRITE = ("feature_flag_environment_config_read", "feature_flag_environment_config_write")

ENVIRONMENT: tuple[Action, ...] = (
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
    Action(
        verb="create",
        noun=Noun.ENVIRONMENT,
        scope=Scope.ORG,
        risk=Risk.EXPANDING,
        words=Words(
            title="Create environment",
            doing="Creating",
            done="Created",
            after="there, every flag disabled in it",
            consequence="Every flag is there at once, disabled; applications that ask there get their coded defaults.",
        ),
        repeat=Repeat.SINGLE_FLIGHT,
        watches=("exists",),
        effect=MappingProxyType({"exists": True}),
        form=EnvironmentCreate,
        aspect=Aspect.NEW,
        permissions=_WRITE,
        why="a new region opens",
    ),
    Action(
        verb="edit",
        noun=Noun.ENVIRONMENT,
        scope=Scope.ORG,
        risk=Risk.EXPANDING,
        words=Words(
            title="Edit environment",
            doing="Editing",
            done="Edited",
            after="as asked for",
            consequence=(
                "What the environment serves and what counts as production decide which applications get its flags, "
                "and which approvals changes there need."
            ),
        ),
        repeat=Repeat.SETS_STATE,
        watches=("exists", "environment_id", "name", "queries", "production_mark", "approval_required"),
        form=EnvironmentEdit,
        permissions=_WRITE,
        why="the region was renamed",
    ),
)
