"""What the classes of vendors share: one POST, read as a whole or as events, every failure translated."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Protocol

import msgspec

from polydesk.core.messages import ModelResponse
from polydesk.core.notes import Note
from polydesk.core.streams import Finished, Started, StreamEvent
from polydesk.providers.http import UNREADABLE, Answer, Call, HttpClient, error_in
from polydesk.wire.notes import StreamCutError, StreamFailedError, WireError, error_object
from polydesk.wire.sse import ServerEvent, SseReader


class StreamReader(Protocol):
    """Reads a stream's payloads; raises WireError, StreamFailedError and StreamCutError."""

    def read(self, body: dict[str, Any], /) -> list[StreamEvent]: ...

    def end(self) -> Finished: ...


class Dialect(Protocol):
    """How one vendor's answers are read."""

    request_id_header: str

    def read_response(self, body: dict[str, Any], *, request_id: str | None) -> ModelResponse:
        """The whole answer."""
        ...

    def stream_reader(self, *, request_id: str | None) -> StreamReader:
        """A reader for one stream."""
        ...

    def is_end(self, event: ServerEvent) -> bool:
        """Whether `event` is the end mark."""
        ...


async def send_call(http: HttpClient, call: Call, dialect: Dialect, notes: tuple[Note, ...]) -> ModelResponse:
    """The whole answer to `call`, with the `notes` of its request. Raises ProviderError."""
    async with http.post(call, request_id_header=dialect.request_id_header) as answer:
        await answer.expect_success()
        body = await answer.json()
        if body.get("error") is not None:
            raise answer.failed(error_object(body["error"]))
        try:
            response = dialect.read_response(body, request_id=answer.request_id)
        except WireError as exc:
            raise answer.malformed(str(exc), msgspec.json.encode(body)) from exc
        return msgspec.structs.replace(response, notes=notes) if notes else response


async def stream_call(
    http: HttpClient, call: Call, dialect: Dialect, notes: tuple[Note, ...]
) -> AsyncGenerator[StreamEvent]:
    """The answer to `call` as it comes, with the `notes` of its request. Raises ProviderError, also in the middle."""
    async with http.post(call, request_id_header=dialect.request_id_header) as answer:
        await answer.expect_success()
        await _must_be_events(answer)
        reader = dialect.stream_reader(request_id=answer.request_id)
        parser = SseReader()
        while (chunk := await answer.chunk()) is not None:
            for event in _server_events(answer, parser, chunk):
                for ours in _read(answer, reader, dialect, event):
                    yield msgspec.structs.replace(ours, notes=notes) if isinstance(ours, Started) else ours
                if dialect.is_end(event):
                    yield _end(answer, reader)
                    await answer.drain()
                    return
        raise answer.cut()


async def _must_be_events(answer: Answer) -> None:
    content_type = answer.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() == "text/event-stream":
        return
    body = await answer.read()
    error = error_in(body)
    if error is not None:
        raise answer.failed(error)
    raise answer.malformed(f"events were asked for, but {content_type or 'no type'} came", body)


def _server_events(answer: Answer, parser: SseReader, chunk: bytes) -> list[ServerEvent]:
    try:
        return [event for event in parser.feed(chunk) if event.data]
    except WireError as exc:
        raise answer.malformed(str(exc), chunk) from exc


def _read(answer: Answer, reader: StreamReader, dialect: Dialect, event: ServerEvent) -> list[StreamEvent]:
    if not event.data.startswith("{") and dialect.is_end(event):
        return []
    try:
        return reader.read(msgspec.json.decode(event.data, type=dict[str, Any]))
    except (*UNREADABLE, WireError) as exc:
        raise answer.malformed(f"a stream event is wrong ({exc})", event.data) from exc
    except StreamFailedError as exc:
        raise answer.failed(exc.error) from exc


def _end(answer: Answer, reader: StreamReader) -> Finished:
    try:
        return reader.end()
    except StreamCutError as exc:
        raise answer.cut() from exc
    except WireError as exc:
        raise answer.malformed(str(exc), b"") from exc
