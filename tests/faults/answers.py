"""The answers that callers are to get, one of each kind, whatever befalls the first vendor."""

from __future__ import annotations

from typing import Any

from polydesk.core.messages import ModelResponse, Part, ReasoningPart, TextPart, ToolCallPart
from polydesk.core.usage import Usage

TOOL = "look"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "growth": {"type": "number"}},
    "required": ["title", "growth"],
    "additionalProperties": False,
}
USAGE = Usage(input_tokens=40, output_tokens=30)
SHORT = "Grüße, 世界: up  12 %,\n\n| N | 2.0 |\nand so on."
PROSE = (
    "Grüße, 世界. Revenue rose by 12 %,\n\n| North | 2.0 |\n| South | 2.6 |\n\nand costs were flat; the outlook stays."
)


def _answer(name: str, *parts: Part, finish_reason: str = "stop") -> ModelResponse:
    reason: Any = finish_reason
    return ModelResponse(id=name, model="the-model", parts=parts, finish_reason=reason, usage=USAGE)


TEXT = _answer("text", TextPart(text=SHORT))
BLANK_FIRST = _answer("blank_first", TextPart(text="\n \n      " + SHORT))
"""White space alone cannot be gone on from."""
LONG = _answer("long", TextPart(text=PROSE))
CALL = _answer("call", ToolCallPart(id="call_a", name=TOOL, arguments='{"row":12345}'), finish_reason="tool_call")
TEXT_AND_CALL = _answer(
    "text_and_call",
    TextPart(text="I will look at the rows of the table first."),
    ToolCallPart(id="call_a", name=TOOL, arguments='{"row":1}'),
    ToolCallPart(id="call_b", name=TOOL, arguments='{"row":2}'),
    finish_reason="tool_call",
)
REASONED = _answer("reasoned", ReasoningPart(text="Let me consider the table."), TextPart(text=SHORT))
STRUCTURED = _answer("structured", TextPart(text='{"title":"The quarter","growth":12.25}'))
ANSWERS = {answer.id: answer for answer in (TEXT, BLANK_FIRST, LONG, CALL, TEXT_AND_CALL, REASONED, STRUCTURED)}
