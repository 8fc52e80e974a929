"""A vendor for measurements: OpenAI's Chat Completions on loopback, answered from bytes that are ready beforehand.

    python bench/gateway_bench/vendor.py [--port N]      prints the port when it listens

What a model does is in MODELS. The form of requests and answers: https://platform.openai.com/docs/api-reference/chat
(checked 2026-11-24).
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator
from typing import cast

import msgspec
import uvloop

EVENTS = 64
"""Of a whole stream with usage, before `[DONE]`."""
MODELS: dict[str, float | None] = {
    "mock": None,
    "mock-paced": 20.0,
    "mock-idle": 0.2,
    "mock-flood": float("inf"),
}
"""Each model with its tokens per second when it streams, without end; None sends EVENTS at once and ends.

The endless ones say no more than a client's connection takes (flow control), and stop when it leaves.
"""
USAGE = '"usage":{"prompt_tokens":24,"completion_tokens":62,"total_tokens":86}'
ANSWER = "The board report is ready. Revenue rose by four per cent, and two clauses need a lawyer's eye. " * 2


class _StreamOptions(msgspec.Struct):
    include_usage: bool = False


class _Ask(msgspec.Struct):
    """What the vendor reads of a request."""

    model: str = "mock"
    stream: bool = False
    stream_options: _StreamOptions | None = None


def _answered(body: bytes, kind: bytes = b"application/json", status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (status, kind, len(body), body)


def _whole_answer() -> bytes:
    choice = f'{{"index":0,"message":{{"role":"assistant","content":"{ANSWER}"}},"finish_reason":"stop"}}'
    head = '{"id":"chatcmpl-1","object":"chat.completion","created":1790000000,"model":"mock","choices":['
    return _answered(f"{head}{choice}],{USAGE}}}".encode())


def _event(choices: str, tail: str = "") -> bytes:
    """One event as one HTTP chunk."""
    head = '{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"model":"mock","choices":['
    return _chunk(f"data: {head}{choices}]{tail}}}\n\n".encode())


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _choice(delta: str, reason: str = "null") -> str:
    return f'{{"index":0,"delta":{{{delta}}},"finish_reason":{reason}}}'


STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)
FIRST = _event(_choice('"role":"assistant","content":""'))
TOKEN = _event(_choice('"content":" clause"'))
END = _event(_choice("", '"stop"'))
LAST = _event("", "," + USAGE)
DONE = _chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n"

WHOLE = _whole_answer()
BURST = STREAM_HEAD + FIRST + (EVENTS - 3) * TOKEN + END
BURSTS = {False: BURST + DONE, True: BURST + LAST + DONE}
"""By whether usage was asked for."""
FLOOD = 64 * TOKEN
NO_MODEL = _answered(b'{"error":{"message":"no such model","type":"invalid_request_error"}}', status=b"404 Not Found")
LISTED = _answered(
    b'{"object":"list","data":[%s]}'
    % b",".join(b'{"id":"%s","object":"model","created":1,"owned_by":"mock"}' % name.encode() for name in MODELS)
)


class _Head(msgspec.Struct, frozen=True):
    """What matters in a request's head."""

    body_length: int
    chunked: bool
    close: bool
    is_post: bool


def _read_head(head: bytes) -> _Head:
    lines = head.lower().split(b"\r\n")
    fields = dict(line.split(b":", 1) for line in lines[1:] if b":" in line)
    return _Head(
        body_length=int(fields.get(b"content-length", b"0")),
        chunked=b"chunked" in fields.get(b"transfer-encoding", b""),
        close=b"close" in fields.get(b"connection", b"") or lines[0].endswith(b"http/1.0"),
        is_post=lines[0].startswith(b"post "),
    )


class _Heads:
    """Heads read before: a client's requests differ in their bodies, hardly in their heads."""

    def __init__(self) -> None:
        self._known: dict[bytes, _Head] = {}

    def read(self, head: bytes) -> _Head:
        known = self._known.get(head)
        if known is None:
            if len(self._known) > 1_000:  # a client whose heads all differ, as by a trace id
                self._known.clear()
            known = self._known[head] = _read_head(head)
        return known


class Vendor(asyncio.Protocol):
    """One connection."""

    heads = _Heads()
    decoder = msgspec.json.Decoder(_Ask)

    def __init__(self) -> None:
        self.waiting = b""
        self.is_streaming = False
        self.may_write = True
        self.timer: asyncio.Handle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's does not inherit from it

    def connection_lost(self, exc: Exception | None) -> None:
        if self.timer is not None:
            self.timer.cancel()

    def pause_writing(self) -> None:
        self.may_write = False

    def resume_writing(self) -> None:
        self.may_write = True

    def data_received(self, data: bytes) -> None:
        self.waiting = self.waiting + data if self.waiting else data
        while self.waiting and not self.is_streaming:
            length = self._answer_one()
            if length == 0:
                return
            self.waiting = self.waiting[length:]

    def _answer_one(self) -> int:
        """Answer the first request that waits, and return its length; 0 when it is not there wholly."""
        end = self.waiting.find(b"\r\n\r\n") + 4
        if end == 3:
            return 0
        head = self.heads.read(self.waiting[:end])
        if head.chunked:
            stop = self.waiting.find(b"\r\n0\r\n\r\n", end - 2) + 7
            body = b"".join(_unchunked(self.waiting[end:stop])) if stop > 6 else None
        else:
            stop = end + head.body_length
            body = self.waiting[end:stop] if len(self.waiting) >= stop else None
        if body is None:
            return 0
        self._answer(body, head)
        return stop

    def _answer(self, body: bytes, head: _Head) -> None:
        if not head.is_post:
            self.transport.write(LISTED)
        else:
            self._complete(self.decoder.decode(body))
        if head.close:
            self.transport.close()

    def _complete(self, ask: _Ask) -> None:
        if ask.model not in MODELS:
            self.transport.write(NO_MODEL)
        elif not ask.stream:
            self.transport.write(WHOLE)
        elif (pace := MODELS[ask.model]) is None:
            self.transport.write(BURSTS[ask.stream_options is not None and ask.stream_options.include_usage])
        else:
            self.is_streaming = True
            self.transport.write(STREAM_HEAD + FIRST)
            self._go_on(asyncio.get_running_loop(), 1 / pace)

    def _go_on(self, loop: asyncio.AbstractEventLoop, pause_s: float) -> None:
        """Send the next token, and again after a pause; without a pause many at once, while the client takes them."""
        if self.transport.is_closing():
            return
        if self.may_write:
            self.transport.write(TOKEN if pause_s else FLOOD)
        # The flood gives way to the other connections: a millisecond between two pieces.
        self.timer = loop.call_later(pause_s or 0.001, self._go_on, loop, pause_s)


def _unchunked(data: bytes) -> Iterator[bytes]:
    at = 0
    while True:
        line_end = data.index(b"\r\n", at)
        size = int(data[at:line_end], 16)
        if size == 0:
            return
        yield data[line_end + 2 : line_end + 2 + size]
        at = line_end + 2 + size + 2


async def serve(port: int) -> None:
    """Listen on loopback, say at which port, and answer until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Vendor, "127.0.0.1", port, backlog=8_192)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one (default)")
    uvloop.run(serve(parser.parse_args().port))
