"""Server-sent events."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.wire.notes import WireError
from polydesk.wire.sse import ServerEvent, SseReader, sse_event


def _all(data: bytes, *, size: int) -> list[ServerEvent]:
    reader = SseReader()
    return [event for at in range(0, len(data), size) for event in reader.feed(data[at : at + size])]


CASES: dict[str, tuple[bytes, list[ServerEvent]]] = {
    "one line": (b"data: a\n\n", [ServerEvent(data="a")]),
    "named": (b"event: ping\ndata: {}\n\n", [ServerEvent(name="ping", data="{}")]),
    "several lines": (b"data: a\ndata: b\n\n", [ServerEvent(data="a\nb")]),
    "carriage returns": (b"data: a\r\rdata: b\r\r", [ServerEvent(data="a"), ServerEvent(data="b")]),
    "both": (b"data: a\r\ndata: b\r\n\r\n", [ServerEvent(data="a\nb")]),
    "mixed": (b"data: a\n\r\ndata: b\r\n\n", [ServerEvent(data="a"), ServerEvent(data="b")]),
    "comment": (b": keep-alive\n\ndata: a\n\n", [ServerEvent(data="a")]),
    "byte order mark": (b"\xef\xbb\xbfdata: a\n\n", [ServerEvent(data="a")]),
    "one space only is cut": (b"data:  a\n\ndata:b\n\n", [ServerEvent(data=" a"), ServerEvent(data="b")]),
    "empty data": (b"data\n\ndata:\n\n", [ServerEvent(data=""), ServerEvent(data="")]),
    "name without data": (b"event: x\n\ndata: a\n\n", [ServerEvent(data="a")]),
    "other fields": (b"id: 1\nretry: 5\nfoo: x\ndata: a\n\n", [ServerEvent(data="a")]),
    "colon in the data": (b"data: a: b\n\n", [ServerEvent(data="a: b")]),
    "several bytes a character": ("data: 世界\n\n".encode(), [ServerEvent(data="世界")]),
    "unended": (b"data: a\n\ndata: b\n", [ServerEvent(data="a")]),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_events_are_read_however_the_bytes_are_cut(name: str, size: int) -> None:
    data, events = CASES[name]
    assert _all(data, size=size) == events


def test_event_comes_with_the_byte_that_ends_it() -> None:
    reader = SseReader()
    assert reader.feed(b"data: a\r\r") == [ServerEvent(data="a")]
    assert reader.feed(b"\ndata: b\r\n\r") == [ServerEvent(data="b")]


@given(st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"])), st.integers(1, 5))
def test_written_event_is_read_back(text: str, size: int) -> None:
    assert _all(sse_event(text.encode(), name="x"), size=size) == [ServerEvent(name="x", data=text)]


def test_pending_tells_an_event_that_was_broken_off() -> None:
    reader = SseReader()
    assert not reader.pending
    reader.feed(b"data: a")
    assert reader.pending
    reader.feed(b"\n\n")
    assert not reader.pending


@pytest.mark.parametrize("endless", [b"data: " + b"x" * 200, b"data:\n" * 200], ids=["one line", "empty lines"])
def test_endless_event_is_refused(endless: bytes) -> None:
    reader = SseReader(limit_bytes=100)
    with pytest.raises(WireError, match="larger than 100 bytes"):
        reader.feed(endless)


def test_text_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(WireError, match="UTF-8"):
        SseReader().feed(b"data: \xff\n\n")
