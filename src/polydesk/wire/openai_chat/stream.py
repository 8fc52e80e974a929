"""Streams: the chunks of Chat Completions to our events and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
from polydesk.wire.notes import StreamCutError, StreamFailedError, error_object, leftovers
from polydesk.wire.openai_chat.bursts import TextFrame
from polydesk.wire.openai_chat.response import KNOWN, finish_reason, usage_from_wire, usage_to_wire, wire_reason
from polydesk.wire.openai_chat.shapes import AnswerMessage, ChatResponse, ToolCall
from polydesk.wire.shape import read_shape
from polydesk.wire.sse import ServerEvent, sse_event

_encode = msgspec.json.Encoder().encode
DONE = "[DONE]"
"""The data of the event that ends a stream; it is not JSON."""


class _Chunk(ChatResponse, kw_only=True, forbid_unknown_fields=True):
    """A chunk that says nothing beyond what is common, so that it need not be decoded twice."""

    object: Any = None
    created: Any = None
    obfuscation: Any = None
    service_tier: Any = None
    system_fingerprint: Any = None


_CHUNK = msgspec.json.Decoder(_Chunk)


class ChatStreamReader:
    """Turns the chunks of one stream into our events. Only the first choice is read."""

    def __init__(self, *, request_id: str | None = None) -> None:
        self._request_id = request_id
        self._started = False
        self._reason: str | None = None
        self._refusal = ""
        self._usage = Usage()
        self._details: dict[str, Any] = {}
        self._next_index = 0
        self._open: tuple[str, int] | None = None
        self._calls: dict[int, tuple[str, int]] = {}
        self._frame = TextFrame()

    def read(self, chunk: dict[str, Any]) -> list[StreamEvent]:
        """The events of one chunk. Raises WireError for a chunk against the schema, StreamFailedError for an error."""
        error = chunk.get("error")
        if error is not None:
            raise StreamFailedError(error_object(error))
        shape = read_shape(chunk, ChatResponse)
        self._details |= leftovers(chunk, KNOWN)
        return self._take(shape)

    def read_json(self, data: str | bytes) -> list[StreamEvent]:
        """As `read` of what `data` is the JSON of, and faster for common chunks. Raises also what decoding raises."""
        try:
            chunk = _CHUNK.decode(data)
        except (msgspec.DecodeError, UnicodeError):  # uncommon or wrong: the long way tells
            return self.read(msgspec.json.decode(data, type=dict[str, Any]))
        self._note_service(chunk)
        return self._take(chunk)

    def read_texts(self, events: Sequence[ServerEvent], start: int) -> list[StreamEvent]:
        """As `read_json` of those of `events` that, from `start` on, go on with the open text and do nothing else.

        One for one, so that their number tells how many were read. A burst of them is what streams mostly bring.
        """
        texts: list[StreamEvent] = []
        if self._open is None or self._open[0] != "text":
            return texts
        index, decode = self._open[1], _CHUNK.decode
        for at in range(start, len(events)):
            try:
                chunk = decode(events[at].data)
            except (msgspec.DecodeError, UnicodeError):
                return texts
            if chunk.service_tier is not None or chunk.system_fingerprint is not None:
                self._note_service(chunk)
            text = _only_text(chunk)
            if text is None:
                return texts
            texts.append(TextDelta(index=index, text=text))
            if at == start:
                self._frame.learn(events[at].data, text, _text_of_json)
        return texts

    @property
    def reads_bursts(self) -> bool:
        """Whether `read_burst` may be of use for this stream."""
        return not self._frame.is_hopeless

    def read_burst(self, chunk: bytes) -> tuple[Sequence[StreamEvent], bytes]:
        """As `read_texts`, of the bytes of whole events; also what is left of them, which is to be read otherwise."""
        if self._open is None or self._open[0] != "text":
            return (), chunk
        index = self._open[1]
        texts, rest = self._frame.cut(chunk)
        return [TextDelta(index=index, text=text) for text in texts], rest

    def _note_service(self, chunk: _Chunk) -> None:
        if chunk.service_tier is not None:
            self._details["service_tier"] = chunk.service_tier
        if chunk.system_fingerprint is not None:
            self._details["system_fingerprint"] = chunk.system_fingerprint

    def _take(self, shape: ChatResponse) -> list[StreamEvent]:
        if shape.usage is not None:
            self._usage = usage_from_wire(shape.usage)
        events: list[StreamEvent] = []
        # Azure's first chunk tells of its filter alone and has neither id nor choices.
        if not self._started and (shape.id or shape.choices):
            self._started = True
            events.append(Started(id=shape.id or "", model=shape.model or "", request_id=self._request_id))
        for choice in shape.choices or ():
            if choice.index == 0:
                self._reason = choice.finish_reason or self._reason
                self._note_filter(choice.content_filter_results)
                events += [] if choice.delta is None else self._delta(choice.delta)
        return events

    def _note_filter(self, results: dict[str, Any] | None) -> None:
        if results:
            self._details["content_filter_results"] = results

    def end(self) -> Finished:
        """The last event, when the end mark has come. Raises StreamCutError when the answer is not whole."""
        if self._reason is None:
            raise StreamCutError
        details = self._details | ({"refusal": self._refusal} if self._refusal else {})
        return Finished(finish_reason=finish_reason(self._reason, details), usage=self._usage, provider_details=details)

    def _delta(self, delta: AnswerMessage) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        if delta.thought:
            events.append(ReasoningDelta(index=self._index("reasoning"), text=delta.thought))
        if delta.content:
            events.append(TextDelta(index=self._index("text"), text=delta.content))
        self._refusal += delta.refusal or ""
        for call in delta.tool_calls or ():
            events += self._call(call)
        return events

    def _index(self, kind: str) -> int:
        """The index of the open part when it is of that kind; a new part's otherwise, for parts do not interleave."""
        if self._open is None or self._open[0] != kind:
            self._open = (kind, self._next_index)
            self._next_index += 1
        return self._open[1]

    def _call(self, call: ToolCall) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        known = self._calls.get(call.index)
        # Some compatible servers give every call the index 0: a new id is then what tells them apart.
        if known is None or (call.id and call.id != known[0]):
            self._open = None
            known = (call.id or "", self._index("tool"))
            self._calls[call.index] = known
            name = (call.function.name if call.function else None) or ""
            events.append(ToolCallStarted(index=known[1], id=known[0], name=name))
        if call.function is not None and call.function.arguments:
            events.append(ToolArgumentsDelta(index=known[1], arguments=call.function.arguments))
        return events


