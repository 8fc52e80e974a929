"""Answers that vendors give, one for each feature, in our form."""

from __future__ import annotations

from polydesk.core.messages import ModelResponse, ReasoningPart, TextPart, ToolCallPart
from polydesk.core.usage import Usage

TEXT = ModelResponse(
    id="answer_text",
    model="model-2026-01-01",
    parts=(TextPart(text="Grüße, 世界! This is a longer answer."),),
    finish_reason="stop",
    usage=Usage(input_tokens=12, output_tokens=9),
)
LENGTH = ModelResponse(
    id="answer_length",
    model="model-2026-01-01",
    parts=(TextPart(text="This answer is cut o"),),
    finish_reason="length",
    usage=Usage(input_tokens=12, output_tokens=5),
)
TOOLS = ModelResponse(
    id="answer_tools",
    model="model-2026-01-01",
    parts=(
        TextPart(text="I will look twice."),
        ToolCallPart(id="call_a", name="look", arguments='{"where":"the table","deep":[1,2]}'),
        ToolCallPart(id="call_b", name="look", arguments="{}"),
    ),
    finish_reason="tool_call",
    usage=Usage(input_tokens=40, output_tokens=30),
)
STRUCTURED = ModelResponse(
    id="answer_structured",
    model="model-2026-01-01",
    parts=(TextPart(text='{"title":"Results","year":2026}'),),
    finish_reason="stop",
    usage=Usage(input_tokens=25, output_tokens=11),
)
CACHED = ModelResponse(
    id="answer_cached",
    model="model-2026-01-01",
    parts=(TextPart(text="Known already."),),
    finish_reason="stop",
    usage=Usage(
        input_tokens=1_500,
        output_tokens=80,
        cache_read_input_tokens=1_000,
        cache_creation_input_tokens=200,
        reasoning_output_tokens=64,
    ),
)
THINKING = ModelResponse(
    id="answer_thinking",
    model="model-2026-01-01",
    parts=(
        ReasoningPart(text="Let me consider the table.", signature="c2lnbmF0dXJl"),
        ReasoningPart(text="", redacted_data="b3BhcXVl"),
        TextPart(text="Done."),
    ),
    finish_reason="stop",
    usage=Usage(input_tokens=20, output_tokens=50, reasoning_output_tokens=40),
)
CACHE_BOTH = ModelResponse(
    id="answer_cache_both",
    model="model-2026-01-01",
    parts=(TextPart(text="Known already."),),
    finish_reason="stop",
    usage=Usage(input_tokens=1_500, output_tokens=80, cache_read_input_tokens=1_000, cache_creation_input_tokens=200),
)
CACHE_READ = ModelResponse(
    id="answer_cache_read",
    model="model-2026-01-01",
    parts=(TextPart(text="Known already."),),
    finish_reason="stop",
    usage=Usage(input_tokens=1_500, output_tokens=80, cache_read_input_tokens=1_000),
)
THOUGHT = ModelResponse(
    id="answer_thought",
    model="model-2026-01-01",
    parts=(ReasoningPart(text="Let me consider the table."), TextPart(text="Done.")),
    finish_reason="stop",
    usage=Usage(input_tokens=20, output_tokens=50),
)
SIGNED_THOUGHT = ModelResponse(
    id="answer_signed_thought",
    model="model-2026-01-01",
    parts=(ReasoningPart(text="Let me consider the table.", signature="c2lnbmF0dXJl"), TextPart(text="Done.")),
    finish_reason="stop",
    usage=Usage(input_tokens=20, output_tokens=50),
)
ENCRYPTED_THOUGHT = ModelResponse(
    id="answer_encrypted_thought",
    model="model-2026-01-01",
    parts=(
        ReasoningPart(text="I weigh it.", id="rs_1", redacted_data="b3BhcXVl"),
        TextPart(text="Done."),
        ToolCallPart(id="call_a", name="look", arguments="{}"),
    ),
    finish_reason="tool_call",
    usage=Usage(input_tokens=20, output_tokens=50, reasoning_output_tokens=40),
)
THOUGHTS = ModelResponse(
    id="answer_thoughts",
    model="model-2026-01-01",
    parts=THINKING.parts,
    finish_reason="stop",
    usage=Usage(input_tokens=20, output_tokens=50),
)
STOP_SEQUENCE = ModelResponse(
    id="answer_stop",
    model="model-2026-01-01",
    parts=(TextPart(text="Up to here"),),
    finish_reason="stop",
    stop_sequence="END",
    usage=Usage(input_tokens=8, output_tokens=3),
)
OPENAI_REFUSAL = ModelResponse(
    id="answer_refusal",
    model="model-2026-01-01",
    parts=(),
    finish_reason="content_filter",
    usage=Usage(input_tokens=8, output_tokens=3),
    provider_details={"refusal": "I cannot help with that."},
)
ANTHROPIC_REFUSAL = ModelResponse(
    id="answer_refusal",
    model="model-2026-01-01",
    parts=(),
    finish_reason="content_filter",
    usage=Usage(input_tokens=8, output_tokens=3),
    provider_details={"stop_details": {"type": "refusal", "category": "cyber", "explanation": "Not this."}},
)
