"""Tokens of one call, counted once each."""

from __future__ import annotations

import msgspec

MOST_TOKENS = 10**12
"""No call has so many. What is above was miscounted, and would not fit into the records."""


class Usage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens that one call used. None is unknown, never zero; so is a number that no call can have.

    Names are those of the OpenTelemetry GenAI conventions.
    """

    input_tokens: int | None = None
    """Everything the model read, cached tokens included."""
    output_tokens: int | None = None
    """Everything the model wrote, reasoning included."""
    cache_read_input_tokens: int | None = None
    """The share of `input_tokens` that came from the provider's cache."""
    cache_creation_input_tokens: int | None = None
    """The share of `input_tokens` that was written to the provider's cache."""
    reasoning_output_tokens: int | None = None
    """The share of `output_tokens` that was reasoning."""

    def __post_init__(self) -> None:
        # Some servers say -1 for what they do not know; taken at their word, they would give money back.
        for name in self.__struct_fields__:
            count = getattr(self, name)
            if count is not None and not 0 <= count <= MOST_TOKENS:
                msgspec.structs.force_setattr(self, name, None)

    def __add__(self, other: Usage) -> Usage:
        """Both together; what either does not know stays unknown."""
        return Usage(**{name: _sum(getattr(self, name), getattr(other, name)) for name in self.__struct_fields__})


def _sum(left: int | None, right: int | None) -> int | None:
    return None if left is None or right is None else left + right
