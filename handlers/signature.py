"""
Proves that a delivery is Slack's and is fresh.

Slack's documentation, "Verifying requests from Slack": `v0=` and the HMAC-SHA256, under the signing secret, of
`v0:<timestamp>:<body>`; a timestamp more than five minutes from the time here is a replay.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence

from bot.errors import Misconfigured

FRESH_SECONDS = 300
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)


class Signatures:
    """Checks signatures made with any of the secrets, so that one can be replaced by another without a gap."""

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets or not all(secret.strip() for secret in secrets):
            raise Misconfigured("The signing secret is empty.", "It is on the app's Basic Information page.")
        self._keys = tuple(secret.strip().encode() for secret in secrets)

    def problem(self, body: bytes, timestamp: str, signature: str, now: float) -> str:
        """Return why the delivery is not to be believed, in a word; empty where it is."""
        if not timestamp or not signature:
            return "unsigned"
        if not _TIMESTAMP.fullmatch(timestamp):
            return "timestamp"
        if abs(now - int(timestamp)) > FRESH_SECONDS:
            return "stale"
        return "" if self._signed(body, timestamp, signature) else "signature"

    def _signed(self, body: bytes, timestamp: str, signature: str) -> bool:
        given = signature.encode("utf-8", "surrogateescape")
        content = b"v0:" + timestamp.encode() + b":" + body
        found = False
        for key in self._keys:
            expected = b"v0=" + hmac.new(key, content, hashlib.sha256).hexdigest().encode()
            found |= hmac.compare_digest(expected, given)
        return found
