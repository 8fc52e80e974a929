"""A small pooled HTTP/1.1 client for model calls: POST JSON, read the answer whole or as it comes.

Redirects are not followed: an address that redirects is a wrong setting, and the credential must not travel on.
One client belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType, TracebackType
from typing import Any

import msgspec

from polydesk.core.deadlines import Deadlines
from polydesk.core.errors import ProviderError
from polydesk.providers.connection import (
    BrokenExchangeError,
    Connection,
    Head,
    Origin,
    open_connection,
    origin_of,
    proxy_authorization,
)
from polydesk.providers.failures import Asked, failure, malformed, retry_after_s, unavailable

BODY_LIMIT_BYTES = 64 * 1024 * 1024
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding JSON raises; the last for JSON nested beyond all measure."""


_JSON_OBJECT = msgspec.json.Decoder(dict[str, Any])
ErrorIn = Callable[[Mapping[str, Any], Mapping[str, str]], Mapping[str, Any] | None]
"""The vendor's error in a body with its headers; None when there is none."""


EXTRA_HEADERS: ContextVar[Mapping[str, str]] = ContextVar("EXTRA_HEADERS", default=MappingProxyType({}))
"""Headers that whoever makes a call adds to its requests, such as those of a trace."""


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait, in seconds, for each thing by itself; nothing limits an answer that keeps coming."""

    connect_s: float = 10.0
    """For a connection, TLS and proxy included, and for a free place in the pool."""
    first_byte_s: float = 600.0
    """From the request sent to the answer's head. Models that reason are silent for minutes when not streamed."""
    idle_s: float = 120.0
    """Between two pieces of the answer."""
    drain_s: float = 0.25
    """For the last bytes after a stream's end mark, so that the connection can be used again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One POST of JSON to a provider."""

    asked: Asked
    url: str
    headers: Mapping[str, str] = field(repr=False)
    """Without those of HTTP itself; the credential is among them."""
    body: bytes = field(repr=False)


class Answer:
    """A provider's answer whose head has come: `with` it. Leaving before it is over closes the connection.

    Every method raises ProviderError.
    """

    __slots__ = ("_asked", "_client", "_connection", "_origin", "_timeouts", "headers", "request_id", "status")

    def __init__(
        self, client: HttpClient, call: Call, origin: Origin, connection: Connection, head: Head, request_id_header: str
    ) -> None:
        self.status = head.status
        self.headers = head.headers
        self.request_id = self.headers.get(request_id_header)
        self._asked = call.asked
        self._client = client
        self._origin = origin
        self._connection = connection
        self._timeouts = client.timeouts

    def __enter__(self) -> Answer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.give_back(self._origin, self._connection)

    async def chunk(self) -> bytes | None:
        """The next piece of the body as it comes; None at its end."""
        connection = self._connection
        try:
            while (piece := connection.piece()) is None:
                if connection.is_complete:
                    return None
                await connection.arrival(self._timeouts.idle_s)
        except TimeoutError as exc:
            what = f"nothing came for {self._timeouts.idle_s:g} s"
            raise unavailable(self._asked, what, code="timeout", request_id=self.request_id) from exc
        except BrokenExchangeError as exc:
            if exc.malformed:
                raise self.malformed(str(exc), b"") from exc
            raise unavailable(self._asked, str(exc), code="connection", request_id=self.request_id) from exc
        return piece

    async def read(self) -> bytes:
        """The whole body."""
        if self._connection.is_complete:  # most came with their heads
            return self._connection.piece() or b""
        pieces: list[bytes] = []
        size = 0
        while (piece := await self.chunk()) is not None:
            pieces.append(piece)
            size += len(piece)
            if size > BODY_LIMIT_BYTES:
                raise self.malformed(f"it is longer than {BODY_LIMIT_BYTES} bytes", b"")
        return b"".join(pieces)

    @property
    def is_good(self) -> bool:
        """Whether the status says success."""
        return self.status < 300

    async def refusal(self, error_in: ErrorIn) -> ProviderError:
        """The error to raise for an answer that is not good. `error_in` reads the vendor's error body."""
        if self.status < 400:
            return unavailable(self._asked, "the address redirects; check its base address", code="redirect")
        wait = retry_after_s(self.headers, now=datetime.now(tz=UTC))
        _, body = await self.json_or_none()
        error = {} if body is None else error_in(body, self.headers) or {}
        return failure(self._asked, error, status=self.status, request_id=self.request_id, retry_after_s=wait)

    def json(self, data: bytes) -> dict[str, Any]:
        """The JSON object that a whole body is. Raises MalformedResponseError when it is none."""
        try:
            return _JSON_OBJECT.decode(data)
        except UNREADABLE as exc:
            raise self.malformed(f"not a JSON object ({exc})", data) from exc

    async def json_or_none(self) -> tuple[bytes, dict[str, Any] | None]:
        """The whole body, and the JSON object that it is; None for one that is none, as the pages of proxies are."""
        data = await self.read()
        try:
            return data, _JSON_OBJECT.decode(data)
        except UNREADABLE:
            return data, None

    async def drain(self) -> None:
        """Read over the last bytes, for a moment, so that the connection can be used again."""
        try:
            while not self._connection.is_complete:
                self._connection.piece()
                await self._connection.arrival(self._timeouts.drain_s)
            self._connection.piece()
        except (TimeoutError, BrokenExchangeError):
            self._connection.close()

    def malformed(self, what: str, payload: bytes | str) -> ProviderError:
        """The error to raise for an answer that cannot be read."""
        return malformed(self._asked, what, payload, status=self.status, request_id=self.request_id)

    def failed(self, error: Mapping[str, Any]) -> ProviderError:
        """The error to raise for a failure that the vendor reports in an answer that began well."""
        return failure(self._asked, error, status=None, request_id=self.request_id)

    def cut(self) -> ProviderError:
        """The error to raise for a stream that ended before its end mark."""
        return unavailable(self._asked, "the stream was cut", code="stream_cut", request_id=self.request_id)


