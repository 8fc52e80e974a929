"""Plain responses: Gemini's to ours and back."""

from __future__ import annotations

from typing import Any

import msgspec

from polydesk.core.messages import FinishReason, ModelResponse, Part, ReasoningPart, TextPart, ToolCallPart
from polydesk.core.usage import Usage
from polydesk.wire.finish_reasons import FinishReasons
from polydesk.wire.gemini.parts import answer_parts, parts_from_wire
from polydesk.wire.gemini.shapes import Candidate, PartShape, Response, UsageShape, names_of
from polydesk.wire.notes import Notes, Translated, WireError, leftovers
from polydesk.wire.shape import read_shape
from polydesk.wire.usage_details import usage_beyond

FINISH_REASONS = FinishReasons(
    read={
        "STOP": "stop",
        "MAX_TOKENS": "length",
        "CONTINUATION": "length",
        "SAFETY": "content_filter",
        "RECITATION": "content_filter",
        "BLOCKLIST": "content_filter",
        "PROHIBITED_CONTENT": "content_filter",
        "SPII": "content_filter",
        "MODEL_ARMOR": "content_filter",
        "IMAGE_SAFETY": "content_filter",
        "IMAGE_PROHIBITED_CONTENT": "content_filter",
        "IMAGE_RECITATION": "content_filter",
    },
    written={
        "stop": "STOP",
        "length": "MAX_TOKENS",
        "tool_call": "STOP",
        "content_filter": "SAFETY",
        "error": "OTHER",
    },
    kept_as="finishReason",
)
KNOWN = names_of(Response)
CANDIDATE_KNOWN = names_of(Candidate) | {"index"}
PART_KNOWN = names_of(PartShape)
USAGE_KNOWN = names_of(UsageShape) - {"toolUsePromptTokenCount"}


def response_from_wire(body: dict[str, Any], *, request_id: str | None = None) -> ModelResponse:
    """The answer that a response says. A blocked prompt is an answer without parts that the filter ended.

    Parts that we do not model are kept in `provider_details["parts"]`, what the candidate and the usage say beyond ours
    in `["candidate"]` and `["usage"]`. Raises WireError naming the path of what is wrong.
    """
    shape = read_shape(body, Response)
    details = details_of(body)
    said = _joined([part for piece in pieces_of(shape) for part in parts_from_wire(piece, call_id="")])
    parts = [_identified(part, shape.response_id, index) for index, part in enumerate(said)]
    reason = reason_of(shape)
    if reason is None:
        raise WireError("the answer has no finishReason - at `$.candidates`")
    return ModelResponse(
        id=shape.response_id,
        model=shape.model_version,
        parts=tuple(parts),
        finish_reason=finish_reason(reason, details, calls=any(isinstance(part, ToolCallPart) for part in parts)),
        usage=usage_from_wire(shape.usage_metadata),
        request_id=request_id,
        provider_details=details,
    )


def response_to_wire(response: ModelResponse) -> Translated:
    """The response that says `response`."""
    notes = Notes()
    if response.stop_sequence is not None:
        notes.dropped("stop_sequence", "Gemini does not say which stop text ended the answer")
    if response.usage.cache_creation_input_tokens is not None:
        notes.dropped("usage.cache_creation_input_tokens", "Gemini does not count what it writes to its cache")
    parts = answer_parts(response.parts, notes)
    body = end_to_wire(response.finish_reason, response.usage, response.provider_details, parts=parts)
    return notes.on({**body, "modelVersion": response.model, "responseId": response.id})


def end_to_wire(
    reason: FinishReason, usage: Usage, provider_details: dict[str, Any], *, parts: list[dict[str, Any]]
) -> dict[str, Any]:
    """The last or only piece of an answer, with `parts`, but for its names."""
    details = dict(provider_details)
    counts = usage_to_wire(usage, details.pop("usage", None))
    extra = details.pop("candidate", {})
    others = details.pop("parts", [])
    word = FINISH_REASONS.to_wire(reason, details)
    body: dict[str, Any] = {} if not counts else {"usageMetadata": counts}
    if "promptFeedback" not in details:
        content = {"role": "model", "parts": [*parts, *others]}
        body["candidates"] = [{"content": content, "finishReason": word, "index": 0, **extra}]
    return {**body, **details}


