"""Responses, read from bodies as OpenAI words them, and what of ours it cannot say."""

from __future__ import annotations

from typing import Any

import pytest

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
    system_message,
    user_message,
)
from polydesk.core.streams import (
    Finished,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolArgumentsDelta,
    ToolCallStarted,
)
from polydesk.core.usage import Usage
from polydesk.wire.notes import StreamCutError, StreamFailedError, WireError
from polydesk.wire.openai_responses import (
    ResponsesStreamReader,
    ResponsesStreamWriter,
    request_from_wire,
    request_to_wire,
    response_from_wire,
    response_to_wire,
)

REQUEST: dict[str, Any] = {
    "model": "gpt-6.1-sol",
    "instructions": "Be short.",
    "input": [
        {"role": "developer", "content": "Be kind."},
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "look", "prompt_cache_breakpoint": {"mode": "explicit"}},
                {"type": "input_image", "image_url": "data:image/png;base64,cG5n", "detail": "low"},
                {"type": "input_file", "file_data": "data:application/pdf;base64,cGRm", "filename": "a.pdf"},
                {"type": "input_file", "file_url": "https://example.com/b.pdf"},
            ],
        },
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}],
         "encrypted_content": "gAAA"},
        {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant",
         "content": [{"type": "output_text", "text": "I look.", "annotations": []}]},
        {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "see", "arguments": "{}"},
        {"type": "function_call", "call_id": "c2", "name": "see", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "a cat"},
        {"type": "function_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "a dog"}]},
    ],
    "tools": [{"type": "function", "name": "see", "parameters": {"type": "object"}, "strict": True}],
    "tool_choice": {"type": "function", "name": "see"},
    "parallel_tool_calls": False,
    "text": {"format": {"type": "json_schema", "name": "r", "schema": {"type": "object"}}, "verbosity": "low"},
    "reasoning": {"effort": "low", "summary": "auto"},
    "include": ["reasoning.encrypted_content"],
    "max_output_tokens": 50,
    "safety_identifier": "u-1",
    "store": False,
    "stream": True,
    "service_tier": "flex",
}  # fmt: skip


def test_request_is_read() -> None:
    assert request_from_wire(REQUEST) == ModelRequest(
        model="gpt-6.1-sol",
        messages=(
            system_message("Be short."),
            Message(role="developer", parts=(TextPart(text="Be kind."),)),
            Message(
                role="user",
                parts=(
                    TextPart(text="look", cache=True),
                    ImagePart(media_type="image/png", data=b"png"),
                    DocumentPart(media_type="application/pdf", data=b"pdf", name="a.pdf"),
                    DocumentPart(url="https://example.com/b.pdf"),
                ),
            ),
            Message(
                role="assistant",
                parts=(
                    ReasoningPart(text="hm", id="rs_1", redacted_data="gAAA"),
                    TextPart(text="I look."),
                    ToolCallPart(id="c1", name="see", arguments="{}"),
                    ToolCallPart(id="c2", name="see", arguments="{}"),
                ),
            ),
            Message(
                role="user",
                parts=(
                    ToolResultPart(call_id="c1", content=(TextPart(text="a cat"),)),
                    ToolResultPart(call_id="c2", content=(TextPart(text="a dog"),)),
                ),
            ),
        ),
        max_output_tokens=50,
        tools=(Tool(name="see", parameters={"type": "object"}, strict=True),),
        tool_choice=ToolChoice(mode="named", name="see", parallel=False),
        output_schema=OutputSchema(name="r", json_schema={"type": "object"}),
        reasoning_effort="low",
        user="u-1",
        provider_options={"service_tier": "flex", "text": {"verbosity": "low"}, "reasoning": {"summary": "auto"}},
    )


