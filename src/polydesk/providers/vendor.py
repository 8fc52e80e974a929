"""What the classes of vendors share: one POST, read as a whole or as events, every failure translated."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, TypeVar, cast

import msgspec

from polydesk.core.errors import AuthenticationError, UntranslatableError
from polydesk.core.limits import RateLimits
from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.notes import Note
from polydesk.core.streams import Finished, Started, StreamEvent
from polydesk.providers.base import Piece, events_of
from polydesk.providers.failures import Asked
from polydesk.providers.http import UNREADABLE, Answer, Call, HttpClient
from polydesk.providers.limits import rate_limits
from polydesk.wire.notes import StreamCutError, StreamFailedError, WireError, error_object
from polydesk.wire.sse import ServerEvent, SseReader

ResultT = TypeVar("ResultT")


class StreamReader(Protocol):
    """Reads a stream's payloads; raises WireError, StreamFailedError and StreamCutError."""

    def read(self, body: dict[str, Any], /) -> list[StreamEvent]: ...

    def end(self) -> Finished: ...


class BurstReader(StreamReader, Protocol):
    """A reader that also reads bursts of text, as bytes of server-sent events that differ in their words alone."""

    @property
    def reads_bursts(self) -> bool:
        """Whether that may be of use for this stream."""
        ...

    def read_burst(self, chunk: bytes, /) -> tuple[Sequence[StreamEvent], bytes]:
        """What the events say with which `chunk` begins, and what is left of it; nothing where it is no burst."""
        ...


class Framing(Protocol):
    """Cuts a stream's bytes into events. Raises WireError."""

    def feed(self, chunk: bytes, /) -> list[ServerEvent]: ...