def pieces_of(shape: Response) -> list[PartShape]:
    """The pieces of the first candidate, the only one that our form has a place for."""
    content = shape.candidates[0].content if shape.candidates else None
    return [] if content is None else content.parts or []


def reason_of(shape: Response) -> str | None:
    """Why the answer ended, in the vendor's word; None while it has not."""
    if shape.candidates:
        return shape.candidates[0].finish_reason
    return "SAFETY" if shape.prompt_feedback is not None and shape.prompt_feedback.block_reason else None


def details_of(body: dict[str, Any]) -> dict[str, Any]:
    """What a response, or a piece of one, says beyond our form."""
    details = leftovers(body, KNOWN - {"promptFeedback"})
    candidates = read_shape(body.get("candidates") or [], list[dict[str, Any]])
    first: dict[str, Any] = candidates[0] if candidates else {}
    beyond: dict[str, Any] = {
        "candidate": leftovers(first, CANDIDATE_KNOWN),
        "parts": [part for part in _bare_parts(first) if not PART_KNOWN & set(part)],
        "usage": usage_beyond(body.get("usageMetadata"), USAGE_KNOWN),
    }
    return details | {name: value for name, value in beyond.items() if value}


def finish_reason(reason: str, details: dict[str, Any], *, calls: bool) -> FinishReason:
    """Our finish reason. Where ours says less than the vendor's, its word is kept in `details`."""
    ours = FINISH_REASONS.from_wire(reason, details)
    return "tool_call" if ours == "stop" and calls else ours


def usage_from_wire(usage: UsageShape | None) -> Usage:
    """Our token counts: thoughts are added to the output, and what tools read to the input."""
    if usage is None:
        return Usage()
    tools = usage.tool_use_prompt_token_count or 0
    prompt, thoughts = usage.prompt_token_count, usage.thoughts_token_count
    said = usage.candidates_token_count
    if said is None and usage.total_token_count is not None and prompt is not None:
        # A count of zero is left out, as when all that was written are thoughts.
        said = max(0, usage.total_token_count - prompt - tools - (thoughts or 0))
    return Usage(
        input_tokens=None if prompt is None else prompt + tools,
        output_tokens=None if said is None else said + (thoughts or 0),
        cache_read_input_tokens=usage.cached_content_token_count,
        reasoning_output_tokens=thoughts,
    )


def usage_to_wire(usage: Usage, extras: dict[str, Any] | None = None) -> dict[str, Any]:
    """The dialect's token counts, those that are known, with `extras` beside them."""
    tools = (extras or {}).get("toolUsePromptTokenCount") or 0
    prompt = None if usage.input_tokens is None else max(0, usage.input_tokens - tools)
    said = None if usage.output_tokens is None else max(0, usage.output_tokens - (usage.reasoning_output_tokens or 0))
    total = None
    if usage.input_tokens is not None and usage.output_tokens is not None:
        total = usage.input_tokens + usage.output_tokens
    counts = {
        "promptTokenCount": prompt,
        "candidatesTokenCount": said,
        "thoughtsTokenCount": usage.reasoning_output_tokens,
        "cachedContentTokenCount": usage.cache_read_input_tokens,
        "totalTokenCount": total,
    }
    return {name: count for name, count in counts.items() if count is not None} | (extras or {})


def made_id(response_id: str, index: int) -> str:
    """An id for a call that came without one: the same whether the answer came whole or in pieces."""
    return f"call_{response_id}_{index}" if response_id else f"call_{index}"


def _bare_parts(candidate: dict[str, Any]) -> list[dict[str, Any]]:
    content = read_shape(candidate.get("content") or {}, dict[str, Any])
    return read_shape(content.get("parts") or [], list[dict[str, Any]])


def _identified(part: Part, response_id: str, index: int) -> Part:
    if isinstance(part, ToolCallPart) and not part.id:
        return msgspec.structs.replace(part, id=made_id(response_id, index))
    return part


def _joined(parts: list[Part]) -> list[Part]:
    """Parts of the same kind side by side as one, as they are in a stream, where nothing tells them apart."""
    result: list[Part] = []
    for part in parts:
        match result[-1:], part:
            case [TextPart(text=before)], TextPart(text=text):
                result[-1] = TextPart(text=before + text)
            case [ReasoningPart(text=before, signature=None)], ReasoningPart(text=text) if text:
                result[-1] = ReasoningPart(text=before + text, signature=part.signature)
            case _:
                result.append(part)
    return result
