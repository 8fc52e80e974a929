"""The JSON of Converse as far as we read it. A content block is an object of one field, which says its kind."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class S3Location(msgspec.Struct, kw_only=True):
    """An object in S3."""

    uri: str


class Bytes(msgspec.Struct, kw_only=True):
    """Base64 text, or where the bytes are."""

    bytes: str | None = None
    s3_location: S3Location | None = msgspec.field(name="s3Location", default=None)


class File(msgspec.Struct, kw_only=True):
    """An image or a document."""

    source: Bytes
    format: str | None = None
    name: str | None = None


class ToolUse(msgspec.Struct, kw_only=True, rename="camel"):
    """A tool call; in a stream its input comes after it."""

    tool_use_id: str
    name: str
    input: Any = None


class ReasoningText(msgspec.Struct, kw_only=True):
    """Visible reasoning."""

    text: str
    signature: str | None = None


class Reasoning(msgspec.Struct, kw_only=True, rename="camel"):
    """Reasoning, visible or not."""

    reasoning_text: ReasoningText | None = None
    redacted_content: str | None = None


class ToolResult(msgspec.Struct, kw_only=True, rename="camel"):
    """What a tool answered."""

    tool_use_id: str
    content: list[dict[str, Any]]
    status: Literal["success", "error"] | None = None


class Block(msgspec.Struct, kw_only=True, rename="camel"):
    """A content block of the kinds that we model."""

    text: str | None = None
    image: File | None = None
    document: File | None = None
    tool_use: ToolUse | None = None
    tool_result: ToolResult | None = None
    reasoning_content: Reasoning | None = None
    cache_point: dict[str, Any] | None = None
    json: Any = None


class ConverseMessage(msgspec.Struct, kw_only=True):
    """A message of a request, or of an answer."""

    role: Literal["user", "assistant"]
    content: list[dict[str, Any]]


class InferenceConfig(msgspec.Struct, kw_only=True, rename="camel"):
    """Sampling and limits."""

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop_sequences: list[str] | None = None


class InputSchema(msgspec.Struct, kw_only=True):
    """A tool's parameters."""

    json: dict[str, Any]


class ToolSpec(msgspec.Struct, kw_only=True, rename="camel"):
    """A function that the model may call."""

    name: str
    input_schema: InputSchema
    description: str | None = None
    strict: bool | None = None


class ToolEntry(msgspec.Struct, kw_only=True, rename="camel"):
    """A tool, or the mark that the prompt is cached up to here."""

    tool_spec: ToolSpec | None = None
    cache_point: dict[str, Any] | None = None


class ToolConfig(msgspec.Struct, kw_only=True, rename="camel"):
    """The tools and the choice among them."""

    tools: list[ToolEntry]
    tool_choice: dict[str, Any] | None = None


class JsonSchema(msgspec.Struct, kw_only=True):
    """A schema, as JSON text."""

    schema: str
    name: str | None = None
    description: str | None = None


class Structure(msgspec.Struct, kw_only=True, rename="camel"):
    """The kinds of form that an answer can be held to; there is one."""

    json_schema: JsonSchema


class TextFormat(msgspec.Struct, kw_only=True):
    """The form of an answer's text."""

    structure: Structure


class ConverseRequest(msgspec.Struct, kw_only=True, rename="camel"):
    """A request's fields that we model."""

    messages: list[ConverseMessage]
    system: list[dict[str, Any]] | None = None
    inference_config: InferenceConfig | None = None
    tool_config: ToolConfig | None = None


class TokenUsage(msgspec.Struct, kw_only=True, rename="camel"):
    """Token counts. Cached tokens are beside `inputTokens`, not in them."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_write_input_tokens: int | None = None


class Output(msgspec.Struct, kw_only=True):
    """What an answer is in."""

    message: ConverseMessage


class ConverseResponse(msgspec.Struct, kw_only=True, rename="camel"):
    """A plain response."""

    output: Output
    stop_reason: str
    usage: TokenUsage | None = None


class ReasoningDelta(msgspec.Struct, kw_only=True, rename="camel"):
    """More reasoning, its signature, or hidden reasoning."""

    text: str | None = None
    signature: str | None = None
    redacted_content: str | None = None


class ToolUseDelta(msgspec.Struct, kw_only=True):
    """More of a call's input, as JSON text."""

    input: str = ""


class BlockDelta(msgspec.Struct, kw_only=True, rename="camel"):
    """More of a block."""

    text: str | None = None
    tool_use: ToolUseDelta | None = None
    reasoning_content: ReasoningDelta | None = None


class BlockStart(msgspec.Struct, kw_only=True, rename="camel"):
    """The beginning of a block; only tool calls have one that says more."""

    tool_use: ToolUse | None = None


class BlockEvent(msgspec.Struct, kw_only=True, rename="camel"):
    """`contentBlockStart` and `contentBlockDelta`."""

    content_block_index: int
    start: BlockStart | None = None
    delta: BlockDelta | None = None


class StopEvent(msgspec.Struct, kw_only=True, rename="camel"):
    """`messageStop`."""

    stop_reason: str


class MetadataEvent(msgspec.Struct, kw_only=True):
    """`metadata`."""

    usage: TokenUsage | None = None
