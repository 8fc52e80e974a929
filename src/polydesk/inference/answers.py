"""What a call gives back: a whole answer, or one that is still coming."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from types import TracebackType

import msgspec

from polydesk.catalog.card import ModelCard
from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.receipts import CallReceipt
from polydesk.core.streams import StreamEvent
from polydesk.inference.call import Call

Build = Callable[[ModelCard], ModelRequest]
"""Makes the request for one model. Called again for every fallback, for models differ in how they are best asked."""


def same_request(request: ModelRequest) -> Build:
    """A `Build` for callers that ask every model the same: `request`, but for the model's name."""
    return lambda card: msgspec.structs.replace(request, model=card.name)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer and the record of how it came about."""

    response: ModelResponse
    card: ModelCard
    """The model that answered, for which `build` was called last."""
    receipt: CallReceipt


class AnswerStream:
    """A streamed answer: `async with` it, iterate it or its `pieces` once, then read what is known of it.

    The events are Started once, deltas, and Finished last, whichever model answers; Finished comes when the receipt has
    been written. Nothing is sent before the first event is asked for. Leaving the block early cancels the attempt.
    """

    def __init__(self, pieces: AsyncGenerator[Sequence[StreamEvent]], call: Call) -> None:
        self._pieces = pieces
        self._events = _one_by_one(pieces)
        self._call = call

    async def __aenter__(self) -> AnswerStream:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._events.aclose()
        await self._pieces.aclose()

    def __aiter__(self) -> AsyncIterator[StreamEvent]:
        return self._events

    def pieces(self) -> AsyncIterator[Sequence[StreamEvent]]:
        """The events as they arrive, several at a time."""
        return self._pieces

    @property
    def receipt(self) -> CallReceipt | None:
        """The call's receipt; None until the stream has ended or been left."""
        return self._call.receipt

    @property
    def card(self) -> ModelCard | None:
        """The model that answered; None until it has, or when none did."""
        return None if self._call.response is None or self._call.answer is None else self._call.answer.card

    @property
    def speaking(self) -> ModelCard | None:
        """The model whose words come now; None before the first has begun."""
        return self._call.speaking

    @property
    def response(self) -> ModelResponse | None:
        """The whole answer that the events add up to; None until it is whole, or when it never was."""
        return self._call.response


async def _one_by_one(pieces: AsyncIterator[Sequence[StreamEvent]]) -> AsyncGenerator[StreamEvent]:
    async for piece in pieces:
        for event in piece:
            yield event
