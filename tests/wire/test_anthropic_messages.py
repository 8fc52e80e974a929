"""Messages, read from bodies as Anthropic words them."""

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
from polydesk.core.streams import (
    Finished,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolArgumentsDelta,
    ToolCallStarted,
)
from polydesk.core.usage import Usage
from polydesk.wire import openai_chat
from polydesk.wire.anthropic_messages import (
    MessagesStreamReader,
    request_from_wire,
    request_to_wire,
    response_from_wire,
)
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
        ({"output_config": {"effort": "xhigh"}}, {"reasoning_effort": "xhigh"}),
        ({"output_config": {"effort": "huge"}}, {"provider_options": {"output_config": {"effort": "huge"}}}),
        (
            {"tools": [{"type": "web_search_20260209", "name": "web_search"}, {"name": "see", "input_schema": {}}]},
            {
                "tools": (Tool(name="see", parameters={}),),
                "provider_options": {"tools": [{"type": "web_search_20260209", "name": "web_search"}]},
            },
        ),
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
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, r"\$\.messages\[0\]\.content\[0\]"),
        ({"tool_choice": {"type": "tool"}}, r"\$\.tool_choice"),
        ({"thinking": 3}, r"\$\.thinking"),
        ({"metadata": {"user_id": 3}}, "Expected `str`"),
    ],
)
def test_wrong_request_is_refused_with_its_place(fields: dict[str, Any], place: str) -> None:
    with pytest.raises(WireError, match=place):
        request_from_wire({"model": "m", "max_tokens": 9, "messages": []} | fields)


SEARCHED: list[dict[str, Any]] = [
    {"role": "user", "content": [{"type": "text", "text": "who won"}, {"type": "container_upload", "file_id": "f"}]},
    {
        "role": "assistant",
        "content": [
            {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "x"}},
            {"type": "web_search_tool_result", "tool_use_id": "s", "content": []},
            {"type": "text", "text": "Nobody."},
        ],
    },
    {"role": "user", "content": [{"type": "document", "source": {"type": "file", "file_id": "f"}}]},
]


def test_blocks_without_a_part_of_ours_are_given_back_to_this_dialect_alone() -> None:
    request = request_from_wire({"model": "m", "max_tokens": 9, "messages": SEARCHED})
    assert [[part.text for part in message.parts] for message in request.messages] == [["who won"], ["Nobody."], []]  # pyright: ignore[reportAttributeAccessIssue] # only texts are left
    assert request_to_wire(request).body["messages"] == SEARCHED
    other = openai_chat.request_to_wire(structs.replace(request, options_dialect="anthropic_messages"))
    assert [note.parameter for note in other.notes if note.action == "dropped"] == ["unmodelled_blocks"]


@pytest.mark.parametrize(
    ("part", "block"),
    [
        (
            DocumentPart(media_type="application/pdf", data=b"%PDF", name="Plan", cache=True),
            {
                "type": "document",
                "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="},
                "title": "Plan",
                "cache_control": {"type": "ephemeral"},
            },
        ),
        (
            DocumentPart(media_type="text/plain", data="Grüße".encode()),
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Grüße"}},
        ),
        (
            DocumentPart(media_type="application/pdf", url="https://example.com/a.pdf"),
            {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}},
        ),
    ],
)
def test_document_is_said_and_read(part: DocumentPart, block: dict[str, Any]) -> None:
    request = ModelRequest(model="m", max_output_tokens=9, messages=(Message(role="user", parts=(part,)),))
    translated = request_to_wire(request)
    assert translated.notes == ()
    assert translated.body["messages"][0]["content"] == [block]
    assert request_from_wire(translated.body) == request


@pytest.mark.parametrize(
    ("media_type", "sent", "action"),
    [("text/csv", "a,b", "rewritten"), ("application/vnd.ms-excel", None, "dropped")],
)
def test_document_of_another_kind_is_noted(media_type: str, sent: str | None, action: str) -> None:
    part = DocumentPart(media_type=media_type, data=b"a,b")
    request = ModelRequest(model="m", max_output_tokens=9, messages=(Message(role="user", parts=(part,)),))
    translated = request_to_wire(request)
    blocks: list[dict[str, Any]] = translated.body["messages"][0]["content"]
    assert [block["source"]["data"] for block in blocks] == ([] if sent is None else [sent])
    assert [note.action for note in translated.notes] == [action]


@pytest.mark.parametrize(
    ("fields", "quirks", "sent", "actions"),
    [
        ({"reasoning_effort": "xhigh"}, (), {"output_config": {"effort": "xhigh"}}, []),
        ({"reasoning_effort": "minimal"}, (), {"output_config": {"effort": "low"}}, ["rewritten"]),
        ({"reasoning_effort": "none"}, (), {"thinking": {"type": "disabled"}}, []),
        ({"reasoning_effort": "none"}, ("always_thinks",), {"output_config": {"effort": "low"}}, ["rewritten"]),
        ({"reasoning_effort": "none"}, ("thinks_between_tools",), {"thinking": {"type": "between_tools"}}, []),
        (
            {"reasoning_budget_tokens": 9_000},
            ("no_thinking_budgets",),
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}},
            ["rewritten"],
        ),
        (
            {"reasoning_effort": "high", "max_output_tokens": 8_000},
            ("no_effort",),
            {"thinking": {"type": "enabled", "budget_tokens": 4_000}},
            ["emulated"],
        ),
        ({"reasoning_effort": "high", "max_output_tokens": 100}, ("no_effort",), {}, ["dropped"]),
        ({"tool_choice": ToolChoice(mode="required")}, (), {"tool_choice": {"type": "any"}}, []),
        (
            {"tool_choice": ToolChoice(mode="named", name="see")},
            ("no_forced_tools",),
            {"tool_choice": {"type": "auto"}},
            ["rewritten"],
        ),
    ],
)
def test_model_is_asked_what_it_takes(
    fields: dict[str, Any], quirks: tuple[str, ...], sent: dict[str, Any], actions: list[str]
) -> None:
    given: dict[str, Any] = {"max_output_tokens": 20_000} | fields
    request = ModelRequest(model="m", messages=(user_message("hi"),), **given)
    translated = request_to_wire(request, quirks=quirks)
    rest = {
        name: value for name, value in translated.body.items() if name in ("thinking", "output_config", "tool_choice")
    }
    assert (rest, [note.action for note in translated.notes]) == (sent, actions)


@pytest.mark.parametrize(
    ("signer", "left"), [(None, 2), ("anthropic_messages", 2), ("anthropic_vertex", 0), ("gemini", 0)]
)
def test_only_reasoning_of_the_same_host_is_given_back(signer: str | None, left: int) -> None:
    parts = (
        ReasoningPart(text="hm", signature="sig", signed_by=signer),
        ReasoningPart(text="", redacted_data="xyz", signed_by=signer),
        TextPart(text="hi"),
    )
    request = ModelRequest(model="m", max_output_tokens=9, messages=(Message(role="assistant", parts=parts),))
    translated = request_to_wire(request)
    content = translated.body["messages"][0]["content"]
    assert (0 if isinstance(content, str) else len(content) - 1, len(translated.notes)) == (left, 2 - left)


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
