"""Streams: the chunks of Mistral's chat completions to our events and back."""

from __future__ import annotations

from typing import Any

from polydesk.core.messages import Part, ReasoningPart, TextPart
from polydesk.core.streams import (
    Finished,
    ReasoningDelta,
    Started,
    StreamEvent,
    TextDelta,
    ToolArgumentsDelta,
    ToolCallStarted,
)
from polydesk.core.usage import Usage
from polydesk.wire.mistral_chat.errors import error_in
from polydesk.wire.mistral_chat.parts import arguments_of
from polydesk.wire.mistral_chat.response import (
    FINISH_REASONS,
    KNOWN,
    continues,
    note_usage,
    pieces_of,
    thinking_chunk,
    usage_from_wire,
    usage_to_wire,
)
from polydesk.wire.mistral_chat.shapes import AnswerMessage, ChatResponse, ToolCall
from polydesk.wire.notes import Notes, StreamCutError, StreamFailedError, leftovers
from polydesk.wire.shape import read_shape

DONE = "[DONE]"
"""The data of the event that ends a stream; it is not JSON."""


class MistralStreamReader:
    """Turns the chunks of one stream into our events. Only the first choice is read."""

    def __init__(self, *, request_id: str | None = None) -> None:
        self._request_id = request_id
        self._started = False
        self._reason: str | None = None
        self._usage = Usage()
        self._details: dict[str, Any] = {}
        self._next_index = 0
        self._open: Part | None = None
        """The last piece of the part that texts and reasoning may still go on with."""
        self._calls: dict[int, tuple[str, int]] = {}

    def read(self, chunk: dict[str, Any]) -> list[StreamEvent]:
        """The events of one chunk. Raises WireError for a chunk against the schema, StreamFailedError for an error."""
        error = error_in(chunk)
        if error is not None:
            raise StreamFailedError(error)
        shape = read_shape(chunk, ChatResponse)
        self._details |= leftovers(chunk, KNOWN)
        if shape.usage is not None:
            self._usage = usage_from_wire(shape.usage)
            note_usage(chunk["usage"], self._details)
        events: list[StreamEvent] = []
        if not self._started:
            self._started = True
            events.append(Started(id=shape.id or "", model=shape.model or "", request_id=self._request_id))
        for choice in shape.choices or ():
            if choice.index == 0:
                self._reason = choice.finish_reason or self._reason
                events += [] if choice.delta is None else self._delta(choice.delta)
        return events

    def end(self) -> Finished:
        """The last event, when the end mark has come. Raises StreamCutError when the answer is not whole."""
        if self._reason is None:
            raise StreamCutError
        reason = FINISH_REASONS.from_wire(self._reason, self._details)
        return Finished(finish_reason=reason, usage=self._usage, provider_details=self._details)

    def _delta(self, delta: AnswerMessage) -> list[StreamEvent]:
        events: list[StreamEvent] = [self._piece(piece) for piece in pieces_of(delta.content, self._details)]
        for call in delta.tool_calls or ():
            events += self._call(call)
        return events

    def _piece(self, piece: Part) -> StreamEvent:
        if not continues(piece, self._open):
            self._next_index += 1
        self._open = piece
        index = self._next_index - 1
        match piece:
            case ReasoningPart():
                return ReasoningDelta(index=index, text=piece.text, signature=piece.signature)
            case TextPart():
                return TextDelta(index=index, text=piece.text)
            case _:
                raise AssertionError("a piece is text or reasoning")

    def _call(self, call: ToolCall) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        known = self._calls.get(call.index)
        new_id = call.id if call.id not in (None, "", "null") else None
        # Older answers give every call the index 0: a new id is then what tells them apart.
        if known is None or (new_id and new_id != known[0]):
            self._open = None
            known = (new_id or "", self._next_index)
            self._next_index += 1
            self._calls[call.index] = known
            events.append(ToolCallStarted(index=known[1], id=known[0], name=call.function.name))
        arguments = arguments_of(call)
        if arguments:
            events.append(ToolArgumentsDelta(index=known[1], arguments=arguments))
        return events


class MistralStreamWriter:
    """Turns our events into the chunks of one stream, to be followed by an event whose data is `DONE`."""

    def __init__(self, *, created: int) -> None:
        """`created` is in seconds since 1970."""
        self._created = created
        self._head: dict[str, Any] = {}
        self._calls: dict[int, tuple[int, ToolCallStarted]] = {}

    def write(self, event: StreamEvent) -> list[dict[str, Any]]:
        """The chunks that say `event`."""
        match event:
            case Started():
                object_name = "chat.completion.chunk"
                self._head = {"id": event.id, "object": object_name, "created": self._created, "model": event.model}
                return [self._chunk({"role": "assistant", "content": ""})]
            case TextDelta():
                return [self._chunk({"content": event.text})]
            case ReasoningDelta():
                if event.redacted_data is not None:
                    return []
                return [self._chunk({"content": [thinking_chunk(event.text, event.signature)]})]
            case ToolCallStarted():
                self._calls[event.index] = (len(self._calls), event)
                return [self._chunk({"tool_calls": [self._call(event.index, "")]})]
            case ToolArgumentsDelta():
                return [self._chunk({"tool_calls": [self._call(event.index, event.arguments)]})]
            case Finished():
                return [self._finish(event)]

    def _call(self, index: int, arguments: str) -> dict[str, Any]:
        position, started = self._calls[index]
        function = {"name": started.name, "arguments": arguments}
        return {"id": started.id, "type": "function", "function": function, "index": position}

    def _finish(self, event: Finished) -> dict[str, Any]:
        details = dict(event.provider_details)
        extras = details.pop("chunks", [])
        reason = FINISH_REASONS.to_wire(event.finish_reason, details)
        usage = usage_to_wire(event.usage, details.pop("usage", None), Notes())
        return self._chunk({"content": extras or ""}, reason) | {"usage": usage} | details

    def _chunk(self, delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        return self._head | {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
