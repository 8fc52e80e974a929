"""The JSON of Cohere's chat as far as we read it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from polydesk.wire.function_tools import CalledFunction, FunctionDefinition


class TextContent(msgspec.Struct, tag="text", tag_field="type", kw_only=True):
    """Words."""

    text: str


class ImageUrl(msgspec.Struct, kw_only=True):
    """Where an image is."""

    url: str


class ImageContent(msgspec.Struct, tag="image_url", tag_field="type", kw_only=True):
    """A picture: an address or a `data:` URL."""

    image_url: ImageUrl


class ThinkingContent(msgspec.Struct, tag="thinking", tag_field="type", kw_only=True):
    """Visible reasoning."""

    thinking: str


class DocumentContent(msgspec.Struct, tag="document", tag_field="type", kw_only=True):
    """A tool's answer as a document to be cited."""

    document: dict[str, Any]


Content = TextContent | ImageContent | ThinkingContent | DocumentContent


class ToolCall(msgspec.Struct, kw_only=True):
    """A tool call, whole or a piece of one."""

    id: str | None = None
    function: CalledFunction | None = None


class ChatMessage(msgspec.Struct, kw_only=True):
    """A message of a request, or of an answer."""

    role: Literal["system", "user", "assistant", "tool"] = "assistant"
    content: str | list[Content] | None = None
    tool_plan: str | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None
    citations: list[dict[str, Any]] | None = None


class FunctionTool(msgspec.Struct, kw_only=True):
    """A function as a tool."""

    function: FunctionDefinition
    type: Literal["function"] = "function"


class ResponseFormat(msgspec.Struct, kw_only=True):
    """What the answer must be."""

    type: Literal["text", "json_object"] = "text"
    json_schema: dict[str, Any] | None = None


class Thinking(msgspec.Struct, kw_only=True):
    """Whether and how long the model reasons."""

    type: Literal["enabled", "disabled"]
    token_budget: int | None = None


class ChatRequest(msgspec.Struct, kw_only=True):
    """A request's fields that we model."""

    model: str
    messages: list[ChatMessage]
    max_tokens: int | None = None
    temperature: float | None = None
    p: float | None = None
    k: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    stop_sequences: list[str] | None = None
    seed: int | None = None
    tools: list[FunctionTool] | None = None
    strict_tools: bool | None = None
    tool_choice: Literal["REQUIRED", "NONE"] | None = None
    response_format: ResponseFormat | None = None
    thinking: Thinking | None = None


class TokenCounts(msgspec.Struct, kw_only=True):
    """Token counts, which Cohere writes as floats."""

    input_tokens: float | None = None
    output_tokens: float | None = None


class ChatUsage(msgspec.Struct, kw_only=True):
    """What was billed; what was counted, Cohere's own prompts included; and how much of it came from the cache."""

    billed_units: TokenCounts | None = None
    tokens: TokenCounts | None = None
    cached_tokens: float | None = None


class ChatResponse(msgspec.Struct, kw_only=True):
    """A plain response."""

    finish_reason: str
    message: ChatMessage
    id: str = ""
    usage: ChatUsage | None = None


class EventDelta(msgspec.Struct, kw_only=True):
    """What a stream's event brings."""

    message: dict[str, Any] | None = None
    finish_reason: str | None = None
    usage: ChatUsage | None = None
    error: str | None = None


class StreamBody(msgspec.Struct, kw_only=True):
    """The data of any event of a stream."""

    type: str
    id: str = ""
    index: int = 0
    delta: EventDelta | None = None


class ContentPiece(msgspec.Struct, kw_only=True):
    """A piece of a content item."""

    text: str | None = None
    thinking: str | None = None


class ContentDelta(msgspec.Struct, kw_only=True):
    """The message of `content-start` and `content-delta`."""

    content: ContentPiece


class PlanDelta(msgspec.Struct, kw_only=True):
    """The message of `tool-plan-delta`."""

    tool_plan: str


class CallDelta(msgspec.Struct, kw_only=True):
    """The message of `tool-call-start` and `tool-call-delta`."""

    tool_calls: ToolCall


class CitationDelta(msgspec.Struct, kw_only=True):
    """The message of `citation-start`."""

    citations: dict[str, Any]
