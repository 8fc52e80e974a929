"""The JSON of Gemini as far as we read it. Fields that we do not name are read over by the parser and kept by the
callers where they can matter."""

from __future__ import annotations

from typing import Any

import msgspec


class Shape(msgspec.Struct, kw_only=True, rename="camel"):
    """An object with Gemini's names, which are in camel case."""


class Blob(Shape):
    """Bytes of a file."""

    mime_type: str
    data: str
    display_name: str | None = None


class FileData(Shape):
    """A file's address."""

    file_uri: str
    mime_type: str | None = None
    display_name: str | None = None


class FunctionCall(Shape):
    """A tool call. Its arguments come whole, and older models give it no id."""

    name: str
    args: dict[str, Any] = {}
    id: str | None = None
    partial_args: list[Any] | None = None


class MediaPart(Shape):
    """A file inside a tool's answer."""

    inline_data: Blob | None = None
    file_data: FileData | None = None


class FunctionResponse(Shape):
    """A tool's answer. It need not say which call it answers."""

    name: str
    response: dict[str, Any] = {}
    id: str | None = None
    parts: list[MediaPart] | None = None


class PartShape(Shape):
    """One piece of a message: at most one of the kinds is set."""

    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    inline_data: Blob | None = None
    file_data: FileData | None = None
    function_call: FunctionCall | None = None
    function_response: FunctionResponse | None = None


class ContentShape(Shape):
    """A message; a model's answer may have no parts at all."""

    role: str | None = None
    parts: list[PartShape] | None = None


class Declaration(Shape):
    """A function that the model may ask for. Its parameters are a schema of either kind, or absent."""

    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    parameters_json_schema: dict[str, Any] | None = None


class CallingConfig(Shape):
    """Which tools the model may or must call."""

    mode: str = "AUTO"
    allowed_function_names: list[str] | None = None


class Request(Shape):
    """A request's fields that we model; the model's name is in the address."""

    contents: list[ContentShape]
    system_instruction: ContentShape | None = None


class GenerationConfig(Shape):
    """How the answer is to be written, as far as our form says it in the same words."""

    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    seed: int | None = None
    stop_sequences: list[str] | None = None


class UsageShape(Shape):
    """Token counts. Cached tokens are in the prompt; thoughts are not in the candidates; zeros may be left out."""

    prompt_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    cached_content_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None
    total_token_count: int | None = None


class Candidate(Shape):
    """One answer."""

    content: ContentShape | None = None
    finish_reason: str | None = None


class Feedback(Shape):
    """What was found in the prompt."""

    block_reason: str | None = None


class Response(Shape):
    """A plain answer, and each piece of a streamed one."""

    candidates: list[Candidate] | None = None
    prompt_feedback: Feedback | None = None
    usage_metadata: UsageShape | None = None
    model_version: str = ""
    response_id: str = ""


def names_of(shape: type[Shape]) -> frozenset[str]:
    """The JSON names of a shape's fields."""
    return frozenset(field.encode_name for field in msgspec.structs.fields(shape))
