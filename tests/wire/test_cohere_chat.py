"""Cohere's dialect: what it says, what it cannot say, and that everything comes back."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
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
    Tool,
    ToolCallPart,
    ToolChoice,
    ToolResultPart,
)
from polydesk.core.replay import events_of
from polydesk.core.streams import Finished, Started, TextDelta, response_of
from polydesk.core.usage import Usage
from polydesk.wire import cohere_chat
from polydesk.wire.notes import StreamCutError, StreamFailedError, WireError
from tests.wire.cutting import cuts, read_server_sent, server_sent, through_json
from tests.wire.strategies import answers, calls, flags, json_objects, names, some_words, texts, tools

plain_texts = texts(cache=st.just(False))
images = st.builds(ImagePart, media_type=st.just("image/png"), data=st.binary(max_size=8)) | st.builds(
    ImagePart, url=st.just("https://example.com/a.png")
)
thoughts = st.builds(ReasoningPart, text=some_words)
some_calls = st.lists(calls, min_size=1, max_size=2, unique_by=lambda call: call.id)
results = st.builds(ToolResultPart, call_id=names, content=st.lists(plain_texts, max_size=2).map(tuple))
planned = st.builds(
    lambda thought, plan, called: (*thought, *plan, *called),
    st.lists(thoughts, max_size=2),
    st.lists(plain_texts, max_size=1),
    some_calls,
)
said = st.lists(plain_texts | thoughts, max_size=3).map(tuple)


def _message(role: str, parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Message]:
    return st.builds(Message, role=st.just(role), parts=parts.map(tuple))


# Results are followed by the assistant: two messages of results would be read as one.
turns = st.one_of(
    _message("system", st.lists(plain_texts, min_size=1, max_size=2)).map(lambda message: [message]),
    _message("user", st.lists(plain_texts | images, max_size=3)).map(lambda message: [message]),
    _message("assistant", said | planned).map(lambda message: [message]),
    st.builds(
        lambda result, text: [result, Message(role="assistant", parts=(text,))],
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
    tools=st.builds(
        lambda tools, strict: tuple(msgspec.structs.replace(tool, strict=strict) for tool in tools),
        st.lists(tools(cache=st.just(False)), max_size=2),
        st.none() | flags,
    ),
    tool_choice=st.sampled_from([None, ToolChoice(mode="required"), ToolChoice(mode="none")]),
    output_schema=st.none()
    | st.builds(OutputSchema, name=st.just("output"), json_schema=json_objects)
    | st.just(OutputSchema(name="json", json_schema=None)),
    reasoning_effort=st.none(),
    reasoning_budget_tokens=limits,
    provider_options=st.sampled_from([{}, {"safety_mode": "STRICT"}, {"documents": ["x"]}]),
)
switched_off = requests.map(
    lambda request: msgspec.structs.replace(request, reasoning_effort="none", reasoning_budget_tokens=None)
)
responses = answers(said | planned, stop_sequence=st.none()).map(
    lambda answer: msgspec.structs.replace(
        answer,
        usage=msgspec.structs.replace(answer.usage, cache_creation_input_tokens=None, reasoning_output_tokens=None)
        if (answer.usage.cache_read_input_tokens or 0) <= (answer.usage.input_tokens or 0)
        else Usage(),
    )
)


@given(requests | switched_off, flags)
def test_request_comes_back(request: ModelRequest, stream: bool) -> None:  # generated
    translated = cohere_chat.request_to_wire(request, stream=stream)
    assert translated.notes == ()
    assert cohere_chat.request_from_wire(through_json(translated.body)) == request


@given(responses)
def test_answer_comes_back(answer: ModelResponse) -> None:
    translated = cohere_chat.response_to_wire(answer)
    assert translated.notes == ()
    assert cohere_chat.response_from_wire(through_json(translated.body), model=answer.model) == answer


@given(responses, cuts, st.integers(1, 9), flags)
def test_stream_adds_up_to_the_plain_answer(answer: ModelResponse, sizes: list[int], delta: int, plans: bool) -> None:
    writer = cohere_chat.CohereStreamWriter(plans=plans and bool(answer.tool_calls))
    reader = cohere_chat.CohereStreamReader(model=answer.model)
    payloads = [body for event in events_of(answer, delta_characters=delta) for body in writer.write(event)]
    events = read_server_sent(server_sent(payloads), sizes, reader.read)
    assert response_of([*events, reader.end()]) == answer


def _noted(request: ModelRequest) -> list[tuple[str, str]]:
    return [(note.parameter, note.action) for note in cohere_chat.request_to_wire(request).notes]


def _said(role: Any, *parts: Any, **more: Any) -> ModelRequest:
    return ModelRequest(model="m", messages=(Message(role=role, parts=parts),), **more)


TOOL = Tool(name="f", parameters={})
UNSAID: list[tuple[ModelRequest, list[tuple[str, str]]]] = [
    (_said("user", user="u"), [("user", "dropped")]),
    (_said("user", reasoning_effort="high"), [("reasoning_effort", "rewritten")]),
    (_said("user", reasoning_effort="low", reasoning_budget_tokens=5), [("reasoning_effort", "dropped")]),
    (_said("user", reasoning_effort="none", reasoning_budget_tokens=5), [("reasoning_budget_tokens", "dropped")]),
    (_said("user", tool_choice=ToolChoice(parallel=False)), [("tool_choice.parallel", "dropped")]),
    (
        _said("user", tools=(TOOL, Tool(name="g", parameters={}, strict=True, cache=True))),
        [("tools[g].cache", "dropped"), ("tools.strict", "rewritten")],
    ),
    (
        _said("user", output_schema=OutputSchema(name="x", json_schema={}, description="d", strict=False)),
        [("output_schema.description", "dropped"), ("output_schema.strict", "rewritten")],
    ),
    (
        _said("developer", TextPart(text="x", cache=True)),
        [("messages[0].role", "rewritten"), ("messages[0].cache", "dropped")],
    ),
    (_said("user", DocumentPart(url="https://example.com/a.pdf")), [("messages[0]", "dropped")]),
    (
        _said("assistant", ReasoningPart(text="hm", id="r", signature="s")),
        [("messages[0].reasoning.id", "dropped"), ("messages[0].reasoning.signature", "dropped")],
    ),
    (
        _said("assistant", ReasoningPart(text="", redacted_data="x")),
        [("messages[0].reasoning.redacted_data", "dropped")],
    ),
    (
        _said("assistant", ToolCallPart(id="c", name="f", arguments="{}", signature="s"), TextPart(text="after")),
        [("messages[0]", "rewritten"), ("messages[0].tool_call.signature", "dropped")],
    ),
    (
        _said(
            "user",
            ToolResultPart(
                call_id="c", content=(ImagePart(url="https://example.com/a.png"),), is_error=True, cache=True
            ),
        ),
        [
            ("messages[0].tool_result.image", "emulated"),
            ("messages[0].tool_result.is_error", "dropped"),
            ("messages[0].tool_result.cache", "dropped"),
        ],
    ),
]


@pytest.mark.parametrize(("request_", "notes"), UNSAID)
def test_what_cannot_be_said_is_noted(request_: ModelRequest, notes: list[tuple[str, str]]) -> None:
    assert _noted(request_) == notes


def test_choice_by_name_shows_that_tool_alone_and_requires_it() -> None:
    choice = ToolChoice(mode="named", name="f")
    body = cohere_chat.request_to_wire(_said("user", tools=(TOOL, Tool(name="g", parameters={})), tool_choice=choice))
    assert ([tool["function"]["name"] for tool in body.body["tools"]], body.body["tool_choice"]) == (["f"], "REQUIRED")


def test_words_beside_tool_calls_are_their_plan() -> None:
    call = ToolCallPart(id="c", name="f", arguments="{}")
    body = cohere_chat.request_to_wire(_said("assistant", TextPart(text="I look."), call)).body
    assert body["messages"][0]["tool_plan"] == "I look."
    assert "content" not in body["messages"][0]


def test_thinking_without_a_budget_is_kept_as_it_came() -> None:
    body = {"model": "m", "messages": [], "thinking": {"type": "enabled"}}
    assert cohere_chat.request_from_wire(body).provider_options == {"thinking": {"type": "enabled"}}


def test_billed_tokens_count_and_the_rest_is_kept() -> None:
    usage = {
        "billed_units": {"input_tokens": 5.0, "output_tokens": 2.0},
        "tokens": {"input_tokens": 70.0, "output_tokens": 4.0},
        "cached_tokens": 60.0,
    }
    body = {"id": "a", "finish_reason": "STOP_SEQUENCE", "message": {"role": "assistant"}, "usage": usage}
    answer = cohere_chat.response_from_wire(body, model="m")
    assert answer.usage == Usage(input_tokens=5, output_tokens=2, cache_read_input_tokens=5)
    assert answer.provider_details == {"usage": usage, "finish_reason": "STOP_SEQUENCE"}
    assert cohere_chat.response_to_wire(answer).body["usage"] == usage


@pytest.mark.parametrize(
    ("word", "ours", "details"),
    [
        ("COMPLETE", "stop", {}),
        ("MAX_TOKENS", "length", {}),
        ("ERROR_LIMIT", "length", {"finish_reason": "ERROR_LIMIT"}),
        ("ERROR_TOXIC", "content_filter", {}),
        ("TIMEOUT", "error", {"finish_reason": "TIMEOUT"}),
        ("STRANGE", "error", {"finish_reason": "STRANGE"}),
    ],
)
def test_finish_reason_keeps_the_vendors_word_where_ours_says_less(
    word: str, ours: str, details: dict[str, str]
) -> None:
    body = {"id": "a", "finish_reason": word, "message": {"role": "assistant", "content": []}}
    answer = cohere_chat.response_from_wire(body, model="m")
    assert (answer.finish_reason, answer.provider_details) == (ours, details)


def test_citations_are_kept_streamed_or_not() -> None:
    citation = {"start": 0, "end": 2, "text": "So", "sources": []}
    message = {"role": "assistant", "content": [{"type": "text", "text": "So."}], "citations": [citation]}
    body = {"id": "a", "finish_reason": "COMPLETE", "message": message}
    answer = cohere_chat.response_from_wire(body, model="m")
    assert answer.provider_details == {"citations": [citation]}
    writer, reader = cohere_chat.CohereStreamWriter(), cohere_chat.CohereStreamReader(model="m")
    events = [ours for event in events_of(answer) for body in writer.write(event) for ours in reader.read(body)]
    assert response_of([*events, reader.end()]) == answer


def test_stream_without_its_end_is_cut_and_unknown_events_are_read_over() -> None:
    reader = cohere_chat.CohereStreamReader(model="m", request_id="r")
    delta = {"message": {"content": {"text": "x"}}}
    events = [
        *reader.read({"type": "message-start", "id": "a"}),
        *reader.read({"type": "debug", "prompt": "…"}),
        *reader.read({"type": "content-delta", "index": 0, "delta": delta}),
    ]
    assert events == [Started(id="a", model="m", request_id="r"), TextDelta(index=0, text="x")]
    with pytest.raises(StreamCutError):
        reader.end()
    reader.read({"type": "message-end", "delta": {"finish_reason": "COMPLETE"}})
    assert reader.end() == Finished(finish_reason="stop", usage=Usage())


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"type": "message-end", "delta": {"finish_reason": "ERROR", "error": "Oh."}}, StreamFailedError),
        ({"message": "Oh."}, StreamFailedError),
        ({"type": "content-delta"}, WireError),
        ({"index": 1}, WireError),
    ],
)
def test_failures_inside_a_stream(body: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        cohere_chat.CohereStreamReader(model="m").read(body)
