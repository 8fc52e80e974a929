"""Content blocks: our parts to those of Converse and back."""

from __future__ import annotations

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
    ToolResultPart,
)
from polydesk.wire.bedrock_converse.shapes import Block, File
from polydesk.wire.images import base64_of, bytes_of
from polydesk.wire.notes import Notes, WireError
from polydesk.wire.shape import read_shape
from polydesk.wire.tool_input import tool_input

DIALECT = "bedrock_converse"
CACHE_POINT = {"cachePoint": {"type": "default"}}
FORMATS = {
    "image/png": "png",
    "image/jpeg": "jpeg",
    "image/gif": "gif",
    "image/webp": "webp",
    "application/pdf": "pdf",
    "text/csv": "csv",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/html": "html",
    "text/plain": "txt",
    "text/markdown": "md",
}
MEDIA_TYPES = {form: media_type for media_type, form in FORMATS.items()}
DOCUMENT_NAME = "document"
UNNAMEABLE = re.compile(r"[^A-Za-z0-9\-()\[\] ]+|\s{2,}")
"""What names of documents must not hold."""


def blocks_of(parts: Sequence[Part], path: str, notes: Notes, kinds: tuple[type[Part], ...]) -> list[dict[str, Any]]:
    """The content blocks of parts of those `kinds`, each followed by its cache mark; what is left out is noted."""
    blocks: list[dict[str, Any]] = []
    for part in parts:
        if not isinstance(part, kinds):
            notes.dropped(path, f"a message of this role carries no {type(part).__name__}")
            continue
        block = _block(part, path, notes)
        if block is not None:
            blocks.append(block)
        if not isinstance(part, ReasoningPart) and part.cache:
            blocks.append(CACHE_POINT)
    return blocks


def _block(part: Part, path: str, notes: Notes) -> dict[str, Any] | None:
    match part:
        case TextPart():
            return {"text": part.text} if part.text else None  # Converse refuses empty texts
        case ImagePart():
            return _file("image", part, path, notes)
        case DocumentPart():
            block = _file("document", part, path, notes)
            return None if block is None else {"document": {**block["document"], "name": _name(part, path, notes)}}
        case ReasoningPart():
            return _reasoning(part, path, notes)
        case ToolCallPart():
            return _tool_use(part, path, notes)
        case ToolResultPart():
            return _tool_result(part, path, notes)


def _file(kind: str, part: ImagePart | DocumentPart, path: str, notes: Notes) -> dict[str, Any] | None:
    form = FORMATS.get(part.media_type or "")
    if form is None and part.url is not None:
        ending = part.url.rpartition(".")[2].lower()
        form = ending if ending in MEDIA_TYPES else "jpeg" if ending == "jpg" else None
    if form is None:
        notes.dropped(f"{path}.{kind}", f"Converse takes no {kind} of the kind {part.media_type}")
        return None
    if part.data is not None:
        return {kind: {"format": form, "source": {"bytes": base64_of(part.data)}}}
    if part.url is not None and part.url.startswith("s3://"):
        return {kind: {"format": form, "source": {"s3Location": {"uri": part.url}}}}
    notes.dropped(f"{path}.{kind}", "Converse fetches only from S3; send the bytes")
    return None


def _name(part: DocumentPart, path: str, notes: Notes) -> str:
    if part.name is None:
        return DOCUMENT_NAME
    name = UNNAMEABLE.sub(" ", part.name).strip()
    if name != part.name:
        notes.emulated(f"{path}.document.name", "Converse takes letters, digits, blanks and brackets in names only")
    return name or DOCUMENT_NAME


def _reasoning(part: ReasoningPart, path: str, notes: Notes) -> dict[str, Any] | None:
    if part.signed_by not in (None, DIALECT) and (part.signature is not None or part.redacted_data is not None):
        notes.dropped(f"{path}.reasoning", f"Converse cannot read reasoning that {part.signed_by} signed")
        return None
    if part.id is not None:
        notes.dropped(f"{path}.reasoning.id", "Converse's reasoning has no ids")
    if part.redacted_data is not None:
        return {"reasoningContent": {"redactedContent": part.redacted_data}}
    text: dict[str, Any] = {"text": part.text} | ({} if part.signature is None else {"signature": part.signature})
    return {"reasoningContent": {"reasoningText": text}}


def _tool_use(part: ToolCallPart, path: str, notes: Notes) -> dict[str, Any]:
    if part.signature is not None:
        notes.dropped(f"{path}.tool_call.signature", "a tool call of Converse's carries no signature")
    return {"toolUse": {"toolUseId": part.id, "name": part.name, "input": tool_input(part, path, notes)}}


def _tool_result(part: ToolResultPart, path: str, notes: Notes) -> dict[str, Any]:
    if any(piece.cache for piece in part.content):
        notes.dropped(f"{path}.tool_result.cache", "a cache mark can only stand after the whole result")
    pieces = [_block(piece, f"{path}.tool_result", notes) for piece in part.content]
    result: dict[str, Any] = {"toolUseId": part.call_id, "content": [piece for piece in pieces if piece is not None]}
    if part.is_error:
        result["status"] = "error"
    return {"toolResult": result}


def parts_from_wire(content: Sequence[dict[str, Any]]) -> tuple[Part, ...]:
    """The parts of content blocks. Raises WireError for a kind that we do not know."""
    parts: list[Part] = []
    for item in content:
        block = read_shape(item, Block)
        if block.cache_point is not None:
            if parts and not isinstance(parts[-1], ReasoningPart):
                parts[-1] = msgspec.structs.replace(parts[-1], cache=True)
            continue
        parts.append(_part(block, item))
    return tuple(parts)


def _part(block: Block, item: dict[str, Any]) -> Part:
    match block:
        case Block(text=str(text)):
            return TextPart(text=text)
        case Block(image=File() as image):
            return ImagePart(media_type=_media_type(image), data=_bytes(image), url=_url(image))
        case Block(document=File() as document):
            name = None if document.name == DOCUMENT_NAME else document.name
            return DocumentPart(media_type=_media_type(document), data=_bytes(document), url=_url(document), name=name)
        case _:
            return _part_of_work(block, item)


def _part_of_work(block: Block, item: dict[str, Any]) -> Part:
    if block.tool_use is not None:
        arguments = msgspec.json.encode(block.tool_use.input or {}).decode()
        return ToolCallPart(id=block.tool_use.tool_use_id, name=block.tool_use.name, arguments=arguments)
    if block.tool_result is not None:
        result = block.tool_result
        pieces = parts_from_wire(result.content)
        content = tuple(piece for piece in pieces if isinstance(piece, TextPart | ImagePart | DocumentPart))
        return ToolResultPart(call_id=result.tool_use_id, content=content, is_error=result.status == "error")
    if block.reasoning_content is not None:
        text, hidden = block.reasoning_content.reasoning_text, block.reasoning_content.redacted_content
        if text is not None:
            return ReasoningPart(text=text.text, signature=text.signature)
        return ReasoningPart(text="", redacted_data=hidden)
    if "json" in item:
        return TextPart(text=msgspec.json.encode(block.json).decode())
    raise WireError(f"a content block of an unknown kind: {', '.join(item)} - at `$.messages`")


def _media_type(file: File) -> str | None:
    return MEDIA_TYPES.get(file.format or "")


def _bytes(file: File) -> bytes | None:
    return None if file.source.bytes is None else bytes_of(file.source.bytes)


def _url(file: File) -> str | None:
    return None if file.source.s3_location is None else file.source.s3_location.uri
