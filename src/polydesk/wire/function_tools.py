"""Tools, tool calls and formats of answers as Chat Completions words them, and the vendors that took over its words."""

from __future__ import annotations

from typing import Any, Literal, Protocol, cast

import msgspec

from polydesk.core.messages import OutputSchema, Tool, ToolCallPart, ToolChoice
from polydesk.wire.notes import WireError

JSON_OBJECT_NAME = "json"
"""The name we give an output schema that only says "any JSON object"; the dialects have none for it."""


class CalledFunction(msgspec.Struct, kw_only=True):
    """A called function's name and arguments; both may come in pieces."""

    name: str | None = None
    arguments: str | None = None


class FunctionDefinition(msgspec.Struct, kw_only=True):
    """A function that the model may call."""

    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None


class StrictFunctionDefinition(FunctionDefinition, kw_only=True):
    """A function that says for itself whether its arguments are held to its schema."""

    strict: bool | None = None


class NamedSchema(Protocol):
    """A schema for the answer, as it was read."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str | None: ...
    @property
    def schema(self) -> dict[str, Any] | None: ...
    @property
    def strict(self) -> bool | None: ...


class ResponseFormat(Protocol):
    """What the answer must be, as it was read."""

    @property
    def type(self) -> Literal["text", "json_object", "json_schema"]: ...
    @property
    def json_schema(self) -> NamedSchema | None: ...


def tool_to_wire(tool: Tool, *, strict: bool | None) -> dict[str, Any]:
    """The function; `strict` None says nothing of it."""
    function: dict[str, Any] = {"name": tool.name, "parameters": tool.parameters}
    if tool.description is not None:
        function["description"] = tool.description
    if strict is not None:
        function["strict"] = strict
    return {"type": "function", "function": function}


def tool_from_wire(function: FunctionDefinition, *, strict: bool | None) -> Tool:
    """The tool that `function` is."""
    return Tool(
        name=function.name, description=function.description, parameters=function.parameters or {}, strict=strict
    )


def call_to_wire(call: ToolCallPart) -> dict[str, Any]:
    """The tool call, but for a cache mark and a signature, for which there are no words."""
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def choice_to_wire(choice: ToolChoice, *, required: str = "required") -> dict[str, Any]:
    """The fields that say which tools may be called; `required` is the word for any of them."""
    named = {"type": "function", "function": {"name": choice.name}}
    words = {"auto": "auto", "none": "none", "required": required, "named": named}
    return {"tool_choice": words[choice.mode]} | parallel_to_wire(choice)


def parallel_to_wire(choice: ToolChoice) -> dict[str, Any]:
    """The field that says whether several tools may be called at once, where `choice` does."""
    return {} if choice.parallel is None else {"parallel_tool_calls": choice.parallel}


def choice_from_wire(
    choice: object, *, name: str | None, parallel: bool | None, options: dict[str, Any]
) -> ToolChoice | None:
    """Our tool choice; a form that we do not model goes to `options` instead.

    `name` is that of the tool that `choice` names, None when it names none. Raises WireError.
    """
    if name is not None:
        return ToolChoice(mode="named", name=name, parallel=parallel)
    match choice:
        case None:
            return None if parallel is None else ToolChoice(parallel=parallel)
        case "auto" | "none" | "required" as mode:
            return ToolChoice(mode=cast("Literal['auto', 'none', 'required']", mode), parallel=parallel)
        case {"type": str()}:
            options["tool_choice"] = cast("dict[str, Any]", choice)
            return None if parallel is None else ToolChoice(parallel=parallel)
        case _:
            raise WireError("expected auto, none, required or an object with a type - at `$.tool_choice`")


def schema_to_wire(schema: OutputSchema) -> dict[str, Any]:
    """The schema with its name and all that is said of it."""
    content: dict[str, Any] = {"name": schema.name, "schema": schema.json_schema}
    if schema.description is not None:
        content["description"] = schema.description
    if schema.strict is not None:
        content["strict"] = schema.strict
    return content


def format_to_wire(schema: OutputSchema) -> dict[str, Any]:
    """The `response_format`."""
    if schema.json_schema is None:
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": schema_to_wire(schema)}


def format_from_wire(shape: ResponseFormat | None) -> OutputSchema | None:
    """What the answer must be; None when it may be any text. Raises WireError for a schema that is not there."""
    if shape is None or shape.type == "text":
        return None
    if shape.type == "json_object":
        return OutputSchema(name=JSON_OBJECT_NAME, json_schema=None)
    schema = shape.json_schema
    if schema is None:
        raise WireError("json_schema is missing - at `$.response_format`")
    return OutputSchema(
        name=schema.name, json_schema=schema.schema or {}, description=schema.description, strict=schema.strict
    )
