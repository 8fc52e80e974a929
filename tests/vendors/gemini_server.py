"""Google's Gemini API as a local server: its published schema, its errors in its words.

Requests are held against the types of the official SDK, which are generated from Google's published schema.
Source: https://ai.google.dev/api/generate-content and https://ai.google.dev/gemini-api/docs/troubleshooting
(checked 2026-11-24).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from google.genai import types

from polydesk.core.embeddings import EmbeddingResponse
from polydesk.core.messages import ModelResponse
from polydesk.core.replay import events_of
from polydesk.core.usage import Usage
from polydesk.wire import gemini, gemini_vectors
from polydesk.wire.sse import sse_event
from tests.vendors.http_server import Received, Reply, Scene, VendorServer
from tests.vendors.published import problems

KEY = "AIzaSyTest0123456789abcdefghijklmnopqrs"
MODELS = {"gemini-4-argon": 1_048_576, "gemini-3.8-flash": 1_048_576, "gemini-tiny": 50}
"""Names and context windows in tokens; `gemini-tiny` has one that a test can overflow."""
EMBEDDING_MODEL = "gemini-embedding-001"
NO_BUDGETS = frozenset({"gemini-4-argon"})
STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
FIELDS: dict[str, Any] = {
    "contents": list[types.Content],
    "systemInstruction": types.Content,
    "generationConfig": types.GenerationConfig,
    "tools": list[types.Tool],
    "toolConfig": types.ToolConfig,
    "safetySettings": list[types.SafetySetting],
    "cachedContent": str,
    "serviceTier": str,
    "store": bool,
}
"""A request's fields and their published types."""
ADDRESS = re.compile(r"/v1(?:beta)?/models/(?P<model>[^/:]+):(?P<method>\w+)(?:\?alt=sse)?")


class GeminiVendor:
    """Judges requests and words answers as the Gemini API does."""

    request_id_header = ""
    address = ADDRESS

    def objection(self, received: Received) -> Reply | None:
        return self.credential_objection(received.headers) or self._address_objection(received)

    def credential_objection(self, headers: Mapping[str, str]) -> Reply | None:
        key = headers.get("x-goog-api-key", "")
        if not key:
            return refusal(403, "Method doesn't allow unregistered callers. Please use API Key.")
        if key != KEY:
            info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
            return refusal(400, "API key not valid. Please pass a valid API key.", info)
        return None

    def plain(self, response: ModelResponse) -> dict[str, Any]:
        return gemini.response_to_wire(response).body

    def events(self, response: ModelResponse, received: Received) -> list[bytes]:
        writer = gemini.GeminiStreamWriter()
        pieces = [piece for event in events_of(response) for piece in writer.write(event)]
        return [sse_event(json.dumps(piece).encode()) for piece in pieces]

    def other(self, received: Received) -> dict[str, Any] | None:
        _, method = self._asked(received)
        if method == "countTokens":
            return {"totalTokens": tokens_of(received.body)}
        if method == "batchEmbedContents":
            return _vectors(received.body["requests"])
        return None

    def error(self, status: int, *, code: str | None = None) -> dict[str, Any]:
        return error_body(status, f"The request failed with {status}.")

    def error_event(self) -> bytes:
        return sse_event(json.dumps(error_body(503, "The model is overloaded. Please try again later.")).encode())

    def without_usage(self, body: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in body.items() if name != "usageMetadata"}

    def _asked(self, received: Received) -> tuple[str, str]:
        match = self.address.fullmatch(received.path)
        return ("", "") if match is None else (match["model"], match["method"])

    def _address_objection(self, received: Received) -> Reply | None:
        model, method = self._asked(received)
        body = received.body
        if method == "batchEmbedContents" and model == EMBEDDING_MODEL:
            return _entries_objection(body["requests"])
        if method == "countTokens":
            body = body.get("generateContentRequest", body)
            body = {name: value for name, value in body.items() if name != "model"}
        elif method not in ("generateContent", "streamGenerateContent"):
            return Reply(status=404, body=b"<html>not found</html>", content_type="text/html")
        if model not in MODELS:
            return refusal(404, f"models/{model} is not found for API version v1beta, or is not supported.")
        return body_objection(model, body)


ENTRY: dict[str, Any] = {
    "model": str,
    "content": types.Content,
    "taskType": str,
    "title": str,
    "outputDimensionality": int,
}
"""The fields of a request for one text's vector."""


def gemini_server(*scenes: Scene) -> VendorServer:
    """A local Gemini API. Its base URL is `server.url + "/v1beta"`, its key is `KEY`."""
    return VendorServer(GeminiVendor(), scenes)


