"""The interface that every provider has."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Protocol, TypeAlias

import msgspec

from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.streams import StreamEvent

Piece: TypeAlias = tuple[StreamEvent, ...]
"""The events of a streamed answer that arrived at once."""


async def events_of(pieces: AsyncGenerator[Piece]) -> AsyncGenerator[StreamEvent]:
    """The events of `pieces` one by one; closing the iterator closes them."""
    async with aclosing(pieces):
        async for piece in pieces:
            for event in piece:
                yield event


class Provider(Protocol):
    """Something that answers model requests: a vendor's API, a server of one's own, or the embedded engine."""

    async def send(self, request: ModelRequest) -> ModelResponse:
        """The whole answer to `request`. Raises ProviderError; cancelling the call cancels the work."""
        ...

    def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """The answer as it comes: Started, deltas, Finished.

        Raises ProviderError, also in the middle; closing the iterator cancels the work.
        """
        ...


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """How busy a model is that answers only so many requests at once, for one request more."""

    running: int
    waiting: int
    """Requests whose turn has not come."""
    slots: int
    """How many it answers at once."""
    wait_s: float
    """How long the request is expected to wait for its turn; 0 while a slot is free."""
    saved_s: float
    """How much reading it is spared by what a slot has at hand of its prompt."""


class QueueingProvider(Provider, Protocol):
    """A provider whose requests wait for one another, and which knows for how long."""

    def load_of(self, request: ModelRequest) -> Load:
        """How busy the request's model is. Costs nothing, and loads nothing."""
        ...
