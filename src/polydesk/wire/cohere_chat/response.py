"""Plain responses: Cohere's chat to ours and back."""

from __future__ import annotations

from typing import Any

from polydesk.core.messages import ModelResponse, Part, ReasoningPart, TextPart, ToolCallPart
from polydesk.core.usage import Usage
from polydesk.wire.cohere_chat.parts import parts_from_wire
from polydesk.wire.cohere_chat.shapes import ChatResponse, ChatUsage, TokenCounts
from polydesk.wire.finish_reasons import FinishReasons
from polydesk.wire.function_tools import call_to_wire
from polydesk.wire.notes import Notes, Translated, leftovers
from polydesk.wire.shape import read_shape

FINISH_REASONS = FinishReasons(
    read={
        "COMPLETE": "stop",
        "STOP_SEQUENCE": "stop",
        "MAX_TOKENS": "length",
        "ERROR_LIMIT": "length",
        "TOOL_CALL": "tool_call",
        "ERROR_TOXIC": "content_filter",
        "ERROR": "error",
        "TIMEOUT": "error",
    },
    written={
        "stop": "COMPLETE",
        "length": "MAX_TOKENS",
        "tool_call": "TOOL_CALL",
        "content_filter": "ERROR_TOXIC",
        "error": "ERROR",
    },
)
KNOWN = frozenset(ChatResponse.__struct_fields__)


def response_from_wire(body: dict[str, Any], *, model: str, request_id: str | None = None) -> ModelResponse:
    """The answer of `body`. Cohere does not say which model gave it: it is the asked `model`.

    Citations are kept in `provider_details["citations"]`, the usage where it says more than ours in
    `provider_details["usage"]`. Raises WireError naming the path of what is wrong.
    """
    shape = read_shape(body, ChatResponse)
    details = leftovers(body, KNOWN)
    if shape.message.citations:
        details["citations"] = shape.message.citations
    note_usage(body.get("usage"), shape.usage, details)
    return ModelResponse(
        id=shape.id,
        model=model,
        parts=tuple(parts_from_wire(shape.message)),
        finish_reason=FINISH_REASONS.from_wire(shape.finish_reason, details),
        usage=usage_from_wire(shape.usage),
        request_id=request_id,
        provider_details=details,
    )


def response_to_wire(response: ModelResponse) -> Translated:
    """The body that says `response`; it cannot say the model."""
    notes = Notes()
    details = dict(response.provider_details)
    said = [part for part in response.parts if not isinstance(part, ToolCallPart)]
    message: dict[str, Any] = {"role": "assistant"}
    if response.tool_calls:
        texts = [part for part in said if isinstance(part, TextPart)]
        said = [part for part in said if not isinstance(part, TextPart)]
        if list(response.parts) != [*said, *texts[:1], *response.tool_calls]:
            notes.rewritten("parts", "what is said beside tool calls is one plan before them, after the reasoning")
        if texts:
            message["tool_plan"] = response.text
        message["tool_calls"] = [call_to_wire(part) for part in response.tool_calls]
    items = [item for part in said if (item := _item(part, notes)) is not None]
    if items or not response.tool_calls:
        message["content"] = items
    if "citations" in details:
        message["citations"] = details.pop("citations")
    if response.stop_sequence is not None:
        notes.dropped("stop_sequence", "Cohere does not say which stop text ended the answer")
    body = {
        "id": response.id,
        "finish_reason": FINISH_REASONS.to_wire(response.finish_reason, details),
        "message": message,
        "usage": details.pop("usage", None) or usage_to_wire(response.usage, notes),
    }
    return notes.on(body | details)


def usage_from_wire(usage: ChatUsage | None) -> Usage:
    """The tokens that are billed; those counted, where nothing is said of the bill."""
    if usage is None:
        return Usage()
    counted = usage.tokens or TokenCounts()
    billed = usage.billed_units or TokenCounts()
    read = _first(billed.input_tokens, counted.input_tokens)
    cached = _first(usage.cached_tokens)
    return Usage(
        input_tokens=read,
        output_tokens=_first(billed.output_tokens, counted.output_tokens),
        # What is cached of Cohere's own prompts is not billed at all, and no share of what is.
        cache_read_input_tokens=cached if cached is None or read is None else min(cached, read),
    )


def usage_to_wire(usage: Usage, notes: Notes) -> dict[str, Any]:
    """The dialect's token counts, where all that is counted is billed; those that are unknown are left out."""
    for name in ("cache_creation_input_tokens", "reasoning_output_tokens"):
        if getattr(usage, name) is not None:
            notes.dropped(f"usage.{name}", "Cohere's usage has no such count")
    counts = {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}
    known = {name: count for name, count in counts.items() if count is not None}
    body: dict[str, Any] = {"billed_units": known, "tokens": known} if known else {}
    return body if usage.cache_read_input_tokens is None else body | {"cached_tokens": usage.cache_read_input_tokens}


def note_usage(usage: object, shape: ChatUsage | None, details: dict[str, Any]) -> None:
    """Keep in `details` a usage that says more than ours: other units, or more tokens counted than billed."""
    if shape is None:
        return
    if read_shape(usage, dict[str, Any]) != usage_to_wire(usage_from_wire(shape), Notes()):
        details["usage"] = usage


def _first(*counts: float | None) -> int | None:
    return next((int(count) for count in counts if count is not None), None)


def _item(part: Part, notes: Notes) -> dict[str, Any] | None:
    match part:
        case TextPart():
            return {"type": "text", "text": part.text}
        case ReasoningPart(redacted_data=None):
            if part.signature is not None:
                notes.dropped("reasoning.signature", "Cohere's reasoning has no signature")
            return {"type": "thinking", "thinking": part.text}
        case _:
            notes.dropped("parts", f"an answer of Cohere's carries no such {type(part).__name__}")
            return None
