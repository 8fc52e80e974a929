"""OpenAI's Responses as a part of the local OpenAI: its published schema, its errors in its words.

Source: https://developers.openai.com/api/reference/resources/responses (checked 2026-11-24).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from openai.types.responses.response_create_params import (
    ResponseCreateParamsBase,
    ResponseCreateParamsNonStreaming,
    ResponseCreateParamsStreaming,
)

from polydesk.core.messages import ModelResponse
from polydesk.core.replay import events_of
from polydesk.core.usage import Usage
from polydesk.wire import openai_responses
from polydesk.wire.sse import sse_event
from tests.vendors.published import problems

CREATED = 1_790_000_000
Objection = tuple[str, str | None, str | None]
"""Message, parameter and code of a 400."""


def plain(response: ModelResponse) -> dict[str, Any]:
    """The whole answer."""
    return openai_responses.response_to_wire(response, created=CREATED).body


def events(response: ModelResponse, body: dict[str, Any]) -> list[bytes]:
    """The stream's events, the end mark last."""
    writer = openai_responses.ResponsesStreamWriter(created=CREATED, asked=body)
    return [
        sse_event(json.dumps(one).encode(), name=one["type"])
        for event in events_of(response)
        for one in writer.write(event)
    ]


def error_event(message: str) -> bytes:
    """The event of a stream that fails."""
    error = {"code": "server_error", "message": message}
    body = plain(ModelResponse(id="resp_failed", model="m", parts=(), finish_reason="error", usage=Usage()))
    failed = {"type": "response.failed", "sequence_number": 9, "response": body | {"status": "failed", "error": error}}
    return sse_event(json.dumps(failed).encode(), name="response.failed")


def without_usage(body: dict[str, Any]) -> dict[str, Any]:
    """A plain answer, or one stream event's data, without its token counts."""
    if isinstance(body.get("response"), dict):
        return body | {"response": body["response"] | {"usage": None}}
    return body | {"usage": None} if "usage" in body else body


def objection(body: dict[str, Any], *, reasons: bool) -> Objection | None:
    """What OpenAI has against a request whose model is known; None when nothing."""
    unknown = next((name for name in body if name not in _fields()), None)
    if unknown is not None:
        return f"Unknown parameter: '{unknown}'.", unknown, "unknown_parameter"
    params = ResponseCreateParamsStreaming if body.get("stream") else ResponseCreateParamsNonStreaming
    wrong = problems(body, params)
    if wrong is not None:
        return f"Invalid type for '{wrong[0]}': {wrong[1]}.", wrong[0], "invalid_type"
    items = body["input"] if isinstance(body["input"], list) else []
    return _reasoning_objection(body, reasons=reasons) or _items_objection(items) or _format_objection(body)


def _reasoning_objection(body: dict[str, Any], *, reasons: bool) -> Objection | None:
    if not reasons:
        if "reasoning.encrypted_content" in (body.get("include") or ()):
            return "Encrypted content is not supported with this model.", "include", None
        if (body.get("reasoning") or {}).get("effort"):
            text = "Unsupported parameter: 'reasoning.effort' is not supported with this model."
            return text, "reasoning.effort", "unsupported_parameter"
        return None
    for name in ("temperature", "top_p"):
        if body.get(name) is not None:
            text = f"Unsupported parameter: '{name}' is not supported with this model."
            return text, name, "unsupported_parameter"
    return None


def _items_objection(items: Sequence[dict[str, Any]]) -> Objection | None:
    calls: set[str] = set()
    answered: set[str] = set()
    for index, item in enumerate(items):
        match item.get("type"):
            case "function_call":
                calls.add(item["call_id"])
            case "function_call_output" if item["call_id"] not in calls:
                text = f"No tool call found for function call output with call_id {item['call_id']}."
                return text, "input", None
            case "function_call_output":
                answered.add(item["call_id"])
            case "reasoning" if not item.get("encrypted_content"):
                text = f"Item with id '{item['id']}' not found. Items are not persisted when `store` is set to false."
                return text, "input", None
            case "message" | None if item["role"] == "assistant":
                problem = _assistant_objection(item, index)
                if problem is not None:
                    return problem
            case _:
                pass
    missing = calls - answered
    return (f"No tool output found for function call {min(missing)}.", "input", None) if missing else None


def _assistant_objection(item: dict[str, Any], index: int) -> Objection | None:
    for piece in item["content"] if isinstance(item["content"], list) else ():
        if piece["type"] not in ("output_text", "refusal"):
            text = f"Invalid value: '{piece['type']}'. Supported values are: 'output_text' and 'refusal'."
            return text, f"input[{index}].content", "invalid_value"
    return None


def _format_objection(body: dict[str, Any]) -> Objection | None:
    form = (body.get("text") or {}).get("format") or {}
    schema = form.get("schema") or {}
    strict = form.get("strict") and schema.get("type") == "object"
    if strict and schema.get("additionalProperties") is not False:
        text = (
            f"Invalid schema for response_format '{form['name']}': In context=(), 'additionalProperties' is required "
            "to be supplied and to be false."
        )
        return text, "text.format.schema", "invalid_json_schema"
    if form.get("type") == "json_object" and "json" not in json.dumps(body["input"]).lower():
        text = "Response input messages must contain the word 'json' in some form to use 'text.format' of type "
        return text + "'json_object'.", "input", None
    return None


@cache
def _fields() -> frozenset[str]:
    return frozenset(ResponseCreateParamsBase.__annotations__) | {"stream"}
