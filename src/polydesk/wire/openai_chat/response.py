"""Plain responses: Chat Completions to ours and back."""

from __future__ import annotations

from typing import Any

import msgspec

from polydesk.core.messages import (
    FinishReason,
    ModelResponse,
    OriginalAnswer,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
)
from polydesk.core.usage import Usage
from polydesk.wire.function_tools import call_to_wire
from polydesk.wire.notes import Notes, Translated, WireError, leftovers
from polydesk.wire.openai_chat.shapes import AnswerMessage, ChatResponse, ChatUsage, UsualResponse
from polydesk.wire.shape import read_shape
from polydesk.wire.usage_details import usage_of

FINISH_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_call",
    "function_call": "tool_call",
    "content_filter": "content_filter",
}
WIRE_REASONS: dict[FinishReason, str] = {
    "stop": "stop",
    "length": "length",
    "tool_call": "tool_calls",
    "content_filter": "content_filter",
    "error": "stop",
}
_USUAL = msgspec.json.Decoder(UsualResponse)
KNOWN = frozenset({"id", "model", "choices", "usage", "object", "created", "obfuscation"})
"""Fields that we model, and those that say nothing about the answer."""


def response_from_wire(body: dict[str, Any], *, request_id: str | None = None) -> ModelResponse:
    """The first choice of a `chat.completion`.

    A refusal leaves no part: its words are in `provider_details["refusal"]` and the finish reason is
    `content_filter`. Raises WireError naming the path of what is wrong.
    """
    shape = read_shape(body, ChatResponse)
    choice = next(iter(shape.choices or ()), None)
    if choice is None or choice.message is None or choice.finish_reason is None:
        raise WireError("a choice with a message and a finish_reason is missing - at `$.choices`")
    details = leftovers(body, KNOWN)
    if choice.message.refusal:
        details["refusal"] = choice.message.refusal
    if choice.content_filter_results:
        details["content_filter_results"] = choice.content_filter_results
    return ModelResponse(
        id=shape.id or "",
        model=shape.model or "",
        parts=tuple(_parts(choice.message)),
        finish_reason=finish_reason(choice.finish_reason, details),
        usage=usage_from_wire(shape.usage),
        request_id=request_id,
        provider_details=details,
    )


def usual_response_from_json(data: bytes, *, request_id: str | None = None) -> ModelResponse | None:
    """As `response_from_wire`, of the JSON of an answer in words alone; None for any other, which takes the long way.

    Such an answer can be given to a client as it came.
    """
    try:
        shape = _USUAL.decode(data)
    except (msgspec.DecodeError, UnicodeError):
        return None
    choice = shape.choices[0]
    text = choice.message.content
    details = {"service_tier": shape.service_tier, "system_fingerprint": shape.system_fingerprint}
    return ModelResponse(
        id=shape.id,
        model=shape.model,
        parts=(TextPart(text=text),) if text else (),
        finish_reason=choice.finish_reason,
        usage=usage_from_wire(shape.usage),
        request_id=request_id,
        provider_details={name: value for name, value in details.items() if value is not None},
        original=OriginalAnswer(dialect="openai_chat", body=data),
    )


def response_to_wire(response: ModelResponse, *, created: int) -> Translated:
    """The `chat.completion` that says `response`; `created` is in seconds since 1970."""
    notes = Notes()
    details = dict(response.provider_details)
    message: dict[str, Any] = {"role": "assistant", "content": _text(response, notes), "refusal": None}
    refusal = details.pop("refusal", None)
    if refusal is not None:
        message["refusal"] = refusal
    reasoning = [part for part in response.parts if isinstance(part, ReasoningPart)]
    if reasoning:
        message["reasoning_content"] = "".join(part.text for part in reasoning)
        if any(part.signature or part.redacted_data for part in reasoning):
            notes.dropped("reasoning.signature", "Chat Completions has no signed reasoning")
    if response.tool_calls:
        message["tool_calls"] = [call_to_wire(part) for part in response.tool_calls]
    if response.stop_sequence is not None:
        notes.dropped("stop_sequence", "Chat Completions does not say which stop text ended the answer")
    reason = details.pop("finish_reason", None) or wire_reason(response.finish_reason, refused=refusal is not None)
    body = {
        "id": response.id,
        "object": "chat.completion",
        "created": created,
        "model": response.model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": reason}],
    }
    usage = usage_to_wire(response.usage)
    # What is ours wins: the details of another vendor may use the same names for other things.
    return notes.on(details | body | ({} if usage is None else {"usage": usage}))


def finish_reason(reason: str, details: dict[str, Any]) -> FinishReason:
    """Our finish reason. One we do not know becomes `error`, and its word is kept in `details`."""
    if "refusal" in details:
        return "content_filter"
    ours = FINISH_REASONS.get(reason)
    if ours is None:
        details["finish_reason"] = reason
        return "error"
    return ours


def wire_reason(reason: FinishReason, *, refused: bool) -> str:
    """The dialect's finish reason; a refusal is an ordinary stop there."""
    return "stop" if refused else WIRE_REASONS[reason]


def usage_from_wire(usage: ChatUsage | None) -> Usage:
    """Our token counts; what the provider does not say stays unknown."""
    if usage is None:
        return Usage()
    read, written = usage.prompt_tokens_details, usage.completion_tokens_details
    return usage_of(usage.prompt_tokens, usage.completion_tokens, read, written)


def usage_to_wire(usage: Usage) -> dict[str, Any] | None:
    """The dialect's token counts; None when the input or the output is unknown, for it cannot say one alone."""
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    prompt = _known(cached_tokens=usage.cache_read_input_tokens, cache_write_tokens=usage.cache_creation_input_tokens)
    completion = _known(reasoning_tokens=usage.reasoning_output_tokens)
    body: dict[str, Any] = {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }
    if prompt:
        body["prompt_tokens_details"] = prompt
    if completion:
        body["completion_tokens_details"] = completion
    return body


def _known(**counts: int | None) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count is not None}


def _parts(message: AnswerMessage) -> list[Part]:
    parts: list[Part] = []
    if message.thought:
        parts.append(ReasoningPart(text=message.thought))
    if message.content:
        parts.append(TextPart(text=message.content))
    for call in message.tool_calls or ():
        if call.function is None or call.function.name is None:
            raise WireError("a tool call needs a function with a name - at `$.choices[0].message.tool_calls`")
        arguments = call.function.arguments or ""
        parts.append(ToolCallPart(id=call.id or "", name=call.function.name, arguments=arguments))
    return parts


def _text(response: ModelResponse, notes: Notes) -> str | None:
    if sum(isinstance(part, TextPart) for part in response.parts) > 1:
        notes.rewritten("parts", "several text parts are joined into one")
    return response.text or None
