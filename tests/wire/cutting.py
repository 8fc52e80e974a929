"""Streams as a network delivers them: cut anywhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import strategies as st

from polydesk.core.streams import StreamEvent
from polydesk.wire.sse import SseReader, sse_event

cuts = st.lists(st.integers(0, 60), max_size=30)
"""Sizes of the first pieces of a stream; the rest comes at once."""


def in_pieces(data: bytes, sizes: list[int]) -> list[bytes]:
    """`data` in pieces of those sizes, and the rest."""
    pieces: list[bytes] = []
    for size in [*sizes, len(data)]:
        pieces.append(data[:size])
        data = data[size:]
    return pieces


def server_sent(payloads: Iterable[dict[str, Any]]) -> bytes:
    """`payloads` as server-sent events without names."""
    return b"".join(sse_event(json.dumps(payload).encode()) for payload in payloads)


def read_server_sent(
    data: bytes, sizes: list[int], read: Callable[[dict[str, Any]], list[StreamEvent]]
) -> list[StreamEvent]:
    """What `read` makes of server-sent events, cut into pieces of those sizes."""
    reader = SseReader()
    payloads = [event.data for piece in in_pieces(data, sizes) for event in reader.feed(piece)]
    assert not reader.pending
    return [event for payload in payloads for event in read(json.loads(payload))]


def through_json(body: dict[str, Any]) -> dict[str, Any]:
    """`body` as another process gets it."""
    return json.loads(json.dumps(body))
