"""DeepSeek and Qwen as local servers: Chat Completions as each of them documents it.

Both name OpenAI's own client as theirs. Sources, checked 2026-11-24:
https://api-docs.deepseek.com/guides/thinking_mode, https://api-docs.deepseek.com/guides/json_mode,
https://api-docs.deepseek.com/guides/chat_prefix_completion,
https://www.alibabacloud.com/help/en/model-studio/deep-thinking and
https://www.alibabacloud.com/help/en/model-studio/compatibility-of-openai-with-dashscope.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from polydesk.core.messages import ModelResponse
from polydesk.core.replay import events_of
from polydesk.wire import openai_chat
from polydesk.wire.sse import sse_event
from tests.vendors.http_server import Received, Reply, Scene, VendorServer

KEY = "sk-compatible-0123456789"
CREATED = 1_790_000_000
SHARED = frozenset(
    {
        "frequency_penalty",
        "messages",
        "model",
        "presence_penalty",
        "reasoning_effort",
        "response_format",
        "stop",
        "stream",
        "stream_options",
        "temperature",
        "tool_choice",
        "tools",
        "top_p",
    }
)
"""What both document. Here anything undocumented is refused, so that nothing is sent in vain."""
Objection = tuple[int, str] | tuple[int, str, str]
"""Status and message and, where there is one, a code."""


class CompatibleVendor:
    """Judges requests and words answers as a compatible vendor does."""

    request_id_header = "x-request-id"
    models: ClassVar[dict[str, int]]
    """Names and context windows in tokens."""
    fields: frozenset[str]
    paths: tuple[str, ...]
    unknown_model: Objection

    def objection(self, received: Received) -> Reply | None:
        problem = self._objection(received)
        if problem is None:
            return None
        status, message, *code = problem
        body = _error(message, code=code[0] if code else None)
        return Reply(status=status, body=json.dumps(body).encode(), headers={"x-request-id": "req_refused"})

    def plain(self, response: ModelResponse) -> dict[str, Any]:
        return openai_chat.response_to_wire(response, created=CREATED).body

    def events(self, response: ModelResponse, received: Received) -> list[bytes]:
        options = received.body.get("stream_options") or {}
        writer = openai_chat.ChatStreamWriter(created=CREATED, include_usage=options.get("include_usage", False))
        chunks = [chunk for event in events_of(response) for chunk in writer.write(event)]
        return [*(sse_event(json.dumps(chunk).encode()) for chunk in chunks), sse_event(b"[DONE]")]

    def error(self, status: int, *, code: str | None = None) -> dict[str, Any]:
        kind = "server_error" if status >= 500 else "invalid_request_error"
        return _error("The server had an error.", kind=kind, code=code)

    def error_event(self) -> bytes:
        return sse_event(json.dumps(_error("The server had an error.", kind="server_error")).encode())

    def without_usage(self, body: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in body.items() if name != "usage"}

    def _objection(self, received: Received) -> Objection | None:
        body = received.body
        if received.path not in self.paths:
            return 404, "Not found"
        if received.headers.get("authorization") != f"Bearer {KEY}":
            return 401, f"Authentication Fails, your api key: ****{received.headers.get('authorization', '')[-4:]}"
        unknown = next((name for name in body if name not in self.fields), None)
        if unknown is not None:
            return 400, f"unknown field {unknown}"
        if body["model"] not in self.models:
            return self.unknown_model
        if len(json.dumps(body["messages"])) // 4 > self.models[body["model"]]:
            return 400, "the messages are too long"
        for message in body["messages"]:
            if message["role"] not in ("system", "user", "assistant", "tool"):
                return 400, f"unknown variant {message['role']}, expected one of system, user, assistant, tool"
            problem = self.message_objection(message, body)
            if problem is not None:
                return problem
        form = (body.get("response_format") or {}).get("type")
        if form == "json_object" and "json" not in json.dumps(body["messages"]).lower():
            return 400, "Prompt must contain the word 'json' to use 'response_format' of type 'json_object'."
        return self.body_objection(body, received.path)

    def message_objection(self, message: dict[str, Any], body: dict[str, Any]) -> Objection | None:
        """What the vendor has against one message."""
        content = message.get("content")
        for piece in content if isinstance(content, list) else ():
            if piece["type"] not in ("text", "image_url") or piece.keys() - {"type", "text", "image_url"}:
                return 400, f"unknown content {sorted(piece)}"
        return None

    def body_objection(self, body: dict[str, Any], path: str) -> Objection | None:
        """What the vendor has against the whole."""
        raise NotImplementedError


class DeepSeekVendor(CompatibleVendor):
    """DeepSeek."""

    models: ClassVar = {"deepseek-flash": 1_000_000, "deepseek-tiny": 50}
    fields = SHARED | {"max_tokens", "thinking", "user_id", "logprobs", "top_logprobs"}
    paths = ("/chat/completions", "/beta/chat/completions")
    unknown_model = (400, "Model Not Exist")

    def message_objection(self, message: dict[str, Any], body: dict[str, Any]) -> Objection | None:
        thinks = (body.get("thinking") or {}).get("type") != "disabled"
        if thinks and message.get("tool_calls") and "reasoning_content" not in message:
            return 400, "The `reasoning_content` in the thinking mode must be passed back to the API."
        return super().message_objection(message, body)

    def body_objection(self, body: dict[str, Any], path: str) -> Objection | None:
        if (body.get("response_format") or {}).get("type") not in (None, "text", "json_object"):
            return 400, "This response_format type is unavailable now"
        if any("strict" in tool["function"] for tool in body.get("tools") or ()):
            return 400, "strict is taken below /beta alone"
        last = body["messages"][-1]
        if last["role"] == "assistant" and not (last.get("prefix") and path.startswith("/beta")):
            return 400, "The last message of assistant must have prefix, below /beta"
        return None


class QwenVendor(CompatibleVendor):
    """Qwen at Alibaba Cloud Model Studio."""

    models: ClassVar = {"qwen3.8-max": 1_000_000, "qwen3.8-flash": 1_000_000, "qwen-tiny": 50}
    fields = SHARED | {
        "enable_thinking",
        "max_completion_tokens",
        "max_tokens",
        "parallel_tool_calls",
        "seed",
        "thinking_budget",
        "top_k",
    }
    paths = ("/compatible-mode/v1/chat/completions",)
    unknown_model = (404, "The model does not exist or you do not have access to it.", "model_not_found")

    def body_objection(self, body: dict[str, Any], path: str) -> Objection | None:
        choice = body.get("tool_choice")
        if not (choice in (None, "auto", "none") or isinstance(choice, dict)):
            return 400, f"tool_choice is one of [auto, none] or an object, not {choice}"
        if body["model"] != "qwen3.8-max" and (body.get("response_format") or {}).get("type") == "json_schema":
            return 400, "json_schema is not supported by this model"
        return None


def deepseek_server(*scenes: Scene) -> VendorServer:
    """A local DeepSeek. Its base URL is `server.url`, its key is `KEY`."""
    return VendorServer(DeepSeekVendor(), scenes)


def qwen_server(*scenes: Scene) -> VendorServer:
    """A local Qwen. Its base URL is `server.url + "/compatible-mode/v1"`, its key is `KEY`."""
    return VendorServer(QwenVendor(), scenes)


def _error(message: str, *, kind: str = "invalid_request_error", code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code or kind}}
