"""One HTTP/1.1 connection to one origin: opening it, directly or through a proxy, and one exchange after another."""

from __future__ import annotations

import asyncio
import base64
import ssl
from functools import lru_cache, partial
from typing import cast
from urllib.parse import SplitResult, unquote, urlsplit

import httptools
import msgspec

from polydesk.core.deadlines import NEVER, Deadline, Deadlines

HEAD_LIMIT_BYTES = 64 * 1024
_FRAMING = frozenset({b"content-length", b"transfer-encoding"})
PAUSE_BYTES = 256 * 1024
"""So much of an answer may wait to be read before the peer is made to wait: a slow reader must not fill the memory."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where connections go: scheme, host and port."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """`host:port`, an IPv6 address in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class BrokenExchangeError(Exception):
    """The peer broke HTTP, or broke off. `silent` tells that not one byte of an answer had come."""

    def __init__(self, message: str, *, silent: bool = False, malformed: bool = False) -> None:
        super().__init__(message)
        self.silent = silent
        self.malformed = malformed
        """True when what came is not HTTP or not what we can read; False when it broke off."""

    def again(self) -> BrokenExchangeError:
        """The same error to be raised: one that is kept and raised itself would keep whoever met it."""
        return BrokenExchangeError(str(self), silent=self.silent, malformed=self.malformed)


@lru_cache(maxsize=1024)
def origin_of(url: str) -> tuple[Origin, SplitResult]:
    """The origin of `url` and its parts. Raises ValueError unless it is an http or https address with a host."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{parts.scheme}://{parts.hostname or ''} is not an http or https address")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return Origin(scheme=parts.scheme, host=parts.hostname, port=port), parts


class Head:
    """The status and headers of an answer; filled by the parser."""

    __slots__ = ("_decoded", "raw", "status")

    def __init__(self) -> None:
        self.status = 0
        self.raw: list[tuple[bytes, bytes]] = []
        self._decoded: dict[str, str] | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Names in lower case; of a repeated header the last value."""
        if self._decoded is None:
            self._decoded = {
                name.decode("latin-1").lower(): value.decode("latin-1").strip() for name, value in self.raw
            }
        return self._decoded


