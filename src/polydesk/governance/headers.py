"""What is left of limits and budgets, as HTTP headers that clients know.

Names and forms of the limits: https://developers.openai.com/api/docs/guides/rate-limits (checked 2026-11-24).
"""

from __future__ import annotations

from collections.abc import Sequence

from polydesk.governance.budgets import Meter
from polydesk.governance.limits import Bucket, KeyLimits, Limiter

BUDGET_WARNING = "x-polydesk-budget-warning"
_REQUESTS = ("x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests")
_TOKENS = ("x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens")


def limit_headers(limiter: Limiter, now_ns: int) -> dict[str, str]:
    """Limit, remainder, and time until full, of each limit there is."""
    headers: dict[str, str] = {}
    if limiter.requests is not None:
        _put(headers, _REQUESTS, limiter.requests, now_ns)
    if limiter.tokens is not None:
        _put(headers, _TOKENS, limiter.tokens, now_ns)
    return headers


def budget_headers(meters: Sequence[Meter]) -> dict[str, str]:
    """The names of budgets whose soft limit has been reached; empty when none has."""
    return warning_headers([meter.budget.name for meter in meters if meter.warns])


def warning_headers(names: Sequence[str]) -> dict[str, str]:
    """The same for budgets by their names."""
    if not names:
        return {}
    return {BUDGET_WARNING: "; ".join(names).encode("ascii", "replace").decode("ascii")}


def shared_limit_headers(limits: KeyLimits, requests: tuple[int, int], tokens: tuple[int, int]) -> dict[str, str]:
    """The same of limits that are kept elsewhere: each with what remains, and µs until it is full."""
    headers: dict[str, str] = {}
    for names, limit, (remaining, full_in_us) in (
        (_REQUESTS, limits.requests_per_minute, requests),
        (_TOKENS, limits.tokens_per_minute, tokens),
    ):
        if limit is not None:
            headers |= dict(zip(names, (str(limit), str(remaining), _duration(full_in_us * 1_000)), strict=True))
    return headers


def _put(headers: dict[str, str], names: tuple[str, str, str], bucket: Bucket, now_ns: int) -> None:
    bucket.fill(now_ns)
    limit, remaining, reset = names
    headers[limit] = str(bucket.per_minute)
    headers[remaining] = str(bucket.remaining)
    headers[reset] = _duration(bucket.full_in_ns)


def _duration(nanoseconds: int) -> str:
    """Such as `120ms`, `7s` or `1m0s`, rounded up."""
    milliseconds = -(-nanoseconds // 1_000_000)
    if milliseconds < 1_000:
        return f"{milliseconds}ms"
    minutes, seconds = divmod(-(-milliseconds // 1_000), 60)
    return f"{minutes}m{seconds}s" if minutes else f"{seconds}s"
