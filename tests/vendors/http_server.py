"""A small HTTP/1.1 server on loopback that answers as a vendor does, and fails as vendors fail when told to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable
from urllib.parse import parse_qsl

from polydesk.core.messages import ModelResponse, TextPart
from polydesk.core.usage import Usage


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    raw: bytes = b""
    """The body's own bytes, as a signature covers them."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A whole answer that is not a stream."""

    status: int = 200
    body: bytes
    headers: dict[str, str] = field(default_factory=dict[str, str])
    content_type: str = "application/json"


@dataclass(frozen=True, kw_only=True)
class Refuse:
    """Answer with the vendor's error for `status`."""

    status: int
    retry_after: str | None = None
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class ErrorInBody:
    """Answer 200 with the vendor's error as the body."""


@dataclass(frozen=True, kw_only=True)
class ErrorInStream:
    """Send that many events, then the vendor's error event, then end."""

    after_events: int = 2


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Close in good order after that many bytes of the answer, head included."""

    at: int


@dataclass(frozen=True, kw_only=True)
class Reset:
    """Reset the connection after that many bytes of the answer, head included."""

    at: int


@dataclass(frozen=True, kw_only=True)
class Stall:
    """Say nothing more after that many bytes of the answer, head included, until the client goes away."""

    at: int


@dataclass(frozen=True, kw_only=True)
class WrongContentType:
    """Answer well, but as a web page."""


@dataclass(frozen=True, kw_only=True)
class TruncatedJson:
    """Answer a whole HTTP message whose JSON is cut in half; in a stream, one event's."""


@dataclass(frozen=True, kw_only=True)
class MalformedEvents:
    """Send an event whose data is no JSON."""


@dataclass(frozen=True, kw_only=True)
class NoEndMark:
    """Send everything but the end mark, and end in good order."""


@dataclass(frozen=True, kw_only=True)
class NoUsage:
    """Leave the usage out."""


@dataclass(frozen=True, kw_only=True)
class CloseAfter:
    """Answer well, promise to keep the connection, and close it."""


Fault = (
    Reply
    | Refuse
    | ErrorInBody
    | ErrorInStream
    | Cut
    | Reset
    | Stall
    | WrongContentType
    | TruncatedJson
    | MalformedEvents
    | NoEndMark
    | NoUsage
    | CloseAfter
)

HELLO = ModelResponse(
    id="msg_hello",
    model="the-model",
    parts=(TextPart(text="Hello there."),),
    finish_reason="stop",
    usage=Usage(input_tokens=9, output_tokens=3),
)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What happens to one request that is otherwise valid."""

    response: ModelResponse | Callable[[Received], ModelResponse] = HELLO
    """What is answered, or what makes the answer from the request."""
    fault: Fault | None = None
    """What goes wrong; a Reply is sent in place of the answer."""

    def answer_to(self, received: Received) -> ModelResponse:
        """What is answered to that request."""
        return self.response(received) if callable(self.response) else self.response


class Vendor(Protocol):
    """How one vendor judges requests and words answers."""

    request_id_header: str
    """Empty where the vendor names no request."""

    def objection(self, received: Received) -> Reply | None:
        """The vendor's error reply to a request that it would not accept; None when it would."""
        ...

    def plain(self, response: ModelResponse) -> dict[str, Any]:
        """The whole answer."""
        ...

    def events(self, response: ModelResponse, received: Received) -> list[bytes]:
        """The stream's events, the end mark last."""
        ...

    def error(self, status: int, *, code: str | None = None) -> dict[str, Any]:
        """The vendor's error body for a failure of its own."""
        ...

    def error_event(self) -> bytes:
        """The vendor's error inside a stream."""
        ...

    def without_usage(self, body: dict[str, Any]) -> dict[str, Any]:
        """A plain answer, or one stream event's data, without its token counts."""
        ...


@runtime_checkable
class OtherEndpoints(Protocol):
    """A vendor that answers more than chats, such as requests for vectors."""

    def other(self, received: Received) -> dict[str, Any] | None:
        """The whole answer to a request that is no chat; None for a chat."""
        ...


@runtime_checkable
class OwnFraming(Protocol):
    """A vendor whose streams are not server-sent events."""

    stream_type: str

    def is_stream(self, received: Received) -> bool:
        """Whether a stream is asked for."""
        ...

    def broken(self, event: bytes) -> bytes:
        """The event with data that cannot be read."""
        ...

    def event_without_usage(self, event: bytes) -> bytes:
        """The event without token counts."""
        ...


