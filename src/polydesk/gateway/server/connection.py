"""One client's connection: requests in, one after another, and their replies out."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, cast

import httptools

from polydesk.gateway.server.request import ClientGoneError, Reply, Request

if TYPE_CHECKING:
    from polydesk.gateway.server.listener import Listener

HEAD_LIMIT_BYTES = 64 * 1024
WRITE_HIGH_BYTES = 64 * 1024
"""So much may wait for a slow client before whoever writes to it waits too."""
WAITING_REQUESTS = 8
"""So many requests may be sent ahead on one connection before it is read no further."""
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class ClientConnection(asyncio.Protocol):
    """Parses requests and hands each to the listener's handler in a task of its own, in order.

    A client that goes away cancels the task that answers it.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._loop = listener.loop
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._queue: deque[tuple[Request, Reply]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._paused = False
        self._stopped_reading = False
        self._refused = False
        self.busy = False
        """Whether a request is being answered."""
        self.reading = False
        """Whether a request has begun and is not yet whole."""
        self.since = self._loop.time()
        """When the connection became idle, its unfinished request began, or its client stopped reading."""
        self._clear()

    @property
    def is_blocked(self) -> bool:
        """Whether somebody waits for the client to read."""
        return self._waiter is not None

    def end(self) -> None:
        """Close the connection; a request that is being answered ends with it."""
        if self._transport is not None:
            self._transport.abort()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=WRITE_HIGH_BYTES)
        self._listener.opened(self)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if not self.reading and not self.busy:
            self.since = self._loop.time()
        self.reading = True
        self._head_bytes += 0 if self._has_head else len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse(426, "this server speaks HTTP/1.1 only")
        except httptools.HttpParserError:
            self._refuse(400, "this is not a valid HTTP/1.1 request")
        if not self._has_head and self._head_bytes > HEAD_LIMIT_BYTES:
            self._refuse(431, "the request's headers are too long")

    def connection_lost(self, exc: Exception | None) -> None:
        self._listener.closed(self)
        self._queue.clear()
        self._transport = None
        if self._task is not None:
            self._task.cancel()
        self._release(ClientGoneError())

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._release(None)

    # What the parser calls, by the names that it knows.

    def on_message_begin(self) -> None:
        self._clear()

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        self._has_head = True
        self._head_bytes = 0
        length = self._headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._listener.max_body_bytes:
            self._too_large()
        elif self._headers.get(b"expect", b"").lower() == b"100-continue" and self._transport is not None:
            self._transport.write(CONTINUE)

    def on_body(self, data: bytes) -> None:
        self._body_bytes += len(data)
        if self._body_bytes > self._listener.max_body_bytes:
            self._too_large()
        elif not self._refused:
            self._body.append(data)

    def on_message_complete(self) -> None:
        if self._refused:
            return
        self.reading = False
        method = self._parser.get_method().decode("ascii", "replace")
        path, _, query = self._url.decode("latin-1").partition("?")
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        request = Request(method=method, path=path, query=query, headers=self._headers, body=body)
        keep = self._parser.should_keep_alive() and not self._listener.draining
        chunked = self._parser.get_http_version() != "1.0"
        reply = Reply(self, keep_alive=keep, chunked=chunked, head_only=method == "HEAD")
        if self.busy:
            self._wait_in_line(request, reply)
        else:
            self._answer(request, reply)

    # What a reply writes to.

    def write(self, data: bytes) -> None:
        if self._transport is None:
            raise ClientGoneError
        self._transport.write(data)

    def date(self) -> bytes:
        return self._listener.date

    async def drain(self) -> None:
        """Wait until the client has read enough. Raises ClientGoneError."""
        if self._transport is None:
            raise ClientGoneError
        if self._paused:
            self.since = self._loop.time()
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None

    # One request.

    def _answer(self, request: Request, reply: Reply) -> None:
        self.busy = True
        self._task = self._loop.create_task(self._handled(request, reply))

    async def _handled(self, request: Request, reply: Reply) -> None:
        try:
            await self._listener.handler(request, reply)
        except ClientGoneError:
            pass
        finally:
            self._task = None
            self._over(reply)

    def _over(self, reply: Reply) -> None:
        """Go on with the connection after a reply. One that was broken off is cut, so that its reader can tell."""
        self.busy = False
        self.since = self._loop.time()
        if self._transport is None:
            return
        if not reply.ended:
            self._transport.abort()
        elif not reply.keeps_connection or self._refused:
            self._transport.close()
        elif self._queue:
            self._answer(*self._queue.popleft())
            self._read_on()
        elif self._listener.draining:
            self._transport.close()

    def _wait_in_line(self, request: Request, reply: Reply) -> None:
        self._queue.append((request, reply))
        if len(self._queue) >= WAITING_REQUESTS and self._transport is not None:
            self._stopped_reading = True
            self._transport.pause_reading()

    def _read_on(self) -> None:
        if self._stopped_reading and len(self._queue) < WAITING_REQUESTS and self._transport is not None:
            self._stopped_reading = False
            self._transport.resume_reading()

    def _too_large(self) -> None:
        self._refuse(413, f"the request's body is larger than {self._listener.max_body_bytes} bytes")

    def _refuse(self, status: int, words: str) -> None:
        """Answer what cannot be read, and close once requests that came before are answered."""
        if self._refused:
            return
        self._refused = True
        if self._transport is None or self.busy:
            return
        reply = Reply(self, keep_alive=False, chunked=True, head_only=False)
        self._listener.refuse(reply, status, words, self._url.decode("latin-1"))
        self._transport.close()

    def _release(self, error: Exception | None) -> None:
        if self._waiter is not None and not self._waiter.done():
            if error is None:
                self._waiter.set_result(None)
            else:
                self._waiter.set_exception(error)

    def _clear(self) -> None:
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._head_bytes = 0
        self._has_head = False
