"""What holds for both dialects, whatever is said in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from polydesk.core.messages import Message, ModelRequest, ModelResponse, OutputSchema, ReasoningPart
from polydesk.core.replay import events_of
from polydesk.core.streams import StreamEvent, response_of
from polydesk.wire import anthropic_messages, openai_chat
from polydesk.wire.sse import SseReader, sse_event
from tests.wire.strategies import (
    anthropic_answers,
    calls,
    documents,
    flags,
    images,
    instructions,
    json_objects,
    names,
    openai_answers,
    schemas,
    some_words,
    texts,
    tool_choices,
    tool_results,
    tools,
    user_turns,
)

limits = st.integers(1, 9_999)
unit = st.floats(0, 1)
stops = st.lists(some_words, max_size=4).map(tuple)

openai_assistant = st.builds(
    lambda said, called: Message(role="assistant", parts=(*said, *called)),
    st.lists(texts(), max_size=2),
    st.lists(calls, max_size=2),
)
openai_developer = instructions.map(lambda message: Message(role="developer", parts=message.parts))
openai_results = st.builds(
    Message, role=st.just("user"), parts=st.lists(tool_results(texts()), min_size=1, max_size=2).map(tuple)
)


def _apart(messages: list[Message]) -> tuple[Message, ...]:
    """Adjacent messages of tool results are one in Chat Completions, so that two are not said apart."""
    return tuple(
        message
        for index, message in enumerate(messages)
        if not (message.parts[:1] and index and _has_results(message) and _has_results(messages[index - 1]))
    )


def _has_results(message: Message) -> bool:
    return any(part.__class__.__name__ == "ToolResultPart" for part in message.parts)


openai_requests = st.builds(
    ModelRequest,
    model=names,
    messages=st.lists(
        st.one_of(instructions, openai_developer, user_turns, openai_assistant, openai_results), max_size=4
    ).map(_apart),
    max_output_tokens=st.none() | limits,
    temperature=st.none() | unit,
    top_p=st.none() | unit,
    stop=stops,
    seed=st.none() | st.integers(),
    tools=st.lists(tools(cache=st.just(False)), max_size=2).map(tuple),
    tool_choice=st.none() | tool_choices,
    output_schema=st.none() | schemas | st.just(OutputSchema(name="json", json_schema=None)),
    reasoning_effort=st.sampled_from([None, "none", "minimal", "low", "medium", "high"]),
    reasoning_budget_tokens=st.none(),
    user=st.none() | names,
    provider_options=st.sampled_from([{}, {"service_tier": "flex"}, {"reasoning_effort": "ultra"}, {"n": 2}]),
).filter(lambda request: not (request.reasoning_effort and "reasoning_effort" in request.provider_options))

anthropic_calls = st.builds(
    lambda call, cache: type(call)(id=call.id, name=call.name, arguments=call.arguments, cache=cache), calls, flags
)
anthropic_thoughts = st.one_of(
    st.builds(ReasoningPart, text=some_words, signature=some_words),
    st.builds(ReasoningPart, text=st.just(""), redacted_data=some_words),
)
anthropic_turns = st.one_of(
    st.builds(
        Message,
        role=st.just("user"),
        parts=st.lists(
            st.one_of(
                texts(), images, documents, tool_results(texts() | images | documents, is_error=flags, cache=flags)
            ),
            max_size=3,
        ).map(tuple),
    ),
    st.builds(
        Message,
        role=st.just("assistant"),
        parts=st.lists(st.one_of(texts(), anthropic_calls, anthropic_thoughts), max_size=3).map(tuple),
    ),
)
anthropic_requests = st.builds(
    ModelRequest,
    model=names,
    messages=st.builds(
        lambda head, first, rest: (*head, *first, *rest),
        st.lists(instructions, max_size=1),
        st.lists(anthropic_turns, min_size=1, max_size=1),
        st.lists(anthropic_turns | instructions, max_size=3),
    ),
    max_output_tokens=limits,
    temperature=st.none(),
    top_p=st.none(),
    stop=stops,
    seed=st.none(),
    tools=st.lists(tools(cache=flags), max_size=2).map(tuple),
    tool_choice=st.none() | tool_choices,
    output_schema=st.none() | st.builds(OutputSchema, name=st.just("output"), json_schema=json_objects),
    reasoning_effort=st.sampled_from([None, "none", "low", "medium", "high", "xhigh", "max"]),
    reasoning_budget_tokens=st.none(),
    user=st.none() | names,
    provider_options=st.sampled_from([{}, {"service_tier": "auto"}, {"metadata": {"trace": "t"}}]),
)
anthropic_budgets = st.builds(
    ModelRequest,
    model=names,
    messages=st.just((Message(role="user", parts=()),)),
    max_output_tokens=limits,
    reasoning_budget_tokens=st.integers(1024, 9999),
    reasoning_effort=st.sampled_from([None, "low", "medium", "high"]),
    provider_options=st.sampled_from([{}, {"thinking": {"display": "omitted"}}]),
)


def _through_json(body: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(body))


@given(openai_requests, flags)
def test_openai_request_comes_back(request: ModelRequest, stream: bool) -> None:  # generated
    translated = openai_chat.request_to_wire(request, stream=stream)
    assert translated.notes == ()
    assert openai_chat.request_from_wire(_through_json(translated.body)) == request


@given(anthropic_requests | anthropic_budgets, flags)
def test_anthropic_request_comes_back(request: ModelRequest, stream: bool) -> None:  # generated
    translated = anthropic_messages.request_to_wire(request, stream=stream)
    assert translated.notes == ()
    assert anthropic_messages.request_from_wire(_through_json(translated.body)) == request


@given(openai_answers)
def test_openai_answer_comes_back(answer: ModelResponse) -> None:
    translated = openai_chat.response_to_wire(answer, created=0)
    assert translated.notes == ()
    assert openai_chat.response_from_wire(_through_json(translated.body)) == answer


@given(anthropic_answers)
def test_anthropic_answer_comes_back(answer: ModelResponse) -> None:
    translated = anthropic_messages.response_to_wire(answer)
    assert translated.notes == ()
    assert anthropic_messages.response_from_wire(_through_json(translated.body)) == answer


def _cut(data: bytes, sizes: list[int]) -> list[bytes]:
    chunks: list[bytes] = []
    for size in [*sizes, len(data)]:
        chunks.append(data[:size])
        data = data[size:]
    return chunks


def _read(chunks: list[bytes], read: Callable[[dict[str, Any]], list[StreamEvent]]) -> list[StreamEvent]:
    parser = SseReader()
    payloads = [event.data for chunk in chunks for event in parser.feed(chunk)]
    assert not parser.pending
    return [event for data in payloads if data != openai_chat.DONE for event in read(json.loads(data))]


cuts = st.lists(st.integers(0, 60), max_size=30)


@given(openai_answers, cuts, st.integers(1, 9))
def test_openai_stream_adds_up_to_the_plain_answer(answer: ModelResponse, sizes: list[int], delta: int) -> None:
    writer, reader = openai_chat.ChatStreamWriter(created=0), openai_chat.ChatStreamReader()
    payloads = [chunk for event in events_of(answer, delta_characters=delta) for chunk in writer.write(event)]
    data = b"".join(sse_event(json.dumps(chunk).encode()) for chunk in payloads) + sse_event(b"[DONE]")
    events = _read(_cut(data, sizes), reader.read)
    assert response_of([*events, reader.end()]) == answer


@given(anthropic_answers, cuts, st.integers(1, 9))
def test_anthropic_stream_adds_up_to_the_plain_answer(answer: ModelResponse, sizes: list[int], delta: int) -> None:
    writer, reader = anthropic_messages.MessagesStreamWriter(), anthropic_messages.MessagesStreamReader()
    payloads = [body for event in events_of(answer, delta_characters=delta) for body in writer.write(event)]
    data = b"".join(sse_event(json.dumps(body).encode(), name=body["type"]) for body in payloads)
    events = _read(_cut(data, sizes), reader.read)
    assert response_of([*events, reader.end()]) == answer
