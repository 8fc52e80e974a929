"""What vendors' headers say of rate limits.

Sources, checked 2026-11-24: https://developers.openai.com/api/docs/guides/rate-limits (`x-ratelimit-*`, with durations
such as `6m0s`; DeepSeek and Azure send the same names), https://docs.mistral.ai/deployment/ai-studio/tier (names that
say the minute) and https://platform.claude.com/docs/en/api/rate-limits (`anthropic-ratelimit-*`, with the instant at
which the limit is whole again).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from polydesk.core.limits import RateLimits

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
_MOST_DIGITS = 15
_UNITS_S = (86_400.0, 3_600.0, 60.0, 1.0, 0.001)


def rate_limits(headers: Mapping[str, str], *, now: datetime | None = None) -> RateLimits | None:
    """The limits that `headers`, with names in lower case, tell; None when they tell nothing that can be read.

    `now` None asks the clock.
    """
    if "x-ratelimit-limit-requests" in headers or "x-ratelimit-remaining-requests" in headers:
        return _limits(headers, "x-ratelimit-{what}-{of}", now)
    if "x-ratelimit-limit-req-minute" in headers or "x-ratelimit-remaining-req-minute" in headers:
        return _limits(_as_openai(headers), "x-ratelimit-{what}-{of}", now)
    if "anthropic-ratelimit-requests-limit" in headers or "anthropic-ratelimit-requests-remaining" in headers:
        return _limits(headers, "anthropic-ratelimit-{of}-{what}", now)
    return None


def _as_openai(headers: Mapping[str, str]) -> dict[str, str]:
    """Mistral's names, which say the minute, as OpenAI's. It does not say when the minute is over."""
    names = {"req-minute": "requests", "tokens-minute": "tokens"}
    return {
        f"x-ratelimit-{what}-{ours}": headers[f"x-ratelimit-{what}-{theirs}"]
        for theirs, ours in names.items()
        for what in ("limit", "remaining")
        if f"x-ratelimit-{what}-{theirs}" in headers
    }


def _limits(headers: Mapping[str, str], form: str, now: datetime | None) -> RateLimits:
    def header(what: str, of: str) -> str | None:
        return headers.get(form.format(what=what, of=of))

    return RateLimits(
        requests_limit=_count(header("limit", "requests")),
        requests_remaining=_count(header("remaining", "requests")),
        requests_reset_s=_reset_s(header("reset", "requests"), now),
        tokens_limit=_count(header("limit", "tokens")),
        tokens_remaining=_count(header("remaining", "tokens")),
        tokens_reset_s=_reset_s(header("reset", "tokens"), now),
    )


def _count(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def _reset_s(text: str | None, now: datetime | None) -> float | None:
    if not text:
        return None
    duration = _DURATION.fullmatch(text)
    if duration is not None:
        return sum(float(number) * unit for number, unit in zip(duration.groups(), _UNITS_S, strict=True) if number)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - (now or datetime.now(UTC))).total_seconds())
