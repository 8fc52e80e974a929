"""Anthropic's Messages as a local server: its published schema, its errors in its words.

Requests are held against the request types of the official SDK, which are generated from Anthropic's published schema.
Source: https://platform.claude.com/docs/en/api/messages and .../api/errors (checked 2026-11-24).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from anthropic.types import MessageCountTokensParams
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming, MessageCreateParamsStreaming

from polydesk.core.messages import ModelResponse
from polydesk.core.replay import events_of
from polydesk.wire import anthropic_messages
from polydesk.wire.sse import sse_event
from tests.vendors.http_server import Received, Reply, Scene, VendorServer
from tests.vendors.published import problems

KEY = "sk-ant-test-0123456789abcdef"
COUNTING = "/v1/messages/count_tokens"
SAMPLING = frozenset({"temperature", "top_p", "top_k"})
MODELS = {
    "claude-haiku-4-5": (200_000, 64_000),
    "claude-sonnet-5-5": (1_000_000, 128_000),
    "claude-tiny": (50, 50),
}
"""Names, context windows and output limits in tokens; `claude-tiny` has a window that a test can overflow."""
VERSIONS = {"2023-06-01": SAMPLING, "2026-10-21": frozenset[str]()}
"""API versions, and the parameters that each accepts beyond today's schema."""
TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    503: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}


class AnthropicVendor:
    """Judges requests and words answers as Anthropic does."""

    request_id_header = "request-id"

    def objection(self, received: Received) -> Reply | None:
        if received.path not in ("/v1/messages", COUNTING):
            return _error(404, "Not Found")
        objection = _header_objection(received.headers)
        if objection is not None:
            return objection
        if received.path == COUNTING:
            return count_objection(received.body)
        return body_objection(received.body, VERSIONS[received.headers["anthropic-version"]])

    def other(self, received: Received) -> dict[str, Any] | None:
        return {"input_tokens": tokens_of(received.body)} if received.path == COUNTING else None

    def plain(self, response: ModelResponse) -> dict[str, Any]:
        return anthropic_messages.response_to_wire(response).body

    def events(self, response: ModelResponse, received: Received) -> list[bytes]:
        writer = anthropic_messages.MessagesStreamWriter()
        events = [event for ours in events_of(response) for event in writer.write(ours)]
        if response.usage.input_tokens is not None:
            events[0]["message"]["usage"] = self.plain(response)["usage"] | {"output_tokens": 1}
        # The vendor sends a ping when the stream has begun.
        return [_event(event) for event in [events[0], {"type": "ping"}, *events[1:]]]

    def error(self, status: int, *, code: str | None = None) -> dict[str, Any]:
        return _error_body(code or TYPES[status], f"The request failed with {status}.")

    def error_event(self) -> bytes:
        return _event(_error_body("overloaded_error", "Overloaded"))

    def without_usage(self, body: dict[str, Any]) -> dict[str, Any]:
        if "message" in body:
            return body | {"message": self.without_usage(body["message"])}
        return {name: value for name, value in body.items() if name != "usage"}


def anthropic_server(*scenes: Scene) -> VendorServer:
    """A local Anthropic. Its base URL is `server.url`, its key is `KEY`."""
    return VendorServer(AnthropicVendor(), scenes)


def _event(body: dict[str, Any]) -> bytes:
    return sse_event(json.dumps(body).encode(), name=body["type"])


