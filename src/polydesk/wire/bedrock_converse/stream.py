"""Streams: the events of ConverseStream to ours and back. Each body is an object of one field, the event's name."""

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
from polydesk.wire.bedrock_converse.response import (
    FINISH_REASONS,
    note_usage,
    usage_from_wire,
    usage_to_wire,
)
from polydesk.wire.bedrock_converse.shapes import BlockEvent, MetadataEvent, StopEvent
from polydesk.wire.notes import Notes, StreamCutError, StreamFailedError, WireError, leftovers
from polydesk.wire.shape import read_shape

END = "metadata"
"""The event that ends a stream."""


class ConverseStreamReader:
    """Turns the events of one stream into ours. Converse does not name the model: it is the asked `model`."""

    def __init__(self, *, model: str, request_id: str | None = None) -> None:
        self._model = model
        self._request_id = request_id
        self._reason: str | None = None
        self._usage = Usage()
        self._details: dict[str, Any] = {}
        self._places: dict[int, int] = {}
        """Our index of each content block, by the vendor's."""

    def read(self, body: dict[str, Any]) -> list[StreamEvent]:
        """Our events. Raises WireError for a body against the schema, StreamFailedError for an exception."""
        for name, payload in body.items():
            if name == "error" or name.endswith("Exception"):
                raise StreamFailedError({"code": name[:1].upper() + name[1:]} | read_shape(payload, dict[str, Any]))
            return self._event(name, read_shape(payload, dict[str, Any]))
        raise WireError("an event without a name")

    def end(self) -> Finished:
        """The last event, when the end mark has come. Raises StreamCutError when the answer is not whole."""
        if self._reason is None:
            raise StreamCutError
        reason = FINISH_REASONS.from_wire(self._reason, self._details)
        return Finished(finish_reason=reason, usage=self._usage, provider_details=self._details)

    def _event(self, name: str, payload: dict[str, Any]) -> list[StreamEvent]:
        match name:
            case "messageStart":
                return [Started(id="", model=self._model, request_id=self._request_id)]
            case "contentBlockStart" | "contentBlockDelta":
                return self._block(read_shape(payload, BlockEvent))
            case "messageStop":
                self._reason = read_shape(payload, StopEvent).stop_reason
                self._details |= leftovers(payload, frozenset({"stopReason"}))
            case "metadata":
                self._usage = usage_from_wire(read_shape(payload, MetadataEvent).usage)
                self._details |= leftovers(payload, frozenset({"usage", "metrics"}))
                note_usage(payload.get("usage"), self._details)
            case _:
                pass
        return []

    def _block(self, event: BlockEvent) -> list[StreamEvent]:
        start = None if event.start is None else event.start.tool_use
        if start is not None:
            return [ToolCallStarted(index=self._place(event), id=start.tool_use_id, name=start.name)]
        delta = event.delta
        if delta is None:
            return []
        if delta.text:
            return [TextDelta(index=self._place(event), text=delta.text)]
        if delta.tool_use is not None and delta.tool_use.input:
            return [ToolArgumentsDelta(index=self._place(event), arguments=delta.tool_use.input)]
        if delta.reasoning_content is not None:
            thought = delta.reasoning_content
            return [
                ReasoningDelta(
                    index=self._place(event),
                    text=thought.text or "",
                    signature=thought.signature,
                    redacted_data=thought.redacted_content,
                )
            ]
        return []

    def _place(self, event: BlockEvent) -> int:
        return self._places.setdefault(event.content_block_index, len(self._places))


class ConverseStreamWriter:
    """Turns our events into the bodies of a stream, each to be sent under the name of its one field."""

    def __init__(self) -> None:
        self._open: int | None = None

    def write(self, event: StreamEvent) -> list[dict[str, Any]]:
        """The bodies that say `event`."""
        match event:
            case Started():
                return [{"messageStart": {"role": "assistant"}}]
            case TextDelta():
                return self._delta(event.index, {"text": event.text})
            case ReasoningDelta():
                return self._delta(event.index, {"reasoningContent": _thought(event)})
            case ToolCallStarted():
                start = {"toolUse": {"toolUseId": event.id, "name": event.name}}
                body = {"contentBlockStart": {"start": start, "contentBlockIndex": event.index}}
                return [*self._turn_to(event.index), body]
            case ToolArgumentsDelta():
                return self._delta(event.index, {"toolUse": {"input": event.arguments}})
            case Finished():
                return [*self._turn_to(None), *_finish(event)]

    def _delta(self, index: int, delta: dict[str, Any]) -> list[dict[str, Any]]:
        return [*self._turn_to(index), {"contentBlockDelta": {"delta": delta, "contentBlockIndex": index}}]

    def _turn_to(self, index: int | None) -> list[dict[str, Any]]:
        """The end of the block that is open, where `index` is another."""
        before, self._open = self._open, index
        return [] if before in (None, index) else [{"contentBlockStop": {"contentBlockIndex": before}}]


def _thought(event: ReasoningDelta) -> dict[str, Any]:
    if event.redacted_data is not None:
        return {"redactedContent": event.redacted_data}
    return {"text": event.text} if event.signature is None else {"signature": event.signature}


def _finish(event: Finished) -> list[dict[str, Any]]:
    details = dict(event.provider_details)
    reason = FINISH_REASONS.to_wire(event.finish_reason, details)
    usage = usage_to_wire(event.usage, details.pop("usage", None), Notes())
    details.pop("blocks", None)
    return [{"messageStop": {"stopReason": reason}}, {END: {"usage": usage, "metrics": {"latencyMs": 0}} | details}]
