"""What a dialect cannot say is dropped, rewritten or emulated, and said so."""

from __future__ import annotations

from typing import Any

import pytest

from polydesk.core.messages import (
    ImagePart,
    Message,
    ModelRequest,
    ModelResponse,
    OutputSchema,
    Part,
    ReasoningPart,
    TextPart,
    Tool,
    ToolCallPart,
    ToolChoice,
    ToolResultPart,
    user_message,
)
from polydesk.core.notes import Note
from polydesk.core.usage import Usage
from polydesk.wire import anthropic_messages, openai_chat
from polydesk.wire.notes import Translated

PICTURE = ImagePart(media_type="image/png", data=b"png")
TOOL = Tool(name="look", parameters={}, cache=True)


def _request(*parts: Part, role: Any = "user", **fields: Any) -> ModelRequest:
    messages = (Message(role=role, parts=parts),) if parts else (user_message("hi"),)
    return ModelRequest(**{"model": "m", "messages": messages, "max_output_tokens": 9} | fields)


def _said(translated: Translated) -> list[tuple[str, str]]:
    return [(note.parameter, note.action) for note in translated.notes]


OPENAI: list[tuple[str, ModelRequest, list[tuple[str, str]]]] = [
    ("budget", _request(reasoning_budget_tokens=4_000), [("reasoning_budget_tokens", "rewritten")]),
    ("budget beside effort", _request(reasoning_budget_tokens=9, reasoning_effort="low"),
     [("reasoning_budget_tokens", "dropped")]),
    ("reasoning", _request(ReasoningPart(text="t", signature="s"), TextPart(text="a"), role="assistant"),
     [("messages[0].reasoning", "dropped")]),
    ("image in a tool result", _request(ToolResultPart(call_id="c", content=(PICTURE,))),
     [("messages[0].tool_result.image", "emulated")]),
    ("failed tool", _request(ToolResultPart(call_id="c", content=(), is_error=True)),
     [("messages[0].tool_result.is_error", "dropped")]),
    ("cache on a tool", _request(tools=(TOOL,)), [("tools[look].cache", "dropped")]),
    ("words before results", _request(TextPart(text="a"), ToolResultPart(call_id="c", content=())),
     [("messages[0]", "rewritten")]),
    ("words after calls", _request(ToolCallPart(id="c", name="n", arguments=""), TextPart(text="a"), role="assistant"),
     [("messages[0]", "rewritten")]),
    ("image in the system prompt", _request(PICTURE, role="system"), [("messages[0]", "dropped")]),
    ("image of the assistant's", _request(PICTURE, role="assistant"), [("messages[0]", "dropped")]),
]  # fmt: skip
ANTHROPIC: list[tuple[str, ModelRequest, list[tuple[str, str]]]] = [
    ("sampling", _request(temperature=0.0, top_p=1.0, seed=0),
     [("temperature", "dropped"), ("top_p", "dropped"), ("seed", "dropped")]),
    ("no limit", _request(max_output_tokens=None), [("max_output_tokens", "emulated")]),
    ("any JSON", _request(output_schema=OutputSchema(name="j", json_schema=None)), [("output_schema", "emulated")]),
    ("described schema", _request(output_schema=OutputSchema(name="j", json_schema={}, description="d", strict=False)),
     [("output_schema.description", "dropped"), ("output_schema.strict", "rewritten")]),
    ("minimal effort", _request(reasoning_effort="minimal"), [("reasoning_effort", "rewritten")]),
    ("unsigned reasoning", _request(ReasoningPart(text="t"), role="assistant"), [("messages[0].reasoning", "dropped")]),
    ("broken arguments", _request(ToolCallPart(id="c", name="n", arguments='{"a'), role="assistant"),
     [("messages[0].tool_call.arguments", "rewritten")]),
    ("developer", _request(TextPart(text="a"), role="developer"), [("messages[0].role", "rewritten")]),
    ("parallel without tools", _request(tool_choice=ToolChoice(mode="none", parallel=False)),
     [("tool_choice.parallel", "dropped")]),
    ("image of the assistant's", _request(PICTURE, role="assistant"), [("messages[0]", "dropped")]),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "notes"), [row[1:] for row in OPENAI], ids=[row[0] for row in OPENAI])
def test_openai_notes(request_: ModelRequest, notes: list[tuple[str, str]]) -> None:
    assert _said(openai_chat.request_to_wire(request_)) == notes


@pytest.mark.parametrize(("request_", "notes"), [row[1:] for row in ANTHROPIC], ids=[row[0] for row in ANTHROPIC])
def test_anthropic_notes(request_: ModelRequest, notes: list[tuple[str, str]]) -> None:
    assert _said(anthropic_messages.request_to_wire(request_)) == notes


def test_note_gives_its_reason() -> None:
    (note,) = anthropic_messages.request_to_wire(_request(seed=1)).notes
    assert note == Note(
        parameter="seed", action="dropped", reason="Messages has no sampling parameters since version 2026-10-21"
    )


def test_image_of_a_tool_result_follows_as_the_users() -> None:
    result = ToolResultPart(call_id="c", content=(TextPart(text="a cat"), PICTURE))
    body = openai_chat.request_to_wire(_request(result, TextPart(text="see"))).body
    assert body["messages"] == [
        {"role": "tool", "tool_call_id": "c", "content": "a cat"},
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,cG5n"}},
                {"type": "text", "text": "see"},
            ],
        },
    ]


ANSWER = ModelResponse(
    id="i",
    model="m",
    parts=(
        ReasoningPart(text="t", signature="s"),
        TextPart(text="a"),
        TextPart(text="b"),
        ToolCallPart(id="c", name="n", arguments="not json"),
    ),
    finish_reason="stop",
    stop_sequence="END",
    usage=Usage(),
)


def test_answers_have_notes_too() -> None:
    assert _said(openai_chat.response_to_wire(ANSWER, created=0)) == [
        ("parts", "rewritten"),
        ("reasoning.signature", "dropped"),
        ("stop_sequence", "dropped"),
    ]
    assert _said(anthropic_messages.response_to_wire(ANSWER)) == [
        ("parts.tool_call.arguments", "rewritten"),
        ("usage", "rewritten"),
    ]


def test_unknown_usage_is_left_out_where_that_can_be_said() -> None:
    assert "usage" not in openai_chat.response_to_wire(ANSWER, created=0).body
