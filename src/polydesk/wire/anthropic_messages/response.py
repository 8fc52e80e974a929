"""Plain responses: Messages to ours and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from polydesk.core.messages import FinishReason, ModelResponse, Part, ReasoningPart, TextPart, ToolCallPart
from polydesk.core.usage import Usage
from polydesk.wire.anthropic_messages.request import part_from_wire
from polydesk.wire.anthropic_messages.shapes import (
    AnswerContent,
    MessagesResponse,
    UsageShape,
)
from polydesk.wire.notes import Notes, Translated, WireError, leftovers
from polydesk.wire.shape import read_shape
from polydesk.wire.tool_input import tool_input
from polydesk.wire.usage_details import usage_beyond

FINISH_REASONS: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_call",
    "refusal": "content_filter",
    "pause_turn": "stop",
}
WIRE_REASONS: dict[FinishReason, str] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_call": "tool_use",
    "content_filter": "refusal",
    "error": "end_turn",
}
BLOCK_TYPES = frozenset({"text", "thinking", "redacted_thinking", "tool_use"})
"""Blocks that answers may hold and that we model; the vendor's own tools leave others."""
KNOWN = frozenset(MessagesResponse.__struct_fields__) | {"type", "role"}
USAGE_KNOWN = frozenset(UsageShape.__struct_fields__)


def response_from_wire(body: dict[str, Any], *, request_id: str | None = None) -> ModelResponse:
    """The answer that a `message` says.

    Blocks that we do not model are kept in `provider_details["blocks"]`, what the usage says beyond ours in
    `provider_details["usage"]`. Raises WireError naming the path of what is wrong.
    """
    shape = read_shape(body, MessagesResponse)
    if shape.stop_reason is None:
        raise WireError("the answer has no stop_reason - at `$.stop_reason`")
    details = leftovers(body, KNOWN)
    ours = [block for block in shape.content if block.get("type") in BLOCK_TYPES]
    if len(ours) < len(shape.content):
        details["blocks"] = [block for block in shape.content if block.get("type") not in BLOCK_TYPES]
    note_usage(body.get("usage"), details)
    return ModelResponse(
        id=shape.id,
        model=shape.model,
        parts=tuple(_parts(ours)),
        finish_reason=finish_reason(shape.stop_reason, shape.stop_sequence, details),
        stop_sequence=shape.stop_sequence,
        usage=usage_from_wire(shape.usage),
        request_id=request_id,
        provider_details=details,
    )


def response_to_wire(response: ModelResponse) -> Translated:
    """The `message` that says `response`."""
    notes = Notes()
    details = dict(response.provider_details)
    blocks = [block for part in response.parts for block in _blocks(part, notes)]
    usage = usage_to_wire(response.usage, details.pop("usage", None))
    if usage["input_tokens"] is None:
        notes.rewritten("usage", "Messages cannot say that a count is unknown; 0 is sent")
    body: dict[str, Any] = {
        "id": response.id,
        "type": "message",
        "role": "assistant",
        "model": response.model,
        "content": [*blocks, *details.pop("blocks", [])],
        "stop_reason": details.pop("stop_reason", None) or wire_reason(response.finish_reason, response.stop_sequence),
        "stop_sequence": response.stop_sequence,
        "usage": usage | {name: usage[name] or 0 for name in ("input_tokens", "output_tokens")},
    }
    return notes.on(body | details)


def finish_reason(reason: str, stop_sequence: str | None, details: dict[str, Any]) -> FinishReason:
    """Our finish reason. Where ours says less than the vendor's, its word is kept in `details`."""
    ours = FINISH_REASONS.get(reason, "error")
    if wire_reason(ours, stop_sequence) != reason:
        details["stop_reason"] = reason
    return ours


def wire_reason(reason: FinishReason, stop_sequence: str | None) -> str:
    """The dialect's stop reason."""
    return "stop_sequence" if reason == "stop" and stop_sequence is not None else WIRE_REASONS[reason]


def usage_from_wire(usage: UsageShape | None) -> Usage:
    """Our token counts: cached tokens are added to the input, of which they are a share here."""
    if usage is None:
        return Usage()
    read, created = usage.cache_read_input_tokens, usage.cache_creation_input_tokens
    total = None if usage.input_tokens is None else usage.input_tokens + (read or 0) + (created or 0)
    details = usage.output_tokens_details
    return Usage(
        input_tokens=total,
        output_tokens=usage.output_tokens,
        cache_read_input_tokens=read,
        cache_creation_input_tokens=created,
        reasoning_output_tokens=None if details is None else details.thinking_tokens,
    )


def usage_to_wire(usage: Usage, extras: dict[str, Any] | None = None) -> dict[str, Any]:
    """The dialect's token counts, null where unknown, with `extras` beside them."""
    read, created = usage.cache_read_input_tokens, usage.cache_creation_input_tokens
    fresh = None if usage.input_tokens is None else max(0, usage.input_tokens - (read or 0) - (created or 0))
    body: dict[str, Any] = {
        "input_tokens": fresh,
        "output_tokens": usage.output_tokens,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": created,
    }
    if usage.reasoning_output_tokens is not None:
        body["output_tokens_details"] = {"thinking_tokens": usage.reasoning_output_tokens}
    return body | (extras or {})


def note_usage(usage: object, details: dict[str, Any]) -> None:
    """Keep in `details` what the vendor's usage says beyond ours: cache lifetimes, tier, its own tools."""
    extras = usage_beyond(usage, USAGE_KNOWN)
    if extras:
        details["usage"] = {**details.get("usage", {}), **extras}


def _parts(blocks: Sequence[dict[str, Any]]) -> list[Part]:
    parts = [part_from_wire(block) for block in read_shape({"content": blocks}, AnswerContent).content]
    return [part for part in parts if not (isinstance(part, TextPart) and not part.text)]


def _blocks(part: Part, notes: Notes) -> list[dict[str, Any]]:
    match part:
        case TextPart():
            return [{"type": "text", "text": part.text, "citations": None}]
        case ReasoningPart(redacted_data=str(data)):
            hidden = {"type": "redacted_thinking", "data": data}
            return [_thinking(part), hidden] if part.text else [hidden]
        case ReasoningPart():
            return [_thinking(part)]
        case ToolCallPart():
            return [{"type": "tool_use", "id": part.id, "name": part.name, "input": tool_input(part, "parts", notes)}]
        case _:
            notes.dropped("parts", f"an answer carries no {type(part).__name__}")
            return []


def _thinking(part: ReasoningPart) -> dict[str, Any]:
    return {"type": "thinking", "thinking": part.text, "signature": part.signature or ""}
