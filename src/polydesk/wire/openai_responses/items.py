"""Our messages as the items of a request's input."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from polydesk.core.messages import (
    DocumentPart,
    ImagePart,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from polydesk.wire.images import data_url, document_url, file_name
from polydesk.wire.notes import Notes

DIALECT = "openai_responses"
CACHE_HERE = {"mode": "explicit"}
SIGNATURE = "signature:"
"""In front of an `encrypted_content` that is the signature of words that stand beside it, as other vendors give one."""
OWN_ID = "rs_polydesk_"
"""In front of ids of reasoning that we made, for Responses demands one; they mean nothing and are not kept."""


def items_of(messages: Sequence[Message], notes: Notes) -> list[dict[str, Any]]:
    """The input that says `messages`. What an item cannot carry is noted."""
    items: list[dict[str, Any]] = []
    for index, message in enumerate(messages):
        path = f"messages[{index}]"
        if message.role == "assistant":
            items += _assistant(message.parts, path, notes)
        else:
            items += _told(message, path, notes)
    return items


def encrypted(part: ReasoningPart) -> str | None:
    """What an item's `encrypted_content` says of `part`; None when its provider gave no proof of it."""
    if part.redacted_data is not None:
        return part.redacted_data
    return None if part.signature is None else SIGNATURE + part.signature


def _told(message: Message, path: str, notes: Notes) -> list[dict[str, Any]]:
    """Items of a system's, developer's or user's message; tool results are items of their own, in their places."""
    items: list[dict[str, Any]] = []
    said: list[Part] = []
    for part in message.parts:
        if isinstance(part, ToolResultPart):
            items += [*_message(message.role, said, path, notes), _result(part, path, notes)]
            said = []
        else:
            said.append(part)
    return [*items, *_message(message.role, said, path, notes)]


def _message(role: str, parts: Sequence[Part], path: str, notes: Notes) -> list[dict[str, Any]]:
    content = _contents(parts, path, notes)
    return [] if content == [] else [{"type": "message", "role": role, "content": content}]


def _contents(parts: Sequence[Part], path: str, notes: Notes) -> str | list[dict[str, Any]]:
    if len(parts) == 1 and isinstance(parts[0], TextPart) and not parts[0].cache:
        return parts[0].text
    contents: list[dict[str, Any]] = []
    for part in parts:
        match part:
            case TextPart():
                contents.append(_marked({"type": "input_text", "text": part.text}, cache=part.cache))
            case ImagePart():
                content = {"type": "input_image", "image_url": data_url(part), "detail": "auto"}
                contents.append(_marked(content, cache=part.cache))
            case DocumentPart():
                contents.append(_marked(_file(part), cache=part.cache))
            case _:
                notes.dropped(path, f"a message of this role carries no {type(part).__name__}")
    return contents


def _file(part: DocumentPart) -> dict[str, Any]:
    if part.data is None:
        named = {} if part.name is None else {"filename": part.name}
        return {"type": "input_file", "file_url": part.url, **named}
    return {"type": "input_file", "file_data": document_url(part), "filename": file_name(part)}


def _marked(content: dict[str, Any], *, cache: bool) -> dict[str, Any]:
    return {**content, "prompt_cache_breakpoint": CACHE_HERE} if cache else content


def _result(part: ToolResultPart, path: str, notes: Notes) -> dict[str, Any]:
    if part.is_error:
        notes.dropped(f"{path}.tool_result.is_error", "a tool's output cannot say that the tool failed")
    if part.cache:
        notes.dropped(f"{path}.tool_result.cache", "a tool's output as a whole has no cache mark")
    output = _contents(part.content, path, notes) if part.content else ""
    return {"type": "function_call_output", "call_id": part.call_id, "output": output}


def _assistant(parts: Sequence[Part], path: str, notes: Notes) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for part in parts:
        match part:
            case TextPart():
                if part.cache:
                    notes.dropped(f"{path}.text.cache", "what the assistant said has no cache mark")
                items.append({"type": "message", "role": "assistant", "content": part.text})
            case ToolCallPart():
                items.append(_call(part, path, notes))
            case ReasoningPart():
                items += _reasoning(part, path, notes)
            case _:
                notes.dropped(path, f"an assistant's message carries no {type(part).__name__}")
    return items


def _call(part: ToolCallPart, path: str, notes: Notes) -> dict[str, Any]:
    if part.cache:
        notes.dropped(f"{path}.tool_call.cache", "a tool call has no cache mark")
    if part.signature is not None:
        notes.dropped(f"{path}.tool_call.signature", "a tool call of OpenAI's carries no signature")
    return {"type": "function_call", "call_id": part.id, "name": part.name, "arguments": part.arguments}


def _reasoning(part: ReasoningPart, path: str, notes: Notes) -> list[dict[str, Any]]:
    if part.redacted_data is None or part.signed_by not in (None, DIALECT):
        notes.dropped(f"{path}.reasoning", "Responses takes back no reasoning but what it has encrypted itself")
        return []
    if part.signature is not None:
        notes.dropped(f"{path}.reasoning.signature", "OpenAI signs no reasoning; the encrypted form is sent")
    return [
        {
            "type": "reasoning",
            "id": part.id or made_id(part.redacted_data),
            "summary": [{"type": "summary_text", "text": part.text}] if part.text else [],
            "encrypted_content": part.redacted_data,
        }
    ]


def made_id(seed: str) -> str:
    """An id for reasoning that has none, always the same for the same `seed`."""
    return OWN_ID + hashlib.sha256(seed.encode()).hexdigest()[:24]
