"""Connections to the server as clients of every kind hold them, good and bad ones."""

from __future__ import annotations

import asyncio
import http.client
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import h11
import httpx2
import pytest

from polydesk.gateway.server.connection import WAITING_REQUESTS, WRITE_HIGH_BYTES
from polydesk.gateway.server.request import Handler, Reply, Request
from tests.gateway.server.serving import JSON, PATIENCE_S, RawClient, chunked, get, post, serving


async def pieces(request: Request, reply: Reply) -> None:
    """Answer in three pieces."""
    reply.start(200, content_type=b"text/plain", headers=JSON)
    for piece in (b"one ", b"", b"two ", b"three"):
        reply.write(piece)
        await asyncio.sleep(0)
    reply.end()


class Gate:
    """A handler that waits until it is told to go on, and knows what became of it."""

    def __init__(self, then: Handler | None = None) -> None:
        self.then = then
        self.asked = asyncio.Event()
        self.go = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def __call__(self, request: Request, reply: Reply) -> None:
        self.asked.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        if self.then is None:
            reply.whole(200, request.path.encode(), headers=JSON)
        else:
            await self.then(request, reply)


async def soon(awaitable: Awaitable[object]) -> None:
    await asyncio.wait_for(awaitable, PATIENCE_S)


# Requests and answers in good order.


async def test_a_connection_serves_one_request_after_another() -> None:
    async with serving() as server, server.client() as client:
        for body in (b"first", b"second", b""):
            await client.send(post(body))
            answer = await client.answer()
            assert (answer.status, answer.body, answer.closes) == (200, b"POST /|" + body, False)
        assert (answer.headers["content-type"], answer.headers["x-server"]) == ("application/json", "ours")
        assert answer.headers["date"].endswith("GMT")
        assert server.listener.connections == 1


async def test_requests_sent_ahead_are_answered_in_order() -> None:
    order: list[str] = []

    async def later_is_quicker(request: Request, reply: Reply) -> None:
        order.append(request.path)
        for _ in range(20 - int(request.path[1:])):
            await asyncio.sleep(0)
        reply.whole(200, request.path.encode(), headers=JSON)

    async with serving(later_is_quicker) as server, server.client() as client:
        await client.send(b"".join(get(f"/{number}") for number in range(20)))
        assert [(await client.answer()).body for _ in range(20)] == [b"/%d" % number for number in range(20)]
    assert order == [f"/{number}" for number in range(20)]


async def test_a_client_that_sends_ahead_without_end_is_read_no_further() -> None:
    gate = Gate()
    async with serving(gate) as server, server.client() as client:
        await client.send(get("/first"))
        await soon(gate.asked.wait())
        with pytest.raises(TimeoutError):
            await fill(client)
        gate.go.set()
        assert [(await client.answer()).body for _ in range(WAITING_REQUESTS)] == [b"/first", *[b"/more"] * 7]


async def fill(client: RawClient) -> None:
    """Send requests until they are no longer read; raises TimeoutError then."""
    for _ in range(100_000):
        client.writer.write(post(b"x" * 4000, path="/more"))
        await asyncio.wait_for(client.writer.drain(), 0.3)


@pytest.mark.parametrize("raw", [post(b"whole"), chunked(b"wh", b"ole")], ids=["length", "chunks"])
async def test_a_body_arrives_whole_however_slowly(raw: bytes) -> None:
    async with serving() as server, server.client() as client:
        await client.send(*(raw[at : at + 1] for at in range(len(raw))))
        assert (await client.answer()).body == b"POST /|whole"


async def test_a_streamed_answer_comes_in_chunks_and_ends() -> None:
    async with serving(pieces) as server, server.client() as client:
        await client.send(get() + get())
        for _ in range(2):
            answer = await client.answer()
            assert (answer.body, answer.headers.get("transfer-encoding")) == (b"one two three", "chunked")


@pytest.mark.parametrize("handler", [None, pieces], ids=["whole", "streamed"])
async def test_head_is_answered_by_the_head_alone(handler: Handler | None) -> None:
    async with serving(handler) if handler else serving() as server, server.client() as client:
        await client.send(get().replace(b"GET", b"HEAD") + get())
        head = await client.answer("HEAD")
        assert (head.status, head.body) == (200, b"")
        assert (await client.answer()).body in (b"GET /|", b"one two three")


async def test_http_1_0_gets_a_stream_that_ends_with_the_connection() -> None:
    async with serving(pieces) as server, server.client() as client:
        await client.send(get().replace(b"HTTP/1.1", b"HTTP/1.0"))
        head, _, body = (await client.rest()).partition(b"\r\n\r\n")
        assert body == b"one two three"
        assert b"transfer-encoding" not in head
        assert b"connection: close" in head


