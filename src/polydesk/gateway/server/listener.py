"""The listening socket: connections counted, idle and stuck ones closed, and an end that lets answers finish."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from email.utils import formatdate

import msgspec

from polydesk.gateway.server.connection import ClientConnection
from polydesk.gateway.server.request import Handler, Reply

SWEEP_S = 1.0
LEAVE_S = 5.0
"""So long a client whose request was refused may go on sending, or take to close its side."""


class ServerLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What the server bears. Times are in seconds."""

    max_body_bytes: int = 32 * 1024 * 1024
    max_held_bytes: int = 512 * 1024 * 1024
    """For the bodies of all requests together that are not yet whole, and whose keys nobody has seen."""
    max_connections: int = 20_000
    read_s: float = 30.0
    """For a request to arrive, or for its next pieces when they come too slowly."""
    keep_alive_s: float = 75.0
    """For a connection to lie idle."""
    write_s: float = 120.0
    """For a client to go on reading when its answer waits for it."""


class Listener:
    """Serves `handler` on one address until `drain`."""

    def __init__(
        self, handler: Handler, *, limits: ServerLimits, refuse: Callable[[Reply, int, str, str], None]
    ) -> None:
        """`refuse` answers a request that cannot be read, from its status, words and path."""
        self.loop = asyncio.get_running_loop()
        self.handler = handler
        self.refuse = refuse
        self.draining = False
        self.date = b""
        self.max_body_bytes = limits.max_body_bytes
        self.held_bytes = 0
        """How much of requests that are not yet whole lies in memory."""
        self._limits = limits
        self._connections: set[ClientConnection] = set()
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.Task[None] | None = None

    async def listen(self, host: str, port: int, *, tls: ssl.SSLContext | None = None, shared: bool = False) -> int:
        """Begin to serve; gives the port, which is drawn when `port` is 0. Raises OSError.

        `shared` lets other processes of this user listen there too; the system gives each its share of connections.
        """
        self._tick()
        self._server = await self.loop.create_server(
            lambda: ClientConnection(self), host, port, ssl=tls, backlog=4096, reuse_port=shared
        )
        self._sweeper = self.loop.create_task(self._sweep())
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._connections)

    @property
    def is_overfull(self) -> bool:
        """Whether requests that are not yet whole take more memory than they may."""
        return self.held_bytes > self._limits.max_held_bytes

    @property
    def answering(self) -> int:
        """How many requests are being answered."""
        return sum(connection.busy for connection in self._connections)

    @property
    def streaming(self) -> int:
        """How many answers are being given in pieces."""
        return sum(connection.is_streaming for connection in self._connections)

    async def drain(self, limit_s: float) -> bool:
        """Take no more requests, let those that are being answered finish for `limit_s`, and close.

        Tells whether all of them did.
        """
        self.draining = True
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.end_if_idle()
        finished = await self._idle(limit_s)
        for connection in list(self._connections):
            connection.end()
        if self._sweeper is not None:
            self._sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeper
        if self._server is not None:
            await self._server.wait_closed()
        return finished

    def opened(self, connection: ClientConnection) -> None:
        """Count a new connection; one too many is closed."""
        self._connections.add(connection)
        if len(self._connections) > self._limits.max_connections:
            connection.end()

    def closed(self, connection: ClientConnection) -> None:
        """Count a connection no more."""
        self._connections.discard(connection)

    async def _idle(self, limit_s: float) -> bool:
        end = self.loop.time() + limit_s
        while self._connections:
            if self.loop.time() >= end:
                return False
            await asyncio.sleep(0.02)
        return True

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            self._tick()
            now = self.loop.time()
            for connection in list(self._connections):
                connection.look()
                if now - connection.since > self._patience_s(connection):
                    connection.end()

    def _patience_s(self, connection: ClientConnection) -> float:
        if connection.is_blocked:
            return self._limits.write_s
        if connection.busy:
            return float("inf")
        if connection.leaving:
            return min(LEAVE_S, self._limits.read_s)
        return self._limits.read_s if connection.reading else self._limits.keep_alive_s

    def _tick(self) -> None:
        self.date = formatdate(usegmt=True).encode("ascii")
