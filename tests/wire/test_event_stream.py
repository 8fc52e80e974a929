"""AWS's binary event stream, written here and read by botocore's reader."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.wire.event_stream import EventStreamReader, event_message
from polydesk.wire.notes import WireError
from tests.wire.cutting import cuts, in_pieces
from tests.wire.strategies import json_objects, names

events = st.lists(st.tuples(names, json_objects), max_size=4)


@given(events, cuts)
def test_events_come_back_however_they_are_cut(sent: list[tuple[str, dict[str, Any]]], sizes: list[int]) -> None:
    data = b"".join(event_message(name, json.dumps(body).encode()) for name, body in sent)
    reader = EventStreamReader()
    got = [event for piece in in_pieces(data, sizes) for event in reader.feed(piece)]
    assert [(event.name, json.loads(event.data)) for event in got] == [(name, {name: body}) for name, body in sent]


def test_exception_is_an_event_of_its_name() -> None:
    (event,) = EventStreamReader().feed(event_message("throttlingException", b'{"message":"Oh."}', kind="exception"))
    assert json.loads(event.data) == {"throttlingException": {"message": "Oh."}}


def test_damaged_event_is_refused() -> None:
    data = bytearray(event_message("messageStart", b'{"role":"assistant"}'))
    data[-6] ^= 1
    with pytest.raises(WireError, match="damaged"):
        EventStreamReader().feed(bytes(data))


def test_another_kind_of_stream_is_refused() -> None:
    with pytest.raises(WireError, match="damaged"):
        EventStreamReader().feed(b"data: {}\n\n" * 5)
