"""Requests: ours to Mistral's chat completions and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, cast

from polydesk.core.messages import (
    DocumentPart,
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
from polydesk.wire.mistral_chat.parts import (
    DIALECT,
    cache_unsaid,
    call_from_wire,
    call_id_of,
    call_to_wire,
    contents,
    parts_from_wire,
)
from polydesk.wire.mistral_chat.shapes import (
    ChatMessage,
    ChatRequest,
    FunctionTool,
    ResponseFormat,
)
from polydesk.wire.notes import Notes, Translated, WireError, leftovers, merged, options_for
from polydesk.wire.shape import read_shape

JSON_OBJECT_NAME = "json"
"""The name we give an output schema that only says "any JSON object"; the dialect has none for it."""
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
BETWEEN = "OK"
"""What the assistant is made to say where a user follows a tool, which Mistral refuses."""
KNOWN = frozenset(ChatRequest.__struct_fields__) | {"tool_choice", "reasoning_effort", "stream"}


def request_to_wire(request: ModelRequest, *, stream: bool = False) -> Translated:
    """The body of `POST /v1/chat/completions`. `request.provider_options` are laid over the result."""
    notes = Notes()
    body: dict[str, Any] = {"model": request.model, "messages": _messages(request.messages, notes)}
    body |= _sampling(request, notes)
    if request.tools:
        body["tools"] = [_tool(tool, notes) for tool in request.tools]
    if request.tool_choice is not None:
        body |= _tool_choice(request.tool_choice)
    if request.output_schema is not None:
        body["response_format"] = _response_format(request.output_schema)
    effort = _effort(request, notes)
    if effort is not None:
        body["reasoning_effort"] = effort
    if stream:
        body["stream"] = True
    options = options_for(DIALECT, request.provider_options, request.options_dialect, notes)
    return notes.on(merged(body, options))


def request_from_wire(body: dict[str, Any]) -> ModelRequest:
    """The request that `body` makes. Whether it asks for a stream is the reader's to see in `stream`.

    Fields that we do not model are kept in `provider_options`. Raises WireError naming the path of what is wrong.
    """
    shape = read_shape(body, ChatRequest)
    options = leftovers(body, KNOWN)
    effort = body.get("reasoning_effort")
    if effort is not None and effort not in EFFORTS:
        options["reasoning_effort"] = effort
    return ModelRequest(
        model=shape.model,
        messages=_messages_from_wire(shape.messages),
        max_output_tokens=shape.max_tokens,
        temperature=shape.temperature,
        top_p=shape.top_p,
        top_k=shape.top_k,
        presence_penalty=shape.presence_penalty,
        frequency_penalty=shape.frequency_penalty,
        stop=(shape.stop,) if isinstance(shape.stop, str) else tuple(shape.stop or ()),
        seed=shape.random_seed,
        tools=tuple(_tool_from_wire(tool) for tool in shape.tools or ()),
        tool_choice=_choice_from_wire(body.get("tool_choice"), shape.parallel_tool_calls),
        output_schema=_schema_from_wire(shape.response_format),
        reasoning_effort=effort if effort in EFFORTS else None,
        provider_options=options,
    )


def _sampling(request: ModelRequest, notes: Notes) -> dict[str, Any]:
    if request.user is not None:
        notes.dropped("user", "Mistral has no field for the end user")
    fields = {
        "max_tokens": request.max_output_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_k": request.top_k,
        "presence_penalty": request.presence_penalty,
        "frequency_penalty": request.frequency_penalty,
        "stop": list(request.stop) or None,
        "random_seed": request.seed,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _effort(request: ModelRequest, notes: Notes) -> str | None:
    budget = request.reasoning_budget_tokens
    if budget is None:
        return request.reasoning_effort
    if request.reasoning_effort is not None:
        notes.dropped("reasoning_budget_tokens", "Mistral has no token budget; the effort is sent")
        return request.reasoning_effort
    effort = "low" if budget <= 2_048 else "medium" if budget <= 8_192 else "high"
    notes.rewritten("reasoning_budget_tokens", f"Mistral has no token budget; sent as effort {effort}")
    return effort


def _messages(messages: Sequence[Message], notes: Notes) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = []
    for index, message in enumerate(messages):
        path = f"messages[{index}]"
        match message.role:
            case "system" | "developer":
                result.append(_instructions(message, path, notes))
            case "user":
                result.extend(_user(message.parts, path, notes))
            case "assistant":
                result.append(_assistant(message.parts, path, notes))
    if result and result[-1]["role"] == "assistant" and "tool_calls" not in result[-1]:
        result[-1]["prefix"] = True
    return _apart(result, notes)


def _apart(messages: list[dict[str, Any]], notes: Notes) -> list[dict[str, Any]]:
    """`messages` with a word of the assistant's wherever a user would follow a tool."""
    result: list[dict[str, Any]] = []
    for message in messages:
        if message["role"] == "user" and result and result[-1]["role"] == "tool":
            notes.emulated("messages", "no user may speak right after a tool; a short answer is put between them")
            result.append({"role": "assistant", "content": BETWEEN})
        result.append(message)
    return result


def _instructions(message: Message, path: str, notes: Notes) -> dict[str, Any]:
    if message.role == "developer":
        notes.rewritten(f"{path}.role", "Mistral has no developer role; the words are sent as system")
    return {"role": "system", "content": contents(message.parts, path, notes, (TextPart,))}


