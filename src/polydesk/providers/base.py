"""The interface that every provider has."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.streams import StreamEvent


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
