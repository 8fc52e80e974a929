"""Cohere's chat, vectors and orders as a local server: its published schema, its errors in its words.

Requests are held against the types of the official SDK, which are generated from Cohere's published schema.
Source: https://docs.cohere.com/reference/chat (checked 2026-11-24).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal, NotRequired

from cohere.types import ResponseFormatV2, Thinking, ToolV2
from cohere.v2.types import V2ChatRequestDocumentsItem, V2ChatRequestSafetyMode
from typing_extensions import TypedDict

from polydesk.core.embeddings import EmbeddingResponse, Relevance, RerankResponse
from polydesk.core.messages import ModelResponse
from polydesk.core.replay import events_of
from polydesk.core.usage import Usage
from polydesk.wire import cohere_chat, cohere_vectors
from polydesk.wire.sse import sse_event
from tests.vendors.http_server import Received, Reply, Scene, VendorServer
from tests.vendors.published import problems

KEY = "cohere-test-0123456789abcdef"
MODELS = {"command-a-plus-05-2026": 256_000, "command-tiny": 50, "embed-v4.0": 128_000, "rerank-v4.0-pro": 32_000}
"""Names and context windows in tokens; `command-tiny` has a window that a test can overflow."""


class _Chat(TypedDict):
    """The body of `POST /v2/chat`, as the official client's method takes it."""

    model: str
    messages: list[dict[str, Any]]
    stream: NotRequired[bool]
    tools: NotRequired[list[ToolV2]]
    strict_tools: NotRequired[bool]
    documents: NotRequired[list[V2ChatRequestDocumentsItem]]
    citation_options: NotRequired[dict[str, Any]]
    response_format: NotRequired[ResponseFormatV2]
    safety_mode: NotRequired[V2ChatRequestSafetyMode]
    max_tokens: NotRequired[int]
    stop_sequences: NotRequired[list[str]]
    temperature: NotRequired[float]
    seed: NotRequired[int]
    frequency_penalty: NotRequired[float]
    presence_penalty: NotRequired[float]
    k: NotRequired[int]
    p: NotRequired[float]
    logprobs: NotRequired[bool]
    tool_choice: NotRequired[Literal["REQUIRED", "NONE"]]
    thinking: NotRequired[Thinking]
    priority: NotRequired[int]


class CohereVendor:
    """Judges requests and words answers as Cohere does."""

    request_id_header = "x-debug-trace-id"

    def objection(self, received: Received) -> Reply | None:
        if received.headers.get("authorization") != f"Bearer {KEY}":
            return _refusal(401, "invalid api token")
        model = received.body.get("model")
        if model not in MODELS:
            return _refusal(404, f"model '{model}' not found, make sure the correct model ID was used.")
        match received.path:
            case "/v2/chat":
                return _chat_objection(received.body)
            case "/v2/embed":
                return None if received.body.get("input_type") else _refusal(400, "invalid request: input_type missing")
            case "/v2/rerank":
                return None if received.body.get("documents") else _refusal(400, "invalid request: documents is empty")
            case _:
                return _refusal(404, "not found")

    def plain(self, response: ModelResponse) -> dict[str, Any]:
        return cohere_chat.response_to_wire(response).body

    def other(self, received: Received) -> dict[str, Any] | None:
        match received.path:
            case "/v2/embed":
                return _vectors(received.body)
            case "/v2/rerank":
                return _order(received.body)
            case _:
                return None

    def events(self, response: ModelResponse, received: Received) -> list[bytes]:
        writer = cohere_chat.CohereStreamWriter(plans=bool(response.tool_calls))
        bodies = [body for event in events_of(response) for body in writer.write(event)]
        return [sse_event(json.dumps(body).encode(), name=body["type"]) for body in bodies]

    def error(self, status: int, *, code: str | None = None) -> dict[str, Any]:
        return _error(FAILURES[status])

    def error_event(self) -> bytes:
        body = {"type": "message-end", "delta": {"finish_reason": "ERROR", "error": FAILURES[500]}}
        return sse_event(json.dumps(body).encode(), name="message-end")

    def without_usage(self, body: dict[str, Any]) -> dict[str, Any]:
        rest = {name: value for name, value in body.items() if name != "usage"}
        return rest | ({"delta": self.without_usage(body["delta"])} if "delta" in body else {})


