"""Content: our parts to the chunks and tool calls of Mistral and back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from polydesk.core.messages import (
    DocumentPart,
    ImagePart,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
)
from polydesk.wire import function_tools
from polydesk.wire.images import data_url, document_at, document_url, image_at
from polydesk.wire.mistral_chat.shapes import (
    Chunk,
    DocumentChunk,
    ImageChunk,
    TextChunk,
    ThinkChunk,
    ToolCall,
)
from polydesk.wire.notes import Notes

DIALECT = "mistral_chat"
CALL_ID = re.compile(r"[a-zA-Z0-9]{9}")


def call_to_wire(call: ToolCallPart, path: str, notes: Notes) -> dict[str, Any]:
    """The tool call; what it cannot carry is noted."""
    if call.cache:
        cache_unsaid(f"{path}.tool_call.cache", notes)
    if call.signature is not None:
        notes.dropped(f"{path}.tool_call.signature", "a tool call of Mistral's carries no signature")
    return function_tools.call_to_wire(call) | {"id": call_id_of(call.id, path, notes)}


def call_id_of(call_id: str, path: str, notes: Notes) -> str:
    """`call_id`, or nine letters made from it, always the same, where Mistral would refuse it."""
    if CALL_ID.fullmatch(call_id):
        return call_id
    notes.emulated(f"{path}.tool_call.id", "ids of tool calls have nine letters or digits; one is made from this id")
    return hashlib.sha256(call_id.encode()).hexdigest()[:9]


def contents(
    parts: Sequence[Part], path: str, notes: Notes, kinds: tuple[type[Part], ...]
) -> str | list[dict[str, Any]]:
    """The content of a message that may carry `kinds` of parts; what it cannot carry is noted."""
    chunks = [chunk for part in parts if (chunk := _chunk(part, path, notes, kinds)) is not None]
    return chunks[0]["text"] if len(chunks) == 1 and chunks[0]["type"] == "text" else chunks


def _chunk(part: Part, path: str, notes: Notes, kinds: tuple[type[Part], ...]) -> dict[str, Any] | None:
    if not isinstance(part, kinds):
        notes.dropped(path, f"a message of this role carries no {type(part).__name__}")
        return None
    if not isinstance(part, ReasoningPart) and part.cache:
        cache_unsaid(f"{path}.cache", notes)
    match part:
        case TextPart():
            return {"type": "text", "text": part.text}
        case ImagePart():
            return {"type": "image_url", "image_url": data_url(part)}
        case DocumentPart():
            return _document(part)
        case ReasoningPart():
            return _thinking(part, path, notes)
        case _:
            return None


def cache_unsaid(parameter: str, notes: Notes) -> None:
    """Note a cache mark, for which there is no word."""
    notes.dropped(parameter, "Mistral has no cache marks; it caches beginnings that requests of one key share")


def _document(part: DocumentPart) -> dict[str, Any]:
    chunk = {"type": "document_url", "document_url": document_url(part)}
    return chunk if part.name is None else {**chunk, "document_name": part.name}


def _thinking(part: ReasoningPart, path: str, notes: Notes) -> dict[str, Any] | None:
    if part.redacted_data is not None:
        notes.dropped(f"{path}.reasoning.redacted_data", "only its own provider can read hidden reasoning")
        return None
    if part.id is not None:
        notes.dropped(f"{path}.reasoning.id", "Mistral's reasoning has no ids")
    chunk: dict[str, Any] = {"type": "thinking", "thinking": [{"type": "text", "text": part.text}]}
    if part.signature is not None and part.signed_by in (None, DIALECT):
        chunk["signature"] = part.signature
    elif part.signature is not None:
        notes.dropped(f"{path}.reasoning.signature", f"Mistral cannot read a signature of {part.signed_by}")
    return chunk


def call_from_wire(call: ToolCall) -> ToolCallPart:
    """The tool call."""
    return ToolCallPart(id=call.id or "", name=call.function.name, arguments=arguments_of(call))


def arguments_of(call: ToolCall) -> str:
    """The arguments; those that come as an object are written as JSON text."""
    arguments = call.function.arguments
    return arguments if isinstance(arguments, str) else msgspec.json.encode(arguments).decode()


def parts_from_wire(content: str | list[Chunk] | None) -> list[Part]:
    """The parts that a message's content says; empty text says none."""
    if isinstance(content, str):
        return [TextPart(text=content)] if content else []
    return [part_from_wire(chunk) for chunk in content or ()]


def part_from_wire(chunk: Chunk) -> Part:
    """The part that a content chunk says. Raises WireError for a broken `data:` URL."""
    match chunk:
        case TextChunk():
            return TextPart(text=chunk.text)
        case ImageChunk():
            return image_at(chunk.image_url if isinstance(chunk.image_url, str) else chunk.image_url.url)
        case DocumentChunk():
            return document_at(chunk.document_url, name=chunk.document_name)
        case ThinkChunk():
            return ReasoningPart(text=thought(chunk), signature=chunk.signature)


def thought(chunk: ThinkChunk) -> str:
    """The words of a thinking chunk."""
    return "".join(piece.get("text") or "" for piece in chunk.thinking if piece.get("type") == "text")
