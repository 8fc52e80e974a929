"""OpenAI as a local server, Chat Completions, Responses and embeddings: its published schema, its errors in its words.

Requests are held against the request types of the official SDK, which are generated from OpenAI's published schema.
Source: https://developers.openai.com/api/reference/overview (checked 2026-11-24).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from openai.types import EmbeddingCreateParams
from openai.types.chat.completion_create_params import (
    CompletionCreateParamsNonStreaming,
    CompletionCreateParamsStreaming,
)

from polydesk.core.embeddings import EmbeddingResponse
from polydesk.core.messages import ModelResponse
from polydesk.core.replay import events_of
from polydesk.core.usage import Usage
from polydesk.wire import openai_chat, openai_vectors
from polydesk.wire.sse import sse_event
from tests.vendors import openai_responses
from tests.vendors.http_server import Received, Reply, Scene, VendorServer
from tests.vendors.published import problems

KEY = "sk-test-0123456789abcdef"
MODELS = {"gpt-4.1": 1_047_576, "gpt-tiny": 50, "gpt-6.1-sol": 1_050_000}
"""Names and context windows in tokens; `gpt-tiny` has a window that a test can overflow."""
REASONING = {"gpt-6.1-sol"}
EMBEDDING_MODEL = "text-embedding-3-small"
CREATED = 1_790_000_000


class OpenAIVendor:
    """Judges requests and words answers as OpenAI does."""

    request_id_header = "x-request-id"

    def __init__(self) -> None:
        self.path = ""
        """Of the request that is being answered: one is judged and answered before the next is judged."""

    def objection(self, received: Received) -> Reply | None:
        self.path = self.path_of(received)
        body = received.body
        match self.path:
            case "/v1/chat/completions":
                return self.key_objection(received) or _body_objection(body)
            case "/v1/responses":
                return self.key_objection(received) or _responses_objection(body)
            case "/v1/embeddings":
                return self.key_objection(received) or _embedding_objection(body)
            case _:
                return _error(404, f"Invalid URL (POST {received.path})")

    def path_of(self, received: Received) -> str:
        """The path as OpenAI itself has it."""
        return received.path

    def key_objection(self, received: Received) -> Reply | None:
        """The refusal of a missing or wrong key; None for a right one."""
        return _key_objection(received)

    def plain(self, response: ModelResponse) -> dict[str, Any]:
        if self.path == "/v1/responses":
            return openai_responses.plain(response)
        return openai_chat.response_to_wire(response, created=CREATED).body

    def other(self, received: Received) -> dict[str, Any] | None:
        if self.path != "/v1/embeddings":
            return None
        asked = openai_vectors.request_from_wire(received.body)
        vectors = tuple((float(len(text)), *[0.5] * ((asked.dimensions or 4) - 1)) for text in asked.inputs)
        usage = Usage(input_tokens=sum(len(text) for text in asked.inputs))
        response = EmbeddingResponse(model=asked.model, vectors=vectors, usage=usage)
        encoding = received.body.get("encoding_format") or "float"
        return openai_vectors.response_to_wire(response, encoding_format=encoding).body

    def events(self, response: ModelResponse, received: Received) -> list[bytes]:
        if self.path == "/v1/responses":
            return openai_responses.events(response, received.body)
        options = received.body.get("stream_options") or {}
        writer = openai_chat.ChatStreamWriter(created=CREATED, include_usage=options.get("include_usage", False))
        chunks = [chunk for event in events_of(response) for chunk in writer.write(event)]
        return [*(sse_event(json.dumps(chunk).encode()) for chunk in chunks), sse_event(b"[DONE]")]

    def error(self, status: int, *, code: str | None = None) -> dict[str, Any]:
        return _error_body(*FAILURES[status], code=code)

    def error_event(self) -> bytes:
        if self.path == "/v1/responses":
            return openai_responses.error_event(FAILURES[500][0])
        return sse_event(json.dumps(_error_body(*FAILURES[500])).encode())

    def without_usage(self, body: dict[str, Any]) -> dict[str, Any]:
        if self.path == "/v1/responses":
            return openai_responses.without_usage(body)
        return {name: value for name, value in body.items() if name != "usage"}


FAILURES: dict[int, tuple[str, str]] = {
    400: ("The request could not be processed.", "invalid_request_error"),
    408: ("The request timed out.", "server_error"),
    409: ("The resource was updated by another request.", "server_error"),
    429: ("Rate limit reached for requests.", "requests"),
    500: ("The server had an error while processing your request. Sorry about that!", "server_error"),
    502: ("Bad gateway.", "server_error"),
    503: ("The engine is currently overloaded, please try again later", "server_error"),
}


def openai_server(*scenes: Scene) -> VendorServer:
    """A local OpenAI. Its base URL is `server.url + "/v1"`, its key is `KEY`."""
    return VendorServer(OpenAIVendor(), scenes)


def _error_body(message: str, kind: str, *, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _error(status: int, message: str, *, param: str | None = None, code: str | None = None) -> Reply:
    body = _error_body(message, "invalid_request_error", param=param, code=code)
    return Reply(status=status, body=json.dumps(body).encode(), headers={"x-request-id": "req_refused"})


def _key_objection(received: Received) -> Reply | None:
    scheme, _, key = received.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not key:
        return _error(
            401, "You didn't provide an API key. You need to provide your API key in an Authorization header."
        )
    if key != KEY:
        shown = f"{key[:8]}{'*' * 12}{key[-4:]}"
        return _error(401, f"Incorrect API key provided: {shown}.", code="invalid_api_key")
    return None


def _model_objection(body: dict[str, Any], needed: Sequence[str]) -> Reply | None:
    for name in needed:
        if name not in body:
            return _error(400, f"Missing required parameter: '{name}'.", param=name, code="missing_required_parameter")
    if body["model"] not in (*MODELS, EMBEDDING_MODEL):
        message = f"The model `{body['model']}` does not exist or you do not have access to it."
        return _error(404, message, code="model_not_found")
    return None


def _responses_objection(body: dict[str, Any]) -> Reply | None:
    refused = _model_objection(body, ("model", "input")) or _length_objection(body, "input")
    if refused is not None:
        return refused
    problem = openai_responses.objection(body, reasons=body["model"] in REASONING)
    return None if problem is None else _error(400, problem[0], param=problem[1], code=problem[2])


def _embedding_objection(body: dict[str, Any]) -> Reply | None:
    refused = _model_objection(body, ("model", "input"))
    if refused is not None:
        return refused
    wrong = problems(body, EmbeddingCreateParams)
    return None if wrong is None else _error(400, f"Invalid '{wrong[0]}': {wrong[1]}.", param=wrong[0])


def _body_objection(body: dict[str, Any]) -> Reply | None:
    for name in ("model", "messages"):
        if name not in body:
            return _error(400, f"Missing required parameter: '{name}'.", param=name, code="missing_required_parameter")
    unknown = next((name for name in body if name not in _fields()), None)
    if unknown is not None:
        return _error(400, f"Unknown parameter: '{unknown}'.", param=unknown, code="unknown_parameter")
    if body["model"] not in MODELS:
        message = f"The model `{body['model']}` does not exist or you do not have access to it."
        return _error(404, message, code="model_not_found")
    params = CompletionCreateParamsStreaming if body.get("stream") else CompletionCreateParamsNonStreaming
    wrong = problems(body, params)
    if wrong is not None:
        return _error(400, f"Invalid type for '{wrong[0]}': {wrong[1]}.", param=wrong[0], code="invalid_type")
    return (
        _number_objection(body)
        or _reasoning_objection(body)
        or _turns_objection(body["messages"])
        or _schema_objection(body)
        or _length_objection(body)
    )


@cache
def _fields() -> frozenset[str]:
    return (
        frozenset(CompletionCreateParamsStreaming.__annotations__)
        | frozenset(
            name for base in CompletionCreateParamsStreaming.__mro__ for name in getattr(base, "__annotations__", {})
        )
        | frozenset(CompletionCreateParamsNonStreaming.__annotations__)
    )


def _number_objection(body: dict[str, Any]) -> Reply | None:
    for name, highest in (("temperature", 2), ("top_p", 1)):
        value = body.get(name)
        if value is not None and value > highest:
            message = f"Invalid '{name}': decimal above maximum value. Expected a value <= {highest}, but got {value}."
            return _error(400, message, param=name, code="decimal_above_max_value")
    if len(body.get("stop") or ()) > 4 and not isinstance(body["stop"], str):
        return _error(400, "Invalid 'stop': array too long.", param="stop", code="array_above_max_length")
    return None


def _reasoning_objection(body: dict[str, Any]) -> Reply | None:
    if body["model"] not in REASONING:
        if "reasoning_effort" in body:
            message = "Unrecognized request argument supplied: reasoning_effort"
            return _error(400, message, param="reasoning_effort")
        return None
    for name in ("temperature", "top_p"):
        if body.get(name) not in (None, 1):
            message = f"Unsupported value: '{name}' does not support {body[name]} with this model."
            return _error(400, message, param=name, code="unsupported_value")
    if "max_tokens" in body:
        message = "Unsupported parameter: 'max_tokens' is not supported with this model."
        return _error(400, message, param="max_tokens", code="unsupported_parameter")
    if body.get("tools"):
        message = f"Function tools with reasoning_effort are not supported for {body['model']} in /v1/chat/completions."
        return _error(400, message, param="reasoning_effort")
    return None


def _turns_objection(messages: Sequence[dict[str, Any]]) -> Reply | None:
    open_calls: set[str] = set()
    for index, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                text = "Invalid parameter: messages with role 'tool' must be a response to a preceding 'tool_calls'."
                return _error(400, text, param=f"messages.[{index}].role")
            open_calls.discard(message["tool_call_id"])
        elif open_calls:
            text = "An assistant message with 'tool_calls' must be followed by tool messages for each 'tool_call_id'."
            return _error(400, text, param=f"messages.[{index}].role")
        open_calls |= {call["id"] for call in message.get("tool_calls") or ()}
    return None


def _schema_objection(body: dict[str, Any]) -> Reply | None:
    form = body.get("response_format") or {}
    schema = form.get("json_schema") or {}
    if form.get("type") == "json_schema" and schema.get("strict"):
        top = schema.get("schema") or {}
        if top.get("type") == "object" and top.get("additionalProperties") is not False:
            text = (
                f"Invalid schema for response_format '{schema['name']}': In context=(), 'additionalProperties' is "
                "required to be supplied and to be false."
            )
            return _error(400, text, param="response_format")
    if form.get("type") == "json_object" and "json" not in json.dumps(body["messages"]).lower():
        text = "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
        return _error(400, text, param="messages")
    return None


def _length_objection(body: dict[str, Any], where: str = "messages") -> Reply | None:
    tokens, limit = len(json.dumps(body[where])) // 4, MODELS[body["model"]]
    if tokens <= limit:
        return None
    text = f"This model's maximum context length is {limit} tokens. However, your messages resulted in {tokens} tokens."
    return _error(400, text, param=where, code="context_length_exceeded")
