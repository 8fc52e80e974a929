"""Requests out of bytes, however these are cut, by llhttp's strict parser. Knows no network."""

from __future__ import annotations

from collections.abc import Callable

import httptools

from polydesk.gateway.server.request import Request

HEAD_LIMIT_BYTES = 64 * 1024
NO_REQUEST = "this is not a valid HTTP/1.1 request"
HEAD_TOO_LONG = "the request's headers are too long"


class UnreadableRequestError(Exception):
    """Bytes that are no request this server takes. Whatever follows them cannot be told apart any more."""

    def __init__(self, status: int, words: str, *, target: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.target = target
        """What it asks for, as far as that could be read."""


class RequestParser:
    """Hands each whole request to `taken`, with whether its connection may be kept and its answer be chunked."""

    def __init__(self, taken: Callable[[Request, bool, bool], None], *, max_body_bytes: int) -> None:
        self._taken = taken
        self._max_body_bytes = max_body_bytes
        self._parser = httptools.HttpRequestParser(self)
        self._unreadable: UnreadableRequestError | None = None
        self._upgrade = False
        self.reading = False
        """Whether a request has begun and is not yet whole."""
        self.waits_for_continue = False
        """Whether the client sends the body only once it is told to (RFC 9110 §10.1.1)."""
        self._clear()

    def feed(self, data: bytes) -> None:
        """Read on. Raises UnreadableRequestError, after which nothing more can be read."""
        self._wire_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._pass_over(memoryview(data)[upgrade.args[0] :])
        except httptools.HttpParserError as exc:
            raise self._unreadable or self._error(400, NO_REQUEST) from exc
        if self.reading and not self._has_head and self._wire_bytes > HEAD_LIMIT_BYTES:
            self._refuse(431, HEAD_TOO_LONG)
        if self._wire_bytes > HEAD_LIMIT_BYTES + 2 * self._max_body_bytes:  # chunks, their extensions and trailers
            self._refuse_body()
        if self._unreadable is not None:
            raise self._unreadable

    @property
    def held_bytes(self) -> int:
        """How much of a request that is not yet whole lies here."""
        return len(self._body) if self.reading else 0

    def give_up(self, status: int, words: str) -> UnreadableRequestError:
        """Throw away the request that is being read, and say what its client is told. Nothing more can be read."""
        self._body = b""
        return self._error(status, words)

    # What the parser calls, by the names that it knows.

    def on_message_begin(self) -> None:
        self._clear()
        self.reading = True

    def on_url(self, url: bytes) -> None:
        self._url += url
        self._head_bytes += len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._has_head:  # a trailer says nothing that would count
            self._headers[name.lower()] = value
            self._head_bytes += len(name) + len(value) + 4

    def on_headers_complete(self) -> None:
        self._has_head = True
        self._upgrade = self._parser.should_upgrade()
        if self._head_bytes > HEAD_LIMIT_BYTES:
            self._refuse(431, HEAD_TOO_LONG)
        length = self._headers.get(b"content-length", b"0").strip()
        if length.isdigit() and int(length) > self._max_body_bytes:
            self._refuse_body()
        expected = self._headers.get(b"expect")
        if expected is not None and expected.strip().lower() == b"100-continue":
            self.waits_for_continue = self._parser.get_http_version() == "1.1"

    def on_body(self, data: bytes) -> None:
        self.waits_for_continue = False
        if len(self._body) + len(data) > self._max_body_bytes:
            self._refuse_body()
        elif not self._body:
            self._body = data
        else:
            self._body = self._body if isinstance(self._body, bytearray) else bytearray(self._body)
            self._body += data

    def on_message_complete(self) -> None:
        self.waits_for_continue = False
        if self._upgrade or self._unreadable is not None:
            return
        self.reading = False
        self._wire_bytes = 0
        path, query = self._path_and_query()
        request = Request(
            method=self._parser.get_method().decode("ascii"),
            path=path,
            query=query,
            headers=self._headers,
            body=bytes(self._body),
        )
        is_current = self._parser.get_http_version() == "1.1"
        # Who speaks HTTP/1.0 is not told how long a connection is kept, nor does it know chunks.
        self._taken(request, is_current and self._parser.should_keep_alive(), is_current)

    def _path_and_query(self) -> tuple[str, str]:
        if self._url.startswith(b"/"):
            path, _, query = self._url.decode("latin-1").partition("?")
            return path, query
        try:  # what a client says to a proxy (RFC 9112 §3.2.2)
            url = httptools.parse_url(self._url)
        except httptools.HttpParserInvalidURLError:
            return self._url.decode("latin-1"), ""
        return (url.path or b"/").decode("latin-1"), (url.query or b"").decode("latin-1")

    def _pass_over(self, rest: memoryview) -> None:
        """Read on after an offer to speak another protocol, and after every further one.

        llhttp takes what follows a head with such an offer for the other protocol; so the head is read again without.
        """
        while self._unreadable is None:
            try:
                self._read_head_again()
                self._parser.feed_data(rest)
                return
            except httptools.HttpParserUpgrade as upgrade:
                rest = rest[upgrade.args[0] :]
            except httptools.HttpParserError as exc:
                raise self._unreadable or self._error(400, NO_REQUEST) from exc

    def _read_head_again(self) -> None:
        method = self._parser.get_method()
        if method == b"CONNECT":
            raise self._error(405, "this server is no proxy")
        version = self._parser.get_http_version().encode()
        lines = [b"%s: %s\r\n" % header for header in self._headers.items() if header[0] != b"upgrade"]
        head = b"%s %s HTTP/%s\r\n%s\r\n" % (method, self._url, version, b"".join(lines))
        self._parser = httptools.HttpRequestParser(self)
        self._parser.feed_data(head)

    def _refuse_body(self) -> None:
        self._refuse(413, f"the request's body is larger than {self._max_body_bytes} bytes")

    def _refuse(self, status: int, words: str) -> None:
        self._unreadable = self._unreadable or self._error(status, words)

    def _error(self, status: int, words: str) -> UnreadableRequestError:
        return UnreadableRequestError(status, words, target=self._url.decode("latin-1"))

    def _clear(self) -> None:
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._body: bytes | bytearray = b""
        self._wire_bytes = 0
        self._head_bytes = 0
        self._has_head = False
        self._upgrade = False
