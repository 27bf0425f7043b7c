"""
The catalogue: one literal per action, and everything else follows.

The literals stand in `bot/verbs`, a module per noun; what they are made of in `bot/action.py`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from bot.action import Action, Control, Read, Repeat, Words
from bot.verbs.controls import CONTROLS
from bot.verbs.deployment import DEPLOYMENT
from bot.verbs.environment import ENVIRONMENT
from bot.verbs.flag import FLAG
from bot.verbs.reads import READS
from bot.verbs.rollout import ROLLOUT
from bot.verbs.test import TEST

__all__ = [
    "BY_NAME",
    "CATALOGUE",
    "CONTROLS",
    "CONTROL_BY_VERB",
    "READS",
    "READ_BY_NAME",
    "Action",
    "Control",
    "Read",
    "Repeat",
    "Words",
]

CATALOGUE: tuple[Action, ...] = (*FLAG, *ROLLOUT, *TEST, *DEPLOYMENT, *ENVIRONMENT)

BY_NAME: Mapping[str, Action] = MappingProxyType({action.name: action for action in CATALOGUE})

READ_BY_NAME: Mapping[str, Read] = MappingProxyType({read.name: read for read in READS})

CONTROL_BY_VERB: Mapping[str, Control] = MappingProxyType({control.verb: control for control in CONTROLS})
