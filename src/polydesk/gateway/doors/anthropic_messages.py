"""`POST /v1/messages`, as Anthropic's clients speak it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from polydesk.core.messages import ModelResponse, Original
from polydesk.core.streams import StreamEvent
from polydesk.gateway.doors.base import Asked
from polydesk.gateway.doors.openai_chat import flag
from polydesk.gateway.failures import Failure, Kind
from polydesk.wire import anthropic_messages
from polydesk.wire.sse import sse_event

TYPES: dict[Kind, str] = {
    "invalid_request": "invalid_request_error",
    "authentication": "authentication_error",
    "permission": "permission_error",
    "not_found": "not_found_error",
    "too_large": "request_too_large",
    "rate_limit": "rate_limit_error",
    "quota": "rate_limit_error",
    "content_filter": "invalid_request_error",
    "context_length": "invalid_request_error",
    "overloaded": "overloaded_error",
    "timeout": "timeout_error",
    "server": "api_error",
}
"""https://platform.claude.com/docs/en/api/errors (checked 2026-11-24)."""

OLDER_FIELDS = ("temperature", "top_p", "top_k")
"""What clients of older versions send, and a model in today's version refuses: such a request is said anew, with a note
of what was left out."""


class AnthropicDoor:
    """Messages."""

    dialect = "anthropic_messages"
    request_id_header = "request-id"
    keep_alive = b'event: ping\ndata: {"type": "ping"}\n\n'

    def read(self, body: dict[str, Any]) -> Asked:
        """The request that `body` makes. Raises WireError."""
        is_current = all(body.get(name) is None for name in OLDER_FIELDS)
        request = msgspec.structs.replace(
            anthropic_messages.request_from_wire(body),
            options_dialect=self.dialect,
            original=Original(dialect=self.dialect, body=body) if is_current else None,
        )
        return Asked(request=request, stream=flag(body, "stream"))

    def whole(self, response: ModelResponse, *, asked: Asked, created: int) -> bytes:
        """A message."""
        return msgspec.json.encode(anthropic_messages.response_to_wire(response).body)

    def writer(self, asked: Asked, *, created: int) -> MessagesWriter:
        """A writer of the message's events."""
        return MessagesWriter(anthropic_messages.MessagesStreamWriter())

    def error(self, failure: Failure, *, request_id: str) -> bytes:
        """An error object."""
        return msgspec.json.encode({**_error(failure), "request_id": request_id})


class MessagesWriter:
    """Writes one stream of events."""

    def __init__(self, writer: anthropic_messages.MessagesStreamWriter) -> None:
        self._writer = writer

    def write(self, events: Sequence[StreamEvent]) -> bytes:
        """The events that say `events`; the last one of an answer is its end mark."""
        return b"".join(map(self._writer.write_json, events))

    def error(self, failure: Failure) -> bytes:
        """An error as an event; the clients raise it."""
        return sse_event(msgspec.json.encode(_error(failure)), name="error")


def _error(failure: Failure) -> dict[str, Any]:
    return {"type": "error", "error": {"type": TYPES[failure.kind], "message": failure.message}}
