"""Gemini, read from bodies as Google words them, and what is said of a request that it cannot take whole."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from polydesk.core.embeddings import EmbeddingRequest, EmbeddingResponse
from polydesk.core.messages import (
    DocumentPart,
    ImagePart,
    Message,
    ModelRequest,
    OutputSchema,
    ReasoningPart,
    TextPart,
    Tool,
    ToolCallPart,
    ToolChoice,
    ToolResultPart,
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
from polydesk.wire import gemini, gemini_vectors, openai_chat
from polydesk.wire.gemini import GeminiStreamReader, error_in, request_from_wire, request_to_wire, response_from_wire
from polydesk.wire.notes import StreamCutError, StreamFailedError, WireError

ASK = ModelRequest(model="m", messages=(user_message("hi"),))
CONTENTS: list[dict[str, Any]] = [{"role": "user", "parts": [{"text": "hi"}]}]


def test_request_of_an_older_client_is_read() -> None:
    body = {
        "systemInstruction": {"role": "system", "parts": [{"text": "Be short."}]},
        "contents": [
            {"parts": [{"text": "look"}, {"inlineData": {"mimeType": "image/png", "data": "-_8="}}]},
            {"role": "model", "parts": [
                {"functionCall": {"name": "see", "args": {"a": 1}}}, {"functionCall": {"name": "see"}}]},
            {
                "role": "function",
                "parts": [
                    {"functionResponse": {"name": "see", "response": {"weather": "fine"}}},
                    {"functionResponse": {"name": "see", "response": {"error": "no"}}},
                ],
            },
        ],
        "tools": [
            {"functionDeclarations": [{"name": "see", "parameters": {
                "type": "OBJECT", "properties": {"a": {"type": "INTEGER", "nullable": True}}}}]},
            {"googleSearch": {}},
        ],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["see"]}},
        "generationConfig": {
            "responseMimeType": "application/json",
            "responseSchema": {"type": "ARRAY", "items": {"type": "STRING"}, "minItems": "2"},
            "thinkingConfig": {"thinkingBudget": -1},
            "candidateCount": 1,
        },
    }  # fmt: skip
    assert request_from_wire(body, model="m") == ModelRequest(
        model="m",
        messages=(
            Message(role="system", parts=(TextPart(text="Be short."),)),
            Message(role="user", parts=(TextPart(text="look"), ImagePart(media_type="image/png", data=b"\xfb\xff"))),
            Message(
                role="assistant",
                parts=(
                    ToolCallPart(id="call_0", name="see", arguments='{"a":1}'),
                    ToolCallPart(id="call_1", name="see", arguments="{}"),
                ),
            ),
            Message(
                role="user",
                parts=(
                    ToolResultPart(call_id="call_0", content=(TextPart(text='{"weather":"fine"}'),)),
                    ToolResultPart(call_id="call_1", content=(TextPart(text="no"),), is_error=True),
                ),
            ),
        ),
        tools=(Tool(name="see", parameters={"type": "object", "properties": {"a": {"type": ["integer", "null"]}}}),),
        tool_choice=ToolChoice(mode="named", name="see"),
        output_schema=OutputSchema(
            name="output", json_schema={"type": "array", "items": {"type": "string"}, "minItems": 2}
        ),
        provider_options={
            "tools": [{"googleSearch": {}}],
            "generationConfig": {"candidateCount": 1, "thinkingConfig": {"thinkingBudget": -1}},
        },
        options_dialect="gemini",
    )


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, r"contents"),
        ({"contents": [{"role": "system", "parts": []}]}, "is no role"),
        ({"contents": [{"parts": [{"inlineData": {"mimeType": "image/png", "data": "%"}}]}]}, "base64"),
        ({"contents": CONTENTS, "toolConfig": {"functionCallingConfig": {"mode": "SOME"}}}, "no mode of calling"),
        ({"contents": CONTENTS, "tools": [{"functionDeclarations": [{}]}]}, "name"),
    ],
)
def test_wrong_request_is_refused_with_its_place(body: dict[str, Any], place: str) -> None:
    with pytest.raises(WireError, match=place):
        request_from_wire(body, model="m")


NEWEST = ("no_thinking_budgets", "no_minimal_thinking", "no_xhigh_thinking", "always_thinks")


@pytest.mark.parametrize(
    ("fields", "quirks", "sent", "actions"),
    [
        ({"reasoning_effort": "low"}, (), {"thinkingLevel": "LOW", "includeThoughts": True}, []),
        ({"reasoning_effort": "none"}, (), {"thinkingBudget": 0}, []),
        ({"reasoning_effort": "max"}, (), {"thinkingLevel": "XHIGH", "includeThoughts": True}, ["rewritten"]),
        ({"reasoning_effort": "max"}, NEWEST, {"thinkingLevel": "HIGH", "includeThoughts": True}, ["rewritten"]),
        ({"reasoning_effort": "none"}, NEWEST, {"thinkingLevel": "LOW", "includeThoughts": True}, ["rewritten"]),
        ({"reasoning_budget_tokens": 99}, (), {"thinkingBudget": 99, "includeThoughts": True}, []),
        ({"reasoning_budget_tokens": 9_000}, NEWEST, {"thinkingLevel": "HIGH", "includeThoughts": True}, ["rewritten"]),
        (
            {"reasoning_effort": "medium"},
            ("no_thinking_levels",),
            {"thinkingBudget": 8_192, "includeThoughts": True},
            ["emulated"],
        ),
        (
            {"reasoning_effort": "medium", "reasoning_budget_tokens": 99},
            (),
            {"thinkingBudget": 99, "includeThoughts": True},
            ["dropped"],
        ),
    ],
)
def test_model_is_asked_to_think_as_it_can(
    fields: dict[str, Any], quirks: tuple[str, ...], sent: dict[str, Any], actions: list[str]
) -> None:
    translated = request_to_wire(structs.replace(ASK, **fields), quirks=quirks)
    assert translated.body["generationConfig"]["thinkingConfig"] == sent
    assert [note.action for note in translated.notes] == actions


CACHED = Message(role="user", parts=(TextPart(text="hi", cache=True),))
NAMED = Message(role="user", parts=(DocumentPart(media_type="application/pdf", data=b"x", name="a.pdf"),))
LATE = (user_message("hi"), Message(role="system", parts=(TextPart(text="Be short."),)))
UNSIGNED = Message(role="assistant", parts=(ReasoningPart(text="hm"), TextPart(text="hi")))
FOREIGN = Message(
    role="assistant", parts=(ToolCallPart(id="c", name="see", arguments="{}", signature="s", signed_by="mistral_chat"),)
)
BROKEN = Message(role="assistant", parts=(ToolCallPart(id="c", name="see", arguments="{", signature="c2ln"),))
TOOL = Tool(name="see", parameters={}, strict=True)


@pytest.mark.parametrize(
    ("fields", "noted"),
    [
        ({"messages": (CACHED,)}, [("messages[0].cache", "emulated")]),
        ({"messages": (NAMED,)}, [("messages[0].document.name", "dropped")]),
        ({"messages": LATE}, [("messages[1].role", "rewritten")]),
        ({"messages": (UNSIGNED,)}, [("messages[0].reasoning", "dropped")]),
        (
            {"messages": (FOREIGN,)},
            [("messages[0].tool_call.signature", "dropped"), ("messages[0].tool_call.signature", "emulated")],
        ),
        ({"messages": (BROKEN,)}, [("messages[0].tool_call.arguments", "rewritten")]),
        ({"user": "u"}, [("user", "dropped")]),
        ({"tool_choice": ToolChoice(parallel=False)}, [("tool_choice.parallel", "dropped")]),
        ({"tools": (TOOL, structs.replace(TOOL, name="b", strict=None))}, [("tools.strict", "emulated")]),
        (
            {"output_schema": OutputSchema(name="o", json_schema={}, description="d", strict=False)},
            [("output_schema.description", "dropped"), ("output_schema.strict", "rewritten")],
        ),
        ({"provider_options": {"logit_bias": {}}, "options_dialect": "openai_chat"}, [("logit_bias", "dropped")]),
    ],
)
def test_what_cannot_be_said_is_noted(fields: dict[str, Any], noted: list[tuple[str, str]]) -> None:
    translated = request_to_wire(structs.replace(ASK, **fields))
    assert [(note.parameter, note.action) for note in translated.notes] == noted


def test_sampling_that_the_model_does_not_take_is_left_out() -> None:
    request = structs.replace(ASK, temperature=0.5, presence_penalty=0.1, seed=3)
    translated = request_to_wire(request, quirks=("no_sampling", "no_penalties"))
    assert translated.body["generationConfig"] == {"seed": 3}
    assert [note.parameter for note in translated.notes] == ["temperature", "presence_penalty"]


def test_call_of_another_model_is_marked_so_that_gemini_takes_it() -> None:
    (content,) = request_to_wire(structs.replace(ASK, messages=(FOREIGN,))).body["contents"]
    assert content["parts"] == [
        {
            "functionCall": {"id": "c", "name": "see", "args": {}},
            "thoughtSignature": "skip_thought_signature_validator",
        }
    ]
    assert gemini.request_from_wire({"contents": [content]}, model="m").messages[0].parts == (
        ToolCallPart(id="c", name="see", arguments="{}"),
    )


def test_tools_that_are_all_strict_are_held_to_their_schemas() -> None:
    translated = request_to_wire(structs.replace(ASK, tools=(TOOL,)))
    assert translated.body["toolConfig"] == {"functionCallingConfig": {"mode": "VALIDATED"}}
    assert translated.notes == ()
    read = request_from_wire(translated.body, model="m")
    assert (read.tools, read.tool_choice) == ((TOOL,), ToolChoice())


def test_tool_answers_with_images_carry_them_beside_the_words() -> None:
    call = ToolCallPart(id="c", name="see", arguments="{}", signature="c2ln")
    answer = ToolResultPart(
        call_id="c", content=(TextPart(text="a"), ImagePart(media_type="image/png", data=b"x"), TextPart(text="b"))
    )
    messages = (Message(role="assistant", parts=(call,)), Message(role="user", parts=(answer,)))
    translated = request_to_wire(structs.replace(ASK, messages=messages))
    assert translated.body["contents"][1]["parts"] == [
        {
            "functionResponse": {
                "id": "c",
                "name": "see",
                "response": {"output": ["a", "b"]},
                "parts": [{"inlineData": {"mimeType": "image/png", "data": "eA=="}}],
            }
        }
    ]
    assert [note.action for note in translated.notes] == ["rewritten"]


def test_options_of_gemini_are_not_told_to_others() -> None:
    body = {"contents": CONTENTS, "safetySettings": [], "tools": [{"googleSearch": {}}]}
    other = openai_chat.request_to_wire(request_from_wire(body, model="m"))
    assert {note.parameter for note in other.notes} == {"safetySettings", "tools"}


def _response(parts: list[dict[str, Any]], reason: str | None = "STOP", **fields: Any) -> dict[str, Any]:
    candidate = {"content": {"role": "model", "parts": parts}, "finishReason": reason, "index": 0}
    return {"candidates": [candidate], "modelVersion": "m-1", "responseId": "r", **fields}


def test_answer_is_read_and_thoughts_belong_to_the_output() -> None:
    body = _response(
        [
            {"text": "hm", "thought": True},
            {"text": "I "},
            {"text": "look.", "thoughtSignature": "c2ln"},
            {"functionCall": {"name": "see", "args": {"a": 1}}, "thoughtSignature": "c2ln"},
            {"executableCode": {"code": "1+1"}},
        ],
        usageMetadata={
            "promptTokenCount": 100,
            "toolUsePromptTokenCount": 20,
            "cachedContentTokenCount": 60,
            "thoughtsTokenCount": 7,
            "totalTokenCount": 130,
            "trafficType": "ON_DEMAND",
        },
    )
    answer = response_from_wire(body)
    assert answer.parts == (
        ReasoningPart(text="hm"),
        TextPart(text="I look."),
        ReasoningPart(text="", signature="c2ln"),
        ToolCallPart(id="call_r_3", name="see", arguments='{"a":1}', signature="c2ln"),
    )
    assert answer.finish_reason == "tool_call"
    assert answer.usage == Usage(
        input_tokens=120, output_tokens=10, cache_read_input_tokens=60, reasoning_output_tokens=7
    )
    assert answer.provider_details == {
        "parts": [{"executableCode": {"code": "1+1"}}],
        "usage": {"toolUsePromptTokenCount": 20, "trafficType": "ON_DEMAND"},
    }


@pytest.mark.parametrize(
    ("reason", "finish", "kept"),
    [
        ("STOP", "stop", {}),
        ("MAX_TOKENS", "length", {}),
        ("SAFETY", "content_filter", {}),
        ("RECITATION", "content_filter", {"finishReason": "RECITATION"}),
        ("CONTINUATION", "length", {"finishReason": "CONTINUATION"}),
        ("MALFORMED_FUNCTION_CALL", "error", {"finishReason": "MALFORMED_FUNCTION_CALL"}),
        ("MISSING_THOUGHT_SIGNATURE", "error", {"finishReason": "MISSING_THOUGHT_SIGNATURE"}),
    ],
)
def test_finish_reason_is_read(reason: str, finish: str, kept: dict[str, Any]) -> None:
    answer = response_from_wire(_response([], reason))
    assert (answer.finish_reason, answer.provider_details) == (finish, kept)
    assert gemini.response_to_wire(answer).body["candidates"][0]["finishReason"] == reason


def test_blocked_prompt_is_an_answer_that_the_filter_ended() -> None:
    body = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "modelVersion": "m", "responseId": "r"}
    answer = response_from_wire(body)
    assert (answer.parts, answer.finish_reason) == ((), "content_filter")
    assert gemini.response_to_wire(answer).body == body
    reader = GeminiStreamReader()
    reader.read(body)
    assert reader.end().finish_reason == "content_filter"


@pytest.mark.parametrize("body", [_response([], None), {"candidates": [{"content": 3}]}, {"candidates": []}])
def test_answer_that_is_not_whole_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        response_from_wire(body)


STREAM: list[dict[str, Any]] = [
    _response([{"text": "h", "thought": True}], None, usageMetadata={"promptTokenCount": 5, "totalTokenCount": 5}),
    _response([{"text": "m", "thought": True}], None),
    _response([{"text": "I "}], None),
    _response([{"text": "look."}], None),
    _response([{"functionCall": {"name": "see", "args": {}}, "thoughtSignature": "c2ln"}], None),
    _response([{"functionCall": {"name": "see", "args": {"a": 1}}}], None),
    _response([{"text": ""}], "STOP", usageMetadata={"promptTokenCount": 5, "candidatesTokenCount": 9}),
]


def test_stream_is_read() -> None:
    reader = GeminiStreamReader(request_id="q")
    events = [event for body in STREAM for event in reader.read(body)]
    assert [*events, reader.end()] == [
        Started(id="r", model="m-1", request_id="q"),
        ReasoningDelta(index=0, text="h"),
        ReasoningDelta(index=0, text="m"),
        TextDelta(index=1, text="I "),
        TextDelta(index=1, text="look."),
        ToolCallStarted(index=2, id="call_r_2", name="see", signature="c2ln"),
        ToolArgumentsDelta(index=2, arguments="{}"),
        ToolCallStarted(index=3, id="call_r_3", name="see"),
        ToolArgumentsDelta(index=3, arguments='{"a":1}'),
        Finished(finish_reason="tool_call", usage=Usage(input_tokens=5, output_tokens=9)),
    ]


@pytest.mark.parametrize("length", range(len(STREAM)))
def test_stream_without_a_finish_reason_is_cut(length: int) -> None:
    reader = GeminiStreamReader()
    for body in STREAM[:length]:
        reader.read(body)
    with pytest.raises(StreamCutError):
        reader.end()


def test_error_inside_a_stream_is_raised() -> None:
    error = {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}
    with pytest.raises(StreamFailedError) as caught:
        GeminiStreamReader().read({"error": error})
    assert (caught.value.error["type"], caught.value.error["message"]) == ("UNAVAILABLE", "The model is overloaded.")


def test_arguments_in_pieces_are_refused_rather_than_lost() -> None:
    part = {"functionCall": {"name": "see", "partialArgs": [{"jsonPath": "$.a", "numberValue": 1}]}}
    with pytest.raises(WireError, match="partialArgs"):
        GeminiStreamReader().read(_response([part], None))


def _detail(kind: str, **fields: Any) -> dict[str, Any]:
    return {"@type": f"type.googleapis.com/google.rpc.{kind}", **fields}


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ([_detail("RetryInfo", retryDelay="34.5s")], {"retry_after_s": 34.5}),
        ([_detail("RetryInfo", retryDelay="soon")], {}),
        ([_detail("ErrorInfo", reason="API_KEY_INVALID")], {"code": "API_KEY_INVALID"}),
        ([_detail("BadRequest", fieldViolations=[{"field": "a.b"}])], {"param": "a.b"}),
        ([3, {}], {}),
        ("nonsense", {}),
    ],
)
def test_details_of_an_error_are_read(details: Any, expected: dict[str, Any]) -> None:
    error = error_in({"error": {"code": 429, "message": "No.", "status": "RESOURCE_EXHAUSTED", "details": details}})
    known = {"message": "No.", "type": "RESOURCE_EXHAUSTED", "code": None, "param": None, "retry_after_s": None}
    assert error == known | expected


def test_vectors_are_asked_for_and_read() -> None:
    request = EmbeddingRequest(model="e", inputs=("a", "b"), dimensions=3, purpose="query")
    translated = gemini_vectors.embeddings_request_to_wire(request)
    assert translated.notes == ()
    assert translated.body["requests"][1] == {
        "model": "models/e",
        "content": {"parts": [{"text": "b"}]},
        "taskType": "RETRIEVAL_QUERY",
        "outputDimensionality": 3,
    }
    assert gemini_vectors.embeddings_request_from_wire(translated.body, model="e") == request
    without = gemini_vectors.embeddings_request_to_wire(request, quirks=("no_task_types",))
    assert "taskType" not in without.body["requests"][0]
    assert [note.parameter for note in without.notes] == ["purpose"]
    answer = EmbeddingResponse(model="e", vectors=((1.0, 2.0), (3.0, 4.0)), usage=Usage(input_tokens=2))
    body = gemini_vectors.embeddings_to_wire(answer).body
    assert gemini_vectors.embeddings_from_wire(body, model="e", count=2) == answer
    with pytest.raises(WireError, match="each of 3"):
        gemini_vectors.embeddings_from_wire(body, model="e", count=3)
