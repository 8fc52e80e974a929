"""One HTTP/1.1 connection to one origin: opening it, directly or through a proxy, and one exchange after another."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import httptools
import msgspec

READ_BYTES = 64 * 1024
HEAD_LIMIT_BYTES = 64 * 1024


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


def origin_of(url: str) -> tuple[Origin, SplitResult]:
    """The origin of `url` and its parts. Raises ValueError unless it is an http or https address with a host."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{parts.scheme}://{parts.hostname or ''} is not an http or https address")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return Origin(scheme=parts.scheme, host=parts.hostname, port=port), parts


class Head:
    """The status and headers of an answer; filled by the parser."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        """Names in lower case; of a repeated header the last value."""


class Connection:
    """An open connection. One exchange at a time: `write`, `head`, `body` until it gives None."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._begin()
        self.idle_since = 0.0

    @property
    def is_open(self) -> bool:
        """False once the peer has closed or sent something unasked."""
        return not (self._reader.at_eof() or self._writer.is_closing())

    @property
    def is_reusable(self) -> bool:
        """Whether the exchange is over and the peer keeps the connection."""
        return self._complete and self._keep_alive and self.is_open

    @property
    def is_complete(self) -> bool:
        """Whether the whole answer has come."""
        return self._complete

    async def write(self, data: bytes) -> None:
        """Send a request and begin a new exchange."""
        self._begin()
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError as exc:
            raise BrokenExchangeError("the connection was closed while the request was sent", silent=True) from exc

    async def head(self) -> Head:
        """The answer's head. Raises BrokenExchangeError."""
        while not self._has_head:
            await self._more()
        return self._answer

    async def body(self) -> bytes | None:
        """The next piece of the answer's body; None when it is over. Raises BrokenExchangeError."""
        while not self._pieces and not self._complete:
            await self._more()
        if not self._pieces:
            return None
        piece = b"".join(self._pieces)
        self._pieces.clear()
        return piece

    def close(self) -> None:
        """Close at once; what the peer still sends is thrown away."""
        with contextlib.suppress(RuntimeError):  # the loop may be closed already
            self._writer.transport.abort()

    async def _more(self) -> None:
        try:
            data = await self._reader.read(READ_BYTES)
        except OSError as exc:
            raise BrokenExchangeError(f"the connection broke: {exc}", silent=not self._bytes) from exc
        if not data:
            self._at_end()
            return
        self._bytes += len(data)
        if not self._has_head and self._bytes > HEAD_LIMIT_BYTES + READ_BYTES:
            raise BrokenExchangeError("the answer's headers are too long", malformed=True)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as exc:
            raise BrokenExchangeError("the answer switches protocols", malformed=True) from exc
        except httptools.HttpParserError as exc:
            raise BrokenExchangeError(f"the answer is not HTTP/1.1: {exc}", malformed=True) from exc

    def _at_end(self) -> None:
        self._keep_alive = False
        if self._has_head and self._until_close:
            self._complete = True
            return
        what = "in the middle of the answer" if self._bytes else "without an answer"
        raise BrokenExchangeError(f"the connection was closed {what}", silent=not self._bytes)

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._answer = Head()
        self._pieces: list[bytes] = []
        self._bytes = 0
        self._has_head = False
        self._complete = False
        self._keep_alive = False
        self._until_close = False

    # What the parser calls, by the names that it knows.

    def on_header(self, name: bytes, value: bytes) -> None:
        self._answer.headers[name.decode("latin-1").lower()] = value.decode("latin-1").strip()

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200:
            headers = self._answer.headers
            self._answer.status = status
            self._has_head = True
            self._until_close = "content-length" not in headers and "transfer-encoding" not in headers

    def on_body(self, data: bytes) -> None:
        self._pieces.append(data)

    def on_message_complete(self) -> None:
        if self._has_head:
            self._complete = True
            self._keep_alive = self._parser.should_keep_alive()
        else:  # an interim answer, such as 103: the real one follows
            self._answer = Head()


async def open_connection(origin: Origin, *, tls: ssl.SSLContext | None, proxy: str | None) -> Connection:
    """A new connection to `origin`; `tls` is used for https, and `proxy` is an http address, with its credential.

    Raises OSError, ssl.SSLError, BrokenExchangeError.
    """
    secure: dict[str, Any] = {"ssl": tls, "server_hostname": origin.host} if origin.scheme == "https" else {}
    if proxy is None:
        return Connection(*await asyncio.open_connection(origin.host, origin.port, limit=2 * READ_BYTES, **secure))
    via, parts = origin_of(proxy)
    reader, writer = await asyncio.open_connection(via.host, via.port, limit=2 * READ_BYTES)
    if origin.scheme == "https":
        try:
            await _tunnel(reader, writer, origin, parts)
            await writer.start_tls(tls or ssl.create_default_context(), server_hostname=origin.host)
        except BaseException:
            writer.transport.abort()
            raise
    return Connection(reader, writer)


def proxy_authorization(parts: SplitResult) -> str | None:
    """The header value for the credential in a proxy's address; None when it has none."""
    if parts.username is None:
        return None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode("ascii")


async def _tunnel(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, origin: Origin, proxy: SplitResult
) -> None:
    credential = proxy_authorization(proxy)
    extra = f"proxy-authorization: {credential}\r\n" if credential else ""
    writer.write(f"CONNECT {origin.authority} HTTP/1.1\r\nhost: {origin.authority}\r\n{extra}\r\n".encode())
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as exc:
        raise BrokenExchangeError("the proxy did not open a tunnel") from exc
    status = head.split(b" ", 2)[1:2]
    if status != [b"200"]:
        shown = b"".join(status).decode("latin-1") or "no status"
        raise BrokenExchangeError(f"the proxy refused to open a tunnel ({shown})")
