"""One client's connection: requests in, one after another, and their replies out."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, cast

from polydesk.gateway.server.parsing import RequestParser, UnreadableRequestError
from polydesk.gateway.server.request import ClientGoneError, Reply, Request

if TYPE_CHECKING:
    from polydesk.gateway.server.listener import Listener

WRITE_HIGH_BYTES = 64 * 1024
"""So much may wait for a slow client before whoever writes to it waits too."""
WAITING_REQUESTS = 8
"""So many requests may be sent ahead on one connection before it is read no further."""
WAITING_BYTES = 1024 * 1024
"""So large may their bodies be together, likewise."""
SLOWEST_BODY_BYTES_PER_S = 16 * 1024
"""A request that arrives at least so fast is waited for, however large it is."""
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class ClientConnection(asyncio.Protocol):
    """Parses requests and hands each to the listener's handler in a task of its own, in order.

    A client that goes away cancels the task that answers it.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._loop = listener.loop
        self._transport: asyncio.Transport | None = None
        self._parser = RequestParser(self._taken, max_body_bytes=listener.max_body_bytes)
        self._queue: deque[tuple[Request, Reply]] = deque()
        self._waiting_bytes = 0
        self._held_bytes = 0
        self._unsent_bytes = 0
        self._task: asyncio.Task[None] | None = None
        self._reply: Reply | None = None
        """The one that is being given."""
        self._waiter: asyncio.Future[None] | None = None
        self._paused = False
        self._stopped_reading = False
        self._unreadable: UnreadableRequestError | None = None
        self.busy = False
        """Whether a request is being answered."""
        self.leaving = False
        """Whether everything was said and only the client's end is waited for."""
        self.since = self._loop.time()
        """When the connection became idle, its unfinished request began, or its client stopped reading."""

    @property
    def reading(self) -> bool:
        """Whether a request has begun and is not yet whole."""
        return self._parser.reading

    @property
    def is_streaming(self) -> bool:
        """Whether an answer is being given in pieces."""
        return self._reply is not None and self._reply.started and not self._reply.ended

    @property
    def is_blocked(self) -> bool:
        """Whether somebody waits for the client to read."""
        return self._waiter is not None or (self._paused and not self.busy)

    def look(self) -> None:
        """See whether a slow client has read on since the last look; if so, its time begins anew."""
        assert self._transport is not None
        unsent = self._transport.get_write_buffer_size()
        if self.is_blocked and unsent < self._unsent_bytes:
            self.since = self._loop.time()
        self._unsent_bytes = unsent

    def end(self) -> None:
        """Close the connection; a request that is being answered ends with it."""
        if self._transport is not None:
            self._transport.abort()

    def end_if_idle(self) -> None:
        """Close the connection once everything was sent, unless a request is on its way or being answered."""
        if self._transport is not None and not (self.busy or self.reading or self._queue):
            self._transport.close()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=WRITE_HIGH_BYTES)
        self._listener.opened(self)

    def data_received(self, data: bytes) -> None:
        if self._unreadable is not None:
            return
        had_begun = self.reading
        try:
            self._parser.feed(data)
        except UnreadableRequestError as unreadable:
            self._unreadable = unreadable
            if not self.busy:
                self._go_on()
            return
        finally:
            self._count_held()
        if self._held_bytes and self._listener.is_overfull:
            self._give_up()
            return
        if self.reading and not self.busy:
            credit_s = len(data) / SLOWEST_BODY_BYTES_PER_S if had_begun else float("inf")
            self.since = min(self._loop.time(), self.since + credit_s)
            self._tell_to_continue()

    def connection_lost(self, exc: Exception | None) -> None:
        self._listener.closed(self)
        self._listener.held_bytes -= self._held_bytes
        self._held_bytes = 0
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
        if not self.busy:
            self._go_on()

    # What a reply writes to.

    def write(self, data: bytes) -> None:
        if self._transport is None:
            raise ClientGoneError
        self._transport.write(data)

    @property
    def is_behind(self) -> bool:
        """Whether `drain` would wait."""
        return self._paused

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
        self._reply = reply
        self._task = self._loop.create_task(self._handled(request, reply))

    async def _handled(self, request: Request, reply: Reply) -> None:
        try:
            await self._listener.handler(request, reply)
        except ClientGoneError:
            pass
        except asyncio.CancelledError:
            if self._transport is not None:
                raise
        finally:
            self._task = None
            self._over(reply)

    def _over(self, reply: Reply) -> None:
        """Go on with the connection after a reply. One that was broken off is cut, so that its reader can tell."""
        self.busy = False
        self._reply = None
        self.since = self._loop.time()
        if self._transport is None:
            return
        if not reply.ended:
            self._transport.abort()
        elif not reply.keeps_connection:
            self._transport.close()
        else:
            self._go_on()

    def _go_on(self) -> None:
        """Take up what comes next, unless the client first has to read the answers that it was sent."""
        if self._paused or self._transport is None or self._transport.is_closing():
            return
        if self._queue:
            request, reply = self._queue.popleft()
            self._waiting_bytes -= len(request.body)
            self._answer(request, reply)
            self._read_on()
        elif self._unreadable is not None:
            self._refuse(self._unreadable)
        elif self._listener.draining and not self.reading:
            self._transport.close()
        else:
            self._tell_to_continue()

    def _taken(self, request: Request, keep: bool, chunked: bool) -> None:
        keep = keep and not self._listener.draining
        reply = Reply(self, keep_alive=keep, chunked=chunked, head_only=request.method == "HEAD")
        if self.busy or self._paused:
            self._wait_in_line(request, reply)
        else:
            self._answer(request, reply)

    def _wait_in_line(self, request: Request, reply: Reply) -> None:
        self._queue.append((request, reply))
        self._waiting_bytes += len(request.body)
        if self._is_full() and self._transport is not None:
            self._stopped_reading = True
            self._transport.pause_reading()

    def _read_on(self) -> None:
        if self._stopped_reading and not self._is_full() and self._transport is not None:
            self._stopped_reading = False
            self._transport.resume_reading()

    def _is_full(self) -> bool:
        return len(self._queue) >= WAITING_REQUESTS or self._waiting_bytes >= WAITING_BYTES

    def _count_held(self) -> None:
        held = self._parser.held_bytes
        self._listener.held_bytes += held - self._held_bytes
        self._held_bytes = held

    def _give_up(self) -> None:
        """Refuse the request that is being read, for the memory that all of them share is used up."""
        self._unreadable = self._parser.give_up(503, "too much is being sent at once, try again")
        self._count_held()
        if not self.busy:
            self._go_on()

    def _tell_to_continue(self) -> None:
        if self._parser.waits_for_continue and self._transport is not None:
            self._parser.waits_for_continue = False
            self._transport.write(CONTINUE)

    def _refuse(self, unreadable: UnreadableRequestError) -> None:
        """Answer what cannot be read, and take the client's leave.

        What it is still sending is read and thrown away: were the connection closed over it, the answer could be lost
        on its way (RFC 9112 §9.6).
        """
        assert self._transport is not None
        if self.leaving:
            return
        reply = Reply(self, keep_alive=False, chunked=True, head_only=False)
        self._listener.refuse(reply, unreadable.status, unreadable.words, unreadable.target)
        self.leaving = True
        self.since = self._loop.time()
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()

    def _release(self, error: Exception | None) -> None:
        if self._waiter is not None and not self._waiter.done():
            if error is None:
                self._waiter.set_result(None)
            else:
                self._waiter.set_exception(error)
