"""`POST /v1/chat/completions`, as OpenAI's clients speak it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from polydesk.core.messages import ModelResponse, Original
from polydesk.core.streams import Finished, StreamEvent
from polydesk.gateway.doors.base import Asked
from polydesk.gateway.failures import Failure, Kind
from polydesk.wire import openai_chat
from polydesk.wire.notes import WireError
from polydesk.wire.shape import read_shape
from polydesk.wire.sse import sse_event

TYPES: dict[Kind, str] = {
    "invalid_request": "invalid_request_error",
    "authentication": "authentication_error",
    "permission": "permission_error",
    "not_found": "invalid_request_error",
    "too_large": "invalid_request_error",
    "rate_limit": "rate_limit_error",
    "quota": "insufficient_quota",
    "content_filter": "invalid_request_error",
    "context_length": "invalid_request_error",
    "overloaded": "server_error",
    "timeout": "server_error",
    "server": "server_error",
}
"""https://developers.openai.com/api/docs/guides/error-codes (checked 2026-11-24)."""
DONE = b"data: [DONE]\n\n"


class OpenAIChatDoor:
    """Chat Completions."""

    dialect = "openai_chat"
    request_id_header = "x-request-id"
    keep_alive = b": keep-alive\n\n"

    def read(self, body: dict[str, Any]) -> Asked:
        """The request that `body` makes. Raises WireError."""
        if body.get("n") not in (None, 1):
            raise WireError("only one answer can be asked for at a time - at `$.n`")
        stream = flag(body, "stream")
        request = openai_chat.request_from_wire(body)
        options = body.get("stream_options")
        include_usage = bool(options and read_shape(options, dict[str, Any]).get("include_usage"))
        request = msgspec.structs.replace(
            request, options_dialect=self.dialect, original=Original(dialect=self.dialect, body=body)
        )
        return Asked(request=request, stream=stream, include_usage=include_usage)

    def whole(self, response: ModelResponse, *, asked: Asked, created: int) -> bytes:
        """A `chat.completion`; as it came, where the model speaks the same dialect."""
        if response.original is not None and response.original.dialect == self.dialect:
            return response.original.body
        return msgspec.json.encode(openai_chat.response_to_wire(response, created=created).body)

    def writer(self, asked: Asked, *, created: int) -> ChatWriter:
        """A writer of `chat.completion.chunk`s."""
        return ChatWriter(openai_chat.ChatStreamWriter(created=created, include_usage=asked.include_usage))

    def error(self, failure: Failure, *, request_id: str) -> bytes:
        """An error object."""
        return msgspec.json.encode(error_body(failure))


class ChatWriter:
    """Writes one stream of chunks."""

    def __init__(self, writer: openai_chat.ChatStreamWriter) -> None:
        self._writer = writer

    def write(self, events: Sequence[StreamEvent]) -> bytes:
        """The chunks that say `events`, and the end mark after Finished."""
        written = self._writer.write_all_json(events)
        return written + DONE if isinstance(events[-1], Finished) else written

    def error(self, failure: Failure) -> bytes:
        """An error as an event; the clients raise it."""
        return sse_event(msgspec.json.encode(error_body(failure)))


def error_body(failure: Failure) -> dict[str, Any]:
    """OpenAI's error object."""
    return {
        "error": {
            "message": failure.message,
            "type": TYPES[failure.kind],
            "param": failure.param,
            "code": failure.code,
        }
    }


def flag(body: dict[str, Any], name: str) -> bool:
    """A field that is true or false, or not there. Raises WireError."""
    value = body.get(name)
    if value not in (None, True, False):
        raise WireError(f"expected true or false - at `$.{name}`")
    return bool(value)