async def test_connection_close_is_heeded() -> None:
    async with serving() as server, server.client() as client:
        await client.send(get("/", "connection: close"))
        assert (await client.answer()).closes
        assert await client.rest() == b""


async def test_a_client_that_asks_first_is_told_to_go_on() -> None:
    async with serving() as server, server.client() as client:
        head, body = post(b"body", "expect: 100-continue")[:-4], b"body"
        await client.send(head)
        assert await client.until(lambda read: read.endswith(b"\r\n\r\n")) == b"HTTP/1.1 100 Continue\r\n\r\n"
        await client.send(body)
        assert (await client.answer()).body == b"POST /|body"


async def test_a_client_that_does_not_wait_is_not_told_to() -> None:
    async with serving() as server, server.client() as client:
        await client.send(post(b"body", "expect: 100-continue"))
        assert (await client.until(lambda read: read.endswith(b"|body"))).startswith(b"HTTP/1.1 200 ")


async def test_a_client_is_told_to_go_on_only_after_the_answers_before() -> None:
    gate = Gate()
    async with serving(gate) as server, server.client() as client:
        await client.send(get("/first"))
        await soon(gate.asked.wait())
        await client.send(post(b"body", "expect: 100-continue", path="/second")[:-4])
        gate.go.set()
        read = await client.until(lambda read: b"100 Continue" in read)
        assert read.index(b"/first") < read.index(b"100 Continue")
        await client.send(b"body")
        assert (await client.answer()).body == b"/second"


async def test_nothing_in_an_answers_header_begins_another() -> None:
    async def odd(request: Request, reply: Reply) -> None:
        reply.whole(200, b"", headers={"x-notes": "a\r\nset-cookie: b\n\x00\x85 café \u4e16"})

    async with serving(odd) as server, server.client() as client:
        await client.send(get())
        answer = await client.answer()
        assert answer.headers["x-notes"] == "a  set-cookie: b    café ?"
        assert "set-cookie" not in answer.headers


# Requests that are refused.


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (post(b"x" * 2000, path="/v1/messages"), 413),
        (get("/", "x-a: " + "b" * 70_000), 431),
        (b"CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n", 405),
    ],
    ids=["400", "413", "431", "405"],
)
async def test_a_refusal_has_a_body_and_ends_the_connection(raw: bytes, status: int) -> None:
    async with serving(max_body_bytes=1000) as server, server.client() as client:
        await client.send(raw)
        answer = await client.answer()
        assert (answer.status, answer.closes) == (status, True)
        assert answer.body.endswith(b"at /v1/messages" if status == 413 else b"")
        assert answer.body
        assert await client.rest() == b""
        assert server.requests == []


async def test_a_refusal_reaches_a_client_that_is_still_sending() -> None:
    """Closing over unread bytes resets the connection, and the answer with it."""
    async with serving(max_body_bytes=1000) as server, server.client() as client:
        await client.send(post(b"", path="/v1/messages").replace(b": 0", b": 50000000"))
        for _ in range(200):
            await client.send(b"x" * 65536)
        assert (await client.answer()).status == 413


async def test_requests_that_are_not_whole_share_a_bound_of_memory() -> None:
    """Nobody has seen their keys yet."""
    half = post(b"", path="/v1/messages").replace(b": 0", b": 900") + b"x" * 500
    async with serving(max_body_bytes=1000, max_held_bytes=1200) as server, AsyncExitStack() as stack:
        first, second, third, last = [await stack.enter_async_context(server.client()) for _ in range(4)]
        await first.send(half)
        await second.send(half)
        await soon(until(lambda: server.listener.held_bytes == 1000))
        await third.send(half)
        assert (await third.answer()).status == 503
        assert server.listener.held_bytes == 1000
        await first.send(b"x" * 400)
        assert (await first.answer()).status == 200
        await last.send(half + b"x" * 400)
        assert (await last.answer()).status == 200
    assert server.listener.held_bytes == 0


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0)


async def test_what_came_before_a_refused_request_is_answered_first() -> None:
    gate = Gate()
    async with serving(gate, max_body_bytes=1000) as server, server.client() as client:
        await client.send(get("/first") + get("/second") + b"nonsense\r\n\r\n" + get("/smuggled"))
        await soon(gate.asked.wait())
        gate.go.set()
        answers = [await client.answer() for _ in range(3)]
        assert [(one.status, one.body) for one in answers[:2]] == [(200, b"/first"), (200, b"/second")]
        assert (answers[2].status, answers[2].closes) == (400, True)
        assert await client.rest() == b""
    assert [request.path for request in server.requests] == ["/first", "/second"]


