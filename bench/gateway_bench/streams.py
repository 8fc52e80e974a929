"""Many streamed answers held open at once by one process, counted while they flow.

    python bench/gateway_bench/streams.py --port N --path /v1/chat/completions --body FILE --streams N [--slow]
                                          [--header 'Name: value']…

Each line on standard input is answered with one line of JSON (Counted). With --slow each stream reads 1 KiB each second
and no more. At the end of the input it leaves.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import uvloop

_EVENT = b"data:"
_OPENED_AT_ONCE = 50
_SLOW_BYTES = 1_024
_MOST_GAPS = 200_000


class Tally:
    """What all streams have received."""

    def __init__(self) -> None:
        self.open = 0
        self.refused = 0
        self.events = 0
        self.bytes = 0
        self.gaps: list[float] = []
        """Seconds between two arrivals in one stream, since the last question."""

    def told(self) -> dict[str, float]:
        """The counts up to now, and the gaps since the last question; `gap_p99_ms` is 0 when nothing arrived twice."""
        gaps, self.gaps = sorted(self.gaps), []
        return {
            "open": self.open,
            "refused": self.refused,
            "events": self.events,
            "bytes": self.bytes,
            "gap_p99_ms": round(1_000 * gaps[len(gaps) * 99 // 100], 3) if gaps else 0.0,
        }


class Stream(asyncio.Protocol):
    """One answer as it arrives."""

    def __init__(self, request: bytes, tally: Tally) -> None:
        self._request = request
        self._tally = tally
        self._tail = b""
        self._last_s: float | None = None
        self._accepted: bool | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        tally = self._tally
        if self._accepted is None:
            self._accepted = b" 200 " in data.split(b"\r\n", 1)[0]
            tally.open += self._accepted
            tally.refused += not self._accepted
        now_s = time.monotonic()
        if self._last_s is not None and len(tally.gaps) < _MOST_GAPS:
            tally.gaps.append(now_s - self._last_s)
        self._last_s = now_s
        tally.bytes += len(data)
        tally.events += (self._tail + data).count(_EVENT)
        self._tail = data[-len(_EVENT) + 1 :]  # an event may begin in one piece and go on in the next

    def connection_lost(self, exc: Exception | None) -> None:
        if self._accepted:
            self._tally.open -= 1
        elif self._accepted is None:
            self._tally.refused += 1


async def _slow_stream(port: int, request: bytes, tally: Tally) -> None:
    """Read 1 KiB each second, by way of a small buffer so that the sender notices."""
    loop = asyncio.get_running_loop()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.setblocking(False)
        await loop.sock_connect(connection, ("127.0.0.1", port))
        await loop.sock_sendall(connection, request)
        data = await loop.sock_recv(connection, _SLOW_BYTES)
        tally.open += b" 200 " in data
        while data:
            tally.bytes += len(data)
            tally.events += data.count(_EVENT)
            await asyncio.sleep(1)
            data = await loop.sock_recv(connection, _SLOW_BYTES)
        tally.open -= 1


async def hold(port: int, request: bytes, count: int, *, slow: bool) -> None:
    """Open the streams, answer every line of the input, and return at its end."""
    loop, tally = asyncio.get_running_loop(), Tally()
    slow_ones = [loop.create_task(_slow_stream(port, request, tally)) for _ in range(count if slow else 0)]
    if not slow:
        for start in range(0, count, _OPENED_AT_ONCE):
            opening = (
                loop.create_connection(lambda: Stream(request, tally), "127.0.0.1", port)
                for _ in range(min(_OPENED_AT_ONCE, count - start))
            )
            await asyncio.gather(*opening)
            await asyncio.sleep(0.01)  # spread over time, so that their tokens do not all come at the same moment
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(tally.told()), flush=True)
    for task in slow_ones:
        task.cancel()


def request_bytes(path: str, port: int, headers: Sequence[str], body: bytes) -> bytes:
    """A POST of that body as HTTP/1.1; each header is 'Name: value'."""
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def main() -> None:
    """Take the arguments and hold the streams."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", required=True)
    parser.add_argument("--body", type=Path, required=True)
    parser.add_argument("--streams", type=int, required=True)
    parser.add_argument("--header", action="append", default=[])
    parser.add_argument("--slow", action="store_true")
    options = parser.parse_args()
    request = request_bytes(options.path, options.port, options.header, options.body.read_bytes())
    uvloop.run(hold(options.port, request, options.streams, slow=options.slow))


if __name__ == "__main__":
    main()
