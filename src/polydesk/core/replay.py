"""A whole answer told as a stream would have told it."""

from __future__ import annotations

from collections.abc import Iterator

from polydesk.core.messages import ModelResponse, ReasoningPart, TextPart, ToolCallPart
from polydesk.core.streams import (
    Finished,
    ReasoningDelta,
    Started,
    StreamEvent,
    TextDelta,
    ToolArgumentsDelta,
    ToolCallStarted,
)


def events_of(response: ModelResponse, *, delta_characters: int = 7) -> Iterator[StreamEvent]:
    """The events of a stream that adds up to `response`, its texts cut every `delta_characters`."""
    yield Started(id=response.id, model=response.model, request_id=response.request_id)
    for index, part in enumerate(response.parts):
        match part:
            case TextPart():
                for piece in _pieces(part.text, delta_characters):
                    yield TextDelta(index=index, text=piece)
            case ReasoningPart():
                yield from _reasoning(index, part, delta_characters)
            case ToolCallPart():
                yield ToolCallStarted(index=index, id=part.id, name=part.name, signature=part.signature)
                for piece in _pieces(part.arguments, delta_characters):
                    yield ToolArgumentsDelta(index=index, arguments=piece)
            case _:
                raise ValueError(f"a model does not answer with {part!r}")
    yield Finished(
        finish_reason=response.finish_reason,
        usage=response.usage,
        stop_sequence=response.stop_sequence,
        provider_details=response.provider_details,
    )


def _reasoning(index: int, part: ReasoningPart, delta_characters: int) -> Iterator[StreamEvent]:
    hidden = part.redacted_data is not None
    pieces = [] if hidden and not part.text else _pieces(part.text, delta_characters)
    for number, piece in enumerate(pieces):
        yield ReasoningDelta(index=index, text=piece, id=None if number else part.id)
    if hidden or part.signature is not None:
        first = None if pieces else part.id
        yield ReasoningDelta(index=index, id=first, signature=part.signature, redacted_data=part.redacted_data)


def _pieces(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)] or [""]