HOSTED = [{"type": "web_search"}, {"type": "function", "name": "see", "parameters": {}}]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"tool_choice": "required"}, {"tool_choice": ToolChoice(mode="required")}),
        (
            {"tool_choice": {"type": "web_search"}},
            {"provider_options": {"tool_choice": {"type": "web_search"}}},
        ),
        ({"tools": HOSTED}, {"tools": (Tool(name="see", parameters={}),), "provider_options": {"tools": HOSTED}}),
        ({"reasoning": {"effort": "heroic"}}, {"provider_options": {"reasoning": {"effort": "heroic"}}}),
        ({"text": {"format": {"type": "text"}}}, {}),
        ({"text": {"format": {"type": "json_object"}}}, {"output_schema": OutputSchema(name="json", json_schema=None)}),
        ({"previous_response_id": None, "background": False}, {"provider_options": {"background": False}}),
        ({"store": True}, {"provider_options": {"store": True}}),
        ({"user": "old"}, {"user": "old"}),
        ({"user": "old", "safety_identifier": "new"}, {"user": "new", "provider_options": {"user": "old"}}),
    ],
)
def test_field_is_read(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    body = {"model": "m", "input": "hi", **fields}
    assert request_from_wire(body) == ModelRequest(model="m", messages=(user_message("hi"),), **expected)


STATEFUL: list[tuple[dict[str, Any], str]] = [
    ({"previous_response_id": "resp_1"}, "previous_response_id"),
    ({"conversation": {"id": "conv_1"}}, "conversation"),
    ({"background": True}, "background"),
    ({"prompt": {"id": "pmpt_1"}}, "prompt"),
    ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "item_reference"),
    ({"input": [{"type": "web_search_call", "id": "ws_1", "status": "completed"}]}, "web_search_call"),
]


@pytest.mark.parametrize(("fields", "name"), STATEFUL)
def test_what_openai_alone_holds_is_refused_by_its_name(fields: dict[str, Any], name: str) -> None:
    body = {"model": "m", "input": "hi"} | fields
    with pytest.raises(WireError, match=name):
        request_from_wire(body)
    assert request_from_wire(body, same_dialect=True).model == "m"


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"model": None}, r"\$\.model"),
        ({"input": [{"role": "x", "content": "y"}]}, r"\$\.role"),
        ({"input": [{"content": "y"}]}, r"\$\.input\[0\]"),
        ({"input": [{"role": "user", "content": [{"type": "input_audio"}]}]}, r"\$\.input\[0\]\.content\[0\]"),
        ({"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}]}, "file_id"),
        ({"input": [{"type": "function_call", "name": "x", "arguments": "{}"}]}, r"\$\.input\[0\]"),
        ({"input": [{"type": "function_call_output", "output": "x"}]}, r"\$\.input\[0\]"),
        ({"tool_choice": "sometimes"}, r"\$\.tool_choice"),
        ({"text": {"format": {"type": "json_schema"}}}, r"\$\.text\.format"),
        ({"temperature": "hot"}, r"\$\.temperature"),
    ],
)
def test_wrong_request_is_refused_with_its_place(fields: dict[str, Any], place: str) -> None:
    with pytest.raises(WireError, match=place):
        request_from_wire({"model": "m", "input": []} | fields)


UNSAID: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"stop": ("END",)}, [("stop", "dropped")]),
    ({"seed": 1, "top_k": 2}, [("top_k", "dropped"), ("seed", "dropped")]),
    ({"presence_penalty": 0.1, "frequency_penalty": 0.2},
     [("presence_penalty", "dropped"), ("frequency_penalty", "dropped")]),
    ({"reasoning_budget_tokens": 9_000}, [("reasoning_budget_tokens", "rewritten")]),
    ({"tools": (Tool(name="t", parameters={}, cache=True),)}, [("tools[t].cache", "dropped")]),
    ({"provider_options": {"n": 2}, "options_dialect": "openai_chat"}, [("n", "dropped")]),
    ({"messages": (Message(role="assistant", parts=(ReasoningPart(text="hm"),)),)},
     [("messages[0].reasoning", "dropped")]),
    ({"messages": (Message(role="assistant", parts=(
        ReasoningPart(text="", redacted_data="x", signed_by="anthropic_messages"),)),)},
     [("messages[0].reasoning", "dropped")]),
    ({"messages": (Message(role="assistant", parts=(
        ToolCallPart(id="c", name="n", arguments="{}", signature="s"),)),)},
     [("messages[0].tool_call.signature", "dropped")]),
    ({"messages": (Message(role="user", parts=(ToolResultPart(call_id="c", content=(), is_error=True, cache=True),)),)},
     [("messages[0].tool_result.is_error", "dropped"), ("messages[0].tool_result.cache", "dropped")]),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "notes"), UNSAID)
