"""Requests: ours to Cohere's chat and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from polydesk.core.messages import (
    ImagePart,
    Message,
    ModelRequest,
    OutputSchema,
    Part,
    ReasoningPart,
    TextPart,
    Tool,
    ToolCallPart,
    ToolChoice,
    ToolResultPart,
)
from polydesk.wire.cohere_chat.parts import cache_unsaid, call_to_wire, contents, parts_from_wire
from polydesk.wire.cohere_chat.shapes import ChatMessage, ChatRequest, ResponseFormat, Thinking
from polydesk.wire.cohere_vectors import DIALECT
from polydesk.wire.function_tools import JSON_OBJECT_NAME, tool_from_wire, tool_to_wire
from polydesk.wire.notes import Notes, Translated, leftovers, merged, options_for
from polydesk.wire.shape import read_shape
from polydesk.wire.tool_messages import failure_unsaid, messages_from_wire, results_apart

SCHEMA_NAME = "output"
"""The name we give an output schema; the dialect has none for it."""
KNOWN = frozenset(ChatRequest.__struct_fields__) | {"stream"}


def request_to_wire(request: ModelRequest, *, stream: bool = False) -> Translated:
    """The body of `POST /v2/chat`. `request.provider_options` are laid over the result."""
    notes = Notes()
    body: dict[str, Any] = {"model": request.model, "messages": _messages(request.messages, notes)}
    body |= _sampling(request, notes) | _tools(request, notes) | _thinking(request, notes)
    if request.output_schema is not None:
        body["response_format"] = _response_format(request.output_schema, notes)
    if stream:
        body["stream"] = True
    options = options_for(DIALECT, request.provider_options, request.options_dialect, notes)
    return notes.on(merged(body, options))


def request_from_wire(body: dict[str, Any]) -> ModelRequest:
    """The request that `body` makes. Whether it asks for a stream is the reader's to see in `stream`.

    Fields that we do not model are kept in `provider_options`. Raises WireError naming the path of what is wrong.
    """
    shape = read_shape(body, ChatRequest)
    choice = {"REQUIRED": ToolChoice(mode="required"), "NONE": ToolChoice(mode="none"), None: None}
    thinking = shape.thinking
    return ModelRequest(
        model=shape.model,
        messages=messages_from_wire(shape.messages, _parts_of),
        max_output_tokens=shape.max_tokens,
        temperature=shape.temperature,
        top_p=shape.p,
        top_k=shape.k,
        presence_penalty=shape.presence_penalty,
        frequency_penalty=shape.frequency_penalty,
        stop=tuple(shape.stop_sequences or ()),
        seed=shape.seed,
        tools=tuple(tool_from_wire(tool.function, strict=shape.strict_tools) for tool in shape.tools or ()),
        tool_choice=choice[shape.tool_choice],
        output_schema=_schema_from_wire(shape.response_format),
        reasoning_effort="none" if thinking is not None and thinking.type == "disabled" else None,
        reasoning_budget_tokens=None if thinking is None else thinking.token_budget,
        provider_options=leftovers(body, KNOWN) | _plain_thinking(thinking),
    )


def _sampling(request: ModelRequest, notes: Notes) -> dict[str, Any]:
    if request.user is not None:
        notes.dropped("user", "Cohere has no field for the end user")
    fields = {
        "max_tokens": request.max_output_tokens,
        "temperature": request.temperature,
        "p": request.top_p,
        "k": request.top_k,
        "presence_penalty": request.presence_penalty,
        "frequency_penalty": request.frequency_penalty,
        "stop_sequences": list(request.stop) or None,
        "seed": request.seed,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _thinking(request: ModelRequest, notes: Notes) -> dict[str, Any]:
    effort, budget = request.reasoning_effort, request.reasoning_budget_tokens
    if effort == "none":
        if budget is not None:
            notes.dropped("reasoning_budget_tokens", "reasoning is switched off")
        return {"thinking": {"type": "disabled"}}
    if budget is not None:
        if effort is not None:
            notes.dropped("reasoning_effort", "Cohere has no efforts; the token budget is sent")
        return {"thinking": {"type": "enabled", "token_budget": budget}}
    if effort is None:
        return {}
    notes.rewritten("reasoning_effort", "Cohere has no efforts; reasoning is switched on without a budget")
    return {"thinking": {"type": "enabled"}}


def _plain_thinking(thinking: Thinking | None) -> dict[str, Any]:
    """Reasoning switched on without a budget, for which our form has no word."""
    on = thinking is not None and thinking.type == "enabled" and thinking.token_budget is None
    return {"thinking": {"type": "enabled"}} if on else {}


def _tools(request: ModelRequest, notes: Notes) -> dict[str, Any]:
    tools, choice = list(request.tools), request.tool_choice
    fields: dict[str, Any] = {}
    if choice is not None:
        if choice.parallel is False:
            notes.dropped("tool_choice.parallel", "Cohere cannot be kept from calling several tools at once")
        if choice.mode == "named":
            notes.emulated("tool_choice.name", "Cohere has no choice by name; only that tool is shown, and required")
            tools = [tool for tool in tools if tool.name == choice.name]
        if choice.mode in ("required", "named"):
            fields["tool_choice"] = "REQUIRED"
        elif choice.mode == "none":
            fields["tool_choice"] = "NONE"
    if not tools:
        return fields
    return fields | {"tools": [_tool(tool, notes) for tool in tools]} | _strictness(tools, notes)


def _strictness(tools: Sequence[Tool], notes: Notes) -> dict[str, Any]:
    marks = {tool.strict for tool in tools}
    if len(marks) > 1:
        notes.rewritten("tools.strict", "Cohere is strict about all tools or none; none is sent")
        return {"strict_tools": False}
    (mark,) = marks
    return {} if mark is None else {"strict_tools": mark}


def _tool(tool: Tool, notes: Notes) -> dict[str, Any]:
    if tool.cache:
        cache_unsaid(f"tools[{tool.name}].cache", notes)
    return tool_to_wire(tool, strict=None)  # it is said of all tools at once


def _response_format(schema: OutputSchema, notes: Notes) -> dict[str, Any]:
    if schema.json_schema is None:
        return {"type": "json_object"}
    if schema.description is not None:
        notes.dropped("output_schema.description", "a format has no description; say it in the prompt")
    if schema.strict is False:
        notes.rewritten("output_schema.strict", "a format is always strict")
    return {"type": "json_object", "json_schema": schema.json_schema}


def _messages(messages: Sequence[Message], notes: Notes) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = []
    for index, message in enumerate(messages):
        path = f"messages[{index}]"
        match message.role:
            case "system" | "developer":
                if message.role == "developer":
                    notes.rewritten(f"{path}.role", "Cohere has no developer role; the words are sent as system")
                result.append({"role": "system", "content": contents(message.parts, path, notes, (TextPart,))})
            case "user":
                result.extend(_user(message.parts, path, notes))
            case "assistant":
                result.append(_assistant(message.parts, path, notes))
    return result


def _user(parts: Sequence[Part], path: str, notes: Notes) -> list[dict[str, Any]]:
    """Tool results are messages of their own here, and come before whatever else the user says."""
    results, others = results_apart(parts, path, notes)
    pictures = [image for part in results for image in part.content if isinstance(image, ImagePart)]
    if pictures:
        notes.emulated(f"{path}.tool_result.image", "tool messages carry text only; the image follows as the user's")
    messages = [_tool_result(part, path, notes) for part in results]
    if others or pictures or not parts:
        content = contents([*pictures, *others], path, notes, (TextPart, ImagePart))
        messages.append({"role": "user", "content": content})
    return messages


def _tool_result(part: ToolResultPart, path: str, notes: Notes) -> dict[str, Any]:
    failure_unsaid(part, path, notes)
    if part.cache:
        cache_unsaid(f"{path}.tool_result.cache", notes)
    said = [piece for piece in part.content if not isinstance(piece, ImagePart)]
    content = contents(said, f"{path}.tool_result", notes, (TextPart,))
    return {"role": "tool", "tool_call_id": part.call_id, "content": content}


def _assistant(parts: Sequence[Part], path: str, notes: Notes) -> dict[str, Any]:
    """Beside tool calls, what the model says is its plan, which has a field of its own."""
    calls = [part for part in parts if isinstance(part, ToolCallPart)]
    said = [part for part in parts if not isinstance(part, ToolCallPart)]
    message: dict[str, Any] = {"role": "assistant"}
    if calls:
        texts = [part for part in said if isinstance(part, TextPart)]
        said = [part for part in said if not isinstance(part, TextPart)]
        if list(parts) != [*said, *texts[:1], *calls]:
            notes.rewritten(path, "what is said beside tool calls is one plan before them, after the reasoning")
        if any(text.cache for text in texts):
            cache_unsaid(f"{path}.cache", notes)
        if texts:
            message["tool_plan"] = "".join(text.text for text in texts)
        message["tool_calls"] = [call_to_wire(call, path, notes) for call in calls]
    if said or not calls:
        message["content"] = contents(said, path, notes, (TextPart, ReasoningPart))
    return message


def _parts_of(message: ChatMessage, index: int) -> list[Part]:
    return parts_from_wire(message)


def _schema_from_wire(shape: ResponseFormat | None) -> OutputSchema | None:
    if shape is None or shape.type == "text":
        return None
    if shape.json_schema is None:
        return OutputSchema(name=JSON_OBJECT_NAME, json_schema=None)
    return OutputSchema(name=SCHEMA_NAME, json_schema=shape.json_schema)
