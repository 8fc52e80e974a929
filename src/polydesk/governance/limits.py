"""Requests and tokens of a minute, and calls at once: token buckets in whole numbers."""

from __future__ import annotations

import msgspec

from polydesk.core.errors import RateExceededError

_MINUTE_NS = 60_000_000_000
_PARALLEL_RETRY_S = 1.0
"""Nobody knows when a call under way ends."""


class KeyLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What one key may do. None does not bound."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    """Read and written together."""
    max_parallel: int | None = None
    """Calls under way at once."""


class Bucket:
    """Holds up to `per_minute`, and fills up by as many a minute; so at most twice as many pass in any minute.

    Counts in nanoseconds of filling, so that nothing is rounded. The clock's origin does not matter.
    """

    __slots__ = ("_at_ns", "_full", "_level", "per_minute")

    def __init__(self, per_minute: int, now_ns: int) -> None:
        self.per_minute = per_minute
        self._full = per_minute * _MINUTE_NS
        self._level = self._full
        self._at_ns = now_ns

    def fill(self, now_ns: int) -> None:
        """Bring the level up to now; every other method speaks of the last such moment."""
        elapsed_ns = now_ns - self._at_ns
        if elapsed_ns > 0:
            level = self._level + elapsed_ns * self.per_minute
            self._level = level if level < self._full else self._full
            self._at_ns = now_ns

    def wait_ns(self, amount: int) -> int:
        """How long until `amount` can be taken; 0 when it can be now. More than a minute's is taken from a full one."""
        wanted = amount * _MINUTE_NS
        missing = (wanted if wanted < self._full else self._full) - self._level
        return -(-missing // self.per_minute) if missing > 0 else 0

    def take(self, amount: int) -> None:
        """Take it, even if that leaves a debt, which must be filled first. A negative amount is given back."""
        level = self._level - amount * _MINUTE_NS
        self._level = level if level < self._full else self._full

    @property
    def remaining(self) -> int:
        """What could be taken now; 0 when there is a debt."""
        return max(0, self._level // _MINUTE_NS)

    @property
    def full_in_ns(self) -> int:
        """How long until it is full."""
        return -(-(self._full - self._level) // self.per_minute)


class Limiter:
    """The limits of one key. Every method is done in a few steps, whatever has passed before."""

    __slots__ = ("limits", "parallel", "requests", "tokens")

    def __init__(self, limits: KeyLimits, now_ns: int) -> None:
        self.limits = limits
        self.requests = None if limits.requests_per_minute is None else Bucket(limits.requests_per_minute, now_ns)
        self.tokens = None if limits.tokens_per_minute is None else Bucket(limits.tokens_per_minute, now_ns)
        self.parallel = 0
        """Calls under way."""

    def check(self, tokens: int, now_ns: int) -> None:
        """Raise RateExceededError when a request of about so many tokens does not pass now. Nothing is taken."""
        most = self.limits.max_parallel
        if most is not None and self.parallel >= most:
            raise parallel_exceeded(most)
        if self.requests is not None:
            self.requests.fill(now_ns)
            if wait_ns := self.requests.wait_ns(1):
                raise rate_exceeded("requests_per_minute", self.requests.per_minute, wait_ns)
        if self.tokens is not None:
            self.tokens.fill(now_ns)
            if wait_ns := self.tokens.wait_ns(tokens):
                raise rate_exceeded("tokens_per_minute", self.tokens.per_minute, wait_ns)

    def take(self, tokens: int) -> None:
        """Let a request in that `check` has passed."""
        self.parallel += 1
        if self.requests is not None:
            self.requests.take(1)
        if self.tokens is not None:
            self.tokens.take(tokens)

    def leave(self, correction: int) -> None:
        """A request has ended; it used `correction` tokens more than it took, or fewer when that is negative."""
        self.parallel -= 1
        if self.tokens is not None and correction:
            self.tokens.take(correction)


def parallel_exceeded(most: int) -> RateExceededError:
    """What to say to a key that has `most` calls under way already."""
    return RateExceededError(
        f"The key has {most} calls under way, which is the most it may.",
        limit="max_parallel",
        retry_after_s=_PARALLEL_RETRY_S,
    )


def rate_exceeded(limit: str, per_minute: int, wait_ns: int) -> RateExceededError:
    """What to say to a key that must wait so long."""
    what = limit.removesuffix("_per_minute")
    seconds = wait_ns / 1e9
    return RateExceededError(
        f"The key may use {per_minute:,} {what} a minute, and has for now; try again in {seconds:.1f} s.",
        limit=limit,
        retry_after_s=seconds,
    )
