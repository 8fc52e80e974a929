"""Streams: the events of Cohere's chat to ours and back."""

from __future__ import annotations

from typing import Any

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
from polydesk.wire.cohere_chat.response import FINISH_REASONS, note_usage, usage_from_wire, usage_to_wire
from polydesk.wire.cohere_chat.shapes import (
    CallDelta,
    CitationDelta,
    ContentDelta,
    EventDelta,
    PlanDelta,
    StreamBody,
)
from polydesk.wire.notes import Notes, StreamCutError, StreamFailedError
from polydesk.wire.shape import read_shape

END = "message-end"
"""The event that ends a stream."""


class CohereStreamReader:
    """Turns the events of one stream into ours. Cohere does not name the model: it is the asked `model`."""

    def __init__(self, *, model: str, request_id: str | None = None) -> None:
        self._model = model
        self._request_id = request_id
        self._reason: str | None = None
        self._usage = Usage()
        self._details: dict[str, Any] = {}
        self._places: dict[object, int] = {}
        """Our index of each part, by the vendor's: content items, the plan and tool calls count apart."""

    def read(self, body: dict[str, Any]) -> list[StreamEvent]:
        """Our events. Raises WireError for a body against the schema, StreamFailedError for a reported error."""
        if "type" not in body and "message" in body:
            raise StreamFailedError(body)
        shape = read_shape(body, StreamBody)
        delta = shape.delta or EventDelta()
        match shape.type:
            case "message-start":
                return [Started(id=shape.id, model=self._model, request_id=self._request_id)]
            case "content-start" | "content-delta":
                return self._content(shape.index, read_shape(delta.message, ContentDelta))
            case "tool-plan-delta":
                plan = read_shape(delta.message, PlanDelta).tool_plan
                return [TextDelta(index=self._place("plan"), text=plan)] if plan else []
            case "tool-call-start" | "tool-call-delta":
                return self._call(shape.index, read_shape(delta.message, CallDelta))
            case "citation-start":
                citation = read_shape(delta.message, CitationDelta).citations
                self._details["citations"] = [*self._details.get("citations", []), citation]
                return []
            case "message-end":
                self._end(delta, body)
                return []
            case _:
                return []

    def end(self) -> Finished:
        """The last event, when the end mark has come. Raises StreamCutError when the answer is not whole."""
        if self._reason is None:
            raise StreamCutError
        reason = FINISH_REASONS.from_wire(self._reason, self._details)
        return Finished(finish_reason=reason, usage=self._usage, provider_details=self._details)

    def _end(self, delta: EventDelta, body: dict[str, Any]) -> None:
        if delta.error is not None:
            raise StreamFailedError({"message": delta.error})
        self._reason = delta.finish_reason
        self._usage = usage_from_wire(delta.usage)
        note_usage(body["delta"].get("usage"), delta.usage, self._details)

    def _place(self, key: object) -> int:
        return self._places.setdefault(key, len(self._places))

    def _content(self, index: int, delta: ContentDelta) -> list[StreamEvent]:
        """An item that begins empty takes its place when its first words come."""
        key = ("content", index)
        if delta.content.thinking:
            return [ReasoningDelta(index=self._place(key), text=delta.content.thinking)]
        if delta.content.text:
            return [TextDelta(index=self._place(key), text=delta.content.text)]
        return []

    def _call(self, index: int, delta: CallDelta) -> list[StreamEvent]:
        call, key = delta.tool_calls, ("call", index)
        begins = key not in self._places
        place = self._place(key)
        name = (call.function.name if call.function else None) or ""
        events: list[StreamEvent] = [ToolCallStarted(index=place, id=call.id or "", name=name)] if begins else []
        if call.function is not None and call.function.arguments:
            events.append(ToolArgumentsDelta(index=place, arguments=call.function.arguments))
        return events


class CohereStreamWriter:
    """Turns our events into the bodies of a stream, each to be sent under its `type` as the event's name."""

    def __init__(self, *, plans: bool = False) -> None:
        """With `plans`, texts are the plan of tool calls that follow, as `tool_plan` is in a plain answer."""
        self._plans = plans
        self._open: tuple[str, int] | None = None
        self._counts = {"content": 0, "tool-call": 0}

    def write(self, event: StreamEvent) -> list[dict[str, Any]]:
        """The bodies that say `event`."""
        match event:
            case Started():
                message: dict[str, Any] = {
                    "role": "assistant",
                    "content": [],
                    "tool_plan": "",
                    "tool_calls": [],
                    "citations": [],
                }
                return [{"type": "message-start", "id": event.id, "delta": {"message": message}}]
            case TextDelta() if self._plans:
                return [*self._close(), {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": event.text}}}]
            case TextDelta():
                return self._content(event.index, "text", event.text)
            case ReasoningDelta():
                return self._content(event.index, "thinking", event.text) if event.redacted_data is None else []
            case ToolCallStarted():
                function = {"name": event.name, "arguments": ""}
                call = {"id": event.id, "type": "function", "function": function}
                return [*self._begin("tool-call", event.index), self._event("start", {"tool_calls": call})]
            case ToolArgumentsDelta():
                return [self._event("delta", {"tool_calls": {"function": {"arguments": event.arguments}}})]
            case Finished():
                return [*self._close(), *self._finish(event)]

    def _content(self, index: int, kind: str, text: str) -> list[dict[str, Any]]:
        bodies: list[dict[str, Any]] = []
        if self._open != ("content", index):
            bodies = self._begin("content", index)
            bodies.append(self._event("start", {"content": {"type": kind, kind: ""}}))
        return [*bodies, self._event("delta", {"content": {kind: text}})]

    def _begin(self, kind: str, index: int) -> list[dict[str, Any]]:
        bodies = self._close()
        self._open = (kind, index)
        self._counts[kind] += 1
        return bodies

    def _close(self) -> list[dict[str, Any]]:
        if self._open is None:
            return []
        body = self._event("end", None)
        self._open = None
        return [body]

    def _event(self, what: str, message: dict[str, Any] | None) -> dict[str, Any]:
        kind = self._open[0] if self._open else "content"
        body = {"type": f"{kind}-{what}", "index": self._counts[kind] - 1}
        return body if message is None else body | {"delta": {"message": message}}

    def _finish(self, event: Finished) -> list[dict[str, Any]]:
        details = dict(event.provider_details)
        citations: list[dict[str, Any]] = details.pop("citations", [])
        reason = FINISH_REASONS.to_wire(event.finish_reason, details)
        usage = details.pop("usage", None) or usage_to_wire(event.usage, Notes())
        bodies: list[dict[str, Any]] = [
            {"type": "citation-start", "index": index, "delta": {"message": {"citations": citation}}}
            for index, citation in enumerate(citations)
        ]
        return [*bodies, {"type": END, "delta": {"finish_reason": reason, "usage": usage}}]
