"""A burst of text that is cut out of its bytes says what its events say one by one."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.core.streams import TextDelta
from polydesk.wire.openai_chat import ChatStreamReader
from polydesk.wire.openai_chat.bursts import TextFrame
from polydesk.wire.sse import SseReader, sse_event

ODD = ['"', "\\", "\n", '","', "\u2028", '"}}]}\n\ndata: {', "a probe", "c1"]
TEXTS = st.lists(st.text(max_size=12) | st.sampled_from(ODD), max_size=9)


def event(text: str, **more: object) -> bytes:
    """One chunk that says `text` alone."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return sse_event(msgspec.json.encode({"id": "c1", "model": "m", "choices": [choice], **more}))


def words_of(stream: bytes) -> str:
    """What a reader makes of `stream`, by bursts where it can, and event by event elsewhere."""
    reader, said = ChatStreamReader(), ""
    while stream:
        events, stream = reader.read_burst(stream)
        if not events:
            first, end, stream = stream.partition(b"\n\n")
            arrived = SseReader().feed(first + end)
            events = reader.read_texts(arrived, 0) or reader.read_json(arrived[0].data)
        said += "".join(one.text for one in events if isinstance(one, TextDelta))
    return said


@given(TEXTS)
def test_the_words_are_those_of_the_events(texts: list[str]) -> None:
    assert words_of(b"".join(map(event, texts))) == "".join(texts)


@given(TEXTS)
def test_events_that_are_never_alike_are_read_too(texts: list[str]) -> None:
    assert words_of(b"".join(event(text, obfuscation="x" * at) for at, text in enumerate(texts))) == "".join(texts)


def text_of(data: str) -> str | None:
    return msgspec.json.decode(data)["choices"][0]["delta"]["content"]


def json_of(chunk: bytes) -> str:
    return chunk.removeprefix(b"data: ").rstrip().decode()


def learnt() -> TextFrame:
    frame = TextFrame()
    frame.learn(json_of(event("word")), "word", text_of)
    return frame


NOT_UTF8 = event("a").replace(b'"a"', b'"\xff"')


@pytest.mark.parametrize(
    ("chunk", "texts", "rest"),
    [
        (event("a") + event("b"), ["a", "b"], b""),
        (event("a") + b": still here\n\n", ["a"], b": still here\n\n"),
        (event("a") + event("b")[:-1], ["a"], event("b")[:-1]),
        (event("a")[:-1], [], event("a")[:-1]),
        (event("a") + event(""), ["a"], event("")),
        (event("a") + event('"') + event("b"), ["a"], event('"') + event("b")),
        (event('say "a"'), [], event('say "a"')),
        (event("a", service_tier="x"), [], event("a", service_tier="x")),
        (NOT_UTF8, [], NOT_UTF8),
    ],
)
def test_what_is_cut_and_what_is_left(chunk: bytes, texts: list[str], rest: bytes) -> None:
    found, left = learnt().cut(chunk)
    assert (list(found), left) == (texts, rest)


def test_words_that_stand_elsewhere_too_are_not_mistaken() -> None:
    choice = {"index": 0, "delta": {"content": "word"}, "finish_reason": None, "said": "word"}
    chunk = sse_event(msgspec.json.encode({"choices": [choice]}))
    frame = TextFrame()
    frame.learn(json_of(chunk), "word", text_of)
    assert frame.cut(chunk) == ((), chunk)


def test_a_stream_whose_frames_keep_changing_is_given_up() -> None:
    frame = TextFrame()
    for at in range(20):
        frame.learn(json_of(event("word", obfuscation="x" * at)), "word", text_of)
    assert frame.is_hopeless
