"""The server with a handler of the test's own, and a client that sends exactly the bytes that it is given."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import h11

from polydesk.gateway.server.listener import Listener, ServerLimits
from polydesk.gateway.server.request import Handler, Reply, Request

JSON = {"x-server": "ours"}
PATIENCE_S = 10
"""Nothing here takes so long; whoever waits longer has found a fault."""


def refuse(reply: Reply, status: int, words: str, path: str) -> None:
    """Say in the body what is wrong, and where."""
    reply.whole(status, f"{words} at {path}".encode(), content_type=b"text/plain", headers=JSON)


async def echo(request: Request, reply: Reply) -> None:
    """Give back what came."""
    reply.whole(
        200, b"%s %s|%s" % (request.method.encode(), request.path.encode("latin-1"), request.body), headers=JSON
    )


@dataclass
class Serving:
    """A running server."""

    listener: Listener
    port: int
    requests: list[Request] = field(default_factory=list[Request])
    """Those that reached the handler, in order."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def client(self) -> AsyncGenerator[RawClient]:
        """A connection to the server."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield RawClient(reader, writer)
        finally:
            writer.transport.abort()


@asynccontextmanager
async def serving(handler: Handler = echo, **limits: float) -> AsyncGenerator[Serving]:
    """The server with `handler`, until the end of the block."""
    running: list[Serving] = []

    async def noted(request: Request, reply: Reply) -> None:
        running[0].requests.append(request)
        await handler(request, reply)

    listener = Listener(noted, limits=ServerLimits(**limits), refuse=refuse)  # pyright: ignore[reportArgumentType]
    running.append(Serving(listener, await listener.listen("127.0.0.1", 0)))
    try:
        yield running[0]
    finally:
        await listener.drain(0)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer as an independent reader of HTTP understands it."""

    status: int
    headers: dict[str, str]
    body: bytes
    closes: bool
    """Whether the server says that the connection ends with it."""


class RawClient:
    """Sends bytes and reads answers with h11, which is not ours and is strict."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._buffer = b""

    async def send(self, *pieces: bytes) -> None:
        """Send each piece so that the server reads it by itself."""
        for number, piece in enumerate(pieces):
            if number:
                await asyncio.sleep(0)
            self.writer.write(piece)
            await self.writer.drain()

    async def answer(self, method: str = "GET") -> Answer:
        """The next answer, to a request with `method`. Raises h11.RemoteProtocolError when it is cut."""
        connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
        connection.send(h11.Request(method=method, target="/", headers=[("host", "x")]))
        connection.send(h11.EndOfMessage())
        if self._buffer:
            connection.receive_data(self._buffer)
        head: h11.Response | None = None
        body = b""
        while True:
            match connection.next_event():
                case h11.Response() as head:
                    pass
                case h11.Data() as data:
                    body += bytes(data.data)
                case h11.EndOfMessage():
                    break
                case h11.NEED_DATA:
                    connection.receive_data(await self._more())
                case _:
                    pass
        assert head is not None
        self._buffer = connection.trailing_data[0]
        headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
        return Answer(status=head.status_code, headers=headers, body=body, closes=headers.get("connection") == "close")

    async def rest(self) -> bytes:
        """Everything until the server closes; also when it resets."""
        read = self._buffer
        try:
            while more := await self._more():
                read += more
        except ConnectionError:
            pass
        return read

    async def until(self, enough: Callable[[bytes], bool]) -> bytes:
        """Bytes until they are enough."""
        while not enough(self._buffer):
            more = await self._more()
            assert more, f"the server closed after {self._buffer!r}"
            self._buffer += more
        read, self._buffer = self._buffer, b""
        return read

    async def _more(self) -> bytes:
        return await asyncio.wait_for(self.reader.read(65536), PATIENCE_S)


def get(path: str = "/", *headers: str) -> bytes:
    """A request without a body."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "host: x", *headers, "", ""]).encode("latin-1")


def post(body: bytes, *headers: str, path: str = "/") -> bytes:
    """A request whose body is as long as it says."""
    lines = [f"POST {path} HTTP/1.1", "host: x", *headers, f"content-length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def chunked(*chunks: bytes, path: str = "/") -> bytes:
    """A request whose body comes in chunks."""
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n".encode("latin-1")
    return head + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