async def test_one_connection_too_many_is_closed() -> None:
    async with serving(max_connections=1) as server, server.client() as first:
        await first.send(get())
        await first.answer()
        async with server.client() as second:
            assert await second.rest() == b""
        await first.send(get())
        assert (await first.answer()).status == 200


# Clients that leave, and clients that read slowly or not at all.


async def test_a_client_that_leaves_ends_the_work_for_it_at_once() -> None:
    gate = Gate()
    async with serving(gate) as server:
        async with server.client() as client:
            await client.send(get())
            await soon(gate.asked.wait())
        await soon(gate.cancelled.wait())
        assert server.listener.answering == 0


async def test_a_client_that_closes_in_good_order_has_left_too() -> None:
    gate = Gate()
    async with serving(gate) as server, server.client() as client:
        await client.send(get())
        await soon(gate.asked.wait())
        client.writer.close()
        await soon(gate.cancelled.wait())


class Flood:
    """A stream without end, whose pieces are counted."""

    def __init__(self) -> None:
        self.bytes = 0
        self.waits = asyncio.Event()
        self.ended = asyncio.Event()

    async def __call__(self, request: Request, reply: Reply) -> None:
        if request.path == "/quick":
            reply.whole(200, b"quick", headers=JSON)
            return
        reply.start(200, content_type=b"text/plain", headers=JSON)
        try:
            while True:
                reply.write(b"x" * 4096)
                self.bytes += 4096
                drained = asyncio.ensure_future(reply.drain())
                done, _ = await asyncio.wait([drained], timeout=0.3)
                if not done:
                    self.waits.set()
                await drained
        finally:
            self.ended.set()


async def test_a_slow_reader_makes_its_own_writer_wait_and_nobody_else() -> None:
    flood = Flood()
    async with serving(flood) as server, server.client() as slow:
        await slow.send(get())
        await soon(flood.waits.wait())
        kernel = 16 * 1024 * 1024
        assert flood.bytes < kernel + 2 * WRITE_HIGH_BYTES, "what waits for the client is bounded"
        written = flood.bytes
        async with server.client() as quick:
            await quick.send(get("/quick") * 3)
            assert [(await quick.answer()).body for _ in range(3)] == [b"quick"] * 3
        assert flood.bytes == written
        while flood.bytes == written:
            assert await asyncio.wait_for(slow.reader.read(1 << 20), PATIENCE_S)
        slow.writer.transport.abort()
        await soon(flood.ended.wait())


async def test_a_client_that_sends_ahead_and_never_reads_fills_no_memory() -> None:
    async def large(request: Request, reply: Reply) -> None:
        reply.whole(200, b"x" * 1_000_000, headers=JSON)

    async with serving(large) as server, server.client() as client:
        stuck = 0
        for _ in range(100):
            client.writer.write(get() * 10)
            try:
                await asyncio.wait_for(client.writer.drain(), 0.1)
            except TimeoutError:
                stuck += 1
            await asyncio.sleep(0)
        assert len(server.requests) < 40
        for _ in range(60):
            assert len((await client.answer()).body) == 1_000_000


async def test_a_client_that_never_reads_is_closed() -> None:
    flood = Flood()
    async with serving(flood, write_s=0.5) as server, server.client() as client:
        await client.send(get())
        await soon(flood.ended.wait())


@pytest.mark.parametrize("raw", [b"", b"POST / HTTP/1.1\r\n", post(b"body")[:-1]], ids=["nothing", "head", "body"])
async def test_a_client_that_never_sends_its_request_is_closed(raw: bytes) -> None:
    async with serving(read_s=0.2, keep_alive_s=0.2) as server, server.client() as client:
        await client.send(raw)
        assert await client.rest() == b""
        assert server.listener.connections == 0


async def test_a_client_whose_request_trickles_in_is_closed() -> None:
    async with serving(read_s=0.2, keep_alive_s=100) as server, server.client() as client:
        await client.send(b"POST / HTTP/1.1\r\nhost: x\r\nx-a: ")

        async def trickle() -> None:
            while not client.writer.is_closing():
                client.writer.write(b"b")
                await asyncio.sleep(0.02)

        trickling = asyncio.ensure_future(trickle())
        assert await client.rest() == b""
        trickling.cancel()


async def test_a_connection_that_lies_idle_is_closed() -> None:
    async with serving(keep_alive_s=0.2) as server, server.client() as client:
        await client.send(get())
        await client.answer()
        assert await client.rest() == b""


async def test_work_for_a_patient_client_is_not_cut_by_those_limits() -> None:
    gate = Gate()
    async with serving(gate, read_s=0.1, keep_alive_s=0.1, write_s=0.1) as server, server.client() as client:
        await client.send(get("/slow"))
        async with server.client() as idle:
            await idle.rest()  # the sweep has come by
        gate.go.set()
        assert (await client.answer()).body == b"/slow"


