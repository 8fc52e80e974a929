"""Plain responses: Converse to ours and back."""

from __future__ import annotations

from typing import Any

from polydesk.core.messages import ModelResponse, Part, ReasoningPart, TextPart, ToolCallPart
from polydesk.core.usage import Usage
from polydesk.wire.bedrock_converse.parts import parts_from_wire
from polydesk.wire.bedrock_converse.shapes import ConverseResponse, TokenUsage
from polydesk.wire.finish_reasons import FinishReasons
from polydesk.wire.notes import Notes, Translated, leftovers
from polydesk.wire.shape import read_shape
from polydesk.wire.tool_input import tool_input
from polydesk.wire.usage_details import usage_beyond

FINISH_REASONS = FinishReasons(
    read={
        "end_turn": "stop",
        "stop_sequence": "stop",
        "tool_use": "tool_call",
        "max_tokens": "length",
        "model_context_window_exceeded": "length",
        "content_filtered": "content_filter",
        "guardrail_intervened": "content_filter",
        "malformed_model_output": "error",
        "malformed_tool_use": "error",
    },
    written={
        "stop": "end_turn",
        "tool_call": "tool_use",
        "length": "max_tokens",
        "content_filter": "content_filtered",
        "error": "malformed_model_output",
    },
    kept_as="stopReason",
)
BLOCKS = frozenset({"text", "toolUse", "reasoningContent"})
"""Blocks that answers may hold and that we model."""
KNOWN = frozenset({"output", "stopReason", "usage", "metrics"})
USAGE_KNOWN = frozenset({"inputTokens", "outputTokens", "totalTokens", "cacheReadInputTokens", "cacheWriteInputTokens"})


def response_from_wire(body: dict[str, Any], *, model: str, request_id: str | None = None) -> ModelResponse:
    """The answer of `body`. Converse says neither an id nor which model gave it: it is the asked `model`.

    Blocks that we do not model are kept in `provider_details["blocks"]`, what the usage says beyond ours in
    `provider_details["usage"]`. Raises WireError naming the path of what is wrong.
    """
    shape = read_shape(body, ConverseResponse)
    details = leftovers(body, KNOWN)
    content = shape.output.message.content
    others = [block for block in content if not BLOCKS & block.keys()]
    if others:
        details["blocks"] = others
    note_usage(body.get("usage"), details)
    parts = parts_from_wire([block for block in content if BLOCKS & block.keys()])
    return ModelResponse(
        id="",
        model=model,
        parts=tuple(part for part in parts if not (isinstance(part, TextPart) and not part.text)),
        finish_reason=FINISH_REASONS.from_wire(shape.stop_reason, details),
        usage=usage_from_wire(shape.usage),
        request_id=request_id,
        provider_details=details,
    )


def response_to_wire(response: ModelResponse) -> Translated:
    """The body that says `response`; it can say neither its id nor its model."""
    notes = Notes()
    details = dict(response.provider_details)
    blocks = [block for part in response.parts if (block := _block(part, notes)) is not None]
    if response.stop_sequence is not None:
        notes.dropped("stop_sequence", "Converse does not say which stop text ended the answer")
    reason = FINISH_REASONS.to_wire(response.finish_reason, details)
    body: dict[str, Any] = {
        "output": {"message": {"role": "assistant", "content": [*blocks, *details.pop("blocks", [])]}},
        "stopReason": reason,
        "usage": usage_to_wire(response.usage, details.pop("usage", None), notes),
        "metrics": {"latencyMs": 0},
    }
    return notes.on(body | details)


def usage_from_wire(usage: TokenUsage | None) -> Usage:
    """Our token counts: cached tokens are added to the input, of which they are a share here."""
    if usage is None:
        return Usage()
    read, created = usage.cache_read_input_tokens, usage.cache_write_input_tokens
    return Usage(
        input_tokens=None if usage.input_tokens is None else usage.input_tokens + (read or 0) + (created or 0),
        output_tokens=usage.output_tokens,
        cache_read_input_tokens=read,
        cache_creation_input_tokens=created,
    )


def usage_to_wire(usage: Usage, extras: dict[str, Any] | None, notes: Notes) -> dict[str, Any]:
    """The dialect's token counts, with `extras` beside them; those that are unknown are left out."""
    if usage.reasoning_output_tokens is not None:
        notes.dropped("usage.reasoning_output_tokens", "Converse's usage has no such count")
    read, created = usage.cache_read_input_tokens, usage.cache_creation_input_tokens
    counts: dict[str, Any] = {
        "inputTokens": None if usage.input_tokens is None else usage.input_tokens - (read or 0) - (created or 0),
        "outputTokens": usage.output_tokens,
        "cacheReadInputTokens": read,
        "cacheWriteInputTokens": created,
    }
    if usage.input_tokens is not None and usage.output_tokens is not None:
        counts["totalTokens"] = usage.input_tokens + usage.output_tokens
    return {name: count for name, count in counts.items() if count is not None} | (extras or {})


def note_usage(usage: object, details: dict[str, Any]) -> None:
    """Keep in `details` what the vendor's usage says beyond ours, such as lifetimes in the cache."""
    extras = usage_beyond(usage, USAGE_KNOWN)
    if extras:
        details["usage"] = extras


def _block(part: Part, notes: Notes) -> dict[str, Any] | None:
    match part:
        case TextPart():
            return {"text": part.text}
        case ReasoningPart(redacted_data=str(data)):
            return {"reasoningContent": {"redactedContent": data}}
        case ReasoningPart():
            text = {"text": part.text} | ({} if part.signature is None else {"signature": part.signature})
            return {"reasoningContent": {"reasoningText": text}}
        case ToolCallPart():
            return {"toolUse": {"toolUseId": part.id, "name": part.name, "input": tool_input(part, "parts", notes)}}
        case _:
            notes.dropped("parts", f"an answer carries no {type(part).__name__}")
            return None
