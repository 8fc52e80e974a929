"""The JSON of Messages as far as we read it. Fields that we do not name are read over by the parser and kept by the
callers where they can matter."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from polydesk.wire.shape import Count


class Base64Source(msgspec.Struct, tag="base64", tag_field="type", kw_only=True):
    """Bytes of an image or a document."""

    media_type: str
    data: str


class UrlSource(msgspec.Struct, tag="url", tag_field="type", kw_only=True):
    """Address of an image or a document."""

    url: str


class TextBlock(msgspec.Struct, tag="text", tag_field="type", kw_only=True):
    """Words."""

    text: str
    cache_control: dict[str, Any] | None = None


class ImageBlock(msgspec.Struct, tag="image", tag_field="type", kw_only=True):
    """A picture."""

    source: Base64Source | UrlSource
    cache_control: dict[str, Any] | None = None


class TextSource(msgspec.Struct, tag="text", tag_field="type", kw_only=True):
    """A document of plain text."""

    data: str


class ContentSource(msgspec.Struct, tag="content", tag_field="type", kw_only=True):
    """A document in pieces that answers can cite."""

    content: str | list[TextBlock]


class DocumentBlock(msgspec.Struct, tag="document", tag_field="type", kw_only=True):
    """A PDF or a plain text."""

    source: Base64Source | UrlSource | TextSource | ContentSource
    title: str | None = None
    cache_control: dict[str, Any] | None = None


class ThinkingBlock(msgspec.Struct, tag="thinking", tag_field="type", kw_only=True):
    """Visible reasoning."""

    thinking: str
    signature: str = ""


class RedactedThinkingBlock(msgspec.Struct, tag="redacted_thinking", tag_field="type", kw_only=True):
    """Reasoning that only the vendor can read."""

    data: str


class ToolUseBlock(msgspec.Struct, tag="tool_use", tag_field="type", kw_only=True):
    """A tool call."""

    id: str
    name: str
    input: dict[str, Any]
    cache_control: dict[str, Any] | None = None


class ToolResultBlock(msgspec.Struct, tag="tool_result", tag_field="type", kw_only=True):
    """A tool's answer."""

    tool_use_id: str
    content: str | list[TextBlock | ImageBlock | DocumentBlock] | None = None
    is_error: bool | None = None
    cache_control: dict[str, Any] | None = None


Block = TextBlock | ImageBlock | DocumentBlock | ThinkingBlock | RedactedThinkingBlock | ToolUseBlock | ToolResultBlock


class MessageShape(msgspec.Struct, kw_only=True):
    """A message of a request."""

    role: Literal["system", "user", "assistant"]
    content: str | list[Block]


class ToolShape(msgspec.Struct, kw_only=True):
    """A tool of the client's own; the vendor's tools have other types and are not read."""

    name: str
    input_schema: dict[str, Any]
    type: Literal["custom"] | None = None
    description: str | None = None
    strict: bool | None = None
    cache_control: dict[str, Any] | None = None


class ToolChoiceShape(msgspec.Struct, kw_only=True):
    """Which tools the model may or must call."""

    type: Literal["auto", "any", "tool", "none"]
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class FormatShape(msgspec.Struct, kw_only=True):
    """A schema for the answer."""

    type: Literal["json_schema"]
    schema: dict[str, Any]


class MessagesRequest(msgspec.Struct, kw_only=True):
    """A request's fields that we model."""

    model: str
    max_tokens: Count
    messages: list[MessageShape]
    system: str | list[TextBlock] | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop_sequences: list[str] | None = None
    tools: list[dict[str, Any]] | None = None
    """Read one by one, for there are kinds that we do not model."""
    tool_choice: ToolChoiceShape | None = None


class OutputDetails(msgspec.Struct, kw_only=True):
    """Shares of the answer's tokens."""

    thinking_tokens: int | None = None


class UsageShape(msgspec.Struct, kw_only=True):
    """Token counts. Cached tokens are not in `input_tokens`; thinking tokens are in `output_tokens`."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    output_tokens_details: OutputDetails | None = None


class MessagesResponse(msgspec.Struct, kw_only=True):
    """A plain response; its blocks are read one by one, for there are kinds that we do not model."""

    id: str
    model: str
    content: list[dict[str, Any]]
    stop_reason: str | None = None
    stop_sequence: str | None = None
    usage: UsageShape | None = None


class AnswerContent(msgspec.Struct, kw_only=True):
    """The blocks of an answer that we model."""

    content: list[TextBlock | ThinkingBlock | RedactedThinkingBlock | ToolUseBlock]