class HttpClient:
    """Keeps connections open per origin and sends calls over them.

    At most `connections` are open to one origin at a time; further calls wait for a place. A connection that has been
    idle for `keep_idle_s` is not used again. `proxy` is an `http://` address and may carry a credential.
    """

    def __init__(
        self,
        *,
        timeouts: Timeouts | None = None,
        connections: int = 1_000,
        keep_idle_s: float = 50.0,
        proxy: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.timeouts = timeouts or Timeouts()
        self._connections = connections
        self._keep_idle_s = keep_idle_s
        self._proxy = proxy
        self._tls = tls
        self._idle: dict[Origin, list[Connection]] = {}
        self._places: dict[Origin, _Places] = {}
        self._deadlines: Deadlines | None = None

    async def close(self) -> None:
        """Close the idle connections; those in use close when their call ends."""
        for idle in self._idle.values():
            for connection in idle:
                connection.close()
        self._idle.clear()
        await asyncio.sleep(0)  # lets the loop finish what closing has begun

    async def post(self, call: Call, *, request_id_header: str) -> Answer:
        """The answer to `call`, good or bad, once its head has come, in a place of the pool until it is left.

        Raises ProviderUnavailableError and MalformedResponseError.
        """
        origin, _ = origin_of(call.url)
        places = self._places.get(origin)
        if places is None:
            places = self._places[origin] = _Places(self._connections)
        if not places.take():
            await self._wait_for_place(call, places)
        try:
            return await self._answer(call, origin, request_id_header)
        except BaseException:
            places.give_back()
            raise

    def give_back(self, origin: Origin, connection: Connection) -> None:
        """Keep `connection` for the next call where it can be used again, and free its place."""
        self._places[origin].give_back()
        connection.rest()
        if not connection.is_reusable:
            connection.close()
            return
        connection.idle_since = time.monotonic()
        self._idle.setdefault(origin, []).append(connection)

    async def _wait_for_place(self, call: Call, places: _Places) -> None:
        try:
            async with asyncio.timeout(self.timeouts.connect_s):
                await places.wait()
        except TimeoutError as exc:
            raise unavailable(call.asked, f"all {self._connections} connections are busy", code="pool") from exc

    async def _answer(self, call: Call, origin: Origin, request_id_header: str) -> Answer:
        data = _request_bytes(call, self._proxy)
        connection, head = self._take(origin), None
        if connection is not None:
            try:
                head = await self._head(call, connection, data)
            except BrokenExchangeError as exc:
                # The peer closed while the connection lay idle, and has seen nothing of this request.
                if not exc.silent:
                    raise self._broken(call, exc) from exc
        if connection is None or head is None:
            connection = await self._connect(call, origin)
            try:
                head = await self._head(call, connection, data)
            except BrokenExchangeError as exc:
                raise self._broken(call, exc) from exc
        return Answer(self, call, origin, connection, head, request_id_header)

    async def _head(self, call: Call, connection: Connection, data: bytes) -> Head:
        try:
            connection.write(data)
            while (head := connection.head) is None:
                await connection.arrival(self.timeouts.first_byte_s)
        except TimeoutError as exc:
            connection.close()
            what = f"no answer began within {self.timeouts.first_byte_s:g} s"
            raise unavailable(call.asked, what, code="timeout") from exc
        except BaseException:
            connection.close()
            raise
        return head

    async def _connect(self, call: Call, origin: Origin) -> Connection:
        if origin.scheme == "https" and self._tls is None:
            self._tls = ssl.create_default_context()
        try:
            async with asyncio.timeout(self.timeouts.connect_s):
                return await open_connection(origin, deadlines=self._watch(), tls=self._tls, proxy=self._proxy)
        except TimeoutError as exc:
            what = f"no connection to {origin.authority} within {self.timeouts.connect_s:g} s"
            raise unavailable(call.asked, what, code="timeout") from exc
        except ssl.SSLCertVerificationError as exc:
            what = f"the certificate of {origin.authority} is not trusted ({exc.verify_message})"
            raise unavailable(call.asked, what, code="certificate") from exc
        except OSError as exc:
            what = f"no connection to {origin.authority} ({exc.strerror or type(exc).__name__})"
            raise unavailable(call.asked, what, code="connection") from exc
        except BrokenExchangeError as exc:
            raise unavailable(call.asked, str(exc), code="proxy") from exc

    def _watch(self) -> Deadlines:
        if self._deadlines is None:
            self._deadlines = Deadlines()
        return self._deadlines

    def _broken(self, call: Call, exc: BrokenExchangeError) -> ProviderError:
        if exc.malformed:
            return malformed(call.asked, str(exc), b"")
        return unavailable(call.asked, str(exc), code="connection")

    def _take(self, origin: Origin) -> Connection | None:
        """The connection used last that is still good; older ones are the first to have been closed by the peer."""
        now = time.monotonic()
        idle = self._idle.get(origin, [])
        while idle:
            connection = idle.pop()
            if connection.is_open and now - connection.idle_since < self._keep_idle_s:
                return connection
            connection.close()
        return None


class _Places:
    """How many more connections to one origin may be open; who waits is served in order."""

    def __init__(self, free: int) -> None:
        self._free = free
        self._waiting: deque[asyncio.Future[None]] = deque()

    def take(self) -> bool:
        """Take a place when one is free."""
        if self._free <= 0:
            return False
        self._free -= 1
        return True

    async def wait(self) -> None:
        """Wait for a place and take it."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled():
                self.give_back()
            raise

    def give_back(self) -> None:
        """Hand a place to the next who waits, or free it."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._free += 1


def _request_bytes(call: Call, proxy: str | None) -> bytes:
    head = _request_head(call.url, tuple(call.headers.items()), proxy)
    extra = EXTRA_HEADERS.get()
    if extra:
        head += "".join(f"{name}: {_header_value(value)}\r\n" for name, value in extra.items()).encode("latin-1")
    return b"%scontent-length: %d\r\n\r\n%s" % (head, len(call.body), call.body)


@lru_cache(maxsize=1024)
def _request_head(url: str, extra: tuple[tuple[str, str], ...], proxy: str | None) -> bytes:
    """The head of a request, but for the length of its body and the empty line."""
    origin, parts = origin_of(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    default = {"http": 80, "https": 443}[origin.scheme] == origin.port
    host = origin.authority.rpartition(":")[0] if default else origin.authority
    headers = {"host": host, "content-type": "application/json", "accept-encoding": "identity", **dict(extra)}
    if proxy is not None and origin.scheme == "http":
        target = f"http://{host}{target}"
        credential = proxy_authorization(origin_of(proxy)[1])
        headers |= {"proxy-authorization": credential} if credential else {}
    lines = [f"POST {target} HTTP/1.1", *(f"{name}: {_header_value(value)}" for name, value in headers.items())]
    return "\r\n".join([*lines, ""]).encode("latin-1")


def _header_value(value: str) -> str:
    if any(character in value for character in "\r\n\0"):
        raise ValueError("a header's value holds a line break; check the API key for stray characters")
    return value
