"""Plain responses: Responses to ours and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polydesk.core.messages import FinishReason, ModelResponse, Part, ReasoningPart, TextPart, ToolCallPart
from polydesk.core.usage import Usage
from polydesk.wire.notes import Notes, Translated, leftovers
from polydesk.wire.openai_responses.items import encrypted, made_id
from polydesk.wire.openai_responses.shapes import Item, Response, ResponsesUsage
from polydesk.wire.openai_responses.turns import call_part, reasoning_part
from polydesk.wire.shape import read_shape
from polydesk.wire.usage_details import usage_of

ECHOED: dict[str, Any] = {
    "background": False,
    "conversation": None,
    "include": None,
    "input": None,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt": None,
    "prompt_cache_key": None,
    "prompt_cache_options": None,
    "prompt_cache_retention": None,
    "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None,
    "store": True,
    "stream": None,
    "stream_options": None,
    "temperature": None,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": None,
    "top_p": None,
    "truncation": "disabled",
    "user": None,
}
"""Fields of a response that only repeat its request, and what they are where the request says nothing."""
NOT_ECHOED = ("include", "input", "stream", "stream_options")
KNOWN = frozenset({*Response.__struct_fields__, *ECHOED, "object", "created_at", "completed_at", "output_text"})
"""Fields that we model, and those that say nothing about the answer."""
STOPPED: dict[str, FinishReason] = {"max_output_tokens": "length", "content_filter": "content_filter"}


def response_from_wire(body: dict[str, Any], *, request_id: str | None = None) -> ModelResponse:
    """The answer that a `response` object is.

    A refusal leaves no part: its words are in `provider_details["refusal"]` and the finish reason is
    `content_filter`. Items of hosted tools are kept in `provider_details["output"]`, citations in `annotations`.
    Raises WireError naming the path of what is wrong.
    """
    shape = read_shape(body, Response)
    details = leftovers(body, KNOWN)
    parts: list[Part] = []
    for index, item in enumerate(shape.output or ()):
        parts += parts_in(item, f"$.output[{index}]", details)
    return ModelResponse(
        id=shape.id,
        model=shape.model,
        parts=tuple(parts),
        finish_reason=finish_reason(shape, details, calls=any(isinstance(part, ToolCallPart) for part in parts)),
        usage=usage_from_wire(shape.usage),
        request_id=request_id,
        provider_details=details,
    )


def response_to_wire(response: ModelResponse, *, created: int, asked: Mapping[str, Any] | None = None) -> Translated:
    """The `response` object that says `response`; `created` is in seconds since 1970.

    `asked` is the body of the request, of which a response repeats much; None repeats nothing.
    """
    notes = Notes()
    details = dict(response.provider_details)
    refusal = details.pop("refusal", None)
    output = [_item(part, f"{response.id}_{index}", notes) for index, part in enumerate(response.parts)]
    if refusal is not None:
        output.append(refusal_item(refusal, f"{response.id}_{len(output)}"))
    if response.stop_sequence is not None:
        notes.dropped("stop_sequence", "Responses does not say which stop text ended the answer")
    stopped = stopped_by(response.finish_reason, refused=refusal is not None)
    body = skeleton(response.id, response.model, created=created, asked=asked)
    return notes.on(body | ending(output, stopped, response.usage, details, created=created))


def skeleton(id_: str, model: str, *, created: int, asked: Mapping[str, Any] | None) -> dict[str, Any]:
    """A `response` object before anything is answered."""
    told = asked or {}
    echoes = {name: value if told.get(name) is None else told[name] for name, value in ECHOED.items()}
    for name in NOT_ECHOED:
        del echoes[name]
    head = {"id": id_, "object": "response", "created_at": created, "status": "in_progress", "model": model}
    return head | echoes | {"output": [], "usage": None, "error": None, "incomplete_details": None}


def ending(
    output: list[dict[str, Any]],
    stopped: dict[str, str] | None,
    usage: Usage,
    details: dict[str, Any],
    *,
    created: int,
) -> dict[str, Any]:
    """What a `response` object says at its end; `stopped` is why it ended early, `details` what else was said of it."""
    details = dict(details)
    stopped = details.pop("incomplete_details", None) or stopped
    status = details.pop("status", None) or ("completed" if stopped is None else "incomplete")
    hosted: list[dict[str, Any]] = details.pop("output", [])
    _cite(output, details.pop("annotations", None))
    # What is ours wins: the details of another vendor may use the same names for other things.
    return details | {
        "status": status,
        "completed_at": created if status == "completed" else None,
        "output": [*output, *hosted],
        "incomplete_details": stopped,
        "usage": usage_to_wire(usage),
    }


def _cite(output: list[dict[str, Any]], annotations: list[dict[str, Any]] | None) -> None:
    """Give `annotations` to the last text."""
    texts = [item["content"][0] for item in output if item["type"] == "message" and "text" in item["content"][0]]
    if annotations and texts:
        texts[-1]["annotations"] = annotations


def parts_in(body: dict[str, Any], path: str, details: dict[str, Any]) -> list[Part]:
    """The parts that an output item is; what is no part of ours goes to `details`. Raises WireError."""
    item = read_shape(body, Item)
    match item.type:
        case "message":
            return _said(item, details)
        case "reasoning":
            return [reasoning_part(item)]
        case "function_call":
            return [call_part(item, path)]
        case _:
            note_hosted(body, details)
            return []


def note_hosted(body: dict[str, Any], details: dict[str, Any]) -> None:
    """Keep an item of a hosted tool in `details`."""
    details["output"] = [*details.get("output", ()), body]


def note_content(item: Item, details: dict[str, Any]) -> None:
    """Keep the refusals and citations of a message in `details`."""
    for content in item.content if isinstance(item.content, list) else ():
        if content.refusal:
            details["refusal"] = details.get("refusal", "") + content.refusal
    note_citations(item, details)


def note_citations(item: Item, details: dict[str, Any]) -> None:
    """Keep the citations of a message in `details`."""
    for content in item.content if isinstance(item.content, list) else ():
        if content.annotations:
            details["annotations"] = [*details.get("annotations", ()), *content.annotations]


def _said(item: Item, details: dict[str, Any]) -> list[Part]:
    note_content(item, details)
    contents = item.content if isinstance(item.content, list) else ()
    return [TextPart(text=content.text) for content in contents if content.type == "output_text" and content.text]


def finish_reason(shape: Response, details: dict[str, Any], *, calls: bool) -> FinishReason:
    """Our finish reason. A state that we do not know becomes `error`, and its words are kept in `details`."""
    if "refusal" in details:
        return "content_filter"
    if shape.status in (None, "completed"):
        return "tool_call" if calls else "stop"
    word = None if shape.incomplete_details is None else shape.incomplete_details.reason
    if shape.status == "incomplete" and word in STOPPED:
        return STOPPED[word]
    details["status"] = shape.status
    if word is not None:
        details["incomplete_details"] = {"reason": word}
    return "error"


def stopped_by(reason: FinishReason, *, refused: bool) -> dict[str, str] | None:
    """The dialect's `incomplete_details`; a refusal is an ordinary end there."""
    words = {ours: word for word, ours in STOPPED.items()}
    return None if refused or reason not in words else {"reason": words[reason]}


