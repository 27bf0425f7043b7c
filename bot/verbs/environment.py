"""What can be done to an environment."""

from types import MappingProxyType

from bot.action import Action, Repeat, Words
from bot.model import Noun, Risk, Scope

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
)
