"""Streams: the pieces of a Gemini answer to our events and back. Each piece is a response of its own form."""

from __future__ import annotations

from typing import Any

from polydesk.core.messages import Part, ReasoningPart, TextPart, ToolCallPart
from polydesk.core.streams import (
    Finished,
    ReasoningDelta,
    Started,
    StreamEvent,
    TextDelta,
    ToolArgumentsDelta,
    ToolCallStarted,
)
from polydesk.wire.gemini.errors import error_in
from polydesk.wire.gemini.parts import call_part, parts_from_wire
from polydesk.wire.gemini.response import (
    details_of,
    end_to_wire,
    finish_reason,
    made_id,
    pieces_of,
    reason_of,
    usage_from_wire,
)
from polydesk.wire.gemini.shapes import PartShape, Response, UsageShape
from polydesk.wire.notes import Notes, StreamCutError, StreamFailedError
from polydesk.wire.shape import read_shape
from polydesk.wire.tool_input import tool_input


class GeminiStreamReader:
    """Turns the pieces of one answer into events. The stream has no end mark: a finish reason must have come."""

    def __init__(self, *, request_id: str | None = None) -> None:
        self._request_id = request_id
        self._id: str | None = None
        self._open: type[Part] | None = None
        """Kind of the part that more of the same kind goes on; None when the next begins a part."""
        self._index = -1
        self._calls = False
        self._reason: str | None = None
        self._usage: UsageShape | None = None
        self._details: dict[str, Any] = {}

    def read(self, body: dict[str, Any]) -> list[StreamEvent]:
        """The events of one piece. Raises WireError for one against the schema, StreamFailedError for an error."""
        error = error_in(body)
        if error is not None:
            raise StreamFailedError(error)
        shape = read_shape(body, Response)
        events: list[StreamEvent] = []
        if self._id is None:
            self._id = shape.response_id
            events.append(Started(id=shape.response_id, model=shape.model_version, request_id=self._request_id))
        for piece in pieces_of(shape):
            events += self._piece(piece)
        self._reason = reason_of(shape) or self._reason
        self._usage = shape.usage_metadata or self._usage
        self._keep(details_of(body))
        return events

    def end(self) -> Finished:
        """The last event. Raises StreamCutError when the answer is not whole."""
        if self._reason is None:
            raise StreamCutError
        details = dict(self._details)
        return Finished(
            finish_reason=finish_reason(self._reason, details, calls=self._calls),
            usage=usage_from_wire(self._usage),
            provider_details=details,
        )

    def _piece(self, piece: PartShape) -> list[StreamEvent]:
        if not piece.text and piece.thought and piece.thought_signature and self._open is ReasoningPart:
            self._open = None
            return [ReasoningDelta(index=self._index, signature=piece.thought_signature)]
        return [event for part in parts_from_wire(piece, call_id="") for event in self._part(part)]

    def _part(self, part: Part) -> list[StreamEvent]:
        match part:
            case TextPart():
                return [TextDelta(index=self._at(TextPart), text=part.text)]
            case ReasoningPart():
                index = self._at(ReasoningPart, anew=not part.text)
                self._open = None if part.signature else ReasoningPart
                return [ReasoningDelta(index=index, text=part.text, signature=part.signature)]
            case ToolCallPart():
                index = self._at(ToolCallPart, anew=True)
                self._calls = True
                name = part.id or made_id(self._id or "", index)
                return [
                    ToolCallStarted(index=index, id=name, name=part.name, signature=part.signature),
                    ToolArgumentsDelta(index=index, arguments=part.arguments),
                ]
            case _:
                return []

    def _at(self, kind: type[Part], *, anew: bool = False) -> int:
        """The index that a piece of that kind belongs to."""
        if anew or self._open is not kind:
            self._index += 1
        self._open = kind
        return self._index

    def _keep(self, details: dict[str, Any]) -> None:
        """Later words replace earlier ones; parts that we do not model are all kept."""
        parts = [*self._details.get("parts", []), *details.pop("parts", [])]
        for name in ("candidate", "usage"):
            if name in details:
                details[name] = {**self._details.get(name, {}), **details[name]}
        self._details |= details
        if parts:
            self._details["parts"] = parts


class GeminiStreamWriter:
    """Turns our events into the pieces of one answer. A call is held until its arguments are whole."""

    def __init__(self) -> None:
        self._names: dict[str, Any] = {}
        self._call: ToolCallPart | None = None
        self._arguments: list[str] = []
        self._thought: int | None = None
        """Index of the reasoning whose words have been written."""

    def write(self, event: StreamEvent) -> list[dict[str, Any]]:
        """The pieces that say `event`."""
        match event:
            case Started():
                self._names = {"modelVersion": event.model, "responseId": event.id}
                return []
            case ToolArgumentsDelta():
                self._arguments.append(event.arguments)
                return []
            case ToolCallStarted():
                pieces = self._pieces(self._called())
                self._call = ToolCallPart(id=event.id, name=event.name, arguments="", signature=event.signature)
                return pieces
            case TextDelta():
                return self._pieces([*self._called(), {"text": event.text}])
            case ReasoningDelta():
                return self._pieces([*self._called(), *self._reasoning(event)])
            case Finished():
                end = end_to_wire(event.finish_reason, event.usage, event.provider_details, parts=self._called())
                return [{**end, **self._names}]

    def _reasoning(self, event: ReasoningDelta) -> list[dict[str, Any]]:
        if not event.text and event.signature is None:
            return []
        if event.text:
            self._thought = event.index
        part: dict[str, Any] = {"text": event.text}
        if self._thought == event.index:
            part["thought"] = True
        return [part if event.signature is None else {**part, "thoughtSignature": event.signature}]

    def _called(self) -> list[dict[str, Any]]:
        """The call that is now whole, if there is one."""
        call, arguments = self._call, "".join(self._arguments)
        self._call, self._arguments = None, []
        if call is None:
            return []
        whole = ToolCallPart(id=call.id, name=call.name, arguments=arguments)
        return [call_part(whole, tool_input(whole, "parts", Notes()), call.signature)]

    def _pieces(self, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {"candidates": [{"content": {"role": "model", "parts": [part]}, "index": 0}], **self._names}
            for part in parts
        ]
