"""Streams: the events of Messages to ours and back."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

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
from polydesk.wire.anthropic_messages.response import (
    BLOCK_TYPES,
    finish_reason,
    note_usage,
    usage_from_wire,
    usage_to_wire,
    wire_reason,
)
from polydesk.wire.anthropic_messages.shapes import UsageShape
from polydesk.wire.notes import StreamCutError, StreamFailedError, WireError, error_object, leftovers
from polydesk.wire.shape import read_shape
from polydesk.wire.sse import sse_event

ValueT = TypeVar("ValueT")


class _Opening(msgspec.Struct, kw_only=True):
    type: str
    text: str = ""
    thinking: str = ""
    signature: str = ""
    data: str = ""
    id: str = ""
    name: str = ""


class _Delta(msgspec.Struct, kw_only=True):
    type: str = ""
    text: str = ""
    thinking: str = ""
    signature: str = ""
    partial_json: str = ""
    stop_reason: str | None = None
    stop_sequence: str | None = None


class _Head(msgspec.Struct, kw_only=True):
    id: str = ""
    model: str = ""


class _Event(msgspec.Struct, kw_only=True):
    type: str
    index: int = 0
    message: _Head | None = None
    content_block: _Opening | None = None
    delta: _Delta | None = None


_EVENT = msgspec.json.Decoder(_Event)
DELTA_KNOWN = frozenset({"stop_reason", "stop_sequence"})
DELTA_HEAD = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d'


class MessagesStreamReader:
    """Turns the events of one stream into ours. Event types that we do not know are read over, as the vendor asks."""

    def __init__(self, *, request_id: str | None = None) -> None:
        self._request_id = request_id
        self._indexes: dict[int, int] = {}
        self._bare_calls: set[int] = set()
        self._usage: dict[str, Any] = {}
        self._details: dict[str, Any] = {}
        self._reason: str | None = None
        self._stop_sequence: str | None = None
        self._stopped = False

    def read(self, body: dict[str, Any]) -> list[StreamEvent]:
        """The events of one. Raises WireError for one against the schema, StreamFailedError for an error event."""
        event = read_shape(body, _Event)
        match event.type:
            case "message_start":
                head = event.message or _Head()
                self._note_usage(body["message"].get("usage") if event.message else None)
                # What is written so far, not the whole: without the last count the output stays unknown.
                self._usage.pop("output_tokens", None)
                return [Started(id=head.id, model=head.model, request_id=self._request_id)]
            case "content_block_start":
                return self._open(event.index, _given(event.content_block))
            case "content_block_delta":
                return self._grow(event.index, _given(event.delta))
            case "content_block_stop":
                return self._close(event.index)
            case "message_delta":
                self._note_end(_given(event.delta), body)
            case "message_stop":
                self._stopped = True
            case "error":
                raise StreamFailedError(error_object(body.get("error")))
            case _:
                pass
        return []

    def read_json(self, data: str | bytes) -> list[StreamEvent]:
        """As `read` of what `data` is the JSON of, and faster for deltas. Raises also what decoding raises."""
        try:
            event = _EVENT.decode(data)
        except (msgspec.DecodeError, UnicodeError):  # wrong: the long way tells
            event = None
        if event is None or event.type != "content_block_delta":
            return self.read(msgspec.json.decode(data, type=dict[str, Any]))
        delta, ours = event.delta, self._indexes.get(event.index)
        if delta is not None and delta.type == "text_delta" and ours is not None:
            return [TextDelta(index=ours, text=delta.text)]
        return self._grow(event.index, _given(delta))

    @property
    def stopped(self) -> bool:
        """Whether the end mark has come."""
        return self._stopped

    def end(self) -> Finished:
        """The last event, when the end mark has come. Raises StreamCutError when the answer is not whole."""
        if not self._stopped or self._reason is None:
            raise StreamCutError
        details = dict(self._details)
        note_usage(self._usage, details)
        return Finished(
            finish_reason=finish_reason(self._reason, self._stop_sequence, details),
            usage=usage_from_wire(read_shape(self._usage, UsageShape)) if self._usage else Usage(),
            stop_sequence=self._stop_sequence,
            provider_details=details,
        )

    def _open(self, index: int, block: _Opening) -> list[StreamEvent]:
        if block.type not in BLOCK_TYPES:
            return []
        ours = self._indexes[index] = len(self._indexes)
        match block.type:
            case "text":
                return [TextDelta(index=ours, text=block.text)] if block.text else []
            case "thinking":
                return [ReasoningDelta(index=ours, text=block.thinking, signature=block.signature or None)]
            case "redacted_thinking":
                return [ReasoningDelta(index=ours, redacted_data=block.data)]
            case _:
                self._bare_calls.add(index)
                return [ToolCallStarted(index=ours, id=block.id, name=block.name)]

    def _grow(self, index: int, delta: _Delta) -> list[StreamEvent]:
        ours = self._indexes.get(index)
        if ours is None:
            return []
        match delta.type:
            case "text_delta":
                return [TextDelta(index=ours, text=delta.text)]
            case "thinking_delta":
                return [ReasoningDelta(index=ours, text=delta.thinking)]
            case "signature_delta":
                return [ReasoningDelta(index=ours, signature=delta.signature or None)]
            case "input_json_delta" if delta.partial_json:
                self._bare_calls.discard(index)
                return [ToolArgumentsDelta(index=ours, arguments=delta.partial_json)]
            case _:
                return []

    def _close(self, index: int) -> list[StreamEvent]:
        """A call without arguments streams none, where a plain answer says `{}`."""
        if index not in self._bare_calls:
            return []
        self._bare_calls.discard(index)
        return [ToolArgumentsDelta(index=self._indexes[index], arguments="{}")]

    def _note_end(self, delta: _Delta, body: dict[str, Any]) -> None:
        self._reason = delta.stop_reason or self._reason
        self._stop_sequence = delta.stop_sequence or self._stop_sequence
        self._details |= leftovers(body["delta"], DELTA_KNOWN)
        self._note_usage(body.get("usage"))

    def _note_usage(self, usage: object) -> None:
        """Counts are cumulative: a later one replaces an earlier one, and a null replaces nothing."""
        counts = read_shape(usage or {}, dict[str, Any])
        self._usage |= {name: count for name, count in counts.items() if count is not None}


class MessagesStreamWriter:
    """Turns our events into those of one stream; each is to be sent under its `type` as the event's name."""

    def __init__(self) -> None:
        self._block: tuple[int, str] | None = None
        self._blocks = -1

    def write(self, event: StreamEvent) -> list[dict[str, Any]]:
        """The events that say `event`."""
        match event:
            case Started():
                return [_message_start(event)]
            case TextDelta():
                opened = self._opened(event.index, "text", {"type": "text", "text": ""})
                return [*opened, self._delta({"type": "text_delta", "text": event.text})]
            case ReasoningDelta():
                return self._reasoning(event)
            case ToolCallStarted():
                empty: dict[str, Any] = {}
                block = {"type": "tool_use", "id": event.id, "name": event.name, "input": empty}
                return self._opened(event.index, "tool_use", block)
            case ToolArgumentsDelta():
                return [self._delta({"type": "input_json_delta", "partial_json": event.arguments})]
            case Finished():
                return [*self._closed(), *_message_end(event)]

    def write_json(self, event: StreamEvent) -> bytes:
        """The bytes of `write(event)`, events' names included, and faster for a piece of text."""
        if type(event) is TextDelta and self._block == (event.index, "text"):
            text = msgspec.json.encode(event.text)
            return DELTA_HEAD % self._blocks + b',"delta":{"type":"text_delta","text":' + text + b"}}\n\n"
        return b"".join(sse_event(msgspec.json.encode(body), name=body["type"]) for body in self.write(event))

    def _reasoning(self, event: ReasoningDelta) -> list[dict[str, Any]]:
        if event.redacted_data is not None:
            block = {"type": "redacted_thinking", "data": event.redacted_data}
            return self._opened(event.index, "redacted_thinking", block)
        if not event.text and event.signature is None:
            return []
        events = self._opened(event.index, "thinking", {"type": "thinking", "thinking": "", "signature": ""})
        if event.text:
            events.append(self._delta({"type": "thinking_delta", "thinking": event.text}))
        if event.signature is not None:
            events.append(self._delta({"type": "signature_delta", "signature": event.signature}))
        return events

    def _opened(self, index: int, kind: str, block: dict[str, Any]) -> list[dict[str, Any]]:
        """What closes the block that is open and opens this one; nothing when it is open already."""
        if self._block == (index, kind):
            return []
        events = self._closed()
        self._block = (index, kind)
        self._blocks += 1
        return [*events, {"type": "content_block_start", "index": self._blocks, "content_block": block}]

    def _delta(self, delta: dict[str, Any]) -> dict[str, Any]:
        return {"type": "content_block_delta", "index": self._blocks, "delta": delta}

    def _closed(self) -> list[dict[str, Any]]:
        if self._block is None:
            return []
        self._block = None
        return [{"type": "content_block_stop", "index": self._blocks}]


def _message_start(event: Started) -> dict[str, Any]:
    message: dict[str, Any] = {
        "id": event.id,
        "type": "message",
        "role": "assistant",
        "model": event.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        # The counts are not known yet; the last event carries them all, and they replace these.
        "usage": {"input_tokens": 0, "output_tokens": 0},
    }
    return {"type": "message_start", "message": message}


def _message_end(event: Finished) -> list[dict[str, Any]]:
    details = dict(event.provider_details)
    extras = details.pop("usage", None)
    delta: dict[str, Any] = {
        "stop_reason": details.pop("stop_reason", None) or wire_reason(event.finish_reason, event.stop_sequence),
        "stop_sequence": event.stop_sequence,
    }
    usage = usage_to_wire(event.usage, extras)
    usage["output_tokens"] = usage["output_tokens"] or 0
    return [{"type": "message_delta", "delta": delta | details, "usage": usage}, {"type": "message_stop"}]


def _given(value: ValueT | None) -> ValueT:
    if value is None:
        raise WireError("a stream event lacks its content")
    return value
