"""Pieces of messages: ours to Gemini's and back."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from typing import Any, cast

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
from polydesk.wire.gemini.shapes import Blob, FileData, FunctionResponse, PartShape
from polydesk.wire.images import base64_of, bytes_of
from polydesk.wire.notes import Notes, WireError
from polydesk.wire.tool_input import tool_input

DIALECT = "gemini"
UNSIGNED = "skip_thought_signature_validator"
"""What Gemini takes in place of a signature for calls that it did not make itself
(https://ai.google.dev/gemini-api/docs/thought-signatures#faqs, checked 2026-11-24)."""


def model_parts(parts: Sequence[Part], path: str, notes: Notes, *, signer: str) -> list[dict[str, Any]]:
    """What the model said, as it is given back. Signatures that are not `signer`'s are left out, with a note."""
    result: list[dict[str, Any]] = []
    for part in parts:
        match part:
            case TextPart():
                _note_cache(cache=part.cache, path=path, notes=notes)
                result.append({"text": part.text})
            case ReasoningPart():
                result += _reasoning(part, path, notes, signer)
            case ToolCallPart():
                result.append(_call(part, path, notes, signer))
            case _:
                notes.dropped(path, f"an assistant message carries no {type(part).__name__}")
    return _with_first_call_signed(result, path, notes)


def user_parts(parts: Sequence[Part], path: str, notes: Notes, *, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """What the user said. `names` are those of the tools by the ids of their calls."""
    result: list[dict[str, Any]] = []
    for part in parts:
        match part:
            case TextPart():
                _note_cache(cache=part.cache, path=path, notes=notes)
                result.append({"text": part.text})
            case ImagePart() | DocumentPart():
                result.append(_media(part, path, notes))
            case ToolResultPart():
                result.append(_result(part, path, notes, names))
            case _:
                notes.dropped(path, f"a user message carries no {type(part).__name__}")
    return result


def answer_parts(parts: Sequence[Part], notes: Notes) -> list[dict[str, Any]]:
    """What the model says, as a server says it."""
    result: list[dict[str, Any]] = []
    for part in parts:
        match part:
            case TextPart():
                result.append({"text": part.text})
            case ReasoningPart(redacted_data=None):
                result.append(thought_part(part.text, part.signature))
            case ToolCallPart():
                result.append(call_part(part, tool_input(part, "parts", notes), part.signature))
            case _:
                notes.dropped("parts", f"an answer carries no {type(part).__name__} of this kind")
    return result


def thought_part(text: str, signature: str | None) -> dict[str, Any]:
    """Reasoning. A signature without words belongs to what stands before it, and is no thought itself."""
    part: dict[str, Any] = {"text": text}
    if text or signature is None:
        part["thought"] = True
    if signature is not None:
        part["thoughtSignature"] = signature
    return part


def call_part(call: ToolCallPart, args: dict[str, Any], signature: str | None) -> dict[str, Any]:
    """A tool call."""
    part: dict[str, Any] = {"functionCall": {"id": call.id, "name": call.name, "args": args}}
    return part if signature is None else {**part, "thoughtSignature": signature}


def parts_from_wire(shape: PartShape, *, call_id: str) -> list[Part]:
    """What a piece says: nothing for a kind that we do not model. `call_id` is for a call that has none of its own.

    Our text carries no signature: that of a text stands behind it, as reasoning without words.
    """
    signature = None if shape.thought_signature == UNSIGNED else shape.thought_signature
    if shape.function_call is not None:
        call = shape.function_call
        if call.partial_args is not None:
            raise WireError("arguments in pieces are not understood - at `$.functionCall.partialArgs`")
        arguments = msgspec.json.encode(call.args).decode()
        return [ToolCallPart(id=call.id or call_id, name=call.name, arguments=arguments, signature=signature)]
    if shape.inline_data is not None or shape.file_data is not None:
        return [_media_from_wire(shape.inline_data, shape.file_data)]
    if shape.thought:
        return [ReasoningPart(text=shape.text or "", signature=signature)]
    said: list[Part] = [TextPart(text=shape.text)] if shape.text else []
    return said if signature is None else [*said, ReasoningPart(text="", signature=signature)]


def result_from_wire(response: FunctionResponse, *, call_id: str) -> ToolResultPart:
    """A tool's answer. What it says beyond `output` and `error` is kept as JSON text."""
    is_error = set(response.response) == {"error"}
    media = [_media_from_wire(part.inline_data, part.file_data) for part in response.parts or ()]
    return ToolResultPart(
        call_id=response.id or call_id, content=(*_texts(response.response), *media), is_error=is_error
    )


def _texts(response: dict[str, Any]) -> list[TextPart]:
    said = next(iter(response.values())) if len(response) == 1 and set(response) <= {"output", "error"} else None
    if isinstance(said, str):
        return [TextPart(text=said)]
    if isinstance(said, list) and all(isinstance(text, str) for text in cast("list[object]", said)):
        return [TextPart(text=text) for text in cast("list[str]", said)]
    return [TextPart(text=msgspec.json.encode(response).decode())] if response else []


def _reasoning(part: ReasoningPart, path: str, notes: Notes, signer: str) -> list[dict[str, Any]]:
    if part.signature is not None and part.signed_by in (None, signer) and part.redacted_data is None:
        return [thought_part(part.text, part.signature)]
    notes.dropped(f"{path}.reasoning", "Gemini takes back only reasoning that it signed")
    return []


def _call(part: ToolCallPart, path: str, notes: Notes, signer: str) -> dict[str, Any]:
    _note_cache(cache=part.cache, path=path, notes=notes)
    is_ours = part.signed_by in (None, signer)
    if part.signature is not None and not is_ours:
        notes.dropped(f"{path}.tool_call.signature", f"Gemini cannot read a signature of {part.signed_by}")
    return call_part(part, tool_input(part, path, notes), part.signature if is_ours else None)


def _with_first_call_signed(parts: list[dict[str, Any]], path: str, notes: Notes) -> list[dict[str, Any]]:
    """The first call of a message must have a signature, or it is refused; the others need none."""
    first = next((index for index, part in enumerate(parts) if "functionCall" in part), None)
    if first is not None and "thoughtSignature" not in parts[first]:
        notes.emulated(f"{path}.tool_call.signature", "Gemini is told that the call was not made by itself")
        parts[first] = {**parts[first], "thoughtSignature": UNSIGNED}
    return parts


def _result(part: ToolResultPart, path: str, notes: Notes, names: Mapping[str, str]) -> dict[str, Any]:
    _note_cache(cache=part.cache, path=path, notes=notes)
    name = names.get(part.call_id)
    if name is None:
        notes.rewritten(f"{path}.tool_result", "no call of that id stands before it; the id is sent as the tool's name")
    texts = [piece.text for piece in part.content if isinstance(piece, TextPart)]
    media = [_media(piece, path, notes) for piece in part.content if not isinstance(piece, TextPart)]
    if media and any(isinstance(piece, TextPart) for piece in part.content[len(texts) :]):
        notes.rewritten(f"{path}.tool_result.content", "texts are moved before images and documents")
    key = "error" if part.is_error else "output"
    response = {key: texts[0] if len(texts) == 1 else texts} if texts or part.is_error else {}
    body: dict[str, Any] = {"id": part.call_id, "name": name or part.call_id, "response": response}
    return {"functionResponse": {**body, "parts": media} if media else body}


def _media(part: ImagePart | DocumentPart, path: str, notes: Notes) -> dict[str, Any]:
    _note_cache(cache=part.cache, path=path, notes=notes)
    if isinstance(part, DocumentPart) and part.name is not None:
        notes.dropped(f"{path}.document.name", "Gemini's files have no names")
    if part.data is not None:
        return {"inlineData": {"mimeType": part.media_type, "data": base64_of(part.data)}}
    body = {"fileUri": part.url, "mimeType": part.media_type}
    return {"fileData": {name: value for name, value in body.items() if value is not None}}


def _media_from_wire(inline: Blob | None, file: FileData | None) -> ImagePart | DocumentPart:
    """An image or, whatever else it is, a document."""
    if inline is not None:
        # Google's own client writes the alphabet for addresses.
        data = bytes_of(inline.data.replace("-", "+").replace("_", "/"))
        if inline.mime_type.startswith("image/"):
            return ImagePart(media_type=inline.mime_type, data=data)
        return DocumentPart(media_type=inline.mime_type, data=data, name=inline.display_name)
    if file is None:
        raise WireError("a file has neither data nor an address - at `$.parts`")
    kind = file.mime_type or mimetypes.guess_type(file.file_uri)[0] or ""
    if kind.startswith("image/"):
        return ImagePart(media_type=file.mime_type, url=file.file_uri)
    return DocumentPart(media_type=file.mime_type, url=file.file_uri, name=file.display_name)


def _note_cache(*, cache: bool, path: str, notes: Notes) -> None:
    if cache:
        notes.emulated(f"{path}.cache", "Gemini caches beginnings that come again by itself, without marks")