FAILURES: dict[int, str] = {
    429: "Please wait and try again later",
    500: "internal server error, this has been reported to our developers",
    503: "service unavailable",
}


def cohere_server(*scenes: Scene) -> VendorServer:
    """A local Cohere. Its base URL is `server.url`, its key is `KEY`."""
    return VendorServer(CohereVendor(), scenes)


def _error(message: str) -> dict[str, Any]:
    return {"id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "message": message}


def _refusal(status: int, message: str) -> Reply:
    body = json.dumps(_error(message)).encode()
    return Reply(status=status, body=body, headers={"x-debug-trace-id": "req_refused"})


def _vectors(body: dict[str, Any]) -> dict[str, Any]:
    asked = cohere_vectors.embed_request_from_wire(body)
    vectors = tuple((float(len(text)), *[0.5] * ((asked.dimensions or 4) - 1)) for text in asked.inputs)
    usage = Usage(input_tokens=sum(len(text) for text in asked.inputs))
    answer = EmbeddingResponse(id="emb_1", model=asked.model, vectors=vectors, usage=usage)
    return cohere_vectors.embed_response_to_wire(answer, asked.inputs).body


def _order(body: dict[str, Any]) -> dict[str, Any]:
    """Documents that share most words with the query come first."""
    asked = cohere_vectors.rerank_request_from_wire(body)
    words = set(asked.query.split())
    scores = [len(words & set(text.split())) / max(1, len(words)) for text in asked.documents]
    order = sorted(range(len(scores)), key=lambda index: -scores[index])[: asked.top_n]
    results = tuple(Relevance(index=index, score=scores[index]) for index in order)
    answer = RerankResponse(id="order_1", model=asked.model, results=results, usage=Usage(), search_units=1)
    return cohere_vectors.rerank_response_to_wire(answer).body


def _chat_objection(body: dict[str, Any]) -> Reply | None:
    known = _Chat.__annotations__
    unknown = next((name for name in body if name not in known), None)
    if unknown is not None:
        return _refusal(422, f"unknown field: parameter '{unknown}' is not a valid field")
    wrong = problems(body, _Chat)
    if wrong is not None:
        return _refusal(400, f"invalid type: parameter '{wrong[0]}': {wrong[1]}")
    if len(body.get("stop_sequences") or ()) > 5:
        return _refusal(400, "too many stop sequences: at most 5 are allowed")
    if not 0 <= body.get("temperature", 0) <= 1:
        return _refusal(400, "invalid request: temperature must be between 0 and 1.0 inclusive.")
    return _turns_objection(body["messages"]) or _length_objection(body)


def _turns_objection(messages: Sequence[dict[str, Any]]) -> Reply | None:
    called: set[str] = set()
    for index, message in enumerate(messages):
        match message.get("role"):
            case "assistant" if message.get("tool_calls"):
                called |= {call["id"] for call in message["tool_calls"]}
            case "tool" if message.get("tool_call_id") not in called:
                return _refusal(400, f"invalid request: no tool call for the tool message at index {index}.")
            case "user" | "system" | "tool" | "assistant":
                pass
            case role:
                return _refusal(400, f"invalid request: invalid role '{role}' at messages[{index}].")
    return None


def _length_objection(body: dict[str, Any]) -> Reply | None:
    tokens, limit = len(json.dumps(body["messages"])) // 4, MODELS[body["model"]]
    if tokens <= limit:
        return None
    return _refusal(400, f"too many tokens: total number of tokens cannot exceed {limit} - received {tokens}.")
