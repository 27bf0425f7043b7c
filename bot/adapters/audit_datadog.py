"""
Seals as change events in Datadog, where the owner of the store cannot take them back.

The seal stands whole, as text, in the event's metadata; exported events, one a line, can be given to `audit verify`.
"""

import logging
from collections import deque

from pydantic import JsonValue

from bot.adapters.datadog.client import DatadogClient
from bot.adapters.http import Request
from bot.auditing.seals import Seal
from bot.errors import ProviderError

log = logging.getLogger(__name__)
_PATH = "/api/v2/events"
_MOST_WAITING = 200


class DatadogSeals:
    """
    Posts each seal; implements the port SealLog.

    What Datadog does not take is posted before the next one, while this process lives.
    """

    def __init__(self, client: DatadogClient) -> None:
        self._client = client
        self._waiting: deque[Seal] = deque(maxlen=_MOST_WAITING)

    async def sealed(self, seal: Seal) -> None:
        """Post a seal, behind those that were not taken."""
        self._waiting.append(seal)
        try:
            while self._waiting:
                await self._client.write(Request("POST", _PATH, body=event(self._waiting[0])))
                self._waiting.popleft()
        except ProviderError as failed:
            log.warning("audit.seal_not_posted", extra={"waiting": len(self._waiting), "why": failed.code})


def event(seal: Seal) -> dict[str, JsonValue]:
    """Return the body of the event for a seal."""
    told = f"Seal {seal.n} of Countersign's audit: {len(seal.heads)} chains"
    broken = f"; {len(seal.broken)} chains did not verify" if seal.broken else ""
    attributes: dict[str, JsonValue] = {
        "title": told,
        "message": f"{told}{broken}. Give it to `python -m bot audit verify --seals`.",
        "category": "change",
        "aggregation_key": f"countersign-seal-{seal.key_id}-{seal.n}",
        "tags": ["source:countersign", "event:audit.seal"],
        "attributes": {
            "changed_resource": {"name": "countersign audit", "type": "configuration"},
            "author": {"name": "Countersign", "type": "automation"},
            "change_metadata": {"seal": seal.model_dump_json()},
        },
    }
    return {"data": {"type": "event", "attributes": attributes}}
