"""A streamed answer as events, and the whole answer they add up to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from polydesk.core.limits import RateLimits
from polydesk.core.messages import FinishReason, ModelResponse, Part, ReasoningPart, TextPart, ToolCallPart
from polydesk.core.notes import Note
from polydesk.core.usage import Usage


class _Event(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type"):
    """One event of a stream."""


class Started(_Event, frozen=True, tag="started", kw_only=True):
    """The provider accepted the request. Always the first event, exactly once."""

    id: str
    model: str
    request_id: str | None = None
    rate_limits: RateLimits | None = None
    notes: tuple[Note, ...] = ()
    """What of the request the provider was not told, or was told in other words."""


class TextDelta(_Event, frozen=True, tag="text_delta", kw_only=True):
    """More text of the part at `index`."""

    index: int
    """Position of the part in the answer. Parts begin in order and never interleave backwards."""
    text: str


class ReasoningDelta(_Event, frozen=True, tag="reasoning_delta", kw_only=True):
    """More reasoning of the part at `index`; id and signature come whole, when they come."""

    index: int
    text: str = ""
    id: str | None = None
    signature: str | None = None
    redacted_data: str | None = None


class ToolCallStarted(_Event, frozen=True, tag="tool_call_started", kw_only=True):
    """A tool call begins at `index`."""

    index: int
    id: str
    name: str
    signature: str | None = None
    """As in ToolCallPart."""


class ToolArgumentsDelta(_Event, frozen=True, tag="tool_arguments_delta", kw_only=True):
    """More of the arguments' JSON text of the tool call at `index`."""

    index: int
    arguments: str


class Finished(_Event, frozen=True, tag="finished", kw_only=True):
    """The answer is whole. Always the last event of a good stream, exactly once; a failed stream raises instead."""

    finish_reason: FinishReason
    usage: Usage
    stop_sequence: str | None = None
    provider_details: dict[str, Any] = {}


StreamEvent = Started | TextDelta | ReasoningDelta | ToolCallStarted | ToolArgumentsDelta | Finished


def response_of(events: Iterable[StreamEvent]) -> ModelResponse:
    """The answer that a whole stream adds up to.

    Raises ValueError when the events do not begin with Started and end with Finished.
    """
    started: Started | None = None
    finished: Finished | None = None
    parts: dict[int, Part] = {}
    for event in events:
        match event:
            case Started():
                started = event
            case Finished():
                finished = event
            case TextDelta() | ReasoningDelta() | ToolCallStarted() | ToolArgumentsDelta():
                parts[event.index] = _grown(parts.get(event.index), event)
    if started is None or finished is None:
        raise ValueError("a stream must begin with Started and end with Finished")
    return ModelResponse(
        id=started.id,
        model=started.model,
        parts=tuple(parts[index] for index in sorted(parts)),
        finish_reason=finished.finish_reason,
        stop_sequence=finished.stop_sequence,
        usage=finished.usage,
        request_id=started.request_id,
        rate_limits=started.rate_limits,
        notes=started.notes,
        provider_details=finished.provider_details,
    )


def _grown(part: Part | None, event: TextDelta | ReasoningDelta | ToolCallStarted | ToolArgumentsDelta) -> Part:
    match event, part:
        case TextDelta(), None:
            return TextPart(text=event.text)
        case TextDelta(), TextPart():
            return TextPart(text=part.text + event.text)
        case ReasoningDelta(), None:
            return ReasoningPart(
                text=event.text, id=event.id, signature=event.signature, redacted_data=event.redacted_data
            )
        case ReasoningDelta(), ReasoningPart():
            return ReasoningPart(
                text=part.text + event.text,
                id=event.id or part.id,
                signature=event.signature or part.signature,
                redacted_data=event.redacted_data or part.redacted_data,
            )
        case ToolCallStarted(), None:
            return ToolCallPart(id=event.id, name=event.name, arguments="", signature=event.signature)
        case ToolArgumentsDelta(), ToolCallPart():
            return msgspec.structs.replace(part, arguments=part.arguments + event.arguments)
        case _:
            raise ValueError(f"event {event!r} cannot follow {part!r} at index {event.index}")
