"""The JSON of Responses as far as we read it. Fields that we do not name are read over by the parser and kept by the
callers where they can matter."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from polydesk.wire.shape import Count
from polydesk.wire.usage_details import InputDetails, OutputDetails


class Content(msgspec.Struct, kw_only=True):
    """A content part of a message or of a tool's answer, of any type."""

    type: str
    text: str | None = None
    refusal: str | None = None
    image_url: str | None = None
    file_data: str | None = None
    file_url: str | None = None
    file_id: str | None = None
    filename: str | None = None
    prompt_cache_breakpoint: dict[str, Any] | None = None
    annotations: list[dict[str, Any]] | None = None


class Piece(msgspec.Struct, kw_only=True):
    """A piece of a reasoning item's words."""

    text: str = ""


class Item(msgspec.Struct, kw_only=True):
    """An item of the input or of the output, of any type."""

    type: str = "message"
    role: Literal["system", "developer", "user", "assistant"] | None = None
    content: str | list[Content] | None = None
    id: str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    output: str | list[Content] | None = None
    summary: list[Piece] | None = None
    encrypted_content: str | None = None


class TextFormat(msgspec.Struct, kw_only=True):
    """What the answer must be."""

    type: Literal["text", "json_object", "json_schema"]
    name: str | None = None
    description: str | None = None
    schema: dict[str, Any] | None = None
    strict: bool | None = None


class TextConfig(msgspec.Struct, kw_only=True):
    """How the answer is to be written."""

    format: TextFormat | None = None


class ReasoningConfig(msgspec.Struct, kw_only=True):
    """How the model is to reason."""

    effort: str | None = None


class ResponsesRequest(msgspec.Struct, kw_only=True):
    """A request's fields that we model."""

    model: str
    input: str | list[dict[str, Any]] = ""
    instructions: str | None = None
    max_output_tokens: Count | None = None
    temperature: float | None = None
    top_p: float | None = None
    tools: list[dict[str, Any]] | None = None
    parallel_tool_calls: bool | None = None
    text: TextConfig | None = None
    reasoning: ReasoningConfig | None = None
    safety_identifier: str | None = None
    store: bool | None = None
    include: list[str] | None = None


class ResponsesUsage(msgspec.Struct, kw_only=True):
    """Token counts. Cached tokens are inside `input_tokens`, reasoning tokens inside `output_tokens`."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: InputDetails | None = None
    output_tokens_details: OutputDetails | None = None


class IncompleteDetails(msgspec.Struct, kw_only=True):
    """Why an answer stopped early."""

    reason: str | None = None


class Response(msgspec.Struct, kw_only=True):
    """A whole response, or its state in a stream."""

    id: str = ""
    model: str = ""
    status: str | None = None
    output: list[dict[str, Any]] | None = None
    usage: ResponsesUsage | None = None
    error: dict[str, Any] | None = None
    incomplete_details: IncompleteDetails | None = None
