"""Messages, read from bodies as Anthropic words them."""

from __future__ import annotations

from typing import Any

import pytest

from polydesk.core.messages import (
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
from polydesk.core.streams import (
    Finished,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolArgumentsDelta,
    ToolCallStarted,
)
from polydesk.core.usage import Usage
from polydesk.wire.anthropic_messages import MessagesStreamReader, request_from_wire, response_from_wire
from polydesk.wire.notes import StreamCutError, StreamFailedError, WireError

REQUEST: dict[str, Any] = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 2000,
    "system": [{"type": "text", "text": "Be short.", "cache_control": {"type": "ephemeral"}}],
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "look"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "cG5n"}},
                {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "sig"},
                {"type": "redacted_thinking", "data": "xyz"},
                {"type": "tool_use", "id": "c1", "name": "see", "input": {"a": 1}},
            ],
        },
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "a cat", "is_error": True}],
        },
        {"role": "system", "content": "Now be long."},
    ],
    "tools": [{"name": "see", "input_schema": {"type": "object"}, "cache_control": {"type": "ephemeral"}}],
    "tool_choice": {"type": "any", "disable_parallel_tool_use": True},
    "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": {"type": "object"}}},
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "stop_sequences": ["END"],
    "metadata": {"user_id": "u-1"},
    "service_tier": "auto",
    "stream": True,
}


def test_request_is_read() -> None:
    assert request_from_wire(REQUEST) == ModelRequest(
        model="claude-sonnet-5-5",
        messages=(
            Message(role="system", parts=(TextPart(text="Be short.", cache=True),)),
            Message(
                role="user",
                parts=(
                    TextPart(text="look"),
                    ImagePart(media_type="image/png", data=b"png"),
                    ImagePart(url="https://example.com/a.png"),
                ),
            ),
            Message(
                role="assistant",
                parts=(
                    ReasoningPart(text="hm", signature="sig"),
                    ReasoningPart(text="", redacted_data="xyz"),
                    ToolCallPart(id="c1", name="see", arguments='{"a":1}'),
                ),
            ),
            Message(
                role="user",
                parts=(ToolResultPart(call_id="c1", content=(TextPart(text="a cat"),), is_error=True),),
            ),
            Message(role="system", parts=(TextPart(text="Now be long."),)),
        ),
        max_output_tokens=2000,
        stop=("END",),
        tools=(Tool(name="see", parameters={"type": "object"}, cache=True),),
        tool_choice=ToolChoice(mode="required", parallel=False),
        output_schema=OutputSchema(name="output", json_schema={"type": "object"}),
        reasoning_effort="high",
        reasoning_budget_tokens=1024,
        user="u-1",
        provider_options={"service_tier": "auto"},
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"temperature": 0.5}, {"temperature": 0.5}),
        ({"thinking": {"type": "disabled"}}, {"reasoning_effort": "none"}),
        ({"thinking": {"type": "adaptive"}}, {"provider_options": {"thinking": {"type": "adaptive"}}}),
        ({"output_config": {"effort": "xhigh"}}, {"provider_options": {"output_config": {"effort": "xhigh"}}}),
        ({"tool_choice": {"type": "tool", "name": "x"}}, {"tool_choice": ToolChoice(mode="named", name="x")}),
        ({"cache_control": {"type": "ephemeral"}}, {"provider_options": {"cache_control": {"type": "ephemeral"}}}),
    ],
)
def test_field_is_read(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}], **fields}
    assert request_from_wire(body) == ModelRequest(
        model="m", max_output_tokens=9, messages=(user_message("hi"),), **expected
    )


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"max_tokens": None}, r"\$\.max_tokens"),
        ({"messages": [{"role": "tool", "content": "y"}]}, r"\$\.messages\[0\]\.role"),
        ({"messages": [{"role": "user", "content": [{"type": "video"}]}]}, r"\$\.messages\[0\]\.content\[0\]"),
        ({"tool_choice": {"type": "tool"}}, r"\$\.tool_choice"),
        ({"thinking": 3}, r"\$\.thinking"),
        ({"metadata": {"user_id": 3}}, "Expected `str`"),
    ],
)
def test_wrong_request_is_refused_with_its_place(fields: dict[str, Any], place: str) -> None:
    with pytest.raises(WireError, match=place):
        request_from_wire({"model": "m", "max_tokens": 9, "messages": []} | fields)


def _answer(content: list[dict[str, Any]], reason: str | None = "end_turn", **fields: Any) -> dict[str, Any]:
    head = {"id": "a", "type": "message", "role": "assistant", "model": "m"}
    return {**head, "content": content, "stop_reason": reason, "stop_sequence": None, **fields}


