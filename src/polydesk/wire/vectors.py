"""Lists of vectors as OpenAI words them, and the vendors that took over its words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeVar

from polydesk.core.usage import Usage
from polydesk.wire.notes import WireError


class IndexedVector(Protocol):
    """A vector as it was read, with the place of its input."""

    @property
    def index(self) -> int: ...


class PromptUsage(Protocol):
    """What was counted, as it was read."""

    @property
    def prompt_tokens(self) -> int | None: ...


VectorT = TypeVar("VectorT", bound=IndexedVector)


def inputs_of(said: str | list[str]) -> tuple[str, ...]:
    """The texts of `input`, which may be a single one."""
    return (said,) if isinstance(said, str) else tuple(said)


def in_order(vectors: Sequence[VectorT], count: int) -> list[VectorT]:
    """The vectors for `count` inputs, in their order. Raises WireError when any is missing or twice there."""
    if sorted(vector.index for vector in vectors) != list(range(count)):
        raise WireError(f"expected one vector for each of {count} inputs - at `$.data`")
    return sorted(vectors, key=lambda one: one.index)


def usage_from_wire(usage: PromptUsage | None) -> Usage:
    """What reading the inputs took."""
    return Usage(input_tokens=None if usage is None else usage.prompt_tokens, output_tokens=0)


def vectors_to_wire(embeddings: Iterable[list[float] | str]) -> list[dict[str, Any]]:
    """The `data` of an answer."""
    return [
        {"object": "embedding", "index": index, "embedding": embedding} for index, embedding in enumerate(embeddings)
    ]
