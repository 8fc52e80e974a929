"""The JSON of Mistral's chat completions as far as we read it. Content chunks of kinds that we do not model are kept
by the callers."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from polydesk.wire.function_tools import StrictFunctionDefinition
from polydesk.wire.usage_details import OutputDetails


class TextChunk(msgspec.Struct, tag="text", tag_field="type", kw_only=True):
    """Words."""

    text: str


class ImageUrl(msgspec.Struct, kw_only=True):
    """Where an image is, in the longer of its two forms."""

    url: str


class ImageChunk(msgspec.Struct, tag="image_url", tag_field="type", kw_only=True):
    """A picture: an address or a `data:` URL."""

    image_url: str | ImageUrl


class DocumentChunk(msgspec.Struct, tag="document_url", tag_field="type", kw_only=True):
    """A file to read: an address or a `data:` URL."""

    document_url: str
    document_name: str | None = None


class ThinkChunk(msgspec.Struct, tag="thinking", tag_field="type", kw_only=True):
    """Visible reasoning, itself in chunks, of which only text is words."""

    thinking: list[dict[str, Any]]
    signature: str | None = None


Chunk = TextChunk | ImageChunk | DocumentChunk | ThinkChunk


class CalledFunction(msgspec.Struct, kw_only=True):
    """A called function. Arguments are JSON text, in older answers an object."""

    name: str = ""
    arguments: str | dict[str, Any] = ""


class ToolCall(msgspec.Struct, kw_only=True):
    """A tool call, whole or a piece of one."""

    function: CalledFunction
    id: str | None = None
    index: int = 0


class ChatMessage(msgspec.Struct, kw_only=True):
    """A message of a request."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str | list[Chunk] | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None
    prefix: bool = False


class FunctionTool(msgspec.Struct, kw_only=True):
    """A function as a tool; Mistral's own tools have other types and are not read."""

    function: StrictFunctionDefinition
    type: Literal["function"] = "function"


class JsonSchemaFormat(msgspec.Struct, kw_only=True):
    """A schema for the answer."""

    name: str
    schema: dict[str, Any]
    description: str | None = None
    strict: bool | None = None


class ResponseFormat(msgspec.Struct, kw_only=True):
    """What the answer must be."""

    type: Literal["text", "json_object", "json_schema"] = "text"
    json_schema: JsonSchemaFormat | None = None


class ChatRequest(msgspec.Struct, kw_only=True):
    """A request's fields that we model."""

    model: str
    messages: list[ChatMessage]
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    stop: str | list[str] | None = None
    random_seed: int | None = None
    tools: list[FunctionTool] | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None


class AnswerMessage(msgspec.Struct, kw_only=True):
    """A message of an answer, or a piece of one."""

    content: str | list[dict[str, Any]] | None = None
    tool_calls: list[ToolCall] | None = None


class AnswerChunk(msgspec.Struct, kw_only=True):
    """One chunk of an answer's content, of the kinds that we model."""

    chunk: TextChunk | ThinkChunk


class Choice(msgspec.Struct, kw_only=True):
    """One answer of a plain response, or a piece of one in a stream."""

    index: int = 0
    message: AnswerMessage | None = None
    delta: AnswerMessage | None = None
    finish_reason: str | None = None


class PromptDetails(msgspec.Struct, kw_only=True):
    """Shares of the prompt's tokens."""

    cached_tokens: int | None = None


class ChatUsage(msgspec.Struct, kw_only=True):
    """Token counts. Cached tokens are inside `prompt_tokens`, reasoning is inside `completion_tokens`."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    prompt_tokens_details: PromptDetails | None = None
    completion_tokens_details: OutputDetails | None = None
    num_cached_tokens: int | None = None
    """Another spelling of `prompt_tokens_details.cached_tokens`."""


class ChatResponse(msgspec.Struct, kw_only=True):
    """A plain response, or one chunk of a stream."""

    id: str | None = None
    model: str | None = None
    choices: list[Choice] | None = None
    usage: ChatUsage | None = None
