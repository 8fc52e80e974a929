"""Requests: ours to Mistral's chat completions and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, cast

from polydesk.core.messages import (
    DocumentPart,
    ImagePart,
    Message,
    ModelRequest,
    Part,
    ReasoningPart,
    TextPart,
    Tool,
    ToolCallPart,
    ToolChoice,
    ToolResultPart,
)
from polydesk.wire.function_tools import (
    choice_to_wire,
    format_from_wire,
    format_to_wire,
    tool_from_wire,
    tool_to_wire,
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
from polydesk.wire.mistral_chat.shapes import ChatMessage, ChatRequest
from polydesk.wire.notes import Notes, Translated, WireError, leftovers, merged, options_for
from polydesk.wire.reasoning import EFFORTS, effort_to_wire
from polydesk.wire.shape import read_shape
from polydesk.wire.tool_messages import failure_unsaid, messages_from_wire, results_apart

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
        body |= choice_to_wire(request.tool_choice, required="any")
    if request.output_schema is not None:
        body["response_format"] = format_to_wire(request.output_schema)
    effort = effort_to_wire(request, notes, dialect="Mistral")
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
        messages=messages_from_wire(shape.messages, _parts_of),
        max_output_tokens=shape.max_tokens,
        temperature=shape.temperature,
        top_p=shape.top_p,
        top_k=shape.top_k,
        presence_penalty=shape.presence_penalty,
        frequency_penalty=shape.frequency_penalty,
        stop=(shape.stop,) if isinstance(shape.stop, str) else tuple(shape.stop or ()),
        seed=shape.random_seed,
        tools=tuple(tool_from_wire(tool.function, strict=tool.function.strict) for tool in shape.tools or ()),
        tool_choice=_choice_from_wire(body.get("tool_choice"), shape.parallel_tool_calls),
        output_schema=format_from_wire(shape.response_format),
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
    results, others = results_apart(parts, path, notes)
    messages = [_tool_result(part, path, notes) for part in results]
    if others or not parts:
        kinds = (TextPart, ImagePart, DocumentPart)
        messages.append({"role": "user", "content": contents(others, path, notes, kinds)})
    return messages


def _tool_result(part: ToolResultPart, path: str, notes: Notes) -> dict[str, Any]:
    failure_unsaid(part, path, notes)
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
    return tool_to_wire(tool, strict=tool.strict)


def _parts_of(message: ChatMessage, index: int) -> list[Part]:
    return [*parts_from_wire(message.content), *(call_from_wire(call) for call in message.tool_calls or ())]


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
