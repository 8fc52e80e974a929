"""Azure OpenAI as a local server: OpenAI's API at Azure's addresses, with Azure's key, filter and errors.

Sources, checked 2026-11-24: https://learn.microsoft.com/azure/foundry/openai/reference (addresses, versions, errors)
and https://learn.microsoft.com/azure/foundry/openai/concepts/content-filter.
"""

from __future__ import annotations

import json
import re
from typing import Any

from polydesk.core.messages import ModelResponse
from polydesk.wire.sse import sse_event
from tests.vendors.http_server import Received, Reply, Scene, VendorServer
from tests.vendors.openai_server import EMBEDDING_MODEL, MODELS, OpenAIVendor

KEY = "0123456789abcdef0123456789abcdef"
VERSIONS = {"2024-10-21", "2025-04-01-preview"}
"""Dated versions that are answered; the v1 API needs none."""
CALM = {"filtered": False, "severity": "safe"}
FILTERED = dict.fromkeys(("hate", "self_harm", "sexual", "violence"), CALM)
DATED = re.compile(r"/openai(?:/deployments/(?P<deployment>[^/]+))?(?P<rest>/[a-z/]+)\?api-version=(?P<version>.+)")
FORBIDDEN = "FORBIDDEN WORDS"


class AzureVendor(OpenAIVendor):
    """Judges requests and words answers as Azure does. Deployments are called as their models are."""

    def objection(self, received: Received) -> Reply | None:
        dated = DATED.fullmatch(received.path)
        if dated is not None and dated["version"] not in VERSIONS:
            return _error(404, "404", "Resource not found")
        model = received.body.get("model") if dated is None else dated["deployment"] or received.body.get("model")
        if self.key_objection(received) is None and model not in (*MODELS, EMBEDDING_MODEL):
            return _error(404, "DeploymentNotFound", "The API deployment for this resource does not exist.")
        if FORBIDDEN in json.dumps(received.body):
            return _filtered()
        return super().objection(received)

    def path_of(self, received: Received) -> str:
        dated = DATED.fullmatch(received.path)
        if dated is None:
            return received.path.removeprefix("/openai")
        below = dated["rest"] in ("/chat/completions", "/embeddings")
        return "/v1" + dated["rest"] if below == (dated["deployment"] is not None) else received.path

    def key_objection(self, received: Received) -> Reply | None:
        if received.headers.get("api-key") == KEY:
            return None
        words = "Access denied due to invalid subscription key or wrong API endpoint."
        return _error(401, "401", words)

    def plain(self, response: ModelResponse) -> dict[str, Any]:
        body = super().plain(response)
        if "choices" in body:
            body["choices"][0]["content_filter_results"] = FILTERED
            body["prompt_filter_results"] = [{"prompt_index": 0, "content_filter_results": FILTERED}]
        return body

    def events(self, response: ModelResponse, received: Received) -> list[bytes]:
        events = super().events(response, received)
        if self.path != "/v1/chat/completions":
            return events
        results = [{"prompt_index": 0, "content_filter_results": FILTERED}]
        first = {"id": "", "object": "", "created": 0, "model": "", "choices": [], "prompt_filter_results": results}
        return [sse_event(json.dumps(first).encode()), *(_judged(event) for event in events)]


def azure_server(*scenes: Scene) -> VendorServer:
    """A local Azure resource. Its endpoint is `server.url`, its key is `KEY`."""
    return VendorServer(AzureVendor(), scenes)


def _judged(event: bytes) -> bytes:
    """A chunk with what the filter thinks of it."""
    data = event.removeprefix(b"data: ").strip()
    if data == b"[DONE]":
        return event
    chunk = json.loads(data)
    for choice in chunk["choices"]:
        choice["content_filter_results"] = FILTERED
    return sse_event(json.dumps(chunk).encode())


def _error(http_status: int, code: str, message: str, **more: Any) -> Reply:
    body = {"error": {"code": code, "message": message, **more}}
    return Reply(status=http_status, body=json.dumps(body).encode(), headers={"x-request-id": "req_refused"})


def _filtered() -> Reply:
    """The refusal of a prompt by Azure's filter."""
    words = "The response was filtered due to the prompt triggering Azure OpenAI's content management policy."
    result = {**FILTERED, "violence": {"filtered": True, "severity": "high"}}
    inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": result}
    return _error(400, "content_filter", words, param="prompt", type=None, status=400, innererror=inner)