class Connection(asyncio.Protocol):
    """An open connection. One exchange at a time: `write`, `head`, then `piece` and `arrival` until it is complete.

    Whoever waits does so for a future of `arrival` itself: a coroutine in between would cost more than the wait.
    """

    def __init__(self, deadlines: Deadlines) -> None:
        self._loop = asyncio.get_running_loop()
        self._deadlines = deadlines
        self._deadline: Deadline | None = None
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._lost: str | None = None
        self._broken: BrokenExchangeError | None = None
        self._paused = False
        self._waiting_bytes = 0
        self.idle_since = 0.0
        self._pieces: list[bytes] = []
        self.on_body = self._pieces.append
        """What the parser calls for every piece of a body, of which a stream has one for each event."""
        self._parser = httptools.HttpResponseParser(self)
        self._begin()
        self._complete = True

    @property
    def is_open(self) -> bool:
        """False once the peer has closed or sent something unasked."""
        return self._lost is None and self._transport is not None and not self._transport.is_closing()

    @property
    def is_reusable(self) -> bool:
        """Whether the exchange is over and the peer keeps the connection."""
        return self._complete and self._keep_alive and not self._paused and self._broken is None and self.is_open

    @property
    def is_complete(self) -> bool:
        """Whether the whole answer has come."""
        return self._complete

    def write(self, data: bytes) -> None:
        """Send a request and begin a new exchange. Raises BrokenExchangeError."""
        self._begin()
        if self._transport is None or not self.is_open:
            raise BrokenExchangeError("the connection was closed while the request was sent", silent=True)
        self._transport.write(data)

    @property
    def head(self) -> Head | None:
        """The answer's head; None until it has come."""
        return self._answer if self._has_head else None

    def piece(self) -> bytes | None:
        """What has come of the answer's body since the last piece; None when nothing has."""
        pieces = self._pieces
        if not pieces:
            return None
        piece = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        self._waiting_bytes = 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return piece

    def arrival(self, timeout_s: float) -> asyncio.Future[None]:
        """Done once something more has come, or nothing can; TimeoutError when nothing has for `timeout_s`.

        Raises BrokenExchangeError.
        """
        if self._broken is not None:
            raise self._broken.again()
        waiter = self._waiter = self._loop.create_future()
        if self._deadline is None:
            self._deadline = self._deadlines.set(timeout_s, self._expire)
        else:
            self._deadline.at = self._loop.time() + timeout_s
        return waiter

    def rest(self) -> None:
        """Note that nothing is waited for until the next `write`."""
        if self._deadline is not None:
            self._deadlines.lift(self._deadline)
            self._deadline = None

    def close(self) -> None:
        """Close at once; what the peer still sends is thrown away."""
        self.rest()
        if self._transport is not None and not self._loop.is_closed():
            self._transport.abort()

    def _expire(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_exception(TimeoutError())

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is None:
            return
        if self._deadline is not None:
            self._deadline.at = NEVER
        if not waiter.done():
            waiter.set_result(None)

    def _break(self, error: BrokenExchangeError) -> None:
        if self._broken is None:
            self._broken = error
        self._keep_alive = False
        self._wake()

    def _begin(self) -> None:
        self._waiting_bytes = 0
        self._answer = Head()
        self._pieces.clear()
        self._bytes = 0
        self._has_head = False
        self._complete = False
        self._keep_alive = False
        self._until_close = False

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._complete:  # unasked, or more than was announced: such a connection is not used again
            self.close()
            return
        self._bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._break(BrokenExchangeError("the answer switches protocols", malformed=True))
            return
        except httptools.HttpParserError as exc:
            self._break(BrokenExchangeError(f"the answer is not HTTP/1.1: {exc}", malformed=True))
            return
        if not self._has_head and self._bytes > HEAD_LIMIT_BYTES:
            self._break(BrokenExchangeError("the answer's headers are too long", malformed=True))
            return
        self._waiting_bytes += len(data)
        if self._waiting_bytes > PAUSE_BYTES and self._pieces and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = "" if exc is None else str(exc)
        if self._complete:
            return
        if exc is None and self._has_head and self._until_close:
            self._complete = True
            self._keep_alive = False
            self._wake()
            return
        self._break(BrokenExchangeError(self._end_words(exc), silent=not self._bytes))

    def _end_words(self, exc: Exception | None) -> str:
        if exc is not None:
            return f"the connection broke: {exc}"
        return f"the connection was closed {'in the middle of the answer' if self._bytes else 'without an answer'}"

    # What the parser calls, by the names that it knows.

    def on_header(self, name: bytes, value: bytes) -> None:
        self._answer.raw.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200:
            self._answer.status = status
            self._has_head = True
            self._until_close = _FRAMING.isdisjoint([name.lower() for name, _ in self._answer.raw])

    def on_message_complete(self) -> None:
        if self._has_head:
            self._complete = True
            self._keep_alive = self._parser.should_keep_alive()
        else:  # an interim answer, such as 103: the real one follows
            self._answer = Head()


async def open_connection(
    origin: Origin, *, deadlines: Deadlines, tls: ssl.SSLContext | None, proxy: str | None
) -> Connection:
    """A new connection to `origin`; `tls` is used for https, and `proxy` is an http address, with its credential.

    Raises OSError, ssl.SSLError, BrokenExchangeError.
    """
    loop = asyncio.get_running_loop()
    new = partial(Connection, deadlines)
    secure = origin.scheme == "https"
    if proxy is None:
        context = (tls or ssl.create_default_context()) if secure else None
        name = origin.host if secure else None
        _, connection = await loop.create_connection(new, origin.host, origin.port, ssl=context, server_hostname=name)
        return connection
    via, parts = origin_of(proxy)
    if not secure:
        return (await loop.create_connection(new, via.host, via.port))[1]
    return await _through_tunnel(origin, via, parts, new(), tls or ssl.create_default_context())


def proxy_authorization(parts: SplitResult) -> str | None:
    """The header value for the credential in a proxy's address; None when it has none."""
    if parts.username is None:
        return None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode("ascii")


class _Tunnel(asyncio.Protocol):
    """Collects what a proxy says before it becomes a tunnel."""

    def __init__(self) -> None:
        self.said: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._data = b""

    def data_received(self, data: bytes) -> None:
        self._data += data
        if not self.said.done() and (b"\r\n\r\n" in self._data or len(self._data) > HEAD_LIMIT_BYTES):
            self.said.set_result(self._data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.said.done():
            self.said.set_result(b"")


async def _through_tunnel(
    origin: Origin, via: Origin, proxy: SplitResult, connection: Connection, tls: ssl.SSLContext
) -> Connection:
    loop = asyncio.get_running_loop()
    transport, tunnel = await loop.create_connection(_Tunnel, via.host, via.port)
    try:
        credential = proxy_authorization(proxy)
        extra = f"proxy-authorization: {credential}\r\n" if credential else ""
        transport.write(f"CONNECT {origin.authority} HTTP/1.1\r\nhost: {origin.authority}\r\n{extra}\r\n".encode())
        _must_be_open(await tunnel.said)
        transport.set_protocol(connection)
        secured = await loop.start_tls(transport, connection, tls, server_hostname=origin.host)
        if secured is None:
            raise BrokenExchangeError("the proxy closed the tunnel")
        connection.connection_made(secured)
    except BaseException:
        transport.abort()
        raise
    return connection


def _must_be_open(said: bytes) -> None:
    if b"\r\n\r\n" not in said:
        raise BrokenExchangeError("the proxy did not open a tunnel")
    status = said.split(b" ", 2)[1:2]
    if status != [b"200"]:
        shown = b"".join(status).decode("latin-1") or "no status"
        raise BrokenExchangeError(f"the proxy refused to open a tunnel ({shown})")
