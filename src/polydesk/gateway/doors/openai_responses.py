"""`POST /v1/responses`, as OpenAI's clients speak it. Nothing is kept here from one request to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from polydesk.core.messages import ModelResponse, Original
from polydesk.core.streams import StreamEvent
from polydesk.gateway.doors.base import Asked
from polydesk.gateway.doors.openai_chat import error_body, flag
from polydesk.gateway.failures import Failure
from polydesk.wire import openai_responses
from polydesk.wire.sse import sse_event


class OpenAIResponsesDoor:
    """Responses."""

    dialect = openai_responses.DIALECT
    request_id_header = "x-request-id"
    keep_alive = b": keep-alive\n\n"

    def read(self, body: dict[str, Any]) -> Asked:
        """The request that `body` makes. Raises WireError, also for what would have to be kept, by its name."""
        request = openai_responses.request_from_wire(body)
        request = msgspec.structs.replace(
            request, options_dialect=self.dialect, original=Original(dialect=self.dialect, body=body)
        )
        return Asked(request=request, stream=flag(body, "stream"), body=body)

    def whole(self, response: ModelResponse, *, asked: Asked, created: int) -> bytes:
        """A `response` object."""
        body = openai_responses.response_to_wire(response, created=created, asked=asked.body).body
        return msgspec.json.encode(body)

    def writer(self, asked: Asked, *, created: int) -> ResponsesWriter:
        """A writer of the response's events."""
        return ResponsesWriter(openai_responses.ResponsesStreamWriter(created=created, asked=asked.body))

    def error(self, failure: Failure, *, request_id: str) -> bytes:
        """An error object."""
        return msgspec.json.encode(error_body(failure))


class ResponsesWriter:
    """Writes one stream of events."""

    def __init__(self, writer: openai_responses.ResponsesStreamWriter) -> None:
        self._writer = writer

    def write(self, events: Sequence[StreamEvent]) -> bytes:
        """The events that say `events`; `response.completed` is the end mark."""
        return b"".join(map(self._writer.write_json, events))

    def error(self, failure: Failure) -> bytes:
        """An error as an event; the clients raise it."""
        bodies = self._writer.failed(failure.message, code=failure.code or failure.kind, param=failure.param)
        return b"".join(sse_event(msgspec.json.encode(body), name=body["type"]) for body in bodies)
