"""Tools and which of them the model may call: ours to Gemini's and back."""

from __future__ import annotations

from typing import Any, cast

from polydesk.core.messages import ModelRequest, Tool, ToolChoice
from polydesk.wire.gemini.schemas import json_schema_of
from polydesk.wire.gemini.shapes import CallingConfig, Declaration
from polydesk.wire.notes import Notes, WireError, leftovers
from polydesk.wire.shape import read_shape

MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY", "named": "ANY"}
HELD_TO_SCHEMAS = "VALIDATED"
"""Calls or text, as in AUTO, but every call obeys its schema."""
FUNCTIONS = "functionDeclarations"


def tools_to_wire(request: ModelRequest, notes: Notes) -> dict[str, Any]:
    """The fields `tools` and `toolConfig`; those of them that are needed."""
    fields: dict[str, Any] = {}
    if request.tools:
        fields["tools"] = [{FUNCTIONS: [_declaration(tool, notes) for tool in request.tools]}]
    calling = _calling(request, notes)
    if calling:
        fields["toolConfig"] = {"functionCallingConfig": calling}
    return fields


def tools_from_wire(tools: object, config: object, kept: dict[str, Any]) -> tuple[tuple[Tool, ...], ToolChoice | None]:
    """The functions and the choice. The vendor's own tools, and what else is said of tools, are kept."""
    functions = _functions(tools, kept)
    said = read_shape(config or {}, dict[str, Any])
    calling = said.pop("functionCallingConfig", None)
    if any(value is not None for value in said.values()):
        kept["toolConfig"] = said
    if calling is None:
        return functions, None
    shape = read_shape(calling, CallingConfig)
    mode = shape.mode.upper()
    if mode == HELD_TO_SCHEMAS:
        return tuple(_strict(tool) for tool in functions), ToolChoice()
    return functions, _choice(mode, shape.allowed_function_names or [], kept)


def with_other_tools(body: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """`options` without the vendor's own tools, which are put beside the functions of `body` instead."""
    others = options.get("tools")
    if not isinstance(others, list):
        return options
    body["tools"] = [*body.get("tools", []), *cast("list[Any]", others)]
    return {name: value for name, value in options.items() if name != "tools"}


def _declaration(tool: Tool, notes: Notes) -> dict[str, Any]:
    if tool.cache:
        notes.emulated(f"tools.{tool.name}.cache", "Gemini caches beginnings that come again by itself, without marks")
    body = {"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.parameters}
    return {name: value for name, value in body.items() if value is not None}


def _calling(request: ModelRequest, notes: Notes) -> dict[str, Any]:
    choice = request.tool_choice
    if choice is not None and choice.parallel is False:
        notes.dropped("tool_choice.parallel", "Gemini may always call several tools at once")
    strict = [tool for tool in request.tools if tool.strict]
    if strict and (choice is None or choice.mode == "auto"):
        if len(strict) < len(request.tools):
            notes.emulated("tools.strict", "Gemini holds all tools to their schemas or none; all are held")
        return {"mode": HELD_TO_SCHEMAS}
    if choice is None:
        return {}
    named = {} if choice.name is None else {"allowedFunctionNames": [choice.name]}
    return {"mode": MODES[choice.mode], **named}


def _functions(tools: object, kept: dict[str, Any]) -> tuple[Tool, ...]:
    functions: list[Tool] = []
    others: list[dict[str, Any]] = []
    for entry in read_shape(tools or [], list[dict[str, Any]]):
        declared = read_shape(entry.get(FUNCTIONS) or [], list[Declaration])
        functions += [_function(one) for one in declared]
        rest = leftovers(entry, frozenset({FUNCTIONS}))
        if rest:
            others.append(rest)
    if others:
        kept["tools"] = others
    return tuple(functions)


def _function(shape: Declaration) -> Tool:
    schema = shape.parameters_json_schema
    if schema is None:
        schema = json_schema_of(shape.parameters or {"type": "object", "properties": {}})
    return Tool(name=shape.name, description=shape.description, parameters=schema)


def _strict(tool: Tool) -> Tool:
    return Tool(name=tool.name, description=tool.description, parameters=tool.parameters, strict=True)


def _choice(mode: str, names: list[str], kept: dict[str, Any]) -> ToolChoice:
    match mode, names:
        case "ANY", [name]:
            return ToolChoice(mode="named", name=name)
        case "ANY", _:
            if names:
                kept.setdefault("toolConfig", {})["functionCallingConfig"] = {
                    "mode": "ANY",
                    "allowedFunctionNames": names,
                }
            return ToolChoice(mode="required")
        case "NONE", _:
            return ToolChoice(mode="none")
        case "AUTO" | "MODE_UNSPECIFIED", _:
            return ToolChoice()
        case _:
            raise WireError(f"{mode} is no mode of calling - at `$.toolConfig.functionCallingConfig.mode`")
