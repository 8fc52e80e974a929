"""One request as it came, and the reply to it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Protocol

REASONS = {status.value: status.phrase.encode() for status in HTTPStatus}
Headers = Mapping[str, str]


class ClientGoneError(Exception):
    """The client closed its connection before its answer was over."""


class Request:
    """A whole request."""

    __slots__ = ("body", "headers", "method", "path", "query")

    def __init__(
        self, *, method: str, path: str, query: str = "", headers: dict[bytes, bytes] | None = None, body: bytes = b""
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers or {}
        """Names in lower case; of a repeated header the last value."""
        self.body = body

    def header(self, name: bytes) -> str | None:
        """The value of the header called `name`, in lower case; None when it was not sent."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1").strip()


class Sink(Protocol):
    """Where a reply's bytes go."""

    def write(self, data: bytes) -> None: ...

    @property
    def is_behind(self) -> bool: ...

    async def drain(self) -> None: ...

    def date(self) -> bytes: ...


class Reply:
    """The answer to one request: `whole`, or `start`, `write` and `end`. Used by the task that handles the request."""

    __slots__ = ("_chunked", "_head_only", "_keep_alive", "_sink", "_unsent", "ended", "started", "status")

    def __init__(self, sink: Sink, *, keep_alive: bool, chunked: bool, head_only: bool) -> None:
        self._sink = sink
        self._keep_alive = keep_alive
        self._chunked = chunked
        """False for HTTP/1.0, whose streams end with the connection."""
        self._head_only = head_only
        self._unsent = b""
        """The head of an answer in pieces, which goes with the first of them: each write is a journey to the kernel."""
        self.started = False
        self.ended = False
        self.status = 0

    @property
    def keeps_connection(self) -> bool:
        """Whether the connection can be used again after this reply."""
        return self.ended and self._keep_alive

    def whole(self, status: int, body: bytes, *, content_type: bytes = b"application/json", headers: Headers) -> None:
        """Send a whole answer."""
        head = self._head(status, content_type, headers)
        self.ended = True
        self._sink.write(b"%scontent-length: %d\r\n\r\n%s" % (head, len(body), b"" if self._head_only else body))

    def start(self, status: int, *, content_type: bytes, headers: Headers) -> None:
        """Send the head of an answer whose body comes in pieces."""
        if not self._chunked:
            self._keep_alive = False
        head = self._head(status, content_type, headers)
        self._unsent = head + (b"transfer-encoding: chunked\r\n\r\n" if self._chunked else b"\r\n")

    def write(self, data: bytes) -> None:
        """Send a piece of the body."""
        if data and not self._head_only:
            self._send(b"%x\r\n%s\r\n" % (len(data), data) if self._chunked else data)

    def end(self, data: bytes = b"") -> None:
        """Send the last piece and the end of the body."""
        self.ended = True
        if self._head_only or not self._chunked:
            self._send(b"" if self._head_only else data)
        elif data:
            self._send(b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data))
        else:
            self._send(b"0\r\n\r\n")

    @property
    def is_behind(self) -> bool:
        """Whether the client still has so much to read that `drain` would wait."""
        return self._sink.is_behind

    async def drain(self) -> None:
        """Wait until the client has read enough. Raises ClientGoneError."""
        await self._sink.drain()

    def _send(self, data: bytes) -> None:
        """Send `data`, behind the head where that has not gone yet."""
        if self._unsent:
            data, self._unsent = self._unsent + data, b""
        if data:
            self._sink.write(data)

    def _head(self, status: int, content_type: bytes, headers: Headers) -> bytes:
        self.started = True
        self.status = status
        if not "".join(headers.values()).isprintable():
            headers = {name: _line(value) for name, value in headers.items()}
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        return b"HTTP/1.1 %d %s\r\ndate: %s\r\n%scontent-type: %s\r\n%s" % (
            status,
            REASONS.get(status, b"Status"),
            self._sink.date(),
            b"" if self._keep_alive else b"connection: close\r\n",
            content_type,
            lines.encode("latin-1", "replace"),
        )


def _line(value: str) -> str:
    """`value` on one line, so that nothing in it can end the header or begin another."""
    return "".join(character if character.isprintable() else " " for character in value)


class Handler(Protocol):
    """Answers requests; raises nothing but ClientGoneError and CancelledError."""

    async def __call__(self, request: Request, reply: Reply, /) -> None: ...
