"""What holds for Responses, whatever is said in it."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from polydesk.core.messages import (
    DocumentPart,
    Message,
    ModelRequest,
    ModelResponse,
    OutputSchema,
    ReasoningPart,
    ToolCallPart,
)
from polydesk.core.replay import events_of
from polydesk.core.streams import response_of
from polydesk.core.usage import Usage
from polydesk.wire import openai_responses
from polydesk.wire.sse import SseReader, sse_event
from tests.wire import strategies as ours

documents = st.one_of(
    st.builds(
        DocumentPart,
        media_type=st.just("application/pdf"),
        data=st.binary(max_size=8),
        name=st.just("a.pdf"),
        cache=ours.flags,
    ),
    st.builds(DocumentPart, url=st.just("https://example.com/a.pdf"), name=st.none() | ours.names, cache=ours.flags),
)
told = ours.texts() | ours.images | documents
user_turns = st.builds(Message, role=st.just("user"), parts=st.lists(told, min_size=1, max_size=3).map(tuple))
results = st.builds(
    Message, role=st.just("user"), parts=st.lists(ours.tool_results(told), min_size=1, max_size=2).map(tuple)
)
thoughts = st.builds(ReasoningPart, text=ours.words, id=ours.names, redacted_data=ours.names)
assistant_turns = st.builds(
    Message,
    role=st.just("assistant"),
    parts=st.lists(st.one_of(ours.plain_texts, ours.calls, thoughts), min_size=1, max_size=4).map(tuple),
)
developers = ours.instructions.map(lambda message: Message(role="developer", parts=message.parts))


def _apart(messages: list[Message]) -> tuple[Message, ...]:
    """Neighbouring items of the assistant, or of tools, are one message here: two are not said apart."""
    kept: list[Message] = []
    for message in messages:
        if not kept or _kind(message) is None or _kind(message) != _kind(kept[-1]):
            kept.append(message)
    return tuple(kept)


def _kind(message: Message) -> str | None:
    if message.role == "assistant":
        return "assistant"
    return "results" if type(message.parts[0]).__name__ == "ToolResultPart" else None


requests = st.builds(
    ModelRequest,
    model=ours.names,
    messages=st.lists(st.one_of(ours.instructions, developers, user_turns, results, assistant_turns), max_size=5).map(
        _apart
    ),
    max_output_tokens=st.none() | st.integers(16, 9_999),
    temperature=st.none() | st.floats(0, 1),
    top_p=st.none() | st.floats(0, 1),
    tools=st.lists(ours.tools(cache=st.just(False)), max_size=2).map(tuple),
    tool_choice=st.none() | ours.tool_choices,
    output_schema=st.none() | ours.schemas | st.just(OutputSchema(name="json", json_schema=None)),
    reasoning_effort=st.sampled_from([None, "none", "minimal", "low", "medium", "high", "xhigh", "max"]),
    user=st.none() | ours.names,
    provider_options=st.sampled_from(
        [
            {},
            {"service_tier": "flex"},
            {"text": {"verbosity": "low"}},
            {"reasoning": {"summary": "auto"}},
            {"include": ["message.output_text.logprobs"]},
            {"store": True},
        ]
    ),
)


def _finished(answer: ModelResponse) -> ModelResponse:
    """`answer` with a reason that fits its parts, for Responses has one word for every good end."""
    if answer.finish_reason in ("length", "content_filter"):
        return answer
    calls = any(isinstance(part, ToolCallPart) for part in answer.parts)
    return msgspec.structs.replace(answer, finish_reason="tool_call" if calls else "stop")


counted = st.builds(
    lambda usage: Usage(**{name: getattr(usage, name) or 0 for name in usage.__struct_fields__}), ours.usages
)
answers = st.builds(
    ModelResponse,
    id=ours.some_words,
    model=ours.some_words,
    parts=st.lists(
        st.one_of(
            ours.plain_texts,
            ours.calls,
            st.builds(ReasoningPart, text=ours.words, id=ours.names, redacted_data=st.none() | ours.names),
            st.builds(ReasoningPart, text=ours.some_words, id=ours.names, signature=ours.some_words),
        ),
        max_size=4,
        unique_by=lambda part: part.id if isinstance(part, ToolCallPart) else id(part),
    ).map(tuple),
    finish_reason=st.sampled_from(["stop", "length", "tool_call", "content_filter"]),
    usage=counted,
    provider_details=st.sampled_from(
        [{}, {"service_tier": "flex"}, {"output": [{"type": "web_search_call", "id": "ws_1", "status": "completed"}]}]
    ),
).map(_finished)


def _through_json(body: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(body))


@given(requests, ours.flags, ours.flags)
def test_request_comes_back(request: ModelRequest, stream: bool, reasons: bool) -> None:  # generated
    if reasons and request.reasoning_effort != "none":
        request = msgspec.structs.replace(request, temperature=None, top_p=None)
    translated = openai_responses.request_to_wire(request, stream=stream, reasons=reasons)
    assert translated.notes == ()
    assert openai_responses.request_from_wire(_through_json(translated.body)) == request


@given(answers)
def test_answer_comes_back(answer: ModelResponse) -> None:
    translated = openai_responses.response_to_wire(answer, created=0)
    assert translated.notes == ()
    assert openai_responses.response_from_wire(_through_json(translated.body)) == answer


@given(answers, st.integers(1, 9))
def test_stream_adds_up_to_the_plain_answer(answer: ModelResponse, delta: int) -> None:
    writer, reader = openai_responses.ResponsesStreamWriter(created=0), openai_responses.ResponsesStreamReader()
    bodies = [body for event in events_of(answer, delta_characters=delta) for body in writer.write(event)]
    assert [body["sequence_number"] for body in bodies] == list(range(len(bodies)))
    events = [event for body in bodies for event in reader.read(_through_json(body))]
    assert response_of([*events, reader.end()]) == answer
    if "output" not in answer.provider_details:
        assert bodies[-1]["response"] == openai_responses.response_to_wire(answer, created=0).body


@given(answers, st.integers(1, 9))
def test_fast_lanes_mean_the_same(answer: ModelResponse, delta: int) -> None:
    slow, fast = (openai_responses.ResponsesStreamWriter(created=0) for _ in range(2))
    slow_reader, fast_reader = (openai_responses.ResponsesStreamReader() for _ in range(2))
    for event in events_of(answer, delta_characters=delta):
        bodies = slow.write(event)
        data = fast.write_json(event)
        assert data == b"".join(sse_event(msgspec.json.encode(body), name=body["type"]) for body in bodies)
        for server_event, body in zip(SseReader().feed(data), bodies, strict=True):
            assert fast_reader.read_json(server_event.data) == slow_reader.read(_through_json(body))
    assert fast_reader.end() == slow_reader.end()
