"""What a provider says is left of its rate limits."""

from __future__ import annotations

import msgspec


class RateLimits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The state of a credential's limits right after a request. None is unknown, never zero."""

    requests_limit: int | None = None
    requests_remaining: int | None = None
    requests_reset_s: float | None = None
    """Seconds until all requests are allowed again."""
    tokens_limit: int | None = None
    tokens_remaining: int | None = None
    tokens_reset_s: float | None = None