def usage_from_wire(usage: ResponsesUsage | None) -> Usage:
    """Our token counts; what the provider does not say stays unknown."""
    if usage is None:
        return Usage()
    read, written = usage.input_tokens_details, usage.output_tokens_details
    return usage_of(usage.input_tokens, usage.output_tokens, read, written)


def usage_to_wire(usage: Usage) -> dict[str, Any] | None:
    """The dialect's token counts; None when the input or the output is unknown, for it cannot say one alone.

    It cannot leave a share unsaid either: one that is unknown is written as 0.
    """
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {
            "cached_tokens": usage.cache_read_input_tokens or 0,
            "cache_write_tokens": usage.cache_creation_input_tokens or 0,
        },
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_output_tokens or 0},
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }


def _item(part: Part, seed: str, notes: Notes) -> dict[str, Any]:
    match part:
        case TextPart():
            return message_item(part.text, seed)
        case ToolCallPart():
            if part.signature is not None:
                notes.dropped("tool_call.signature", "a tool call of Responses carries no signature")
            return call_item(part, seed)
        case ReasoningPart():
            return reasoning_item(part, part.id or made_id(seed))
        case _:
            raise ValueError(f"a model does not answer with {part!r}")


def message_item(text: str, seed: str) -> dict[str, Any]:
    """The output item of a whole text."""
    return {
        "id": f"msg_{seed}",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [spoken(text)],
    }


def spoken(text: str) -> dict[str, Any]:
    """A text as a content part."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def refusal_item(refusal: str, seed: str) -> dict[str, Any]:
    """The output item of a refusal."""
    content = [{"type": "refusal", "refusal": refusal}]
    return {"id": f"msg_{seed}", "type": "message", "role": "assistant", "status": "completed", "content": content}


def call_item(part: ToolCallPart, seed: str) -> dict[str, Any]:
    """The output item of a whole tool call."""
    return {
        "id": f"fc_{seed}",
        "type": "function_call",
        "status": "completed",
        "call_id": part.id,
        "name": part.name,
        "arguments": part.arguments,
    }


def reasoning_item(part: ReasoningPart, id_: str) -> dict[str, Any]:
    """The output item of reasoning."""
    summary = [{"type": "summary_text", "text": part.text}] if part.text else []
    proof = encrypted(part)
    return {"id": id_, "type": "reasoning", "summary": summary} | (
        {} if proof is None else {"encrypted_content": proof}
    )
