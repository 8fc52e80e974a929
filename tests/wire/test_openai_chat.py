"""Chat Completions, read from bodies as OpenAI and compatible servers word them."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

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
    user_message,
)
from polydesk.core.streams import Finished, Started, TextDelta, ToolArgumentsDelta, ToolCallStarted, response_of
from polydesk.core.usage import Usage
from polydesk.wire.notes import StreamCutError, StreamFailedError, WireError
from polydesk.wire.openai_chat import (
    ChatStreamReader,
    request_from_wire,
    request_to_wire,
    response_from_wire,
    response_to_wire,
)

REQUEST: dict[str, Any] = {
    "model": "gpt-4.1",
    "messages": [
        {"role": "developer", "content": "Be short."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "look"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,cG5n", "detail": "low"}},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "see", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "a cat"},
    ],
    "tools": [{"type": "function", "function": {"name": "see", "parameters": {"type": "object"}, "strict": True}}],
    "tool_choice": {"type": "function", "function": {"name": "see"}},
    "parallel_tool_calls": False,
    "response_format": {"type": "json_schema", "json_schema": {"name": "r", "schema": {"type": "object"}}},
    "max_completion_tokens": 50,
    "temperature": 0,
    "stop": "END",
    "reasoning_effort": "low",
    "safety_identifier": "u-1",
    "service_tier": "flex",
    "stream": True,
    "stream_options": {"include_usage": True},
}


def test_request_is_read() -> None:
    assert request_from_wire(REQUEST) == ModelRequest(
        model="gpt-4.1",
        messages=(
            Message(role="developer", parts=(TextPart(text="Be short."),)),
            Message(role="user", parts=(TextPart(text="look"), ImagePart(media_type="image/png", data=b"png"))),
            Message(role="assistant", parts=(ToolCallPart(id="c1", name="see", arguments="{}"),)),
            Message(role="user", parts=(ToolResultPart(call_id="c1", content=(TextPart(text="a cat"),)),)),
        ),
        max_output_tokens=50,
        temperature=0,
        stop=("END",),
        tools=(Tool(name="see", parameters={"type": "object"}, strict=True),),
        tool_choice=ToolChoice(mode="named", name="see", parallel=False),
        output_schema=OutputSchema(name="r", json_schema={"type": "object"}),
        reasoning_effort="low",
        user="u-1",
        provider_options={"service_tier": "flex"},
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"max_tokens": 7}, {"max_output_tokens": 7}),
        ({"tool_choice": "required"}, {"tool_choice": ToolChoice(mode="required")}),
        ({"parallel_tool_calls": True}, {"tool_choice": ToolChoice(parallel=True)}),
        (
            {"tool_choice": {"type": "allowed_tools", "allowed_tools": {}}},
            {"provider_options": {"tool_choice": {"type": "allowed_tools", "allowed_tools": {}}}},
        ),
        ({"reasoning_effort": "heroic"}, {"provider_options": {"reasoning_effort": "heroic"}}),
        ({"response_format": {"type": "text"}}, {}),
        ({"user": "old"}, {"user": "old"}),
        ({"user": "old", "safety_identifier": "new"}, {"user": "new", "provider_options": {"user": "old"}}),
        ({"n": None}, {}),
    ],
)
def test_field_is_read(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], **fields}
    assert request_from_wire(body) == ModelRequest(model="m", messages=(user_message("hi"),), **expected)


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"model": None}, r"\$\.model"),
        ({"messages": [{"role": "x", "content": "y"}]}, r"\$\.messages\[0\]\.role"),
        ({"messages": [{"role": "user", "content": [{"type": "video"}]}]}, r"\$\.messages\[0\]\.content\[0\]"),
        ({"messages": [{"role": "tool", "content": "x"}]}, r"\$\.messages\[0\]"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"id": "c"}]}]}, r"\$\.messages\[0\]\.tool_calls"),
        ({"tool_choice": "sometimes"}, r"\$\.tool_choice"),
        ({"temperature": "hot"}, r"\$\.temperature"),
        ({"response_format": {"type": "json_schema"}}, r"\$\.response_format"),
        ({"messages": [{"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,?"}}]}]}, "base64"),
        ({"messages": [{"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "data:,x"}}]}]}, "data URL"),
        ({"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]}]}, "file_id"),
    ],
)  # fmt: skip
def test_wrong_request_is_refused_with_its_place(fields: dict[str, Any], place: str) -> None:
    with pytest.raises(WireError, match=place):
        request_from_wire({"model": "m", "messages": []} | fields)


PDF = DocumentPart(media_type="application/pdf", data=b"pdf", name="a.pdf", cache=True)


@pytest.mark.parametrize(
    ("file", "part"),
    [
        ({"file_data": "data:application/pdf;base64,cGRm", "filename": "a.pdf"}, {}),
        ({"file_data": "cGRm", "filename": "a.pdf"}, {}),
        ({"file_data": "cGRm"}, {"name": None}),
    ],
)
def test_document_is_read(file: dict[str, Any], part: dict[str, Any]) -> None:
    content = [{"type": "file", "file": file, "prompt_cache_breakpoint": {"mode": "explicit"}}]
    (message,) = request_from_wire({"model": "m", "messages": [{"role": "user", "content": content}]}).messages
    assert message.parts == (structs.replace(PDF, **part),)


def test_document_comes_back() -> None:
    request = ModelRequest(model="m", messages=(Message(role="user", parts=(PDF, TextPart(text="read"))),))
    translated = request_to_wire(request)
    assert translated.notes == ()
    assert request_from_wire(translated.body) == request


@pytest.mark.parametrize(
    "document",
    [DocumentPart(url="https://example.com/a.pdf"), DocumentPart(media_type="text/plain", data=b"x", name="a.txt")],
)
def test_document_of_another_kind_is_noted(document: DocumentPart) -> None:
    request = ModelRequest(model="m", messages=(Message(role="user", parts=(TextPart(text="read"), document)),))
    (note,) = request_to_wire(request).notes
    assert (note.parameter, note.action) == ("messages[0]", "dropped")


def test_document_of_a_tool_follows_as_the_users() -> None:
    result = ToolResultPart(call_id="c", content=(TextPart(text="see"), PDF))
    translated = request_to_wire(ModelRequest(model="m", messages=(Message(role="user", parts=(result,)),)))
    assert [message["role"] for message in translated.body["messages"]] == ["tool", "user"]
    assert [note.parameter for note in translated.notes] == ["messages[0].tool_result.document"]


def test_details_of_another_vendor_do_not_stand_in_for_ours() -> None:
    usage = Usage(input_tokens=1, output_tokens=2)
    details = {"usage": {"service_tier": "standard"}}
    answer = ModelResponse(id="a", model="m", parts=(), finish_reason="stop", usage=usage, provider_details=details)
    assert response_to_wire(answer, created=0).body["usage"]["total_tokens"] == 3


def _answer(message: dict[str, Any], reason: str = "stop", **fields: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason}
    return {"id": "a", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], **fields}


def test_answer_is_read() -> None:
    body = _answer(
        {"content": "hi", "refusal": None, "annotations": []},
        usage={
            "prompt_tokens": 20,
            "completion_tokens": 10,
            "total_tokens": 30,
            "prompt_tokens_details": {"cached_tokens": 15, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 4, "accepted_prediction_tokens": 0},
        },
        service_tier="default",
        system_fingerprint="fp",
    )
    assert response_from_wire(body, request_id="r") == ModelResponse(
        id="a",
        model="m",
        parts=(TextPart(text="hi"),),
        finish_reason="stop",
        usage=Usage(input_tokens=20, output_tokens=10, cache_read_input_tokens=15, reasoning_output_tokens=4),
        request_id="r",
        provider_details={"service_tier": "default", "system_fingerprint": "fp"},
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (_answer({"refusal": "no"}), ((), "content_filter", {"refusal": "no"})),
        (_answer({"content": ""}, "content_filter"), ((), "content_filter", {})),
        (_answer({"content": "x"}, "length"), ((TextPart(text="x"),), "length", {})),
        (_answer({"content": "x"}, "tired"), ((TextPart(text="x"),), "error", {"finish_reason": "tired"})),
        (
            _answer({"reasoning_content": "hm", "content": "x"}),
            ((ReasoningPart(text="hm"), TextPart(text="x")), "stop", {}),
        ),
        (
            _answer({"reasoning": "hm", "content": "x"}),
            ((ReasoningPart(text="hm"), TextPart(text="x")), "stop", {}),
        ),
        (_answer({"reasoning": {"effort": "low"}, "content": "x"}), ((TextPart(text="x"),), "stop", {})),
    ],
)
def test_answer_of_every_kind_is_read(body: dict[str, Any], expected: tuple[Any, ...]) -> None:
    answer = response_from_wire(body)
    assert (answer.parts, answer.finish_reason, answer.provider_details) == expected
    assert answer.usage == Usage()


@pytest.mark.parametrize(
    "body", [{}, {"choices": []}, {"choices": [{"index": 0}]}, {"choices": "x"}, _answer({}) | {"id": 3}]
)
def test_wrong_answer_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        response_from_wire(body)


def _chunk(delta: dict[str, Any], reason: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"id": "a", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}], **fields}


def _call(index: int, **fields: Any) -> dict[str, Any]:
    return _chunk({"tool_calls": [{"index": index, **fields}]})


def test_stream_is_read() -> None:
    reader = ChatStreamReader(request_id="r")
    chunks = [
        _chunk({"role": "assistant", "content": ""}, usage=None, obfuscation="xx"),
        _chunk({"content": "hi"}),
        _call(0, id="c1", type="function", function={"name": "see", "arguments": ""}),
        _call(0, function={"arguments": '{"a"'}),
        _call(0, function={"arguments": ":1}"}),
        _call(1, id="c2", type="function", function={"name": "see", "arguments": "{}"}),
        _chunk({}, "tool_calls", service_tier="default"),
        {"id": "a", "model": "m", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}},
    ]
    events = [event for chunk in chunks for event in reader.read(chunk)]
    assert [*events, reader.end()] == [
        Started(id="a", model="m", request_id="r"),
        TextDelta(index=0, text="hi"),
        ToolCallStarted(index=1, id="c1", name="see"),
        ToolArgumentsDelta(index=1, arguments='{"a"'),
        ToolArgumentsDelta(index=1, arguments=":1}"),
        ToolCallStarted(index=2, id="c2", name="see"),
        ToolArgumentsDelta(index=2, arguments="{}"),
        Finished(
            finish_reason="tool_call",
            usage=Usage(input_tokens=3, output_tokens=4),
            provider_details={"service_tier": "default"},
        ),
    ]


def test_chunk_that_tells_of_a_filter_alone_starts_nothing() -> None:
    reader = ChatStreamReader()
    results = [{"prompt_index": 0, "content_filter_results": {}}]
    assert reader.read({"id": "", "model": "", "choices": [], "prompt_filter_results": results}) == []
    assert reader.read(_chunk({"content": "hi"})) == [Started(id="a", model="m"), TextDelta(index=0, text="hi")]
    reader.read(_chunk({}, "stop"))
    assert reader.end().provider_details == {"prompt_filter_results": results}


def test_calls_that_all_claim_index_0_are_told_apart_by_their_ids() -> None:
    reader = ChatStreamReader()
    chunks = [
        _call(0, id="c1", function={"name": "a", "arguments": "{}"}),
        _call(0, id="c2", function={"name": "b", "arguments": "{}"}),
        _chunk({}, "tool_calls"),
    ]
    events = [event for chunk in chunks for event in reader.read(chunk)]
    assert [call.id for call in response_of([*events, reader.end()]).tool_calls] == ["c1", "c2"]


def test_refusal_is_gathered_from_its_pieces() -> None:
    reader = ChatStreamReader()
    for chunk in [_chunk({"refusal": "I can"}), _chunk({"refusal": "not."}), _chunk({}, "stop")]:
        reader.read(chunk)
    assert reader.end() == Finished(
        finish_reason="content_filter", usage=Usage(), provider_details={"refusal": "I cannot."}
    )


@pytest.mark.parametrize("error", [{"message": "x", "type": "server_error"}, "x"])
def test_error_in_a_stream_is_raised(error: object) -> None:
    with pytest.raises(StreamFailedError) as caught:
        ChatStreamReader().read({"error": error})
    assert caught.value.error["message"] == "x"


def test_stream_without_a_finish_reason_is_cut() -> None:
    reader = ChatStreamReader()
    reader.read(_chunk({"content": "hi"}))
    with pytest.raises(StreamCutError):
        reader.end()
