"""Slack's rate limits: tiers by method, one post a second and channel."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.sandbox.slack.timers import Now


@dataclass(frozen=True, slots=True)
class Limit:
    """A bucket of `burst` calls that fills up by `per_second`."""

    per_second: float
    burst: float


TIERS: Mapping[str, Limit] = {
    "tier1": Limit(1 / 60, 30),
    "tier2": Limit(20 / 60, 20),
    "tier3": Limit(50 / 60, 50),
    "tier4": Limit(100 / 60, 100),
    "special": Limit(600 / 60, 600),
    "post": Limit(1.0, 5),
}
"""
Slack's documented tiers as calls a minute, and about one message a second in each channel.

Tier 1 lets a burst through, in which ten connections of Socket Mode are opened and renewed.
"""


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


@dataclass(slots=True)
class RateLimiter:
    """Counts calls in buckets; `limits` empty means no limits. `now` is in seconds and never runs back."""

    limits: Mapping[str, Limit] = field(default_factory=lambda: dict(TIERS))
    now: Now = time.monotonic
    _buckets: dict[tuple[str, str], _Bucket] = field(default_factory=dict)

    def take(self, tier: str, key: str) -> int | None:
        """Take one call; returns None, or the whole seconds to wait."""
        limit = self.limits.get(tier)
        if limit is None:
            return None
        now = self.now()
        bucket = self._buckets.setdefault((tier, key), _Bucket(limit.burst, now))
        bucket.left = min(limit.burst, bucket.left + (now - bucket.at) * limit.per_second)
        bucket.at = now
        if bucket.left >= 1:
            bucket.left -= 1
            return None
        return max(1, math.ceil((1 - bucket.left) / limit.per_second))
