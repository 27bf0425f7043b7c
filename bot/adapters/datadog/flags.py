"""Flags and rollouts: where each is found, and how it is read."""

from bot.adapters.datadog.directory import DatadogDirectory
from bot.adapters.datadog.models import FlagData
from bot.adapters.datadog.reading import (
    flag_facts,
    flag_facts_everywhere,
    flag_target,
    refreshed,
    rollout_facts,
    rollout_targets,
    setting_in,
)
from bot.adapters.datadog.targeting import rule_set_facts
from bot.errors import Rejected
from bot.model import Aspect, Environment, Facts, Target


class Flags:
    """Flags, in one environment or in all of them at once."""

    what = "feature flags"

    def __init__(self, directory: DatadogDirectory, web_url: str) -> None:
        self._directory = directory
        self._web_url = web_url

    async def find(self, text: str, environment: Environment | None, *, archived: bool) -> tuple[Target, ...]:
        """
        Return the flags that `text` could mean.

        With `archived` those that are archived come first; a live one is returned where none of them is meant.
        """
        found = await self._directory.find(text, archived=archived)
        flags = found.exact or found.seen
        if archived and not found.exact:
            flags = (await self._directory.find(text)).exact or found.seen
        return tuple(flag_target(flag, environment, link(self._web_url, flag)) for flag in flags)

    async def read(self, target: Target) -> tuple[Target, Facts]:
        """Read a flag in the target's environment, or in all of them; one that is to come is looked for by its key."""
        if target.aspect is Aspect.NEW:
            return await self._to_come(target)
        flag = await self._directory.flag(target.flag_id or target.id)
        if target.environment is None:
            return target.model_copy(update={"name": flag.attributes.name}), await self._everywhere(flag)
        setting = setting_in(flag, target.environment.id)
        rules = rule_set_facts(flag, setting) if target.aspect is Aspect.RULES else {}
        return refreshed(target, flag, setting), flag_facts(flag, setting) | rules

    async def _to_come(self, target: Target) -> tuple[Target, Facts]:
        same = [flag for flag in await self._directory.flags(target.key) if flag.attributes.key == target.key]
        if not same:
            return target, {"exists": False}
        flag = await self._directory.flag(same[0].id)
        return target.model_copy(update={"url": link(self._web_url, flag)}), flag_facts_everywhere(flag)

    async def _everywhere(self, flag: FlagData) -> Facts:
        facts = flag_facts_everywhere(flag)
        if facts["archived"]:
            key = flag.attributes.key
            facts["key_taken"] = any(each.attributes.key == key for each in await self._directory.flags(key))
        return facts

    async def probe(self) -> None:
        """Read one flag, or find that there is none."""
        await self._directory.first_flag()


class Rollouts:
    """Rollouts, which live in the rules of flags and are listed nowhere."""

    what = "rollouts"

    def __init__(self, directory: DatadogDirectory, web_url: str) -> None:
        self._directory = directory
        self._web_url = web_url

    async def find(self, text: str, environment: Environment | None, *, archived: bool) -> tuple[Target, ...]:
        """
        Return the rollouts that `text` could mean.

        Where a flag's key is exactly `text`, what has only that name or rule is not looked for: an exact key comes
        first in any case.
        """
        del archived  # an archived flag rolls nothing out
        if environment is None:
            raise Rejected("A rollout is looked for in an environment, and none was given.", "Name the environment.")
        named = (await self._directory.find(text)).exact
        found = await self._of(named, environment)
        if not found:  # a rule's name or a schedule's id, which only the flags themselves tell
            found = await self._of(await self._directory.flags(), environment)
        same = [target for target in found if text in (target.id, target.key, target.name, target.rule)]
        return tuple(same or found)

    async def _of(self, flags: list[FlagData], environment: Environment) -> list[Target]:
        whole = await self._directory.with_rules(flags)
        return [target for flag in whole for target in rollout_targets(flag, environment, link(self._web_url, flag))]

    async def read(self, target: Target) -> tuple[Target, Facts]:
        """Read a rollout in its environment."""
        if target.environment is None:
            raise Rejected("A rollout is read in an environment, and none was given.")
        flag = await self._directory.flag(target.flag_id or target.id)
        setting = setting_in(flag, target.environment.id)
        return refreshed(target, flag, setting), rollout_facts(flag, setting, target.id)

    async def probe(self) -> None:
        """Read what rollouts are found in."""
        await self._directory.first_flag()


def link(web_url: str, flag: FlagData) -> str:
    """Return where people look at a flag; empty where that is not known."""
    return f"{web_url}/feature-flags/{flag.id}" if web_url else ""
