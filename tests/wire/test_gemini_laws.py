"""What holds for Gemini, whatever is said in it."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from polydesk.core.messages import (
    DocumentPart,
    ImagePart,
    Message,
    ModelRequest,
    ModelResponse,
    OutputSchema,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolChoice,
    ToolResultPart,
)
from polydesk.core.replay import events_of
from polydesk.core.streams import response_of
from polydesk.core.usage import Usage
from polydesk.wire import gemini
from polydesk.wire.sse import SseReader, sse_event
from tests.wire.strategies import arguments, flags, json_objects, names, plain_texts, some_words, tools

limits = st.integers(1, 9_999)
unit = st.floats(0, 1)
images = st.one_of(
    st.builds(ImagePart, media_type=st.sampled_from(["image/png", "image/jpeg"]), data=st.binary(max_size=8)),
    st.builds(ImagePart, media_type=st.none() | st.just("image/png"), url=st.just("https://example.com/a.png")),
)
documents = st.one_of(
    st.builds(DocumentPart, media_type=st.just("application/pdf"), data=st.binary(max_size=8)),
    st.builds(DocumentPart, media_type=st.just("application/pdf"), url=st.just("gs://bucket/a")),
)
signatures = st.binary(min_size=1, max_size=9).map(lambda data: msgspec.json.encode(data).decode().strip('"'))
calls = st.builds(ToolCallPart, id=names, name=names, arguments=arguments, signature=signatures)
thoughts = st.builds(ReasoningPart, text=some_words, signature=signatures)
instructions = st.builds(
    Message, role=st.just("system"), parts=st.lists(plain_texts, min_size=1, max_size=2).map(tuple)
)
user_turns = st.builds(
    Message,
    role=st.just("user"),
    parts=st.lists(st.one_of(plain_texts, images, documents), min_size=1, max_size=3).map(tuple),
)
model_turns = st.builds(
    Message,
    role=st.just("assistant"),
    parts=st.lists(st.one_of(plain_texts, calls, thoughts), min_size=1, max_size=3).map(tuple),
)


def _with_answers(messages: list[Message], is_error: bool) -> tuple[Message, ...]:
    """The conversation with every call answered right after its turn, its ids made unique."""
    result: list[Message] = []
    for index, message in enumerate(messages):
        parts = tuple(
            msgspec.structs.replace(part, id=f"{part.id}-{index}-{place}") if isinstance(part, ToolCallPart) else part
            for place, part in enumerate(message.parts)
        )
        result.append(Message(role=message.role, parts=parts))
        answers = [
            ToolResultPart(call_id=part.id, content=(TextPart(text=part.name),), is_error=is_error)
            for part in parts
            if isinstance(part, ToolCallPart)
        ]
        if answers:
            result.append(Message(role="user", parts=tuple(answers)))
    return tuple(result)


choices = st.one_of(
    st.builds(ToolChoice, mode=st.sampled_from(["auto", "required", "none"])),
    st.builds(ToolChoice, mode=st.just("named"), name=names),
)
requests = st.builds(
    ModelRequest,
    model=names,
    messages=st.builds(
        lambda head, turns, is_error: (*head, *_with_answers(turns, is_error)),
        st.lists(instructions, max_size=1),
        st.lists(user_turns | model_turns, max_size=4),
        flags,
    ),
    max_output_tokens=st.none() | limits,
    temperature=st.none() | unit,
    top_p=st.none() | unit,
    top_k=st.none() | st.integers(1, 40),
    presence_penalty=st.none() | unit,
    frequency_penalty=st.none() | unit,
    stop=st.lists(some_words, max_size=4).map(tuple),
    seed=st.none() | st.integers(-9, 9),
    tools=st.lists(
        tools(cache=st.just(False)).map(lambda tool: msgspec.structs.replace(tool, strict=None)), max_size=2
    ).map(tuple),
    tool_choice=st.none() | choices,
    output_schema=st.none() | st.builds(OutputSchema, name=st.just("output"), json_schema=st.none() | json_objects),
    reasoning_effort=st.sampled_from([None, "none", "minimal", "low", "medium", "high", "xhigh"]),
    provider_options=st.sampled_from(
        [
            {},
            {"safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]},
            {"tools": [{"googleSearch": {}}], "generationConfig": {"candidateCount": 1}},
        ]
    ),
).map(lambda request: msgspec.structs.replace(request, options_dialect="gemini" if request.provider_options else None))
budgets = st.builds(
    ModelRequest,
    model=names,
    messages=st.just((Message(role="user", parts=(TextPart(text="hi"),)),)),
    reasoning_budget_tokens=st.integers(1, 9_999),
)


def _answer(parts: tuple[Any, ...], usage: Usage, reason: Any) -> ModelResponse:
    called = any(isinstance(part, ToolCallPart) for part in parts)
    return ModelResponse(
        id="answer",
        model="gemini-4-argon",
        parts=parts,
        finish_reason="tool_call" if called and reason == "stop" else reason,
        usage=usage,
    )


usages = st.builds(
    lambda given, said, read, thought: Usage(
        input_tokens=given,
        output_tokens=said + (thought or 0),
        cache_read_input_tokens=read,
        reasoning_output_tokens=thought,
    ),
    st.integers(0, 999),
    st.integers(0, 999),
    st.none() | st.integers(0, 999),
    st.none() | st.integers(0, 999),
)
answer_calls = st.builds(ToolCallPart, id=names, name=names, arguments=arguments, signature=st.none() | signatures)
answers = st.builds(
    _answer,
    st.tuples(
        st.lists(st.builds(ReasoningPart, text=some_words, signature=st.none() | signatures), max_size=1),
        st.lists(plain_texts, max_size=1),
        st.lists(st.builds(ReasoningPart, text=st.just(""), signature=signatures), max_size=1),
        st.lists(answer_calls, max_size=3),
    ).map(lambda lists: tuple(part for parts in lists for part in parts)),
    usages,
    st.sampled_from(["stop", "length", "content_filter"]),
)


@given(requests | budgets)
def test_request_comes_back(request: ModelRequest) -> None:
    translated = gemini.request_to_wire(request)
    assert translated.notes == ()
    assert gemini.request_from_wire(json.loads(json.dumps(translated.body)), model=request.model) == request


@given(answers)
def test_answer_comes_back(answer: ModelResponse) -> None:
    translated = gemini.response_to_wire(answer)
    assert translated.notes == ()
    assert gemini.response_from_wire(json.loads(json.dumps(translated.body))) == answer


@given(answers, st.integers(1, 60), st.integers(1, 9))
def test_stream_adds_up_to_the_plain_answer(answer: ModelResponse, size: int, delta: int) -> None:
    writer, reader, parser = gemini.GeminiStreamWriter(), gemini.GeminiStreamReader(), SseReader()
    pieces = [body for event in events_of(answer, delta_characters=delta) for body in writer.write(event)]
    data = b"".join(sse_event(json.dumps(piece).encode()) for piece in pieces)
    payloads = [event.data for at in range(0, len(data), size) for event in parser.feed(data[at : at + size])]
    assert not parser.pending
    events = [event for payload in payloads for event in reader.read(json.loads(payload))]
    assert response_of([*events, reader.end()]) == answer