class VendorDialect:
    """How one vendor's answers are read. A subclass names the dialect, says where its request ids are, and reads."""

    name: ClassVar[str]
    """A `Dialect` of the catalog."""
    request_id_header: ClassVar[str]
    """Its name in small letters; empty where the vendor names no request."""
    stream_type: ClassVar[str] = "text/event-stream"
    """Content type of a streamed answer."""
    ends_at_close: ClassVar[bool] = False
    """True where a stream has no end mark: its reader's `end` says whether the answer was whole."""

    def read_response(self, body: dict[str, Any], *, request_id: str | None) -> ModelResponse:
        """The whole answer. Raises WireError."""
        raise NotImplementedError

    def read_usual(self, data: bytes, *, request_id: str | None) -> ModelResponse | None:
        """As `read_response`, of the bytes of a usual answer; None for any other, and where there is no such way."""
        return None

    def stream_reader(self, *, request_id: str | None) -> StreamReader:
        """A reader for one stream."""
        raise NotImplementedError

    def framing(self) -> Framing:
        """A fresh cutter of one stream's bytes."""
        return SseReader()

    def is_end(self, event: ServerEvent) -> bool:
        """Whether `event` is the end mark."""
        return False

    def error_in(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> Mapping[str, Any] | None:
        """The error that a body reports, as an object with `message`, `type`, `code` and `param`; None for none."""
        error = body.get("error")
        return None if error is None else error_object(error)

    def rate_limits(self, headers: Mapping[str, str]) -> RateLimits | None:
        """What the answer's headers say is left of the credential's limits; None when nothing."""
        return rate_limits(headers)


@dataclass(frozen=True, slots=True)
class Opened:
    """What opens a host's door for one call: `with` it around the call, so that a refusal is heard of."""

    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    secret: str = field(default="", repr=False)
    """The credential in the headers, which no message may show."""
    refused: Callable[[], None] | None = field(default=None, repr=False)
    """Called when the host did not accept it; None where nothing can be done about that."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if self.refused is not None and isinstance(error, AuthenticationError):
            self.refused()


def refuse_losses(asked: Asked, notes: Sequence[Note], *, strict: bool) -> None:
    """Raise UntranslatableError for a strict request that would not reach the provider whole.

    A picture or a document is never left out, strict or not: an answer about what was not seen is worse than none.
    """
    lost = [note for note in notes if note.action != "emulated" and (strict or _is_seen(note))]
    if not lost:
        return
    words = "; ".join(f"{note.parameter}: {note.reason}" for note in lost)
    error = UntranslatableError(
        f"{asked.provider} cannot be told everything that the request for {asked.model} says ({words}). "
        f"Ask another provider{', or do not ask for strictness' if strict else ''}.",
        provider=asked.provider,
        model=asked.model,
        code="untranslatable",
        param=lost[0].parameter,
    )
    error.notes = tuple(lost)
    raise error


def _is_seen(note: Note) -> bool:
    """Whether what was left out is something that the model was to look at."""
    return note.action == "dropped" and note.parameter.endswith((".image", ".document"))


def original_body(request: ModelRequest, dialect: str, **changes: Any) -> dict[str, Any] | None:
    """The client's own body for a provider of its dialect, with `changes` laid over it; None where there is none."""
    if request.original is None or request.original.dialect != dialect:
        return None
    return {**request.original.body, **changes}


def send_call(
    http: HttpClient, call: Call, dialect: VendorDialect, notes: tuple[Note, ...]
) -> Coroutine[Any, Any, ModelResponse]:
    """The whole answer to `call`, with the `notes` of its request. Raises ProviderError."""

    def read(body: dict[str, Any], answer: Answer) -> ModelResponse:
        return named(dialect.read_response(body, request_id=answer.request_id), answer)

    def read_usual(data: bytes, answer: Answer) -> ModelResponse | None:
        response = dialect.read_usual(data, request_id=answer.request_id)
        return None if response is None else named(response, answer)

    def named(response: ModelResponse, answer: Answer) -> ModelResponse:
        return msgspec.structs.replace(response, notes=notes, rate_limits=dialect.rate_limits(answer.headers))

    return read_call(http, call, dialect, read, read_usual)


async def read_call(
    http: HttpClient,
    call: Call,
    dialect: VendorDialect,
    read: Callable[[dict[str, Any], Answer], ResultT],
    read_usual: Callable[[bytes, Answer], ResultT | None] | None = None,
) -> ResultT:
    """What `read` makes of the whole answer to `call`; it may raise WireError. Raises ProviderError.

    `read_usual` is asked first, and gives None for what is not the usual good answer.
    """
    with await http.post(call, request_id_header=dialect.request_id_header) as answer:
        if not answer.is_good:
            raise await answer.refusal(dialect.error_in)
        data = await answer.read()
        if read_usual is not None and (result := read_usual(data, answer)) is not None:
            return result
        body = answer.json(data)
        error = dialect.error_in(body, answer.headers)
        if error is not None:
            raise answer.failed(error)
        try:
            return read(body, answer)
        except WireError as exc:
            raise answer.malformed(str(exc), data) from exc


def stream_call(
    http: HttpClient, call: Call, dialect: VendorDialect, notes: tuple[Note, ...]
) -> AsyncGenerator[StreamEvent]:
    """The answer to `call` as it comes, with the `notes` of its request. Raises ProviderError, also in the middle."""
    return events_of(stream_pieces(http, call, dialect, notes))


async def stream_pieces(
    http: HttpClient, call: Call, dialect: VendorDialect, notes: tuple[Note, ...]
) -> AsyncGenerator[Piece]:
    """`stream_call` in the pieces in which the answer arrives. Raises ProviderError, also in the middle."""
    with await http.post(call, request_id_header=dialect.request_id_header) as answer:
        if not answer.is_good:
            raise await answer.refusal(dialect.error_in)
        await _must_be_events(answer, dialect)
        reading = _Reading(answer, dialect, notes)
        while (chunk := await answer.chunk()) is not None:
            piece = reading.piece(chunk)
            if piece:
                yield piece
            if reading.is_over:
                await answer.drain()
                return
        if not dialect.ends_at_close:
            raise answer.cut()
        yield (reading.finished(),)


class _Reading:
    """One stream on its way from bytes to events."""

    def __init__(self, answer: Answer, dialect: VendorDialect, notes: tuple[Note, ...]) -> None:
        self._answer = answer
        self._dialect = dialect
        self._notes = notes
        self._reader = dialect.stream_reader(request_id=answer.request_id)
        fast: Callable[[str], list[StreamEvent]] | None = getattr(self._reader, "read_json", None)
        self._read_json = fast or self._read_decoded
        texts: Callable[[Sequence[ServerEvent], int], Sequence[StreamEvent]] | None
        texts = getattr(self._reader, "read_texts", None)
        self._read_texts = texts or _no_texts
        self._framing = dialect.framing()
        self._bursts = cast("BurstReader", self._reader) if hasattr(self._reader, "read_burst") else None
        self._payload: bytes | str = b""
        """What is being read, for the error that it may make."""
        self.is_over = False
        """Whether the end mark has come."""

    def piece(self, chunk: bytes) -> Piece:
        """What `chunk` completes."""
        self._payload = chunk
        try:
            if self._bursts is not None and isinstance(self._framing, SseReader):
                events = self._burst_events(chunk, self._bursts, self._framing)
            else:
                events = self._events(chunk)
        except (*UNREADABLE, WireError) as exc:
            raise self._answer.malformed(f"a stream event is wrong ({exc})", self._payload) from exc
        except StreamFailedError as exc:
            raise self._answer.failed(exc.error) from exc
        if self.is_over:
            events.append(self.finished())
        if events and isinstance(events[0], Started):
            limits = self._dialect.rate_limits(self._answer.headers)
            events[0] = msgspec.structs.replace(events[0], notes=self._notes, rate_limits=limits)
        return tuple(events)

    def _burst_events(self, chunk: bytes, bursts: BurstReader, framing: SseReader) -> list[StreamEvent]:
        """As `_events`, with bursts of text read as such."""
        events: list[StreamEvent] = []
        while chunk and bursts.reads_bursts and not self.is_over:
            texts: Sequence[StreamEvent] = ()
            if framing.is_between_events:
                texts, chunk = bursts.read_burst(chunk)
                events += texts
            if not texts:  # one event by itself, for what comes after it may be a burst
                event, end, chunk = chunk.partition(b"\n\n")
                events += self._events(event + end)
        return events + self._events(chunk) if chunk and not self.is_over else events

    def _events(self, chunk: bytes) -> list[StreamEvent]:
        """What `chunk` says, event by event."""
        events: list[StreamEvent] = []
        arrived = self._framing.feed(chunk)
        at = 0
        while at < len(arrived) and not self.is_over:
            texts = self._read_texts(arrived, at)
            if texts:
                events += texts
                at += len(texts)
            else:
                self._payload = arrived[at].data
                events += self._read(arrived[at])
                at += 1
        return events

    def _read(self, event: ServerEvent) -> list[StreamEvent]:
        """What one event says; the end mark may say something too, or be no JSON."""
        self.is_over = self._dialect.is_end(event)
        if event.data.startswith("{"):
            return self._read_json(event.data)
        if event.data and not self.is_over:
            raise WireError("it is no JSON object")
        return []

    def finished(self) -> Finished:
        """The last event. Raises ProviderError when the answer is not whole."""
        try:
            return self._reader.end()
        except StreamCutError as exc:
            raise self._answer.cut() from exc
        except WireError as exc:
            raise self._answer.malformed(str(exc), b"") from exc

    def _read_decoded(self, data: str) -> list[StreamEvent]:
        return self._reader.read(msgspec.json.decode(data, type=dict[str, Any]))


def _no_texts(events: Sequence[ServerEvent], start: int) -> Sequence[StreamEvent]:
    """What a reader without a lane for bursts of text reads of them."""
    return ()


async def _must_be_events(answer: Answer, dialect: VendorDialect) -> None:
    content_type = answer.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() == dialect.stream_type:
        return
    data, body = await answer.json_or_none()
    error = None if body is None else dialect.error_in(body, answer.headers)
    if error is not None:
        raise answer.failed(error)
    raise answer.malformed(f"events were asked for, but {content_type or 'no type'} came", data)
