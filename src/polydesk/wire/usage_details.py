"""Token counts with shares inside them, as OpenAI words them, and what a usage says beyond ours."""

from __future__ import annotations

from typing import Any

import msgspec

from polydesk.core.usage import Usage
from polydesk.wire.notes import leftovers
from polydesk.wire.shape import read_shape


class InputDetails(msgspec.Struct, kw_only=True):
    """Shares of the input's tokens."""

    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class OutputDetails(msgspec.Struct, kw_only=True):
    """Shares of the output's tokens."""

    reasoning_tokens: int | None = None


def usage_of(
    input_tokens: int | None, output_tokens: int | None, read: InputDetails | None, written: OutputDetails | None
) -> Usage:
    """Our token counts; what the provider does not say stays unknown."""
    return Usage(
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cache_read_input_tokens=None if read is None else read.cached_tokens,
        cache_creation_input_tokens=None if read is None else read.cache_write_tokens,
        reasoning_output_tokens=None if written is None else written.reasoning_tokens,
    )


def usage_beyond(usage: object, known: frozenset[str]) -> dict[str, Any]:
    """What the vendor's `usage` says beyond the `known` counts. Raises WireError when it is no object."""
    return leftovers(read_shape(usage or {}, dict[str, Any]), known)