# Handlers that break off.


async def breaks_before(request: Request, reply: Reply) -> None:
    pass


async def breaks_inside(request: Request, reply: Reply) -> None:
    reply.start(200, content_type=b"text/plain", headers=JSON)
    reply.write(b"half of it")


@pytest.mark.parametrize("version", [b"HTTP/1.1", b"HTTP/1.0"])
@pytest.mark.parametrize("handler", [breaks_before, breaks_inside])
async def test_an_answer_that_breaks_off_never_looks_whole(handler: Handler, version: bytes) -> None:
    async with serving(handler) as server, server.client() as client:
        await client.send(get().replace(b"HTTP/1.1", version))
        if version == b"HTTP/1.1":
            with pytest.raises((h11.RemoteProtocolError, ConnectionError)):
                await client.answer()
        else:  # its streams end with the connection: only a reset tells
            assert b"0\r\n\r\n" not in await client.rest()


async def test_the_official_clients_transport_sees_the_cut() -> None:
    async with serving(breaks_inside) as server, httpx2.AsyncClient(trust_env=False) as client:
        with pytest.raises(httpx2.TransportError):
            await client.get(server.url)


# The end.


async def test_the_end_lets_running_answers_finish() -> None:
    gate = Gate(pieces)
    async with serving(gate) as server, server.client() as busy, server.client() as idle:
        await idle.send(b"")
        await busy.send(get())
        await soon(gate.asked.wait())
        ending = asyncio.ensure_future(server.listener.drain(PATIENCE_S))
        assert await idle.rest() == b""
        with pytest.raises(ConnectionError):
            await asyncio.open_connection("127.0.0.1", server.port)
        gate.go.set()
        assert (await busy.answer()).body == b"one two three"
        assert await busy.rest() == b""
        assert await ending is True


async def test_the_end_lets_a_request_that_has_begun_arrive() -> None:
    async with serving() as server, server.client() as client:
        raw = post(b"body")
        await client.send(get() + raw[:-2])
        await client.answer()
        ending = asyncio.ensure_future(server.listener.drain(PATIENCE_S))
        await asyncio.sleep(0)
        await client.send(raw[-2:])
        answer = await client.answer()
        assert (answer.body, answer.closes) == (b"POST /|body", True)
        assert await ending is True


async def test_the_end_sends_what_a_slow_reader_has_not_yet_read() -> None:
    async def large(request: Request, reply: Reply) -> None:
        reply.whole(200, b"x" * 20_000_000, headers=JSON)

    async with serving(large) as server, server.client() as client:
        await client.send(get())
        await client.until(lambda read: len(read) > 100)
        ending = asyncio.ensure_future(server.listener.drain(PATIENCE_S))
        assert len(await client.rest()) > 19_000_000
        assert await ending is True


async def test_the_end_comes_at_its_limit() -> None:
    gate = Gate()
    async with serving(gate) as server, server.client() as client:
        await client.send(get())
        await soon(gate.asked.wait())
        assert await server.listener.drain(0.05) is False
        await soon(gate.cancelled.wait())
        assert await client.rest() == b""


# Clients that others wrote.


async def test_httpx_keeps_its_connection() -> None:
    async with serving() as server, httpx2.AsyncClient(trust_env=False) as client:
        for number in range(3):
            answer = await client.post(f"{server.url}/{number}", content=b"body")
            assert answer.text == f"POST /{number}|body"
        assert server.listener.connections == 1


async def test_pythons_own_client() -> None:
    def ask(port: int) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("POST", "/a", body=iter([b"bo", b"dy"]), encode_chunked=True)
        first = connection.getresponse().read()
        connection.request("GET", "/b")
        second = connection.getresponse().read()
        connection.close()
        return first + second

    async with serving() as server:
        assert await asyncio.to_thread(ask, server.port) == b"POST /a|bodyGET /b|"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("options", [(), ("--http1.0",), ("--http2",), ("-H", "transfer-encoding: chunked")])
async def test_curl(options: tuple[str, ...], tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(b"b" * 2_000_000)  # so large that curl asks first
    async with serving() as server:
        command = ["curl", "-sS", "--noproxy", "*", *options, "--data-binary", f"@{body}", f"{server.url}/a"]
        run: Callable[..., subprocess.CompletedProcess[bytes]] = subprocess.run
        done = await asyncio.to_thread(run, command, capture_output=True, timeout=PATIENCE_S, check=True)
    assert done.stdout == b"POST /a|" + body.read_bytes()
