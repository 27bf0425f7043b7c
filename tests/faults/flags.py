"""More flags for the sandbox's Datadog, each with its own ids and a rollout that has not been started."""

import json
import re
from uuid import NAMESPACE_URL, uuid5

from bot.sandbox.datadog.organisation import Organisation
from bot.sandbox.datadog.records import Flag

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MODEL = "checkout-v2-eu"  # enabled in production, with a rollout there that has not been started


def grow(organisation: Organisation, keys: list[str]) -> None:
    """Add a flag for each key, enabled in production and with a rollout to start."""
    model = next(flag for flag in organisation.world.flags if flag.key == _MODEL)
    kept = {environment.id for environment in organisation.world.environments}
    text = model.model_dump_json()
    for key in keys:

        def renewed(found: re.Match[str], key: str = key) -> str:
            return found[0] if found[0] in kept else str(uuid5(NAMESPACE_URL, f"{key}/{found[0]}"))

        flag = json.loads(_UUID.sub(renewed, text).replace(_MODEL, key))
        organisation.world.flags.append(Flag.model_validate({**flag, "key": key, "name": key.capitalize()}))