def _user(parts: Sequence[Part], path: str, notes: Notes) -> list[dict[str, Any]]:
    """Tool results are messages of their own here, and come before whatever else the user says."""
    results = [part for part in parts if isinstance(part, ToolResultPart)]
    others = [part for part in parts if not isinstance(part, ToolResultPart)]
    if others and results and not all(isinstance(part, ToolResultPart) for part in parts[: len(results)]):
        notes.rewritten(path, "tool results are moved before the rest of the message")
    messages = [_tool_result(part, path, notes) for part in results]
    if others or not parts:
        kinds = (TextPart, ImagePart, DocumentPart)
        messages.append({"role": "user", "content": contents(others, path, notes, kinds)})
    return messages


def _tool_result(part: ToolResultPart, path: str, notes: Notes) -> dict[str, Any]:
    if part.is_error:
        notes.dropped(f"{path}.tool_result.is_error", "a tool message cannot say that the tool failed")
    if part.cache:
        cache_unsaid(f"{path}.tool_result.cache", notes)
    content = contents(part.content, path, notes, (TextPart, ImagePart, DocumentPart))
    return {"role": "tool", "tool_call_id": call_id_of(part.call_id, path, notes), "content": content}


def _assistant(parts: Sequence[Part], path: str, notes: Notes) -> dict[str, Any]:
    calls = [part for part in parts if isinstance(part, ToolCallPart)]
    said = [part for part in parts if not isinstance(part, ToolCallPart)]
    if said and calls and not isinstance(parts[-1], ToolCallPart):
        notes.rewritten(path, "text is moved before the tool calls")
    message: dict[str, Any] = {"role": "assistant"}
    if said:
        message["content"] = contents(said, path, notes, (TextPart, ReasoningPart))
    elif not calls:
        message["content"] = ""
    if calls:
        message["tool_calls"] = [call_to_wire(call, path, notes) for call in calls]
    return message


def _tool(tool: Tool, notes: Notes) -> dict[str, Any]:
    if tool.cache:
        cache_unsaid(f"tools[{tool.name}].cache", notes)
    function: dict[str, Any] = {"name": tool.name, "parameters": tool.parameters}
    if tool.description is not None:
        function["description"] = tool.description
    if tool.strict is not None:
        function["strict"] = tool.strict
    return {"type": "function", "function": function}


def _tool_choice(choice: ToolChoice) -> dict[str, Any]:
    named = {"type": "function", "function": {"name": choice.name}}
    words = {"auto": "auto", "none": "none", "required": "any", "named": named}
    fields: dict[str, Any] = {"tool_choice": words[choice.mode]}
    if choice.parallel is not None:
        fields["parallel_tool_calls"] = choice.parallel
    return fields


def _response_format(schema: OutputSchema) -> dict[str, Any]:
    if schema.json_schema is None:
        return {"type": "json_object"}
    content: dict[str, Any] = {"name": schema.name, "schema": schema.json_schema}
    if schema.description is not None:
        content["description"] = schema.description
    if schema.strict is not None:
        content["strict"] = schema.strict
    return {"type": "json_schema", "json_schema": content}


def _messages_from_wire(messages: Sequence[ChatMessage]) -> tuple[Message, ...]:
    result: list[Message] = []
    results: list[ToolResultPart] = []
    for index, message in enumerate(messages):
        if message.role == "tool":
            results.append(_result_from_wire(message, index))
            continue
        if results:
            result.append(Message(role="user", parts=tuple(results)))
            results = []
        parts = [*parts_from_wire(message.content), *(call_from_wire(call) for call in message.tool_calls or ())]
        result.append(Message(role=message.role, parts=tuple(parts)))
    if results:
        result.append(Message(role="user", parts=tuple(results)))
    return tuple(result)


def _result_from_wire(message: ChatMessage, index: int) -> ToolResultPart:
    if message.tool_call_id is None:
        raise WireError(f"a tool message needs tool_call_id - at `$.messages[{index}]`")
    content = [
        part for part in parts_from_wire(message.content) if isinstance(part, TextPart | ImagePart | DocumentPart)
    ]
    return ToolResultPart(call_id=message.tool_call_id, content=tuple(content))


def _tool_from_wire(tool: FunctionTool) -> Tool:
    function = tool.function
    return Tool(
        name=function.name,
        description=function.description,
        parameters=function.parameters or {},
        strict=function.strict,
    )


def _choice_from_wire(choice: object, parallel: bool | None) -> ToolChoice | None:
    match choice:
        case None:
            return None if parallel is None else ToolChoice(parallel=parallel)
        case "any" | "required":
            return ToolChoice(mode="required", parallel=parallel)
        case "auto" | "none" as mode:
            return ToolChoice(mode=cast("Literal['auto', 'none']", mode), parallel=parallel)
        case {"function": {"name": str(name)}}:
            return ToolChoice(mode="named", name=name, parallel=parallel)
        case _:
            raise WireError("expected auto, none, any, required or an object with a function - at `$.tool_choice`")


def _schema_from_wire(shape: ResponseFormat | None) -> OutputSchema | None:
    if shape is None or shape.type == "text":
        return None
    if shape.type == "json_object":
        return OutputSchema(name=JSON_OBJECT_NAME, json_schema=None)
    if shape.json_schema is None:
        raise WireError("json_schema is missing - at `$.response_format`")
    schema = shape.json_schema
    return OutputSchema(
        name=schema.name, json_schema=schema.schema, description=schema.description, strict=schema.strict
    )
