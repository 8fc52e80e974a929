"""Tokens of one call, sorted by the price they are billed at."""

from __future__ import annotations

import msgspec

from polydesk.core.usage import Usage


class TokenBuckets(msgspec.Struct, frozen=True, kw_only=True):
    """Every token of a call in exactly one bucket: together they are the input and the output."""

    input_tokens: int
    """Read at the ordinary price."""
    cache_read_input_tokens: int
    cache_creation_input_tokens: int
    output_tokens: int
    """Written, reasoning included, which every vendor bills as output."""

    @property
    def total(self) -> int:
        """All tokens."""
        return self.input_tokens + self.cache_read_input_tokens + self.cache_creation_input_tokens + self.output_tokens


def token_buckets(usage: Usage) -> TokenBuckets | None:
    """The buckets of `usage`; None when it cannot be billed: input or output unknown, or shares larger than the whole.

    A share of the cache that was not reported counts as ordinary input: vendors that bill it apart report it.
    """
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    cache_read = usage.cache_read_input_tokens or 0
    cache_creation = usage.cache_creation_input_tokens or 0
    ordinary = usage.input_tokens - cache_read - cache_creation
    if min(ordinary, cache_read, cache_creation, usage.output_tokens) < 0:
        return None
    return TokenBuckets(
        input_tokens=ordinary,
        cache_read_input_tokens=cache_read,
        cache_creation_input_tokens=cache_creation,
        output_tokens=usage.output_tokens,
    )
