"""Content: our parts to the messages of Cohere and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from polydesk.core.messages import (
    ImagePart,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
)
from polydesk.wire import function_tools
from polydesk.wire.cohere_chat.shapes import (
    ChatMessage,
    Content,
    DocumentContent,
    ImageContent,
    TextContent,
    ThinkingContent,
    ToolCall,
)
from polydesk.wire.images import data_url, image_at
from polydesk.wire.notes import Notes, WireError
from polydesk.wire.shape import read_shape


def call_to_wire(call: ToolCallPart, path: str, notes: Notes) -> dict[str, Any]:
    """The tool call; what it cannot carry is noted."""
    if call.cache:
        cache_unsaid(f"{path}.tool_call.cache", notes)
    if call.signature is not None:
        notes.dropped(f"{path}.tool_call.signature", "a tool call of Cohere's carries no signature")
    return function_tools.call_to_wire(call)


def contents(
    parts: Sequence[Part], path: str, notes: Notes, kinds: tuple[type[Part], ...]
) -> str | list[dict[str, Any]]:
    """The content of a message that may carry `kinds` of parts; what it cannot carry is noted."""
    items = [item for part in parts if (item := _item(part, path, notes, kinds)) is not None]
    if not items:
        return ""
    return items[0]["text"] if len(items) == 1 and items[0]["type"] == "text" else items


def _item(part: Part, path: str, notes: Notes, kinds: tuple[type[Part], ...]) -> dict[str, Any] | None:
    if not isinstance(part, kinds):
        notes.dropped(path, f"a message of this role carries no {type(part).__name__}")
        return None
    if not isinstance(part, ReasoningPart) and part.cache:
        cache_unsaid(f"{path}.cache", notes)
    match part:
        case TextPart():
            return {"type": "text", "text": part.text}
        case ImagePart():
            return {"type": "image_url", "image_url": {"url": data_url(part)}}
        case ReasoningPart():
            return _thought(part, path, notes)
        case _:
            return None


def _thought(part: ReasoningPart, path: str, notes: Notes) -> dict[str, Any] | None:
    if part.redacted_data is not None:
        notes.dropped(f"{path}.reasoning.redacted_data", "only its own provider can read hidden reasoning")
        return None
    for name in ("id", "signature"):
        if getattr(part, name) is not None:
            notes.dropped(f"{path}.reasoning.{name}", f"Cohere's reasoning has no {name}")
    return {"type": "thinking", "thinking": part.text}


def cache_unsaid(parameter: str, notes: Notes) -> None:
    """Note a cache mark, for which there is no word."""
    notes.dropped(parameter, "Cohere has no cache marks; it caches by itself")


def parts_from_wire(message: ChatMessage) -> list[Part]:
    """The parts of a message: what it says, the plan of its tool calls, and the calls."""
    parts = [part for part in _said(message.content) if not (isinstance(part, TextPart) and not part.text)]
    if message.tool_plan:
        parts.append(TextPart(text=message.tool_plan))
    return [*parts, *(_call_from_wire(call) for call in message.tool_calls or ())]


def _said(content: str | list[Content] | None) -> list[Part]:
    if isinstance(content, str):
        return [TextPart(text=content)]
    return [_part_from_wire(item) for item in content or ()]


def _part_from_wire(item: Content) -> Part:
    match item:
        case TextContent():
            return TextPart(text=item.text)
        case ImageContent():
            return image_at(item.image_url.url)
        case ThinkingContent():
            return ReasoningPart(text=item.thinking)
        case DocumentContent():
            return TextPart(text=_document_text(item.document))


def _document_text(document: dict[str, Any]) -> str:
    """The words of a document to be cited, whose data is a string or an object of strings."""
    data: object = document.get("data", "")
    return (
        data
        if isinstance(data, str)
        else "\n".join(f"{name}: {value}" for name, value in read_shape(data, dict[str, Any]).items())
    )


def _call_from_wire(call: ToolCall) -> ToolCallPart:
    if call.id is None or call.function is None or call.function.name is None:
        raise WireError("a tool call needs an id and a function with a name - at `$.tool_calls`")
    return ToolCallPart(id=call.id, name=call.function.name, arguments=call.function.arguments or "")
