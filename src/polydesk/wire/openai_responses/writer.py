"""Streams, as their writer: our events to those of Responses, complete enough for OpenAI's own clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from polydesk.core.messages import ReasoningPart, ToolCallPart
from polydesk.core.streams import (
    Finished,
    ReasoningDelta,
    Started,
    StreamEvent,
    TextDelta,
    ToolArgumentsDelta,
    ToolCallStarted,
)
from polydesk.wire.openai_responses.items import made_id
from polydesk.wire.openai_responses.response import (
    call_item,
    ending,
    message_item,
    reasoning_item,
    refusal_item,
    skeleton,
    spoken,
    stopped_by,
)
from polydesk.wire.sse import sse_event

Body = dict[str, Any]


class _OpenItem(msgspec.Struct):
    """The output item that is being written."""

    index: int
    """Of the part, in our events."""
    id: str
    part: ReasoningPart | ToolCallPart | None
    """None for a text."""
    pieces: list[str]


class ResponsesStreamWriter:
    """Turns our events into those of one stream; each is to be sent under its `type` as the event's name."""

    def __init__(self, *, created: int, asked: Mapping[str, Any] | None = None) -> None:
        """`created` is in seconds since 1970; `asked` is the request's body, of which a response repeats much."""
        self._created = created
        self._asked = asked
        self._response: Body = {}
        self._output: list[Body] = []
        self._open: _OpenItem | None = None
        self._number = 0
        self._text_head = b""

    def write(self, event: StreamEvent) -> list[Body]:
        """The events that say `event`."""
        return [self._numbered(body) for body in self._bodies(event)]

    def write_json(self, event: StreamEvent) -> bytes:
        """The bytes of `write(event)`, events' names included, and faster for a piece of text."""
        item = self._open
        if type(event) is TextDelta and item is not None and item.index == event.index and item.part is None:
            item.pieces.append(event.text)
            number, self._number = self._number, self._number + 1
            return self._text_head + b'%s,"logprobs":[],"sequence_number":%d}\n\n' % (_json(event.text), number)
        return b"".join(sse_event(_json(body), name=body["type"]) for body in self.write(event))

    def failed(self, message: str, *, code: str | None = None, param: str | None = None) -> list[Body]:
        """The event of a stream that breaks off.

        It carries the error in both forms that clients look for: beside the type, as the published schema has it, and
        as an object, which makes OpenAI's clients raise.
        """
        error = {"message": message, "code": code, "param": param}
        return [self._numbered({"type": "error", **error, "error": {"type": "server_error", **error}})]

    def _numbered(self, body: Body) -> Body:
        self._number += 1
        return {**body, "sequence_number": self._number - 1}

    def _bodies(self, event: StreamEvent) -> list[Body]:
        match event:
            case Started():
                self._response = skeleton(event.id, event.model, created=self._created, asked=self._asked)
                return [
                    {"type": f"response.{state}", "response": self._response} for state in ("created", "in_progress")
                ]
            case TextDelta():
                opened = self._opened(event.index, None, "msg")
                self._grow(event.text)
                return [*opened, self._at("response.output_text.delta", content_index=0, delta=event.text, logprobs=[])]
            case ReasoningDelta():
                return self._reasoning(event)
            case ToolCallStarted():
                call = ToolCallPart(id=event.id, name=event.name, arguments="")
                return self._opened(event.index, call, "fc")
            case ToolArgumentsDelta():
                self._grow(event.arguments)
                return [self._at("response.function_call_arguments.delta", delta=event.arguments)]
            case Finished():
                return [*self._closed(), *self._finish(event)]

    def _reasoning(self, event: ReasoningDelta) -> list[Body]:
        opened = self._opened(event.index, ReasoningPart(text="", id=event.id), "rs")
        item = self._item()
        assert isinstance(item.part, ReasoningPart)
        item.part = msgspec.structs.replace(
            item.part,
            signature=event.signature or item.part.signature,
            redacted_data=event.redacted_data or item.part.redacted_data,
        )
        if not event.text:
            return opened
        if not item.pieces:
            part = {"type": "summary_text", "text": ""}
            opened.append(self._at("response.reasoning_summary_part.added", summary_index=0, part=part))
        self._grow(event.text)
        return [*opened, self._at("response.reasoning_summary_text.delta", summary_index=0, delta=event.text)]

    def _opened(self, index: int, part: ReasoningPart | ToolCallPart | None, kind: str) -> list[Body]:
        """What closes the item that is open and opens this one; nothing when it is open already."""
        if self._open is not None and self._open.index == index:
            return []
        events = self._closed()
        seed = self._seed()
        given = part.id if isinstance(part, ReasoningPart) else None
        id_ = given or (made_id(seed) if kind == "rs" else f"{kind}_{seed}")
        self._open = _OpenItem(index, id_, part, [])
        item = {**self._whole("", self._open), "status": "in_progress"}
        if part is None:
            item["content"] = []
        events.append({"type": "response.output_item.added", "output_index": len(self._output), "item": item})
        if part is None:
            events.append(self._at("response.content_part.added", content_index=0, part=spoken("")))
            where = _json({"item_id": id_, "output_index": len(self._output), "content_index": 0})
            kind_ = b"response.output_text.delta"
            self._text_head = b'event: %s\ndata: {"type":"%s",%s,"delta":' % (kind_, kind_, where[1:-1])
        return events

    def _closed(self) -> list[Body]:
        """The events that end the open item."""
        item = self._open
        if item is None:
            return []
        text = "".join(item.pieces)
        whole = self._whole(text, item)
        match item.part:
            case None:
                said = spoken(text)
                events = [
                    self._at("response.output_text.done", content_index=0, text=text, logprobs=[]),
                    self._at("response.content_part.done", content_index=0, part=said),
                ]
            case ToolCallPart():
                named = {"name": item.part.name, "arguments": text}
                events = [self._at("response.function_call_arguments.done", **named)]
            case ReasoningPart():
                part = {"type": "summary_text", "text": text}
                events = [
                    self._at("response.reasoning_summary_text.done", summary_index=0, text=text),
                    self._at("response.reasoning_summary_part.done", summary_index=0, part=part),
                ]
                events = events if text else []
        self._open = None
        return [*events, self._output_done(whole)]

    def _output_done(self, item: Body) -> Body:
        self._output.append(item)
        return {"type": "response.output_item.done", "output_index": len(self._output) - 1, "item": item}

    def _finish(self, event: Finished) -> list[Body]:
        details = dict(event.provider_details)
        refusal = details.pop("refusal", None)
        events = [] if refusal is None else self._refusal(refusal)
        for item in details.pop("output", ()):
            added = {"type": "response.output_item.added", "output_index": len(self._output), "item": item}
            events += [added, self._output_done(item)]
        stopped = stopped_by(event.finish_reason, refused=refusal is not None)
        end = self._response | ending(self._output, stopped, event.usage, details, created=self._created)
        kind = "incomplete" if end["status"] == "incomplete" else "completed"
        return [*events, {"type": f"response.{kind}", "response": end}]

    def _refusal(self, refusal: str) -> list[Body]:
        whole = refusal_item(refusal, self._seed())
        empty: Body = {**whole, "status": "in_progress", "content": []}
        head: Body = {"type": "response.output_item.added", "output_index": len(self._output), "item": empty}
        where = {"item_id": whole["id"], "output_index": len(self._output), "content_index": 0}
        return [
            head,
            {"type": "response.content_part.added", **where, "part": {"type": "refusal", "refusal": ""}},
            {"type": "response.refusal.delta", **where, "delta": refusal},
            {"type": "response.refusal.done", **where, "refusal": refusal},
            {"type": "response.content_part.done", **where, "part": whole["content"][0]},
            self._output_done(whole),
        ]

    def _whole(self, text: str, item: _OpenItem) -> Body:
        match item.part:
            case None:
                body = message_item(text, self._seed())
            case ToolCallPart():
                body = call_item(msgspec.structs.replace(item.part, arguments=text), self._seed())
            case ReasoningPart():
                body = reasoning_item(msgspec.structs.replace(item.part, text=text), item.id)
        return body

    def _seed(self) -> str:
        """What the ids of the item at the end of the output are made from."""
        return f"{self._response['id']}_{len(self._output)}"

    def _item(self) -> _OpenItem:
        assert self._open is not None
        return self._open

    def _grow(self, text: str) -> None:
        self._item().pieces.append(text)

    def _at(self, kind: str, **fields: Any) -> Body:
        """An event about the open item."""
        return {"type": kind, "item_id": self._item().id, "output_index": len(self._output), **fields}


def _json(value: object) -> bytes:
    return msgspec.json.encode(value)