def test_answer_is_read_and_cached_tokens_belong_to_the_input() -> None:
    body = _answer(
        [{"type": "text", "text": "hi", "citations": None}],
        usage={
            "input_tokens": 5,
            "cache_read_input_tokens": 100,
            "cache_creation_input_tokens": 20,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 20},
            "output_tokens": 8,
            "output_tokens_details": {"thinking_tokens": 3},
            "service_tier": "standard",
            "server_tool_use": None,
        },
    )
    assert response_from_wire(body, request_id="r") == ModelResponse(
        id="a",
        model="m",
        parts=(TextPart(text="hi"),),
        finish_reason="stop",
        usage=Usage(
            input_tokens=125,
            output_tokens=8,
            cache_read_input_tokens=100,
            cache_creation_input_tokens=20,
            reasoning_output_tokens=3,
        ),
        request_id="r",
        provider_details={
            "usage": {
                "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 20},
                "service_tier": "standard",
            }
        },
    )


@pytest.mark.parametrize(
    ("reason", "finish", "details"),
    [
        ("end_turn", "stop", {}),
        ("max_tokens", "length", {}),
        ("tool_use", "tool_call", {}),
        ("refusal", "content_filter", {}),
        ("model_context_window_exceeded", "length", {"stop_reason": "model_context_window_exceeded"}),
        ("pause_turn", "stop", {"stop_reason": "pause_turn"}),
        ("tired", "error", {"stop_reason": "tired"}),
    ],
)
def test_stop_reason_is_read(reason: str, finish: str, details: dict[str, Any]) -> None:
    answer = response_from_wire(_answer([], reason))
    assert (answer.finish_reason, answer.provider_details) == (finish, details)


def test_blocks_of_the_vendors_own_tools_are_kept_aside() -> None:
    block = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}
    answer = response_from_wire(_answer([block, {"type": "text", "text": "hi"}]))
    assert (answer.text, answer.provider_details) == ("hi", {"blocks": [block]})


@pytest.mark.parametrize("body", [{}, _answer([], None), _answer([{"type": "text"}]), _answer([]) | {"content": "x"}])
def test_wrong_answer_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        response_from_wire(body)


STREAM: list[dict[str, Any]] = [
    {"type": "message_start", "message": {"id": "a", "model": "m", "usage": {"input_tokens": 5, "output_tokens": 1,
     "cache_read_input_tokens": 10, "cache_creation_input_tokens": 0}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": ""}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "sig"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "content_block_start", "index": 1, "content_block": {"type": "server_tool_use", "id": "s", "name": "w"}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": "{}"}},
    {"type": "content_block_stop", "index": 1},
    {"type": "content_block_start", "index": 2, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 2, "delta": {"type": "text_delta", "text": "hi"}},
    {"type": "content_block_stop", "index": 2},
    {"type": "content_block_start", "index": 3, "content_block": {"type": "tool_use", "id": "c1", "name": "see",
     "input": {}}},
    {"type": "content_block_delta", "index": 3, "delta": {"type": "input_json_delta", "partial_json": ""}},
    {"type": "content_block_stop", "index": 3},
    {"type": "event_of_tomorrow", "news": 1},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": None}, "usage":
     {"output_tokens": 9}},
    {"type": "message_stop"},
]  # fmt: skip


def test_stream_is_read() -> None:
    reader = MessagesStreamReader(request_id="r")
    events = [event for body in STREAM for event in reader.read(body)]
    assert [*events, reader.end()] == [
        Started(id="a", model="m", request_id="r"),
        ReasoningDelta(index=0, text=""),
        ReasoningDelta(index=0, text="hm"),
        ReasoningDelta(index=0, signature="sig"),
        TextDelta(index=1, text="hi"),
        ToolCallStarted(index=2, id="c1", name="see"),
        ToolArgumentsDelta(index=2, arguments="{}"),
        Finished(
            finish_reason="tool_call",
            usage=Usage(input_tokens=15, output_tokens=9, cache_read_input_tokens=10, cache_creation_input_tokens=0),
        ),
    ]


def test_output_count_of_the_beginning_is_not_taken_for_the_whole() -> None:
    reader = MessagesStreamReader()
    for body in [STREAM[0], {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, STREAM[-1]]:
        reader.read(body)
    assert (reader.end().usage.input_tokens, reader.end().usage.output_tokens) == (15, None)


@pytest.mark.parametrize("length", [1, 10, len(STREAM) - 2, len(STREAM) - 1])
def test_stream_without_its_end_mark_is_cut(length: int) -> None:
    reader = MessagesStreamReader()
    for body in STREAM[:length]:
        reader.read(body)
    with pytest.raises(StreamCutError):
        reader.end()


def test_error_event_is_raised() -> None:
    with pytest.raises(StreamFailedError) as caught:
        MessagesStreamReader().read({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
    assert caught.value.error == {"type": "overloaded_error", "message": "Overloaded"}


@pytest.mark.parametrize(
    "body", [{}, {"type": "content_block_start", "index": 0}, {"type": "content_block_delta", "index": "x"}]
)
def test_wrong_event_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        MessagesStreamReader().read(body)