def test_what_cannot_be_said_is_noted(fields: dict[str, Any], notes: list[tuple[str, str]]) -> None:
    request = ModelRequest(**({"model": "m", "messages": (user_message("hi"),)} | fields))
    assert [(note.parameter, note.action) for note in request_to_wire(request).notes] == notes


def test_openai_is_asked_to_store_nothing_and_for_its_reasoning_in_encrypted_form() -> None:
    body = request_to_wire(ModelRequest(model="m", messages=(user_message("hi"),)), reasons=True).body
    assert (body["store"], body["include"]) == (False, ["reasoning.encrypted_content"])


def _answer(*output: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"id": "resp_1", "object": "response", "created_at": 1, "model": "m", "status": "completed",
            "output": list(output), "tools": [], "metadata": {}, "error": None, **fields}  # fmt: skip


def _text(text: str, **fields: Any) -> dict[str, Any]:
    content = {"type": "output_text", "text": text, "annotations": [], **fields}
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [content]}


CALL = {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "see", "arguments": "{}", "status": "completed"}
SEARCH = {"type": "web_search_call", "id": "ws_1", "status": "completed"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (_answer(_text("hi")), ((TextPart(text="hi"),), "stop", {})),
        (_answer(CALL), ((ToolCallPart(id="c1", name="see", arguments="{}"),), "tool_call", {})),
        (_answer(_text("h"), status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
         ((TextPart(text="h"),), "length", {})),
        (_answer(status="incomplete", incomplete_details={"reason": "content_filter"}), ((), "content_filter", {})),
        (_answer(status="incomplete", incomplete_details={"reason": "steered"}),
         ((), "error", {"status": "incomplete", "incomplete_details": {"reason": "steered"}})),
        (_answer({"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}),
         ((), "content_filter", {"refusal": "no"})),
        (_answer(SEARCH, _text("hi", annotations=[{"type": "url_citation", "url": "https://example.com"}])),
         ((TextPart(text="hi"),), "stop",
          {"output": [SEARCH], "annotations": [{"type": "url_citation", "url": "https://example.com"}]})),
        (_answer({"type": "reasoning", "id": "rs_1", "summary": [
            {"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}], "encrypted_content": "x"}),
         ((ReasoningPart(text="a\n\nb", id="rs_1", redacted_data="x"),), "stop", {})),
        (_answer({"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "open"}]}),
         ((ReasoningPart(text="open"),), "stop", {})),
        (_answer(_text("hi"), service_tier="flex", instructions="x"), ((TextPart(text="hi"),), "stop",
         {"service_tier": "flex"})),
    ],
)  # fmt: skip
def test_answer_of_every_kind_is_read(body: dict[str, Any], expected: tuple[Any, ...]) -> None:
    answer = response_from_wire(body)
    assert (answer.parts, answer.finish_reason, answer.provider_details) == expected


def test_answer_repeats_its_request() -> None:
    answer = ModelResponse(id="r", model="m", parts=(), finish_reason="stop", usage=Usage())
    body = response_to_wire(answer, created=7, asked=REQUEST).body
    assert (body["instructions"], body["reasoning"], body["store"]) == ("Be short.", REQUEST["reasoning"], False)
    assert (body["created_at"], body["status"], body["usage"], "input" in body) == (7, "completed", None, False)


def test_signature_of_another_vendor_goes_through_a_client_and_comes_back() -> None:
    thought = ReasoningPart(text="hm", signature="sig")
    answer = ModelResponse(id="r", model="m", parts=(thought,), finish_reason="stop", usage=Usage())
    output = response_to_wire(answer, created=7).body["output"]
    (message,) = request_from_wire({"model": "m", "input": output}).messages
    assert message.parts == (thought,)


def _event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", "sequence_number": 0, "output_index": 0, **fields}


def test_stream_is_read() -> None:
    reader = ResponsesStreamReader(request_id="r")
    thought = {"type": "reasoning", "id": "rs_1", "summary": []}
    call = {**CALL, "arguments": ""}
    bodies = [
        _event("created", response=_answer(status="in_progress")),
        _event("in_progress", response=_answer(status="in_progress")),
        _event("output_item.added", item=thought),
        _event("reasoning_summary_text.delta", summary_index=0, delta="a"),
        _event("reasoning_summary_text.delta", summary_index=1, delta="b"),
        _event("output_item.done", item={**thought, "encrypted_content": "x"}),
        _event("output_item.added", output_index=1, item=call),
        _event("function_call_arguments.delta", output_index=1, delta='{"a"'),
        _event("function_call_arguments.delta", output_index=1, delta=":1}"),
        _event("output_item.done", output_index=1, item={**CALL, "arguments": '{"a":1}'}),
        _event("output_item.added", output_index=2, item={**call, "call_id": "c2"}),
        _event("output_item.done", output_index=2, item={**CALL, "call_id": "c2"}),
        _event("output_text.delta", output_index=3, content_index=0, delta="hi"),
        _event("output_item.done", output_index=4, item=SEARCH),
        _event("some.novelty"),
        _event("completed", response=_answer(usage={"input_tokens": 3, "output_tokens": 4}, service_tier="flex")),
    ]
    events = [event for body in bodies for event in reader.read(body)]
    assert [*events, reader.end()] == [
        Started(id="resp_1", model="m", request_id="r"),
        ReasoningDelta(index=0, id="rs_1"),
        ReasoningDelta(index=0, text="a"),
        ReasoningDelta(index=0, text="\n\nb"),
        ReasoningDelta(index=0, redacted_data="x"),
        ToolCallStarted(index=1, id="c1", name="see"),
        ToolArgumentsDelta(index=1, arguments='{"a"'),
        ToolArgumentsDelta(index=1, arguments=":1}"),
        ToolCallStarted(index=2, id="c2", name="see"),
        ToolArgumentsDelta(index=2, arguments="{}"),
        TextDelta(index=3, text="hi"),
        Finished(
            finish_reason="tool_call",
            usage=Usage(input_tokens=3, output_tokens=4),
            provider_details={"output": [SEARCH], "service_tier": "flex"},
        ),
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"type": "error", "code": "server_error", "message": "x", "param": None, "sequence_number": 1},
        {"type": "error", "error": {"code": "server_error", "message": "x"}},
        _event("failed", response=_answer(status="failed", error={"code": "server_error", "message": "x"})),
    ],
)
def test_error_in_a_stream_is_raised(body: dict[str, Any]) -> None:
    with pytest.raises(StreamFailedError) as caught:
        ResponsesStreamReader().read(body)
    assert (caught.value.error["code"], caught.value.error["message"]) == ("server_error", "x")


def test_stream_without_its_end_mark_is_cut() -> None:
    reader = ResponsesStreamReader()
    reader.read(_event("created", response=_answer()))
    with pytest.raises(StreamCutError):
        reader.end()


def test_broken_stream_says_so_in_both_forms_that_clients_know() -> None:
    writer = ResponsesStreamWriter(created=0)
    writer.write(Started(id="r", model="m"))
    (body,) = writer.failed("It broke.", code="server_error")
    assert body["message"] == body["error"]["message"] == "It broke."
    assert (body["type"], body["sequence_number"]) == ("error", 2)