def _text_of_json(data: str) -> str | None:
    try:
        return _only_text(_CHUNK.decode(data))
    except (msgspec.DecodeError, UnicodeError):
        return None


def _only_text(chunk: ChatResponse) -> str | None:
    """The text of a chunk that says nothing else; None for any other."""
    choices = chunk.choices
    if chunk.usage is not None or choices is None or len(choices) != 1:
        return None
    choice = choices[0]
    delta = choice.delta
    if delta is None or choice.index or choice.finish_reason or choice.content_filter_results:
        return None
    if delta.tool_calls or delta.refusal or delta.reasoning_content or delta.reasoning:
        return None
    return delta.content or None


class ChatStreamWriter:
    """Turns our events into the chunks of one stream, to be followed by an event whose data is `DONE`."""

    def __init__(self, *, created: int, include_usage: bool = True) -> None:
        """`created` is in seconds since 1970; `include_usage` is what the request's `stream_options` asked for."""
        self._created = created
        self._include_usage = include_usage
        self._head: dict[str, Any] = {}
        self._calls: dict[int, int] = {}
        self._text_frame: tuple[bytes, bytes] | None = None
        """What stands around a text in the bytes of a chunk."""

    def write_json(self, event: StreamEvent) -> bytes:
        """The bytes of `write(event)`, and faster for a piece of text."""
        if type(event) is TextDelta:
            head, tail = self._text_frame or self._framed()
            return head + msgspec.json.encode(event.text) + tail
        return b"".join(sse_event(msgspec.json.encode(chunk)) for chunk in self.write(event))

    def write_all_json(self, events: Sequence[StreamEvent]) -> bytes:
        """The bytes of `events`, one after another."""
        pieces: list[bytes] = []
        texts: list[str] = []
        for event in events:
            if type(event) is TextDelta:
                texts.append(event.text)
            else:
                if texts:
                    pieces.append(self._texts_json(texts))
                    texts = []
                pieces.append(self.write_json(event))
        if texts:
            pieces.append(self._texts_json(texts))
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _texts_json(self, texts: list[str]) -> bytes:
        """The bytes of a burst of texts: those of one list, cut between its texts unless one could look like a cut."""
        head, tail = self._text_frame or self._framed()
        if len(texts) == 1:
            return head + _encode(texts[0]) + tail
        encoded = _encode(texts)
        if b"\\" in encoded:
            return b"".join([head + _encode(text) + tail for text in texts])
        return head + encoded[1:-1].replace(b'","', b'"' + tail + head + b'"') + tail

    def _framed(self) -> tuple[bytes, bytes]:
        """The frame of texts, once Started has come: the bytes of a chunk with an empty one, cut where it is."""
        encoded = sse_event(msgspec.json.encode(self._chunk({"content": ""})))
        head, _, tail = encoded.rpartition(b'""')
        frame = (head, tail)
        if self._head:
            self._text_frame = frame
        return frame

    def write(self, event: StreamEvent) -> list[dict[str, Any]]:
        """The chunks that say `event`."""
        match event:
            case Started():
                self._head = {
                    "id": event.id,
                    "object": "chat.completion.chunk",
                    "created": self._created,
                    "model": event.model,
                }
                return [self._chunk({"role": "assistant", "content": "", "refusal": None})]
            case TextDelta():
                return [self._chunk({"content": event.text})]
            case ReasoningDelta():
                return [self._chunk({"reasoning_content": event.text})] if event.text else []
            case ToolCallStarted():
                self._calls[event.index] = len(self._calls)
                function = {"name": event.name, "arguments": ""}
                call = {"index": self._calls[event.index], "id": event.id, "type": "function", "function": function}
                return [self._chunk({"tool_calls": [call]})]
            case ToolArgumentsDelta():
                call = {"index": self._calls[event.index], "function": {"arguments": event.arguments}}
                return [self._chunk({"tool_calls": [call]})]
            case Finished():
                return self._finish(event)

    def _finish(self, event: Finished) -> list[dict[str, Any]]:
        details = dict(event.provider_details)
        refusal = details.pop("refusal", None)
        reason = details.pop("finish_reason", None) or wire_reason(event.finish_reason, refused=refusal is not None)
        chunks = [] if refusal is None else [self._chunk({"refusal": refusal})]
        chunks.append(details | self._chunk({}, reason))
        usage = usage_to_wire(event.usage)
        if self._include_usage and usage is not None:
            chunks.append(self._head | {"choices": [], "usage": usage})
        return chunks

    def _chunk(self, delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return self._head | {"choices": [choice]} | ({"usage": None} if self._include_usage else {})
