"""Server-sent events, read from bytes in arbitrary cuts and written.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html (checked 2026-11-24). `id` and `retry` are read
over: no vendor resumes streams by them.
"""

from __future__ import annotations

import re

import msgspec

from polydesk.wire.notes import WireError

LINE_END = re.compile(rb"\r\n|\n|\r")
_USUAL_BYTES = 1024 * 1024
BOM = b"\xef\xbb\xbf"


class ServerEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One dispatched event."""

    name: str = "message"
    data: str


class SseReader:
    """Turns chunks of bytes into events, however the bytes were cut.

    `limit_bytes` bounds what may pile up without an event, so that a broken server cannot fill the memory.
    """

    def __init__(self, *, limit_bytes: int = 16 * 1024 * 1024) -> None:
        self._limit = limit_bytes
        self._rest = b""
        self._beginning = True
        self._after_cr = False
        self._data: list[bytes] = []
        self._held = 0
        self._name = b""

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """The events that `chunk` completes. Raises WireError for text that is not UTF-8 or beyond the limit."""
        if not (self._rest or self._data or self._name or self._after_cr) and chunk.endswith(b"\n\n"):
            whole = _whole_events(chunk)
            if whole is not None:
                self._beginning = False
                return whole
        lines = self._lines(chunk)
        events = [event for line in lines if (event := self._line(line)) is not None]
        if len(self._rest) + self._held > self._limit:
            raise WireError(f"a server-sent event is larger than {self._limit} bytes")
        return events

    @property
    def is_between_events(self) -> bool:
        """Whether nothing of an event has been read that is not over."""
        return not (self._rest or self._data or self._name or self._after_cr or self._beginning)

    @property
    def pending(self) -> bool:
        """Whether an event has begun and was not ended by an empty line."""
        return bool(self._data or self._rest.strip(b"\r\n"))

    def _lines(self, chunk: bytes) -> list[bytes]:
        buffer = self._rest + chunk
        if self._beginning:
            if len(buffer) < len(BOM) and BOM.startswith(buffer):
                self._rest = buffer
                return []
            self._beginning = False
            buffer = buffer.removeprefix(BOM)
        # A chunk may end between the halves of a CRLF. The line is over with the CR; the LF must not end another.
        if self._after_cr and buffer:
            buffer = buffer.removeprefix(b"\n")
            self._after_cr = False
        if buffer:
            self._after_cr = buffer.endswith(b"\r")
        *lines, self._rest = LINE_END.split(buffer)
        return lines

    def _line(self, line: bytes) -> ServerEvent | None:
        if not line:
            return self._dispatch()
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data.append(value)
            self._held += len(value) + 1  # what joins the lines; an empty one takes room too
        elif field == b"event":
            self._name = value
        return None

    def _dispatch(self) -> ServerEvent | None:
        data, name = self._data, self._name
        self._data, self._name, self._held = [], b"", 0
        if not data:
            return None
        try:
            return ServerEvent(name=name.decode() or "message", data=b"\n".join(data).decode())
        except UnicodeDecodeError as exc:
            raise WireError("a server-sent event is not UTF-8") from exc


def _whole_events(chunk: bytes) -> list[ServerEvent] | None:
    """The events of a chunk that holds whole ones of the usual form; None for any other, which takes the long way."""
    if b"\r" in chunk or len(chunk) > _USUAL_BYTES:
        return None
    try:
        *blocks, _ = chunk.decode().split("\n\n")
    except UnicodeDecodeError:
        return None
    events: list[ServerEvent] = []
    for block in blocks:
        name, data = "message", block
        if block.startswith("event: "):
            name, _, data = block[7:].partition("\n")
        if not data.startswith("data: ") or "\n" in data or not name:
            return None
        events.append(ServerEvent(name=name, data=data[6:]))
    return events


def sse_event(data: bytes, *, name: str | None = None) -> bytes:
    """The bytes of one event. `data` may have several lines; `name` None leaves the event unnamed."""
    head = b"" if name is None else b"event: " + name.encode() + b"\n"
    return head + b"".join(b"data: " + line + b"\n" for line in LINE_END.split(data)) + b"\n"
