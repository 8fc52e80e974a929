"""The items of a request's input as our messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from polydesk.core.messages import (
    DocumentPart,
    ImagePart,
    Message,
    Part,
    ReasoningPart,
    Role,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from polydesk.wire.images import file_of, image_at
from polydesk.wire.notes import WireError
from polydesk.wire.openai_responses.items import OWN_ID, SIGNATURE
from polydesk.wire.openai_responses.shapes import Content, Item
from polydesk.wire.shape import read_shape

Kind = Role | Literal["results"]
JOINED = ("assistant", "results")


def messages_of(items: Sequence[dict[str, Any]], *, same_dialect: bool) -> tuple[Message, ...]:
    """The messages that `items` are; neighbouring items of the assistant are one, and so are neighbouring tool results.

    With `same_dialect`, items of hosted tools are read over; without, they raise WireError.
    """
    messages: list[Message] = []
    before: Kind | None = None
    for index, body in enumerate(items):
        path = f"$.input[{index}]"
        kind, parts = _read(read_shape(body, Item), path, same_dialect=same_dialect)
        if kind is None:
            continue
        if kind == before and kind in JOINED:
            messages[-1] = Message(role=messages[-1].role, parts=(*messages[-1].parts, *parts))
        else:
            messages.append(Message(role="user" if kind == "results" else kind, parts=tuple(parts)))
        before = kind
    return tuple(messages)


def _read(item: Item, path: str, *, same_dialect: bool) -> tuple[Kind | None, list[Part]]:
    """The kind of message that an item belongs to, and its parts; None for one that is read over."""
    if item.type == "message":
        if item.role is None:
            raise WireError(f"a message needs a role - at `{path}`")
        return item.role, parts_of(item.content, path)
    if item.type == "function_call_output":
        return "results", [_result(item, path)]
    if item.type == "function_call":
        return "assistant", [call_part(item, path)]
    if item.type == "reasoning":
        return "assistant", [reasoning_part(item)]
    if same_dialect:
        return None, []
    raise WireError(f"items of the type {item.type} are known to OpenAI alone - at `{path}`")


def call_part(item: Item, path: str) -> ToolCallPart:
    """The tool call that `item` is. Raises WireError."""
    if item.call_id is None or item.name is None:
        raise WireError(f"a function call needs a call_id and a name - at `{path}`")
    return ToolCallPart(id=item.call_id, name=item.name, arguments=item.arguments or "")


def reasoning_part(item: Item) -> ReasoningPart:
    """The reasoning that `item` is."""
    proof = item.encrypted_content
    signed = proof is not None and proof.startswith(SIGNATURE)
    return ReasoningPart(
        text=words_of(item),
        id=None if item.id is None or item.id.startswith(OWN_ID) else item.id,
        signature=proof.removeprefix(SIGNATURE) if proof is not None and signed else None,
        redacted_data=None if signed else proof,
    )


def words_of(item: Item) -> str:
    """What a reasoning item says: its summary and, where a server shows it, the reasoning itself."""
    said = item.content if isinstance(item.content, list) else []
    return "\n\n".join([*(piece.text for piece in item.summary or ()), *(content.text or "" for content in said)])


def _result(item: Item, path: str) -> ToolResultPart:
    if item.call_id is None:
        raise WireError(f"a function's output needs a call_id - at `{path}`")
    said = parts_of(item.output or None, path)
    content = tuple(part for part in said if isinstance(part, TextPart | ImagePart | DocumentPart))
    return ToolResultPart(call_id=item.call_id, content=content)


def parts_of(content: str | list[Content] | None, path: str) -> list[Part]:
    """The parts that a message's content is. Raises WireError."""
    if content is None:
        return []
    if isinstance(content, str):
        return [TextPart(text=content)]
    return [_part(piece, f"{path}.content[{index}]") for index, piece in enumerate(content)]


def _part(content: Content, path: str) -> Part:
    cache = content.prompt_cache_breakpoint is not None
    match content.type:
        case "input_text" | "output_text":
            return TextPart(text=content.text or "", cache=cache)
        case "refusal":
            return TextPart(text=content.refusal or "")
        case "input_image" if content.image_url is not None:
            return image_at(content.image_url, cache=cache)
        case "input_file" if content.file_data is not None:
            return file_of(content.file_data, content.filename, cache=cache)
        case "input_file" if content.file_url is not None:
            return DocumentPart(url=content.file_url, name=content.filename, cache=cache)
        case "input_image" | "input_file":
            raise WireError(f"an uploaded file (file_id) is known to OpenAI alone; send it along - at `{path}`")
        case _:
            raise WireError(f"content of the type {content.type} cannot be read - at `{path}`")