def body_objection(model: str, body: dict[str, Any]) -> Reply | None:
    """The refusal of a body that Google would not accept; None when it would."""
    unknown = next((name for name in body if name not in FIELDS), None)
    if unknown is not None:
        return field_refusal(unknown)
    if not body.get("contents"):
        return refusal(400, "* GenerateContentRequest.contents: contents is not specified")
    for name, value in body.items():
        wrong = problems(value, FIELDS[name])
        if wrong is not None:
            return field_refusal(f"{name}.{wrong[0]}", wrong[1])
    return (
        _config_objection(model, body.get("generationConfig") or {})
        or _turns_objection(body["contents"])
        or _length_objection(model, body)
    )


def error_body(status: int, message: str, *details: dict[str, Any]) -> dict[str, Any]:
    """An error in Google's words."""
    error: dict[str, Any] = {"code": status, "message": message, "status": STATUSES[status]}
    return {"error": {**error, "details": list(details)} if details else error}


def refusal(status: int, message: str, *details: dict[str, Any]) -> Reply:
    """The reply that carries an error."""
    return Reply(status=status, body=json.dumps(error_body(status, message, *details)).encode())


def field_refusal(field: str, why: str = "Cannot find field.") -> Reply:
    """The refusal of one field."""
    message = f'Invalid JSON payload received. Unknown name "{field}": {why}'
    violation = {"field": field, "description": message}
    kind = "type.googleapis.com/google.rpc.BadRequest"
    return refusal(HTTPStatus.BAD_REQUEST, message, {"@type": kind, "fieldViolations": [violation]})


def tokens_of(body: dict[str, Any]) -> int:
    """How many tokens the local model reads in a body."""
    return len(json.dumps(body)) // 4


def _config_objection(model: str, config: dict[str, Any]) -> Reply | None:
    thinking = config.get("thinkingConfig") or {}
    if "thinkingBudget" in thinking and "thinkingLevel" in thinking:
        return refusal(400, "You can only set only one of thinking budget and thinking level.")
    if model in NO_BUDGETS:
        for name in ("frequencyPenalty", "presencePenalty"):
            if name in config:
                return refusal(400, f"{name} is not supported by this model.")
        if "thinkingBudget" in thinking or thinking.get("thinkingLevel") == "MINIMAL":
            return refusal(400, "Thinking budget is not supported by this model.")
    if "responseJsonSchema" in config and config.get("responseMimeType") != "application/json":
        return refusal(400, "responseJsonSchema needs the response mime type application/json")
    return None


def _turns_objection(contents: Sequence[dict[str, Any]]) -> Reply | None:
    """A call must be signed and answered by as many answers."""
    open_calls = 0
    for index, content in enumerate(contents):
        if content.get("role") not in ("user", "model"):
            return refusal(400, "Please use a valid role: user, model.")
        parts = content.get("parts") or []
        if not parts:
            return refusal(400, f"* GenerateContentRequest.contents[{index}].parts: contents.parts must not be empty.")
        answers = [part for part in parts if "functionResponse" in part]
        if open_calls and len(answers) != open_calls:
            return refusal(400, "Please ensure that the number of function response parts is equal to that of calls.")
        calls = [part for part in parts if "functionCall" in part]
        if calls and not _is_base64(calls[0].get("thoughtSignature")):
            return refusal(400, f"Function call in the {index}. content block is missing a thought_signature")
        open_calls = len(calls)
    return None


def _is_base64(text: object) -> bool:
    try:
        return isinstance(text, str) and bool(base64.urlsafe_b64decode(text.replace("+", "-").replace("/", "_")))
    except ValueError:
        return False


def _length_objection(model: str, body: dict[str, Any]) -> Reply | None:
    tokens, window = tokens_of(body["contents"]), MODELS[model]
    if tokens <= window:
        return None
    return refusal(400, f"The input token count ({tokens}) exceeds the maximum number of tokens allowed ({window}).")


def _entries_objection(entries: Sequence[dict[str, Any]]) -> Reply | None:
    for name, value in (item for entry in entries for item in entry.items()):
        if name not in ENTRY or problems(value, ENTRY[name]) is not None:
            return field_refusal(name)
    return None


def _vectors(entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    size = entries[0].get("outputDimensionality") or 4
    vectors = tuple(tuple((number + 1) / (place + 1) for place in range(size)) for number in range(len(entries)))
    response = EmbeddingResponse(model=EMBEDDING_MODEL, vectors=vectors, usage=Usage(input_tokens=len(entries)))
    return gemini_vectors.embeddings_to_wire(response).body
