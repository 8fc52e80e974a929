"""A streamed answer as events, and the whole answer they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


class AnswerBuilder:
    """Adds up the events of a stream, one by one, to the whole answer."""

    def __init__(self) -> None:
        self.started: Started | None = None
        self._parts: dict[int, Part] = {}
        self._pieces: dict[int, list[str]] = {}
        """Texts of the parts in pieces, for joining them once is cheaper than growing them."""
        self.characters = 0
        """How much has come, reasoning and the arguments of tool calls included."""

    def add(self, event: TextDelta | ReasoningDelta | ToolCallStarted | ToolArgumentsDelta) -> None:
        """Add `event`. Raises ValueError for one that cannot follow what is there at its index."""
        index = event.index
        part = self._parts.get(index)
        if type(event) is TextDelta and type(part) is TextPart:
            self._pieces[index].append(event.text)
            self.characters += len(event.text)
            return
        self._parts[index] = _grown(part, event)
        pieces = self._pieces.setdefault(index, [])
        if not isinstance(event, ToolCallStarted):
            pieces.append(event.arguments if isinstance(event, ToolArgumentsDelta) else event.text)
            self.characters += len(pieces[-1])

    def add_texts(self, events: Sequence[StreamEvent], start: int = 0) -> int:
        """Add those of `events` that, from `start` on, go on with one text that has begun; gives their number.

        As `add` for each, but a burst of short texts is the commonest thing that a stream brings.
        """
        first = events[start]
        if type(first) is not TextDelta or type(self._parts.get(first.index)) is not TextPart:
            return 0
        index = first.index
        texts: list[str] = []
        for event in events[start:] if start else events:
            if type(event) is not TextDelta or event.index != index:
                break
            texts.append(event.text)
        self._pieces[index] += texts
        self.characters += sum(map(len, texts))
        return len(texts)

    @property
    def next_index(self) -> int:
        """The first index that no part has."""
        return max(self._parts, default=-1) + 1

    @property
    def text(self) -> str:
        """All text so far; reasoning and tool calls are not in it."""
        if not self._parts:
            return ""
        texts = (index for index in sorted(self._parts) if isinstance(self._parts[index], TextPart))
        return "".join(piece for index in texts for piece in self._pieces[index])

    def response(self, finished: Finished) -> ModelResponse:
        """The answer that `finished` ends. Raises ValueError when it never began."""
        started = self.started
        if started is None:
            raise ValueError("a stream must begin with Started")
        return ModelResponse(
            id=started.id,
            model=started.model,
            parts=tuple(_whole(self._parts[index], "".join(self._pieces[index])) for index in sorted(self._parts)),
            finish_reason=finished.finish_reason,
            stop_sequence=finished.stop_sequence,
            usage=finished.usage,
            request_id=started.request_id,
            rate_limits=started.rate_limits,
            notes=started.notes,
            provider_details=finished.provider_details,
        )


def response_of(events: Iterable[StreamEvent]) -> ModelResponse:
    """The answer that a whole stream adds up to.

    Raises ValueError when the events do not begin with Started and end with Finished.
    """
    builder = AnswerBuilder()
    finished: Finished | None = None
    for event in events:
        match event:
            case Started():
                builder.started = event
            case Finished():
                finished = event
            case TextDelta() | ReasoningDelta() | ToolCallStarted() | ToolArgumentsDelta():
                builder.add(event)
    if finished is None:
        raise ValueError("a stream must begin with Started and end with Finished")
    return builder.response(finished)


def _whole(part: Part, text: str) -> Part:
    match part:
        case TextPart():
            return TextPart(text=text)
        case ToolCallPart():
            return msgspec.structs.replace(part, arguments=text)
        case ReasoningPart():
            return msgspec.structs.replace(part, text=text)
        case _:
            raise ValueError(f"a model does not answer with {part!r}")


def _grown(part: Part | None, event: TextDelta | ReasoningDelta | ToolCallStarted | ToolArgumentsDelta) -> Part:
    """The part after `event`, but for its text, which is collected in pieces."""
    match event, part:
        case TextDelta(), None | TextPart():
            return TextPart(text="")
        case ReasoningDelta(), None:
            return ReasoningPart(text="", id=event.id, signature=event.signature, redacted_data=event.redacted_data)
        case ReasoningDelta(), ReasoningPart():
            return ReasoningPart(
                text="",
                id=event.id or part.id,
                signature=event.signature or part.signature,
                redacted_data=event.redacted_data or part.redacted_data,
            )
        case ToolCallStarted(), None:
            return ToolCallPart(id=event.id, name=event.name, arguments="", signature=event.signature)
        case ToolArgumentsDelta(), ToolCallPart():
            return part
        case _:
            raise ValueError(f"event {event!r} cannot follow {part!r} at index {event.index}")
