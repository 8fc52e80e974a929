"""Requests: ours to Chat Completions and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
    ToolResultPart,
)
from polydesk.wire.function_tools import (
    call_to_wire,
    choice_from_wire,
    choice_to_wire,
    format_from_wire,
    format_to_wire,
    tool_from_wire,
    tool_to_wire,
)
from polydesk.wire.images import data_url, document_url, file_name, file_of, image_at
from polydesk.wire.notes import Notes, Translated, WireError, leftovers, merged, options_for
from polydesk.wire.openai_chat.quirks import REASONING_CONTENT, adapted
from polydesk.wire.openai_chat.shapes import (
    ChatMessage,
    ChatRequest,
    Content,
    FileContent,
    ImageContent,
    RefusalContent,
    TextContent,
)
from polydesk.wire.openai_fields import temperature_to_wire, user_from_wire
from polydesk.wire.reasoning import EFFORTS, effort_to_wire
from polydesk.wire.shape import read_shape
from polydesk.wire.tool_messages import failure_unsaid, messages_from_wire, results_apart

DIALECT = "openai_chat"
PDF = "application/pdf"
"""The one kind of document that it takes (https://developers.openai.com/api/docs/guides/file-inputs, checked
2026-11-24)."""
CACHE_HERE = {"mode": "explicit"}
KNOWN = frozenset(ChatRequest.__struct_fields__) | {"tool_choice", "reasoning_effort", "stream", "stream_options"}


def request_to_wire(
    request: ModelRequest, *, stream: bool = False, sampling: bool = True, quirks: frozenset[str] = frozenset()
) -> Translated:
    """The body of `POST /chat/completions`; with `stream`, one that asks for events with usage at their end.

    Without `sampling`, temperature and top_p are left out, for models that refuse them. `quirks` are those of the
    server. `request.provider_options` are laid over the result.
    """
    notes = Notes()
    thoughts = REASONING_CONTENT in quirks
    messages = _messages(request.messages, notes, thoughts=thoughts)
    body: dict[str, Any] = {"model": request.model, "messages": messages}
    body |= _sampling(request, notes, sampling=sampling)
    if request.tools:
        body["tools"] = [_tool(tool, notes) for tool in request.tools]
    if request.tool_choice is not None:
        body |= choice_to_wire(request.tool_choice)
    if request.output_schema is not None:
        body["response_format"] = format_to_wire(request.output_schema)
    budget = request.reasoning_budget_tokens if "enable_thinking" in quirks else None
    effort = (
        request.reasoning_effort if budget is not None else effort_to_wire(request, notes, dialect="Chat Completions")
    )
    if effort is not None:
        body["reasoning_effort"] = effort
    if stream:
        body = streamed(body)
    body = adapted(body, quirks, notes, budget=budget)
    options = options_for(DIALECT, request.provider_options, request.options_dialect, notes)
    return notes.on(merged(body, options))


def streamed(body: dict[str, Any]) -> dict[str, Any]:
    """`body` as one that asks for events with usage at their end."""
    return {**body, "stream": True, "stream_options": {**(body.get("stream_options") or {}), "include_usage": True}}


def request_from_wire(body: dict[str, Any]) -> ModelRequest:
    """The request that `body` makes. Whether it asks for a stream is the reader's to see: `stream`, `stream_options`.

    Fields that we do not model are kept in `provider_options`. Raises WireError naming the path of what is wrong.
    """
    shape = read_shape(body, ChatRequest)
    options = leftovers(body, KNOWN)
    effort = body.get("reasoning_effort")
    if effort is not None and effort not in EFFORTS:
        options["reasoning_effort"] = effort
    said = body.get("tool_choice")
    choice = choice_from_wire(said, name=_named(said), parallel=shape.parallel_tool_calls, options=options)
    limit = shape.max_tokens if shape.max_completion_tokens is None else shape.max_completion_tokens
    return ModelRequest(
        model=shape.model,
        messages=messages_from_wire(shape.messages, _parts_of),
        max_output_tokens=limit,
        temperature=shape.temperature,
        top_p=shape.top_p,
        presence_penalty=shape.presence_penalty,
        frequency_penalty=shape.frequency_penalty,
        stop=(shape.stop,) if isinstance(shape.stop, str) else tuple(shape.stop or ()),
        seed=shape.seed,
        tools=tuple(tool_from_wire(tool.function, strict=tool.function.strict) for tool in shape.tools or ()),
        tool_choice=choice,
        output_schema=format_from_wire(shape.response_format),
        reasoning_effort=effort if effort in EFFORTS else None,
        user=user_from_wire(shape.safety_identifier, options),
        provider_options=options,
    )


def _sampling(request: ModelRequest, notes: Notes, *, sampling: bool) -> dict[str, Any]:
    if request.top_k is not None:
        notes.dropped("top_k", "Chat Completions has no top_k")
    fields = {
        **temperature_to_wire(request, notes, sampling=sampling),
        "max_completion_tokens": request.max_output_tokens,
        "stop": list(request.stop) or None,
        "seed": request.seed,
        "presence_penalty": request.presence_penalty,
        "frequency_penalty": request.frequency_penalty,
        "safety_identifier": request.user,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _messages(messages: Sequence[Message], notes: Notes, *, thoughts: bool) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = []
    for index, message in enumerate(messages):
        path = f"messages[{index}]"
        match message.role:
            case "system" | "developer":
                result.append({"role": message.role, "content": _contents(message.parts, path, notes, files=False)})
            case "user":
                result.extend(_user(message.parts, path, notes))
            case "assistant":
                result.append(_assistant(message.parts, path, notes, thoughts=thoughts))
    return result


def _user(parts: Sequence[Part], path: str, notes: Notes) -> list[dict[str, Any]]:
    """Tool results are messages of their own here, and come before whatever else the user says."""
    results, others = results_apart(parts, path, notes)
    pictures = [file for part in results for file in part.content if not isinstance(file, TextPart)]
    if pictures:
        kind = "image" if any(isinstance(file, ImagePart) for file in pictures) else "document"
        notes.emulated(f"{path}.tool_result.{kind}", f"tool messages carry text only; the {kind} follows as the user's")
    messages = [_tool_result(part, path, notes) for part in results]
    if others or pictures or not parts:
        messages.append({"role": "user", "content": _contents([*pictures, *others], path, notes)})
    return messages


def _tool_result(part: ToolResultPart, path: str, notes: Notes) -> dict[str, Any]:
    failure_unsaid(part, path, notes)
    if part.cache:
        notes.dropped(f"{path}.tool_result.cache", "a tool message has no cache mark")
    texts = [text for text in part.content if isinstance(text, TextPart)]
    return {"role": "tool", "tool_call_id": part.call_id, "content": _contents(texts, path, notes)}


def _assistant(parts: Sequence[Part], path: str, notes: Notes, *, thoughts: bool) -> dict[str, Any]:
    texts = [part for part in parts if isinstance(part, TextPart)]
    calls = [part for part in parts if isinstance(part, ToolCallPart)]
    thought = _thought(parts, path, notes, thoughts=thoughts)
    if any(isinstance(part, ImagePart | DocumentPart | ToolResultPart) for part in parts):
        notes.dropped(path, "an assistant's message carries neither files nor tool results")
    if texts and calls and isinstance(parts[-1], TextPart):
        notes.rewritten(path, "text is moved before the tool calls")
    message: dict[str, Any] = {"role": "assistant", "content": None if not texts else _contents(texts, path, notes)}
    if thought is not None:
        message[REASONING_CONTENT] = thought
    if calls:
        message["tool_calls"] = [_call(call, path, notes) for call in calls]
    return message


def _thought(parts: Sequence[Part], path: str, notes: Notes, *, thoughts: bool) -> str | None:
    """What the assistant thought, for servers that take it back; they want the field wherever there were tool calls."""
    pieces = [part for part in parts if isinstance(part, ReasoningPart)]
    if not thoughts:
        if pieces:
            notes.dropped(f"{path}.reasoning", "Chat Completions takes no reasoning back")
        return None
    if any(part.signature or part.redacted_data or part.id for part in pieces):
        notes.dropped(
            f"{path}.reasoning.signature", "the server's reasoning has no ids, and is neither signed nor hidden"
        )
    called = any(isinstance(part, ToolCallPart) for part in parts)
    return "".join(part.text for part in pieces) if pieces or called else None


def _call(call: ToolCallPart, path: str, notes: Notes) -> dict[str, Any]:
    if call.cache:
        notes.dropped(f"{path}.tool_call.cache", "a tool call has no cache mark")
    if call.signature is not None:
        notes.dropped(f"{path}.tool_call.signature", "Chat Completions has no signed tool calls")
    return call_to_wire(call)


def _contents(parts: Sequence[Part], path: str, notes: Notes, *, files: bool = True) -> str | list[dict[str, Any]]:
    if len(parts) == 1 and isinstance(parts[0], TextPart) and not parts[0].cache:
        return parts[0].text
    contents: list[dict[str, Any]] = []
    for part in parts:
        match part:
            case TextPart():
                contents.append(_marked({"type": "text", "text": part.text}, cache=part.cache))
            case ImagePart() if files:
                content = {"type": "image_url", "image_url": {"url": data_url(part)}}
                contents.append(_marked(content, cache=part.cache))
            case DocumentPart() if files and part.data is not None and part.media_type == PDF:
                file = {"file_data": document_url(part), "filename": file_name(part)}
                contents.append(_marked({"type": "file", "file": file}, cache=part.cache))
            case DocumentPart() if files:
                notes.dropped(
                    path, "Chat Completions takes PDFs that come along, no other documents and no URLs of them"
                )
            case _:
                notes.dropped(path, f"a message of this role carries no {type(part).__name__}")
    return contents


def _marked(content: dict[str, Any], *, cache: bool) -> dict[str, Any]:
    return {**content, "prompt_cache_breakpoint": CACHE_HERE} if cache else content


def _tool(tool: Tool, notes: Notes) -> dict[str, Any]:
    if tool.cache:
        notes.dropped(f"tools[{tool.name}].cache", "a tool has no cache mark; tools are cached with the prompt's start")
    return tool_to_wire(tool, strict=tool.strict)


def _parts_of(message: ChatMessage, index: int) -> list[Part]:
    parts = _parts_from_wire(message.content)
    if message.role != "assistant":
        return parts
    thought = [ReasoningPart(text=message.reasoning_content)] if message.reasoning_content else []
    return [*thought, *parts, *_assistant_extras(message, index)]


def _assistant_extras(message: ChatMessage, index: int) -> list[Part]:
    parts: list[Part] = [TextPart(text=message.refusal)] if message.refusal else []
    for call in message.tool_calls or ():
        if call.id is None or call.function is None or call.function.name is None:
            raise WireError(f"a tool call needs an id and a function with a name - at `$.messages[{index}].tool_calls`")
        parts.append(ToolCallPart(id=call.id, name=call.function.name, arguments=call.function.arguments or ""))
    return parts


def _parts_from_wire(content: str | list[Content] | None) -> list[Part]:
    if content is None:
        return []
    if isinstance(content, str):
        return [TextPart(text=content)]
    return [_part_from_wire(piece) for piece in content]


def _part_from_wire(content: Content) -> Part:
    match content:
        case TextContent():
            return TextPart(text=content.text, cache=content.prompt_cache_breakpoint is not None)
        case ImageContent():
            return image_at(content.image_url.url, cache=content.prompt_cache_breakpoint is not None)
        case FileContent():
            if content.file.file_data is None:
                raise WireError("an uploaded file (file_id) is known to OpenAI alone; send it along - at `$.messages`")
            cache = content.prompt_cache_breakpoint is not None
            return file_of(content.file.file_data, content.file.filename, cache=cache)
        case RefusalContent():
            return TextPart(text=content.refusal)


def _named(choice: object) -> str | None:
    """The name of the tool that `choice` names."""
    match choice:
        case {"type": "function", "function": {"name": str(name)}}:
            return name
        case _:
            return None