def _error_body(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_refused"}


def _error(status: int, message: str) -> Reply:
    body = json.dumps(_error_body(TYPES[status], message)).encode()
    return Reply(status=status, body=body, headers={"request-id": "req_refused"})


def _header_objection(headers: dict[str, str]) -> Reply | None:
    bearer = headers.get("authorization", "").removeprefix("Bearer ")
    key = headers.get("x-api-key") or bearer
    if not key:
        return _error(401, "x-api-key header is required")
    if key != KEY:
        return _error(401, "invalid x-api-key")
    if "anthropic-version" not in headers:
        return _error(400, "anthropic-version: header is required")
    if headers["anthropic-version"] not in VERSIONS:
        return _error(400, f'anthropic-version: "{headers["anthropic-version"]}" is not a valid version')
    return None


def count_objection(body: dict[str, Any]) -> Reply | None:
    """The refusal of a request for a count; None for a good one."""
    if body.get("model") not in MODELS:
        return _error(404, f"model: {body.get('model')}")
    wrong = problems(body, MessageCountTokensParams)
    unknown = next((name for name in body if name not in MessageCountTokensParams.__annotations__), None)
    if unknown is not None:
        return _error(400, f"{unknown}: Extra inputs are not permitted")
    return None if wrong is None else _error(400, f"{wrong[0]}: {wrong[1]}")


def tokens_of(body: dict[str, Any]) -> int:
    """How many tokens the local model reads in a body."""
    return len(json.dumps(body["messages"])) // 4


def body_objection(body: dict[str, Any], extras: frozenset[str]) -> Reply | None:
    """The refusal of a request for an answer; None for a good one."""
    for name in ("model", "messages", "max_tokens"):
        if name not in body:
            return _error(400, f"{name}: Field required")
    unknown = next((name for name in body if name not in _fields() | extras), None)
    if unknown is not None:
        return _error(400, f"{unknown}: Extra inputs are not permitted")
    if body["model"] not in MODELS:
        return _error(404, f"model: {body['model']}")
    params = MessageCreateParamsStreaming if body.get("stream") else MessageCreateParamsNonStreaming
    wrong = problems(body, params)
    if wrong is not None:
        return _error(400, f"{wrong[0]}: {wrong[1]}")
    return (
        _limit_objection(body)
        or _turns_objection(body["messages"])
        or _schema_objection(body)
        or _length_objection(body)
    )


@cache
def _fields() -> frozenset[str]:
    params = (MessageCreateParamsNonStreaming, MessageCreateParamsStreaming)
    return frozenset(name for schema in params for name in schema.__annotations__)


def _limit_objection(body: dict[str, Any]) -> Reply | None:
    limit, model = body["max_tokens"], body["model"]
    most = MODELS[model][1]
    if limit > most:
        return _error(
            400, f"max_tokens: {limit} > {most}, which is the maximum allowed number of output tokens for {model}"
        )
    for name in ("temperature", "top_p"):
        if not 0 <= body.get(name, 0) <= 1:
            return _error(400, f"{name}: range: 0..1")
    thinking = body.get("thinking") or {}
    if thinking.get("type") == "enabled":
        if thinking["budget_tokens"] < 1024:
            return _error(400, "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
        if thinking["budget_tokens"] >= limit:
            return _error(400, "`max_tokens` must be greater than `thinking.budget_tokens`.")
    return None


def _turns_objection(messages: Sequence[dict[str, Any]]) -> Reply | None:
    if not messages:
        return _error(400, "messages: at least one message is required")
    open_calls: set[str] = set()
    for index, message in enumerate(messages):
        blocks = message["content"] if isinstance(message["content"], list) else []
        if any(block["type"] == "text" and not block["text"] for block in blocks):
            return _error(400, f"messages.{index}: text content blocks must be non-empty")
        if any(block["type"] == "text" and not block["text"].strip() for block in blocks):
            return _error(400, "messages: text content blocks must contain non-whitespace text")
        results = {block["tool_use_id"] for block in blocks if block["type"] == "tool_result"}
        if open_calls - results:
            return _error(400, f"messages.{index}: `tool_use` ids were found without `tool_result` blocks after them")
        if results - open_calls:
            return _error(400, f"messages.{index}: unexpected `tool_use_id` found in `tool_result` blocks")
        open_calls = {block["id"] for block in blocks if block["type"] == "tool_use"}
    return _prefill_objection(messages[-1])


def _prefill_objection(message: dict[str, Any]) -> Reply | None:
    """Source: https://github.com/crewAIInc/crewAI/pull/4620 (checked 2026-11-24)."""
    content = message["content"]
    text = content if isinstance(content, str) else "".join(block.get("text", "") for block in content[-1:])
    if message["role"] == "assistant" and text != text.rstrip():
        return _error(400, "messages: final assistant content cannot end with trailing whitespace")
    return None


def _schema_objection(body: dict[str, Any]) -> Reply | None:
    schema = ((body.get("output_config") or {}).get("format") or {}).get("schema") or {}
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        return _error(400, "output_config.format.schema: For 'object' type, 'additionalProperties' must be false")
    return None


def _length_objection(body: dict[str, Any]) -> Reply | None:
    tokens, window = tokens_of(body), MODELS[body["model"]][0]
    return None if tokens <= window else _error(400, f"prompt is too long: {tokens} tokens > {window} maximum")
