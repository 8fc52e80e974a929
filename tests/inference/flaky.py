"""A provider that streams an answer in any pieces, goes on with one that broke off, and fails where it is told to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from polydesk.core.errors import (
    ContentFilteredError,
    ContextLengthError,
    MalformedResponseError,
    ProviderError,
    ProviderUnavailableError,
    RateLimitError,
    RequestRejectedError,
)
from polydesk.core.messages import Message, ModelRequest, ModelResponse, TextPart
from polydesk.core.streams import Finished, Started, StreamEvent, TextDelta
from polydesk.core.usage import Usage

USAGE = Usage(input_tokens=100, output_tokens=20)
FAILURES: dict[str, Callable[[str], ProviderError]] = {
    "unavailable": lambda name: ProviderUnavailableError("it failed", provider=name, status_code=503),
    "cut": lambda name: ProviderUnavailableError("it broke off", provider=name, code="stream_cut"),
    "busy": lambda name: RateLimitError("slow down", provider=name, status_code=429),
    "malformed": lambda name: MalformedResponseError("not JSON", provider=name),
    "rejected": lambda name: RequestRejectedError("no", provider=name, status_code=400),
    "too long": lambda name: ContextLengthError("too long", provider=name, status_code=400),
    "filtered": lambda name: ContentFilteredError("filtered", provider=name),
}


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What becomes of one request."""

    size: int = 7
    """Characters of a delta."""
    per_piece: int = 1
    """Events that arrive at once."""
    fails_at: int | None = None
    """Events after which it fails; None for never."""
    failure: str = "cut"
    """A key of FAILURES, or `end` for a stream that just ends, or `error` for a Finished that says so."""


class Flaky:
    """Streams `answer`, or what is missing of it; after its `turns`, all goes well."""

    def __init__(self, name: str, answer: str, turns: Sequence[Turn]) -> None:
        self.requests: list[ModelRequest] = []
        self._name = name
        self._answer = answer
        self._turns = list(turns)

    async def send(self, request: ModelRequest) -> ModelResponse:
        raise AssertionError

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        async for piece in self.pieces(request):
            for event in piece:
                yield event

    async def pieces(self, request: ModelRequest) -> AsyncIterator[tuple[StreamEvent, ...]]:
        self.requests.append(request)
        turn = self._turns.pop(0) if self._turns else Turn()
        events = self._events(rest_of(self._answer, request.messages), turn)
        for at in range(0, len(events), turn.per_piece):
            yield tuple(events[at : at + turn.per_piece])
        if turn.fails_at is not None and turn.failure in FAILURES:
            raise FAILURES[turn.failure](self._name)

    def _events(self, text: str, turn: Turn) -> list[StreamEvent]:
        deltas = [TextDelta(index=0, text=text[at : at + turn.size]) for at in range(0, len(text), turn.size)]
        finished = Finished(finish_reason="stop", usage=USAGE)
        events: list[StreamEvent] = [Started(id="a", model=self._name), *deltas, finished]
        if turn.fails_at is None:
            return events
        events = events[: min(turn.fails_at, len(events) - 1)]
        if turn.failure == "error" and events:
            events.append(Finished(finish_reason="error", usage=USAGE))
        return events


def rest_of(answer: str, messages: Sequence[Message]) -> str:
    """What a model that means to say `answer` writes."""
    *before, last = messages
    if last.role == "assistant":
        return answer[len(_text(last)) :]
    _, mark, rest = _text(last).partition("<<<")
    anchor, end, _ = rest.rpartition(">>>")
    if not mark or not end:
        return answer
    return anchor + answer[len(_text(before[-1])) :]


def _text(message: Message) -> str:
    return "".join(part.text for part in message.parts if isinstance(part, TextPart))
