"""Mistral's chat completions and embeddings as a local server: its published schema, its errors in its words.

Requests are held against the request models of the official SDK, which are generated from Mistral's published schema,
and against what it demands beyond it. Source: https://docs.mistral.ai/api (checked 2026-11-24).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from mistralai.client.models import ChatCompletionRequest, EmbeddingRequest

from polydesk.core.embeddings import EmbeddingResponse
from polydesk.core.messages import ModelResponse
from polydesk.core.replay import events_of
from polydesk.core.usage import Usage
from polydesk.wire import mistral_chat
from polydesk.wire.sse import sse_event
from tests.vendors.http_server import Received, Reply, Scene, VendorServer
from tests.vendors.published import problems

KEY = "mistral-test-0123456789abcdef"
MODELS = {"mistral-large-4-0": 1_048_576, "mistral-tiny-window": 50}
"""Names and context windows in tokens; the last has a window that a test can overflow."""
EMBEDDING_MODEL = "mistral-embed"
CREATED = 1_790_000_000


class MistralVendor:
    """Judges requests and words answers as Mistral does."""

    request_id_header = "mistral-correlation-id"

    def objection(self, received: Received) -> Reply | None:
        if received.headers.get("authorization") != f"Bearer {KEY}":
            return _refusal(401, {"detail": "Unauthorized"})
        match received.path:
            case "/v1/chat/completions":
                return _chat_objection(received.body)
            case "/v1/embeddings":
                return _embedding_objection(received.body)
            case _:
                return _refusal(404, {"message": "no Route matched with those values"})

    def plain(self, response: ModelResponse) -> dict[str, Any]:
        return mistral_chat.response_to_wire(response, created=CREATED).body

    def other(self, received: Received) -> dict[str, Any] | None:
        if received.path != "/v1/embeddings":
            return None
        asked = mistral_chat.embeddings_request_from_wire(received.body)
        vectors = tuple((float(len(text)), *[0.5] * ((asked.dimensions or 4) - 1)) for text in asked.inputs)
        usage = Usage(input_tokens=sum(len(text) for text in asked.inputs))
        response = EmbeddingResponse(id="emb_1", model=asked.model, vectors=vectors, usage=usage)
        return mistral_chat.embeddings_to_wire(response).body

    def events(self, response: ModelResponse, received: Received) -> list[bytes]:
        writer = mistral_chat.MistralStreamWriter(created=CREATED)
        chunks = [chunk for event in events_of(response) for chunk in writer.write(event)]
        return [*(sse_event(json.dumps(chunk).encode()) for chunk in chunks), sse_event(b"[DONE]")]

    def error(self, status: int, *, code: str | None = None) -> dict[str, Any]:
        message, kind, number = FAILURES[status]
        return _error(message, code or kind, number)

    def error_event(self) -> bytes:
        return sse_event(json.dumps(_error(*FAILURES[500])).encode())

    def without_usage(self, body: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in body.items() if name != "usage"}


FAILURES: dict[int, tuple[str, str, str]] = {
    400: ("Invalid request.", "invalid_request_error", "3051"),
    429: ("Rate limit exceeded", "rate_limited", "1300"),
    500: ("Internal server error", "internal_server_error", "3700"),
    503: ("Service unavailable.", "service_unavailable", "3000"),
}


def mistral_server(*scenes: Scene) -> VendorServer:
    """A local Mistral. Its base URL is `server.url + "/v1"`, its key is `KEY`."""
    return VendorServer(MistralVendor(), scenes)


def _error(message: str, kind: str, code: str) -> dict[str, Any]:
    return {"object": "error", "message": message, "type": kind, "param": None, "code": code}


def _refusal(status: int, body: dict[str, Any]) -> Reply:
    return Reply(status=status, body=json.dumps(body).encode(), headers={"mistral-correlation-id": "req_refused"})


def _invalid(place: Sequence[str | int], kind: str, message: str) -> Reply:
    return _refusal(422, {"detail": [{"type": kind, "loc": ["body", *place], "msg": message, "input": None}]})


def _schema_objection(body: dict[str, Any], model: Any) -> Reply | None:
    known = {field.alias or name for name, field in model.model_fields.items()}
    unknown = next((name for name in body if name not in known), None)
    if unknown is not None:
        return _invalid([unknown], "extra_forbidden", "Extra inputs are not permitted")
    wrong = problems(body, model)
    return None if wrong is None else _invalid(wrong[0].split("."), "value_error", wrong[1])


def _embedding_objection(body: dict[str, Any]) -> Reply | None:
    if body.get("model") != EMBEDDING_MODEL:
        return _unknown_model(body.get("model"))
    return _schema_objection(body, EmbeddingRequest)


def _chat_objection(body: dict[str, Any]) -> Reply | None:
    objection = _schema_objection(body, ChatCompletionRequest)
    if objection is not None:
        return objection
    if body["model"] not in MODELS:
        return _unknown_model(body["model"])
    return _order_objection(body["messages"]) or _ids_objection(body["messages"]) or _rest_objection(body)


def _unknown_model(name: object) -> Reply:
    return _refusal(400, _error(f"Invalid model: {name}", "invalid_model", "1500"))


def _order_objection(messages: Sequence[dict[str, Any]]) -> Reply | None:
    for before, message in pairwise(messages):
        if before["role"] == "tool" and message["role"] == "user":
            return _out_of_order("Unexpected role 'user' after role 'tool'")
    last = messages[-1]
    if last["role"] == "assistant" and not last.get("prefix"):
        return _out_of_order(
            "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant"
        )
    return None


def _out_of_order(message: str) -> Reply:
    return _refusal(400, _error(message, "invalid_request_message_order", "3230"))


def _ids_objection(messages: Sequence[dict[str, Any]]) -> Reply | None:
    for message in messages:
        ids = [call["id"] for call in message.get("tool_calls") or ()]
        ids += [message["tool_call_id"]] if message["role"] == "tool" else []
        for call_id in ids:
            if not re.fullmatch(r"[a-zA-Z0-9]{9}", call_id):
                text = f"Tool call id was {call_id} but must be a-z, A-Z, 0-9, with a length of 9."
                return _refusal(400, _error(text, "invalid_function_call", "3280"))
    return None


def _rest_objection(body: dict[str, Any]) -> Reply | None:
    temperature = body.get("temperature")
    if temperature is not None and temperature > 1.5:
        return _invalid(["temperature"], "less_than_equal", "Input should be less than or equal to 1.5")
    if (body.get("response_format") or {}).get("type") == "json_object" and "json" not in json.dumps(
        body["messages"]
    ).lower():
        return _refusal(400, _error("JSON mode needs the word JSON in a message.", "invalid_request_error", "3051"))
    tokens, limit = len(json.dumps(body["messages"])) // 4, MODELS[body["model"]]
    if tokens > limit:
        text = f"Prompt contains {tokens} tokens, too large for model with {limit} maximum context length"
        return _refusal(400, _error(text, "invalid_request_prompt", "3051"))
    return None
