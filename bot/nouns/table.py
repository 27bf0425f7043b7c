"""The one table from a noun to what is told of it; a noun that is added is a line here."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.model import Noun
from bot.nouns.deployment import DEPLOYMENT
from bot.nouns.environment import ENVIRONMENT
from bot.nouns.flag import FLAG
from bot.nouns.rollout import ROLLOUT
from bot.nouns.telling import Telling
from bot.nouns.test import TEST

TELLINGS: Mapping[Noun, Telling] = MappingProxyType(
    {
        Noun.FLAG: FLAG,
        Noun.ROLLOUT: ROLLOUT,
        Noun.TEST: TEST,
        Noun.DEPLOYMENT: DEPLOYMENT,
        Noun.ENVIRONMENT: ENVIRONMENT,
    }
)