class VendorServer:
    """Serves `vendor` on loopback. Scenes are used up in order; after the last, requests are answered with HELLO."""

    def __init__(self, vendor: Vendor, scenes: Sequence[Scene] = ()) -> None:
        self.requests: list[Received] = []
        self.connections = 0
        self.abandoned = asyncio.Event()
        """Set when a client closed its connection before its answer was over."""
        self.asked = asyncio.Event()
        """Set when a request has come."""
        self.sent_bytes = 0
        """Length of the last whole answer, head included."""
        self._vendor = vendor
        self._scenes = list(scenes)
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> VendorServer:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await self._server.wait_closed()

    def will(self, *scenes: Scene) -> None:
        """Add scenes for the next requests."""
        self._scenes.extend(scenes)

    def will_only(self, *scenes: Scene) -> None:
        """Do this with the next requests, whatever scenes were left."""
        self._scenes[:] = scenes

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        received = await _received(reader)
        self.requests.append(received)
        self.asked.set()
        objection = self._vendor.objection(received)
        if objection is not None:
            writer.write(_http(objection))
            await writer.drain()
            return True
        scene = self._scenes.pop(0) if self._scenes else Scene()
        number = len(self.requests)
        name = self._vendor.request_id_header
        pieces = self._answer(scene, received, {name: f"req_{number}"} if name else {})
        return await self._perform(scene.fault, pieces, reader, writer)

    def _answer(self, scene: Scene, received: Received, headers: dict[str, str]) -> list[bytes]:
        """The bytes of the answer, in the pieces in which they are sent."""
        match scene.fault:
            case Reply() as reply:
                return [_http(reply)]
            case Refuse() as refusal:
                extra = {} if refusal.retry_after is None else {"retry-after": refusal.retry_after}
                body = self._vendor.error(refusal.status, code=refusal.code)
                return [
                    _http(Reply(status=refusal.status, body=_json(body), headers=headers | extra | refusal.headers))
                ]
            case ErrorInBody():
                return [_http(Reply(body=_json(self._vendor.error(500)), headers=headers))]
            case _ if self._is_stream(received):
                return self._stream(scene, received, headers)
            case _:
                return [self._whole(scene, received, headers)]

    def _is_stream(self, received: Received) -> bool:
        if isinstance(self._vendor, OwnFraming):
            return self._vendor.is_stream(received)
        return bool(received.body.get("stream")) or ":stream" in received.path

    def _whole(self, scene: Scene, received: Received, headers: dict[str, str]) -> bytes:
        other = self._vendor.other(received) if isinstance(self._vendor, OtherEndpoints) else None
        body = self._vendor.plain(scene.answer_to(received)) if other is None else other
        if isinstance(scene.fault, NoUsage):
            body = self._vendor.without_usage(body)
        data = _json(body)
        if isinstance(scene.fault, TruncatedJson | MalformedEvents):
            data = data[: len(data) // 2]
        content_type = "text/html" if isinstance(scene.fault, WrongContentType) else "application/json"
        return _http(Reply(body=data, headers=headers, content_type=content_type))

    def _stream(self, scene: Scene, received: Received, headers: dict[str, str]) -> list[bytes]:
        events = self._vendor.events(scene.answer_to(received), received)
        match scene.fault:
            case ErrorInStream(after_events=count):
                events = [*events[:count], self._vendor.error_event()]
            case TruncatedJson():
                events = [events[0], self._broken(events[1]), *events[2:]]
            case MalformedEvents() if isinstance(self._vendor, OwnFraming):
                events = [events[0], self._vendor.broken(events[0]), *events[1:]]
            case MalformedEvents():
                events = [events[0], b"data: {not json\n\n", *events[1:]]
            case NoEndMark():
                events = events[:-1]
            case NoUsage():
                events = [self._event_without_usage(event) for event in events]
            case _:
                pass
        own_type = (
            self._vendor.stream_type if isinstance(self._vendor, OwnFraming) else "text/event-stream; charset=utf-8"
        )
        content_type = "text/html" if isinstance(scene.fault, WrongContentType) else own_type
        head = _head(200, headers | {"content-type": content_type, "transfer-encoding": "chunked"})
        return [head, *(b"%x\r\n%s\r\n" % (len(event), event) for event in events), b"0\r\n\r\n"]

    def _broken(self, event: bytes) -> bytes:
        return self._vendor.broken(event) if isinstance(self._vendor, OwnFraming) else event[:-4] + b"\n\n"

    def _event_without_usage(self, event: bytes) -> bytes:
        if isinstance(self._vendor, OwnFraming):
            return self._vendor.event_without_usage(event)
        head, mark, data = event.partition(b"data: ")
        if not data.startswith(b"{"):
            return event
        return head + mark + _json(self._vendor.without_usage(json.loads(data))) + b"\n\n"

    async def _perform(
        self, fault: Fault | None, pieces: list[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if isinstance(fault, Cut | Reset | Stall):
            writer.write(b"".join(pieces)[: fault.at])
            await writer.drain()
            await self._break_off(fault, reader, writer)
            return False
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        self.sent_bytes = sum(map(len, pieces))
        return not isinstance(fault, CloseAfter)

    async def _break_off(
        self, fault: Cut | Reset | Stall, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if isinstance(fault, Stall):
            await _until_gone(reader)
            self.abandoned.set()
        elif isinstance(fault, Reset):
            raw: socket.socket = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


async def _until_gone(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(ConnectionError):
        await reader.read(1)


async def _received(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    request, *lines = head.rstrip("\r\n").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    if "urlencoded" in headers.get("content-type", ""):
        return Received(path=request.split(" ")[1], headers=headers, body=dict(parse_qsl(body.decode())))
    return Received(path=request.split(" ")[1], headers=headers, body=json.loads(body or b"{}"), raw=body)


def _http(reply: Reply) -> bytes:
    fields = {"content-type": reply.content_type, "content-length": str(len(reply.body)), **reply.headers}
    return _head(reply.status, fields) + reply.body


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()
