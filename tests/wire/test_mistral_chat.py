"""Mistral's dialect: what it says, what it cannot say, and that everything comes back."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.core.embeddings import EmbeddingRequest, EmbeddingResponse
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
    user_message,
)
from polydesk.core.replay import events_of
from polydesk.core.streams import Finished, ReasoningDelta, Started, TextDelta, ToolCallStarted, response_of
from polydesk.core.usage import Usage
from polydesk.wire import mistral_chat
from polydesk.wire.notes import StreamCutError, StreamFailedError, WireError
from tests.wire.cutting import cuts, read_server_sent, server_sent, through_json
from tests.wire.strategies import (
    answers,
    arguments,
    flags,
    json_objects,
    names,
    schemas,
    some_words,
    texts,
    tool_choices,
    tools,
)

plain_texts = texts(cache=st.just(False))
images = st.builds(ImagePart, media_type=st.just("image/png"), data=st.binary(max_size=8)) | st.builds(
    ImagePart, url=st.just("https://example.com/a.png")
)
documents = st.builds(
    DocumentPart, media_type=st.just("application/pdf"), data=st.binary(max_size=8), name=st.none() | names
) | st.builds(DocumentPart, url=st.just("https://example.com/a.pdf"))
call_ids = st.from_regex(r"[a-zA-Z0-9]{9}", fullmatch=True)
calls = st.builds(ToolCallPart, id=call_ids, name=names, arguments=arguments)
thoughts = st.builds(ReasoningPart, text=some_words, signature=st.none() | some_words)
content = st.lists(plain_texts | images | documents, max_size=3).map(tuple)
results = st.builds(ToolResultPart, call_id=call_ids, content=content)


def _message(role: str, parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Message]:
    return st.builds(Message, role=st.just(role), parts=parts.map(tuple))


# Results are followed by the assistant: two messages of results would be read as one, and no user may follow them.
turns = st.one_of(
    _message("system", st.lists(plain_texts, min_size=1, max_size=2)).map(lambda message: [message]),
    _message("user", content).map(lambda message: [message]),
    st.builds(
        lambda said, called: [Message(role="assistant", parts=(*said, *called))],
        st.lists(plain_texts | thoughts, max_size=2),
        st.lists(calls, max_size=2),
    ),
    st.builds(
        lambda result, said: [result, Message(role="assistant", parts=(said,))],
        _message("user", st.lists(results, min_size=1, max_size=2)),
        plain_texts,
    ),
)
limits = st.none() | st.integers(1, 9_999)
unit = st.none() | st.floats(0, 1)
requests = st.builds(
    ModelRequest,
    model=names,
    messages=st.lists(turns, max_size=4).map(lambda lists: tuple(message for turn in lists for message in turn)),
    max_output_tokens=limits,
    temperature=unit,
    top_p=unit,
    top_k=limits,
    presence_penalty=unit,
    frequency_penalty=unit,
    stop=st.lists(some_words, max_size=4).map(tuple),
    seed=st.none() | st.integers(0, 9),
    tools=st.lists(tools(cache=st.just(False)), max_size=2).map(tuple),
    tool_choice=st.none() | tool_choices,
    output_schema=st.none() | schemas | st.just(OutputSchema(name="json", json_schema=None)),
    reasoning_effort=st.sampled_from([None, "none", "low", "high", "max"]),
    reasoning_budget_tokens=st.none(),
    provider_options=st.sampled_from([{}, {"safe_prompt": True}, {"prompt_mode": "reasoning"}]),
)


def _apart(parts: list[Any]) -> tuple[Any, ...]:
    """No two texts, nor a thought after an unsigned one, in a row: they would be read as one."""
    kept: list[Any] = []
    for part in parts:
        last = kept[-1] if kept else None
        unsigned = isinstance(last, ReasoningPart) and last.signature is None
        if type(last) is not type(part) or (isinstance(part, ReasoningPart) and not unsigned):
            kept.append(part)
    return tuple(kept)


responses = answers(
    st.builds(
        lambda said, called: (*_apart(said), *called),
        st.lists(plain_texts | thoughts, max_size=4),
        st.lists(calls, max_size=3, unique_by=lambda call: call.id),
    ),
    stop_sequence=st.none(),
).map(
    lambda answer: msgspec.structs.replace(
        answer,
        finish_reason="stop" if answer.finish_reason == "content_filter" else answer.finish_reason,
        usage=msgspec.structs.replace(answer.usage, cache_creation_input_tokens=None),
    )
)


@given(requests, flags)
def test_request_comes_back(request: ModelRequest, stream: bool) -> None:  # generated
    translated = mistral_chat.request_to_wire(request, stream=stream)
    assert translated.notes == ()
    assert mistral_chat.request_from_wire(through_json(translated.body)) == request


@given(responses)
def test_answer_comes_back(answer: ModelResponse) -> None:
    translated = mistral_chat.response_to_wire(answer, created=0)
    assert translated.notes == ()
    assert mistral_chat.response_from_wire(through_json(translated.body)) == answer


@given(responses, cuts, st.integers(1, 9))
def test_stream_adds_up_to_the_plain_answer(answer: ModelResponse, sizes: list[int], delta: int) -> None:
    writer, reader = mistral_chat.MistralStreamWriter(created=0), mistral_chat.MistralStreamReader()
    payloads = [chunk for event in events_of(answer, delta_characters=delta) for chunk in writer.write(event)]
    events = read_server_sent(server_sent(payloads), sizes, reader.read)
    assert response_of([*events, reader.end()]) == answer


@given(st.builds(EmbeddingRequest, model=names, inputs=st.lists(some_words).map(tuple), dimensions=limits))
def test_embedding_request_comes_back(request: EmbeddingRequest) -> None:  # generated
    translated = mistral_chat.embeddings_request_to_wire(request)
    assert mistral_chat.embeddings_request_from_wire(through_json(translated.body)) == request


vectors = st.lists(st.lists(st.floats(-1, 1), min_size=1, max_size=3).map(tuple), max_size=3).map(tuple)


@given(vectors, st.none() | st.integers(0, 9), st.randoms())
def test_vectors_come_back_in_the_order_of_their_inputs(vectors: Any, tokens: int | None, chance: Any) -> None:
    answer = EmbeddingResponse(id="e", model="m", vectors=vectors, usage=Usage(input_tokens=tokens, output_tokens=0))
    body = through_json(mistral_chat.embeddings_to_wire(answer).body)
    chance.shuffle(body["data"])
    assert mistral_chat.embeddings_from_wire(body, count=len(vectors)) == answer


def test_missing_vector_is_malformed() -> None:
    with pytest.raises(WireError, match="2 inputs"):
        mistral_chat.embeddings_from_wire({"data": [{"index": 1, "embedding": [0.1]}]}, count=2)


def _noted(request: ModelRequest) -> list[tuple[str, str]]:
    return [(note.parameter, note.action) for note in mistral_chat.request_to_wire(request).notes]


def _assistant(*parts: Any) -> ModelRequest:
    return ModelRequest(model="m", messages=(user_message("hi"), Message(role="assistant", parts=parts)))


UNSAID: list[tuple[ModelRequest, list[tuple[str, str]]]] = [
    (ModelRequest(model="m", messages=(), user="u"), [("user", "dropped")]),
    (ModelRequest(model="m", messages=(), reasoning_budget_tokens=9_000), [("reasoning_budget_tokens", "rewritten")]),
    (
        ModelRequest(model="m", messages=(), reasoning_budget_tokens=9, reasoning_effort="low"),
        [("reasoning_budget_tokens", "dropped")],
    ),
    (
        ModelRequest(model="m", messages=(Message(role="developer", parts=(TextPart(text="x", cache=True),)),)),
        [("messages[0].role", "rewritten"), ("messages[0].cache", "dropped")],
    ),
    (
        _assistant(ReasoningPart(text="hm", id="r", signature="s", signed_by="gemini")),
        [("messages[1].reasoning.id", "dropped"), ("messages[1].reasoning.signature", "dropped")],
    ),
    (_assistant(ReasoningPart(text="", redacted_data="x")), [("messages[1].reasoning.redacted_data", "dropped")]),
    (
        _assistant(ToolCallPart(id="call_1", name="f", arguments="{}", signature="s")),
        [("messages[1].tool_call.signature", "dropped"), ("messages[1].tool_call.id", "emulated")],
    ),
    (_assistant(ImagePart(url="https://example.com/a.png")), [("messages[1]", "dropped")]),
    (
        ModelRequest(
            model="m",
            messages=(
                Message(
                    role="user",
                    parts=(
                        TextPart(text="first"),
                        ToolResultPart(call_id="abcdefghi", content=(), is_error=True, cache=True),
                    ),
                ),
            ),
        ),
        [
            ("messages[0]", "rewritten"),
            ("messages[0].tool_result.is_error", "dropped"),
            ("messages[0].tool_result.cache", "dropped"),
            ("messages", "emulated"),
        ],
    ),
    (
        ModelRequest(model="m", messages=(), provider_options={"logit_bias": {}}, options_dialect="openai_chat"),
        [("logit_bias", "dropped")],
    ),
]


@pytest.mark.parametrize(("request_", "notes"), UNSAID)
def test_what_cannot_be_said_is_noted(request_: ModelRequest, notes: list[tuple[str, str]]) -> None:
    assert _noted(request_) == notes


def test_foreign_call_ids_become_nine_letters_that_still_belong_together() -> None:
    call = ToolCallPart(id="toolu_01", name="f", arguments="{}")
    result = ToolResultPart(call_id="toolu_01", content=(TextPart(text="42"),))
    messages = (Message(role="assistant", parts=(call,)), Message(role="user", parts=(result,)))
    body = mistral_chat.request_to_wire(ModelRequest(model="m", messages=messages)).body
    (said, answered) = body["messages"]
    assert said["tool_calls"][0]["id"] == answered["tool_call_id"]
    assert len(answered["tool_call_id"]) == 9


def test_last_words_of_the_assistant_are_a_beginning_to_go_on_from() -> None:
    body = mistral_chat.request_to_wire(_assistant(TextPart(text="It is"))).body
    assert body["messages"][-1] == {"role": "assistant", "content": "It is", "prefix": True}


@pytest.mark.parametrize("word", ["any", "required"])
def test_both_words_for_some_tool_are_read(word: str) -> None:
    request = mistral_chat.request_from_wire({"model": "m", "messages": [], "tool_choice": word})
    assert request.tool_choice == ToolChoice(mode="required")


def test_reference_chunks_are_kept_and_do_not_part_the_text() -> None:
    reference = {"type": "reference", "reference_ids": [1]}
    content = [{"type": "text", "text": "As said"}, reference, {"type": "text", "text": " before."}]
    body = {"choices": [{"index": 0, "message": {"content": content}, "finish_reason": "stop"}]}
    answer = mistral_chat.response_from_wire(body)
    assert (answer.parts, answer.provider_details) == ((TextPart(text="As said before."),), {"chunks": [reference]})


@pytest.mark.parametrize(
    ("word", "ours", "details"),
    [
        ("model_length", "length", {"finish_reason": "model_length"}),
        ("tool_calls", "tool_call", {}),
        ("strange", "error", {"finish_reason": "strange"}),
    ],
)
def test_finish_reason_keeps_the_vendors_word_where_ours_says_less(
    word: str, ours: str, details: dict[str, str]
) -> None:
    body = {"choices": [{"index": 0, "message": {"content": "x"}, "finish_reason": word}]}
    answer = mistral_chat.response_from_wire(body)
    assert (answer.finish_reason, answer.provider_details) == (ours, details)


def test_stream_of_thinking_and_whole_calls_as_the_models_send_it() -> None:
    reader = mistral_chat.MistralStreamReader(request_id="r")
    call = {"id": "abcdefghi", "function": {"name": "f", "arguments": {"a": 1}}, "index": 0}
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "content": ""},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Let me"}]}]},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": " see."}]}]},
        {"content": [{"type": "text", "text": "So"}]},
        {"content": "."},
        {"tool_calls": [call, call | {"id": "bcdefghij"}]},
    ]
    events = [
        event for delta in deltas for event in reader.read({"id": "c", "model": "m", "choices": [{"delta": delta}]})
    ]
    assert events[:5] == [
        Started(id="c", model="m", request_id="r"),
        ReasoningDelta(index=0, text="Let me"),
        ReasoningDelta(index=0, text=" see."),
        TextDelta(index=1, text="So"),
        TextDelta(index=1, text="."),
    ]
    assert [event for event in events if isinstance(event, ToolCallStarted)] == [
        ToolCallStarted(index=2, id="abcdefghi", name="f"),
        ToolCallStarted(index=3, id="bcdefghij", name="f"),
    ]
    with pytest.raises(StreamCutError):
        reader.end()
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "service_tier": "standard"}
    reader.read({"choices": [{"delta": {"content": ""}, "finish_reason": "tool_calls"}], "usage": usage})
    assert reader.end() == Finished(
        finish_reason="tool_call",
        usage=Usage(input_tokens=3, output_tokens=2),
        provider_details={"usage": {"service_tier": "standard"}},
    )


def test_error_inside_a_stream_is_raised() -> None:
    with pytest.raises(StreamFailedError) as caught:
        mistral_chat.MistralStreamReader().read({"object": "error", "message": "Oh", "type": "internal_server_error"})
    assert caught.value.error == {"message": "Oh", "type": "internal_server_error", "code": "internal_server_error"}


ERRORS: list[tuple[dict[str, Any], dict[str, Any] | None]] = [
    ({"choices": []}, None),
    ({"detail": "Unauthorized"}, {"message": "Unauthorized"}),
    ({"message": "no Route matched"}, {"message": "no Route matched"}),
    (
        {"object": "error", "message": "Invalid model: x", "type": "invalid_model", "param": None, "code": "1500"},
        {"message": "Invalid model: x", "type": "invalid_model", "code": "invalid_model"},
    ),
    (
        {"detail": [{"type": "extra_forbidden", "loc": ["body", "store"], "msg": "No.", "input": 1}]},
        {"message": "store: No.", "type": "extra_forbidden", "code": "extra_forbidden", "param": "store"},
    ),
    (
        {"object": "error", "message": {"detail": [{"loc": ["body", "n"], "msg": "Bad."}]}, "type": "invalid"},
        {"message": "n: Bad.", "type": "invalid", "code": "invalid", "param": "n"},
    ),
]


@pytest.mark.parametrize(("body", "error"), ERRORS)
def test_errors_in_all_their_forms(body: dict[str, Any], error: dict[str, Any] | None) -> None:
    assert mistral_chat.error_in(body) == error


@given(json_objects)
def test_any_error_body_is_read(body: dict[str, Any]) -> None:
    error = mistral_chat.error_in(body)
    assert error is None or set(error) >= {"message"}
