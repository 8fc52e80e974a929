"""AWS's binary event stream, read from bytes in arbitrary cuts and written.

Source: https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html (checked 2026-11-24). botocore reads it; it
writes none.
"""

from __future__ import annotations

import struct
import zlib
from importlib import import_module
from typing import Any

import msgspec

from polydesk.wire.notes import WireError
from polydesk.wire.sse import ServerEvent

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_STRING = 7
"""The type of a header whose value is text."""


class EventStreamReader:
    """Turns chunks of bytes into events, however the bytes were cut.

    The data of each is an object of one field, which is called as the event is; an exception inside the stream is such
    an event too, and an error of the service is called `error`.
    """

    def __init__(self) -> None:
        # Imported by name: the package is heavy, has no types, and is only needed where AWS is asked.
        self._failed: type[Exception] = import_module("botocore.eventstream").ParserError
        self._buffer: Any = import_module("botocore.eventstream").EventStreamBuffer()

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """The events that `chunk` completes. Raises WireError for bytes against the form, or damaged ones."""
        self._buffer.add_data(chunk)
        try:
            return [_event(message.headers, message.payload) for message in self._buffer]
        except (self._failed, UnicodeDecodeError) as exc:
            raise WireError(f"an event of the stream is damaged ({exc})") from exc


def _event(headers: dict[str, Any], payload: bytes) -> ServerEvent:
    match headers.get(":message-type"):
        case "exception":
            name = str(headers.get(":exception-type"))
        case "error":
            name = "error"
            error = {"code": headers.get(":error-code"), "message": headers.get(":error-message")}
            payload = msgspec.json.encode(error)
        case _:
            name = str(headers.get(":event-type"))
    return ServerEvent(name=name, data=f'{{"{name}":{payload.decode() or "{}"}}}')


def event_message(name: str, payload: bytes, *, kind: str = "event") -> bytes:
    """The bytes of one message. `kind` is `event` or `exception`; `payload` is JSON."""
    fields = {":message-type": kind, f":{kind}-type": name, ":content-type": "application/json"}
    headers = b"".join(_header(field, value) for field, value in fields.items())
    prelude = struct.pack(">II", len(headers) + len(payload) + 16, len(headers))
    body = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return body + struct.pack(">I", zlib.crc32(body))


def _header(name: str, value: str) -> bytes:
    label, text = name.encode(), value.encode()
    return struct.pack(">B", len(label)) + label + struct.pack(">BH", _STRING, len(text)) + text
