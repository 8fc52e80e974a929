"""The JSON of Chat Completions as far as we read it. Fields that we do not name are read over by the parser and kept
by the callers where they can matter."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from polydesk.wire.function_tools import CalledFunction, StrictFunctionDefinition
from polydesk.wire.shape import Count
from polydesk.wire.usage_details import InputDetails, OutputDetails


class TextContent(msgspec.Struct, tag="text", tag_field="type", kw_only=True):
    """A text content part."""

    text: str
    prompt_cache_breakpoint: dict[str, Any] | None = None


class ImageUrl(msgspec.Struct, kw_only=True):
    """Where an image is."""

    url: str


class ImageContent(msgspec.Struct, tag="image_url", tag_field="type", kw_only=True):
    """An image content part."""

    image_url: ImageUrl
    prompt_cache_breakpoint: dict[str, Any] | None = None


class FileData(msgspec.Struct, kw_only=True):
    """A file, carried or uploaded before."""

    file_data: str | None = None
    filename: str | None = None


class FileContent(msgspec.Struct, tag="file", tag_field="type", kw_only=True):
    """A document content part."""

    file: FileData
    prompt_cache_breakpoint: dict[str, Any] | None = None


class RefusalContent(msgspec.Struct, tag="refusal", tag_field="type", kw_only=True):
    """A refusal given back in a later turn."""

    refusal: str


Content = TextContent | ImageContent | FileContent | RefusalContent


class ToolCall(msgspec.Struct, kw_only=True):
    """A tool call, whole or as a delta."""

    id: str | None = None
    function: CalledFunction | None = None
    index: int = 0


class ChatMessage(msgspec.Struct, kw_only=True):
    """A message of a request."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Content] | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    """Not OpenAI's own: what compatible servers call visible reasoning."""
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None


class FunctionTool(msgspec.Struct, kw_only=True):
    """A function as a tool; other kinds of tools have other types and are not read."""

    type: Literal["function"]
    function: StrictFunctionDefinition


class JsonSchemaFormat(msgspec.Struct, kw_only=True):
    """A schema for the answer."""

    name: str
    description: str | None = None
    schema: dict[str, Any] | None = None
    strict: bool | None = None


class ResponseFormat(msgspec.Struct, kw_only=True):
    """What the answer must be."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchemaFormat | None = None


class ChatRequest(msgspec.Struct, kw_only=True):
    """A request's fields that we model."""

    model: str
    messages: list[ChatMessage]
    max_completion_tokens: Count | None = None
    max_tokens: Count | None = None
    temperature: float | None = None
    top_p: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    stop: str | list[str] | None = None
    seed: int | None = None
    tools: list[FunctionTool] | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    safety_identifier: str | None = None


class AnswerMessage(msgspec.Struct, kw_only=True):
    """A message of an answer, or a piece of one."""

    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    """Not OpenAI's own: what compatible servers call visible reasoning."""
    reasoning: Any = None
    """As `reasoning_content`, where it is a text: vLLM and Ollama call it so."""
    tool_calls: list[ToolCall] | None = None

    @property
    def thought(self) -> str:
        """The visible reasoning, by whichever name it came."""
        return self.reasoning_content or (self.reasoning if isinstance(self.reasoning, str) else "")


class Choice(msgspec.Struct, kw_only=True):
    """One answer of a plain response, or a piece of one in a stream."""

    index: int = 0
    message: AnswerMessage | None = None
    delta: AnswerMessage | None = None
    finish_reason: str | None = None
    content_filter_results: dict[str, Any] | None = None
    """Azure's own: what its filter thinks of the answer."""


class UsualMessage(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A message of an answer that says nothing beyond OpenAI's own fields."""

    role: Literal["assistant"]
    content: str
    refusal: None = None
    annotations: Annotated[list[Any], msgspec.Meta(max_length=0)] | None = None


class UsualChoice(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A whole answer in words alone."""

    index: Literal[0]
    message: UsualMessage
    finish_reason: Literal["stop", "length"]
    logprobs: None = None


class ChatUsage(msgspec.Struct, kw_only=True):
    """Token counts. Cached tokens are inside `prompt_tokens`, reasoning tokens inside `completion_tokens`."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: InputDetails | None = None
    completion_tokens_details: OutputDetails | None = None


class ChatResponse(msgspec.Struct, kw_only=True):
    """A plain response, or one chunk of a stream."""

    id: str | None = None
    model: str | None = None
    choices: list[Choice] | None = None
    usage: ChatUsage | None = None


class UsualResponse(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A plain response in words alone, as OpenAI itself would give it."""

    id: Annotated[str, msgspec.Meta(min_length=1)]
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: Annotated[list[UsualChoice], msgspec.Meta(min_length=1, max_length=1)]
    usage: ChatUsage
    service_tier: str | None = None
    system_fingerprint: str | None = None
