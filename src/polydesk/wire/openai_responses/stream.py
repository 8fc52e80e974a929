"""Streams, as their reader: the events of Responses to ours."""

from __future__ import annotations

from typing import Any

import msgspec

from polydesk.core.messages import FinishReason
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
from polydesk.wire.notes import StreamCutError, StreamFailedError, error_object, leftovers
from polydesk.wire.openai_responses.response import (
    KNOWN,
    finish_reason,
    note_citations,
    note_content,
    note_hosted,
    usage_from_wire,
)
from polydesk.wire.openai_responses.shapes import Item, Response
from polydesk.wire.openai_responses.turns import call_part, reasoning_part
from polydesk.wire.shape import read_shape

STARTS = frozenset({"response.created", "response.queued", "response.in_progress"})
ENDS = frozenset({"response.completed", "response.incomplete"})
"""Types of the events that end a good stream."""
REASONINGS = {
    "response.reasoning_summary_text.delta": "summary",
    "response.reasoning_text.delta": "content",
}


class _Event(msgspec.Struct, kw_only=True):
    type: str
    output_index: int = 0
    content_index: int = 0
    summary_index: int = 0
    delta: str | None = None
    item: dict[str, Any] | None = None
    response: dict[str, Any] | None = None


class _Open(msgspec.Struct):
    """What has come of one part."""

    index: int
    pieces: int = 0
    place: tuple[str, int] | None = None


_EVENT = msgspec.json.Decoder(_Event)


class ResponsesStreamReader:
    """Turns the events of one stream into ours. Event types that we do not know are read over."""

    def __init__(self, *, request_id: str | None = None) -> None:
        self._request_id = request_id
        self._started = False
        self._next_index = 0
        self._texts: dict[tuple[int, int], int] = {}
        self._items: dict[int, _Open] = {}
        """Reasoning and tool calls, by output index."""
        self._calls = False
        self._details: dict[str, Any] = {}
        self._usage = Usage()
        self._reason: FinishReason | None = None

    def read(self, body: dict[str, Any]) -> list[StreamEvent]:
        """The events of one. Raises WireError for one against the schema, StreamFailedError for an error event."""
        if body.get("type") == "error":
            raise StreamFailedError(error_object(body.get("error") or body))
        return self._take(read_shape(body, _Event))

    def read_json(self, data: str | bytes) -> list[StreamEvent]:
        """As `read` of what `data` is the JSON of, and faster for a piece of text. Raises also what decoding raises."""
        try:
            event = _EVENT.decode(data)
        except msgspec.DecodeError:
            event = None
        if event is not None and event.type == "response.output_text.delta":
            return self._take(event)
        return self.read(msgspec.json.decode(data, type=dict[str, Any]))

    def end(self) -> Finished:
        """The last event, when the end mark has come. Raises StreamCutError when the answer is not whole."""
        if self._reason is None:
            raise StreamCutError
        return Finished(finish_reason=self._reason, usage=self._usage, provider_details=self._details)

    def _take(self, event: _Event) -> list[StreamEvent]:
        match event.type:
            case "response.output_text.delta":
                return self._text(event)
            case "response.function_call_arguments.delta":
                return self._arguments(event.output_index, event.delta or "")
            case "response.output_item.added" if event.item is not None:
                return self._added(event.output_index, read_shape(event.item, Item))
            case "response.output_item.done" if event.item is not None:
                return self._done(event.output_index, event.item)
            case "response.failed":
                failed = read_shape(event.response or {}, Response)
                raise StreamFailedError(failed.error or {"message": "the response failed"})
            case kind if kind in REASONINGS:
                return self._thought(event, REASONINGS[kind])
            case kind if kind in STARTS and not self._started:
                return self._start(read_shape(event.response or {}, Response))
            case kind if kind in ENDS:
                return self._finish(event.response or {})
            case _:
                return []

    def _start(self, response: Response) -> list[StreamEvent]:
        self._started = True
        return [Started(id=response.id, model=response.model, request_id=self._request_id)]

    def _index(self) -> int:
        self._next_index += 1
        return self._next_index - 1

    def _text(self, event: _Event) -> list[StreamEvent]:
        if not event.delta:
            return []
        place = (event.output_index, event.content_index)
        index = self._texts.get(place)
        if index is None:
            index = self._texts[place] = self._index()
        return [TextDelta(index=index, text=event.delta)]

    def _added(self, output_index: int, item: Item) -> list[StreamEvent]:
        match item.type:
            case "function_call":
                call = call_part(item, "$.item")
                opened = self._items[output_index] = _Open(self._index())
                self._calls = True
                return [ToolCallStarted(index=opened.index, id=call.id, name=call.name)]
            case "reasoning":
                opened = self._items[output_index] = _Open(self._index())
                return [ReasoningDelta(index=opened.index, id=reasoning_part(item).id)]
            case _:
                return []

    def _thought(self, event: _Event, kind: str) -> list[StreamEvent]:
        opened = self._items.get(event.output_index)
        if opened is None or not event.delta:
            return []
        place = (kind, event.summary_index if kind == "summary" else event.content_index)
        gap = "\n\n" if opened.place not in (None, place) else ""
        opened.place = place
        opened.pieces += 1
        return [ReasoningDelta(index=opened.index, text=gap + event.delta)]

    def _arguments(self, output_index: int, arguments: str) -> list[StreamEvent]:
        opened = self._items.get(output_index)
        if opened is None or not arguments:
            return []
        opened.pieces += 1
        return [ToolArgumentsDelta(index=opened.index, arguments=arguments)]

    def _done(self, output_index: int, body: dict[str, Any]) -> list[StreamEvent]:
        """What only the whole item says: the encrypted reasoning, refusals, and arguments that came in no pieces."""
        item = read_shape(body, Item)
        events: list[StreamEvent] = []
        if item.type in ("function_call", "reasoning") and output_index not in self._items:
            events += self._added(output_index, item)
        opened = self._items.get(output_index)
        if item.type == "message":
            note_content(item, self._details)
        elif opened is None:
            note_hosted(body, self._details)
        elif item.type == "function_call" and not opened.pieces:
            events += self._arguments(output_index, item.arguments or "")
        elif item.type == "reasoning":
            events += self._proof(opened, item)
        return events

    def _proof(self, opened: _Open, item: Item) -> list[StreamEvent]:
        part = reasoning_part(item)
        text = part.text if not opened.pieces else ""
        if not text and part.signature is None and part.redacted_data is None:
            return []
        return [
            ReasoningDelta(index=opened.index, text=text, signature=part.signature, redacted_data=part.redacted_data)
        ]

    def _finish(self, body: dict[str, Any]) -> list[StreamEvent]:
        shape = read_shape(body, Response)
        if shape.error is not None:
            raise StreamFailedError(shape.error)
        self._details |= leftovers(body, KNOWN)
        if "annotations" not in self._details:
            for item in shape.output or ():
                note_citations(read_shape(item, Item), self._details)
        self._usage = usage_from_wire(shape.usage)
        self._reason = finish_reason(shape, self._details, calls=self._calls)
        return [] if self._started else self._start(shape)
