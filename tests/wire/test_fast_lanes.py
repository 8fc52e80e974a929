"""The quick ways to read and write streams mean what the plain ones do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.core.messages import ModelResponse
from polydesk.core.replay import events_of
from polydesk.core.streams import Finished, Started, StreamEvent, TextDelta
from polydesk.wire.anthropic_messages import MessagesStreamReader, MessagesStreamWriter
from polydesk.wire.notes import StreamCutError, StreamFailedError, WireError
from polydesk.wire.openai_chat import ChatStreamReader, ChatStreamWriter
from polydesk.wire.openai_responses import ResponsesStreamReader
from polydesk.wire.sse import sse_event
from tests.wire.strategies import anthropic_answers, openai_answers, some_words


class Reader(Protocol):
    """A reader with both ways."""

    def read(self, body: dict[str, Any], /) -> list[StreamEvent]: ...

    def read_json(self, data: str | bytes, /) -> list[StreamEvent]: ...

    def end(self) -> Finished: ...


def _outcome(step: Callable[[], object]) -> object:
    try:
        return step()
    except (WireError, StreamFailedError, StreamCutError, msgspec.DecodeError) as exc:
        return type(exc), str(exc)


def _same(slow: Reader, fast: Reader, payloads: list[str]) -> None:
    for data in payloads:
        plain = _outcome(lambda data=data: slow.read(msgspec.json.decode(data, type=dict[str, Any])))
        assert _outcome(lambda data=data: fast.read_json(data)) == plain
    assert _outcome(fast.end) == _outcome(slow.end)


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | some_words | st.just("") | st.just("text_delta"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(some_words, inner, max_size=2),
    max_leaves=4,
)


def _one_of(**fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={name: values | anything for name, values in fields.items()})


calls = _one_of(
    index=st.integers(0, 1), id=some_words, function=_one_of(name=some_words, arguments=some_words), type=st.just("x")
)
deltas = _one_of(
    role=st.just("assistant"),
    content=some_words,
    refusal=some_words,
    reasoning_content=some_words,
    reasoning=some_words,
    tool_calls=st.lists(calls, max_size=2),
    odd=some_words,
)
choices = _one_of(
    index=st.integers(0, 1),
    delta=deltas,
    finish_reason=st.sampled_from(["stop", "length"]),
    logprobs=st.none(),
    content_filter_results=_one_of(hate=some_words),
)
chunks = _one_of(
    id=some_words,
    model=some_words,
    object=some_words,
    created=st.integers(),
    choices=st.lists(choices, max_size=2),
    usage=_one_of(prompt_tokens=st.integers(0, 9), completion_tokens=st.integers(0, 9)),
    service_tier=some_words,
    system_fingerprint=some_words,
    obfuscation=some_words,
    error=_one_of(message=some_words),
    other=some_words,
)
common = st.builds(
    lambda text: {"id": "a", "model": "m", "choices": [{"index": 0, "delta": {"content": text}}]}, some_words
)
events = _one_of(
    type=st.sampled_from(["message_start", "content_block_start", "content_block_delta", "message_stop", "error"]),
    index=st.integers(0, 1),
    delta=_one_of(type=st.sampled_from(["text_delta", "input_json_delta"]), text=some_words, partial_json=some_words),
    content_block=_one_of(type=st.sampled_from(["text", "tool_use"]), text=some_words, id=some_words),
)


def _texts(bodies: list[dict[str, Any]]) -> list[str]:
    return [msgspec.json.encode(body).decode() for body in bodies]


@given(st.lists(common | chunks, max_size=6))
def test_chunks_are_read_alike_whatever_is_in_them(bodies: list[dict[str, Any]]) -> None:
    _same(ChatStreamReader(), ChatStreamReader(), _texts(bodies))


@given(st.lists(events, max_size=6))
def test_events_are_read_alike_whatever_is_in_them(bodies: list[dict[str, Any]]) -> None:
    readable = [body for body in bodies if body.get("type") != "message_start"]
    _same(MessagesStreamReader(), MessagesStreamReader(), _texts(readable))


@pytest.mark.parametrize("reader", [ChatStreamReader, MessagesStreamReader, ResponsesStreamReader])
@pytest.mark.parametrize("data", ["{", "[]", "3", '{"type": 3, "choices": 3}', "null", ""])
def test_what_is_no_event_is_refused_alike(reader: Callable[[], Reader], data: str) -> None:
    _same(reader(), reader(), [data])


@given(openai_answers, st.integers(1, 9), st.booleans())
def test_chunks_are_written_alike(answer: ModelResponse, delta: int, usage: bool) -> None:
    slow, fast = (ChatStreamWriter(created=7, include_usage=usage) for _ in range(2))
    for event in events_of(answer, delta_characters=delta):
        assert fast.write_json(event) == b"".join(sse_event(msgspec.json.encode(body)) for body in slow.write(event))


@given(anthropic_answers, st.integers(1, 9))
def test_events_are_written_alike(answer: ModelResponse, delta: int) -> None:
    slow, fast = MessagesStreamWriter(), MessagesStreamWriter()
    for event in events_of(answer, delta_characters=delta):
        bodies = slow.write(event)
        assert fast.write_json(event) == b"".join(
            sse_event(msgspec.json.encode(body), name=body["type"]) for body in bodies
        )


@given(st.lists(some_words, min_size=2, max_size=4))
def test_written_text_is_read_back(texts: list[str]) -> None:
    writer, reader = ChatStreamWriter(created=7), ChatStreamReader()
    said = [Started(id='a"', model='"'), *(TextDelta(index=0, text=text) for text in texts)]
    read = [
        event
        for written in said
        for event in reader.read_json(writer.write_json(written).removeprefix(b"data: ").strip())
    ]
    assert read == said
