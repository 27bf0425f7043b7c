"""Environments: where each is found, and what lives in it."""

from pydantic import JsonValue

from bot.adapters.datadog.directory import MOST_SCANNED, DatadogDirectory
from bot.adapters.datadog.models import EnvironmentData, FlagData
from bot.adapters.datadog.reading import environment_of, setting_in
from bot.errors import NotFound, ProviderError
from bot.model import ORGANISATION, Aspect, Environment, Facts, Noun, Target


class Environments:
    """Environments of feature flags, as things that can be acted on themselves."""

    what = "environments"

    def __init__(self, directory: DatadogDirectory, web_url: str) -> None:
        self._directory = directory
        self._web_url = web_url

    async def find(self, text: str, environment: Environment | None, *, archived: bool) -> tuple[Target, ...]:
        """Return all environments; only an exact name or id means one."""
        del text, environment, archived
        return tuple(self._target(environment_of(each)) for each in await self._directory.environments())

    def _target(self, environment: Environment) -> Target:
        return Target(
            noun=Noun.ENVIRONMENT,
            id=environment.id,
            key=environment.name,
            reach=ORGANISATION,
            url=f"{self._web_url}/feature-flags" if self._web_url else "",
        )

    async def read(self, target: Target) -> tuple[Target, Facts]:
        """
        Read an environment and what lives in it; one that is gone has only that for a fact.

        It is gone when it is neither read by its id nor among those that are listed.
        """
        if target.aspect is Aspect.NEW:
            return await self._to_come(target)
        try:
            data = await self._directory.environment(target.id)
        except NotFound:
            await self._require_unlisted(target)
            return target, {"exists": False}
        return target, _facts(data) | await self._inhabitants(data.id)

    async def _to_come(self, target: Target) -> tuple[Target, Facts]:
        """Look for an environment that is to come by its name, which no two have."""
        same = [each for each in await self._directory.environments() if each.attributes.name == target.key]
        return (target, _facts(same[0])) if same else (target, {"exists": False})

    async def _require_unlisted(self, target: Target) -> None:
        listed: list[EnvironmentData] = await self._directory.environments()
        if any(each.id == target.id for each in listed):
            raise ProviderError("Datadog lists the environment and does not know it.", "Try again in a moment.")

    async def _inhabitants(self, environment_id: str) -> Facts:
        flags = [flag for flag in await self._directory.flags() if _lives(flag, environment_id)]
        whole = await self._directory.with_rules(flags)
        enabled = [f.attributes.key for f in flags if setting_in(f, environment_id).status == "ENABLED"]
        ruled = [f.attributes.key for f in whole if _lives(f, environment_id) and setting_in(f, environment_id).rules()]
        return {
            "enabled": _sorted(enabled),
            "ruled": _sorted(ruled),
            "unread": max(0, len(flags) - MOST_SCANNED),
        }

    async def probe(self) -> None:
        """List the environments."""
        await self._directory.environments()


def _facts(data: EnvironmentData) -> Facts:
    found = environment_of(data)
    return {
        "exists": True,
        "environment_id": found.id,
        "name": found.name,
        "queries": list(found.queries),
        "production_mark": found.is_production,
        "approval_required": data.attributes.require_feature_flag_approval,
    }


def _lives(flag: FlagData, environment_id: str) -> bool:
    return any(each.environment_id == environment_id for each in flag.attributes.feature_flag_environments)


def _sorted(keys: list[str]) -> list[JsonValue]:
    return [*sorted(keys)]
