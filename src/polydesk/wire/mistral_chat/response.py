"""Plain responses: Mistral's chat completions to ours and back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from polydesk.core.messages import ModelResponse, Part, ReasoningPart, TextPart, ToolCallPart
from polydesk.core.usage import Usage
from polydesk.wire.finish_reasons import FinishReasons
from polydesk.wire.function_tools import call_to_wire
from polydesk.wire.mistral_chat.parts import call_from_wire, part_from_wire
from polydesk.wire.mistral_chat.shapes import AnswerChunk, AnswerMessage, ChatResponse, ChatUsage
from polydesk.wire.notes import Notes, Translated, WireError, leftovers
from polydesk.wire.shape import read_shape
from polydesk.wire.usage_details import usage_beyond

FINISH_REASONS = FinishReasons(
    read={
        "stop": "stop",
        "length": "length",
        "model_length": "length",
        "tool_calls": "tool_call",
        "error": "error",
    },
    written={
        "stop": "stop",
        "length": "length",
        "tool_call": "tool_calls",
        "content_filter": "error",
        "error": "error",
    },
)
KNOWN = frozenset({"id", "model", "choices", "usage", "object", "created"})
"""Fields that we model, and those that say nothing about the answer."""
USAGE_KNOWN = frozenset(ChatUsage.__struct_fields__)


def response_from_wire(body: dict[str, Any], *, request_id: str | None = None) -> ModelResponse:
    """The first choice of a `chat.completion`.

    Content chunks that we do not model, such as references, are kept in `provider_details["chunks"]`, what the usage
    says beyond ours in `provider_details["usage"]`. Raises WireError naming the path of what is wrong.
    """
    shape = read_shape(body, ChatResponse)
    choice = next(iter(shape.choices or ()), None)
    if choice is None or choice.message is None or choice.finish_reason is None:
        raise WireError("a choice with a message and a finish_reason is missing - at `$.choices`")
    details = leftovers(body, KNOWN)
    note_usage(body.get("usage"), details)
    return ModelResponse(
        id=shape.id or "",
        model=shape.model or "",
        parts=tuple(_parts(choice.message, details)),
        finish_reason=FINISH_REASONS.from_wire(choice.finish_reason, details),
        usage=usage_from_wire(shape.usage),
        request_id=request_id,
        provider_details=details,
    )


def response_to_wire(response: ModelResponse, *, created: int) -> Translated:
    """The `chat.completion` that says `response`; `created` is in seconds since 1970."""
    notes = Notes()
    details = dict(response.provider_details)
    message: dict[str, Any] = {"role": "assistant", "content": _content(response, details.pop("chunks", []), notes)}
    if response.tool_calls:
        message["tool_calls"] = [_call(index, part) for index, part in enumerate(response.tool_calls)]
    if response.stop_sequence is not None:
        notes.dropped("stop_sequence", "Mistral does not say which stop text ended the answer")
    reason = FINISH_REASONS.to_wire(response.finish_reason, details)
    body = {
        "id": response.id,
        "object": "chat.completion",
        "created": created,
        "model": response.model,
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": usage_to_wire(response.usage, details.pop("usage", None), notes),
    }
    return notes.on(body | details)


def usage_from_wire(usage: ChatUsage | None) -> Usage:
    """Our token counts; what the provider does not say stays unknown."""
    if usage is None:
        return Usage()
    read, written = usage.prompt_tokens_details, usage.completion_tokens_details
    return Usage(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        cache_read_input_tokens=usage.num_cached_tokens if read is None else read.cached_tokens,
        reasoning_output_tokens=None if written is None else written.reasoning_tokens,
    )


def usage_to_wire(usage: Usage, extras: dict[str, Any] | None, notes: Notes) -> dict[str, Any]:
    """The dialect's token counts; those that are unknown are left out."""
    if usage.cache_creation_input_tokens is not None:
        notes.dropped("usage.cache_creation_input_tokens", "Mistral's usage has no such count")
    counts: dict[str, Any] = {"prompt_tokens": usage.input_tokens, "completion_tokens": usage.output_tokens}
    if usage.input_tokens is not None and usage.output_tokens is not None:
        counts["total_tokens"] = usage.input_tokens + usage.output_tokens
    if usage.cache_read_input_tokens is not None:
        counts["prompt_tokens_details"] = {"cached_tokens": usage.cache_read_input_tokens}
    if usage.reasoning_output_tokens is not None:
        counts["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning_output_tokens}
    return {name: count for name, count in counts.items() if count is not None} | (extras or {})


def note_usage(usage: object, details: dict[str, Any]) -> None:
    """Keep in `details` what the vendor's usage says beyond ours, such as its service tier."""
    extras = usage_beyond(usage, USAGE_KNOWN)
    if extras:
        details["usage"] = extras


def pieces_of(content: str | Sequence[dict[str, Any]] | None, details: dict[str, Any]) -> list[Part]:
    """The text and reasoning of an answer's content, piece by piece; other chunks are kept in `details`."""
    if isinstance(content, str):
        return [TextPart(text=content)] if content else []
    pieces: list[Part] = []
    for chunk in content or ():
        if chunk.get("type") in ("text", "thinking"):
            pieces.append(part_from_wire(read_shape({"chunk": chunk}, AnswerChunk).chunk))
        else:
            details["chunks"] = [*details.get("chunks", []), chunk]
    return pieces


def continues(piece: Part, last: Part | None) -> bool:
    """Whether `piece` is more of the part before it: texts always, reasoning until its signature has come."""
    match piece, last:
        case TextPart(), TextPart():
            return True
        case ReasoningPart(), ReasoningPart():
            return last.signature is None
        case _:
            return False


def _parts(message: AnswerMessage, details: dict[str, Any]) -> list[Part]:
    parts: list[Part] = []
    for piece in pieces_of(message.content, details):
        if parts and continues(piece, parts[-1]):
            parts[-1] = _joined(parts[-1], piece)
        else:
            parts.append(piece)
    return [*parts, *(call_from_wire(call) for call in message.tool_calls or ())]


def _joined(left: Part, right: Part) -> Part:
    match left, right:
        case TextPart(), TextPart():
            return TextPart(text=left.text + right.text)
        case ReasoningPart(), ReasoningPart():
            return ReasoningPart(text=left.text + right.text, signature=right.signature)
        case _:
            raise AssertionError("only like parts are joined")


def _content(response: ModelResponse, extras: list[dict[str, Any]], notes: Notes) -> str | list[dict[str, Any]]:
    said = [part for part in response.parts if not isinstance(part, ToolCallPart)]
    if said != list(response.parts[: len(said)]):
        notes.rewritten("parts", "text is moved before the tool calls")
    if any(continues(part, before) for before, part in pairwise(said)):
        notes.rewritten("parts", "parts that follow each other are read as one")
    chunks = [chunk for part in said if (chunk := _chunk(part, notes)) is not None] + extras
    if not chunks:
        return ""
    return chunks[0]["text"] if len(chunks) == 1 and chunks[0]["type"] == "text" else chunks


def _chunk(part: Part, notes: Notes) -> dict[str, Any] | None:
    match part:
        case TextPart():
            return {"type": "text", "text": part.text}
        case ReasoningPart(redacted_data=None):
            return thinking_chunk(part.text, part.signature)
        case _:
            notes.dropped("parts", f"an answer of Mistral's carries no such {type(part).__name__}")
            return None


def thinking_chunk(text: str, signature: str | None) -> dict[str, Any]:
    """A thinking chunk of one text, or of none."""
    thinking = [{"type": "text", "text": text}] if text else []
    return {"type": "thinking", "thinking": thinking} | ({} if signature is None else {"signature": signature})


def _call(index: int, part: ToolCallPart) -> dict[str, Any]:
    return call_to_wire(part) | {"index": index}
