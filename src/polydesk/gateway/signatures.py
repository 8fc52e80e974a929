"""Proofs of reasoning on their way through a client that speaks another dialect than the model.

A client gives back a signature in the next turn, perhaps to another model, and only the one that signed can read it. So
a signature that leaves by the door of another dialect carries the name of its own in front, and is sent on to no other.
A tool call has no field for it in any dialect of a door, but its id comes back whatever the client is: it goes there.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from polydesk.core.messages import (
    Message,
    ModelRequest,
    ModelResponse,
    Part,
    ReasoningPart,
    ToolCallPart,
    ToolResultPart,
)
from polydesk.core.streams import ReasoningDelta, StreamEvent, ToolCallStarted

MARK = "polydesk:"
ID_MARK = "__polydesk_"
"""Behind a tool call's own id, and before its signature in letters that every dialect takes in an id."""
ReasoningT = TypeVar("ReasoningT", bound=ReasoningPart | ReasoningDelta)
CallT = TypeVar("CallT", bound=ToolCallPart | ToolCallStarted)


def sealed_events(events: Sequence[StreamEvent], dialect: str) -> Sequence[StreamEvent]:
    """`events` of a model of `dialect`, with its name on every signature."""
    if not any(isinstance(event, ReasoningDelta | ToolCallStarted) for event in events):
        return events
    return [_sealed_event(event, dialect) for event in events]


def sealed_response(response: ModelResponse, dialect: str) -> ModelResponse:
    """`response` of a model of `dialect`, with its name on every signature."""
    parts = tuple(_sealed_part(part, dialect) for part in response.parts)
    return msgspec.structs.replace(response, parts=parts, original=None)


def unsealed(request: ModelRequest) -> ModelRequest:
    """`request` with each signature given back to the dialect that it names.

    A request with such a signature no longer is what its client sent, for no provider could read it.
    """
    if not any(message.role == "assistant" and any(map(_is_sealed, message.parts)) for message in request.messages):
        return request
    messages = tuple(_unsealed_message(message) for message in request.messages)
    return msgspec.structs.replace(request, messages=messages, original=None)


def _sealed_event(event: StreamEvent, dialect: str) -> StreamEvent:
    match event:
        case ReasoningDelta():
            return _sealed_reasoning(event, dialect)
        case ToolCallStarted():
            return _sealed_call(event, dialect)
        case _:
            return event


def _sealed_part(part: Part, dialect: str) -> Part:
    match part:
        case ReasoningPart():
            return _sealed_reasoning(part, dialect)
        case ToolCallPart():
            return _sealed_call(part, dialect)
        case _:
            return part


def _sealed_reasoning(part: ReasoningT, dialect: str) -> ReasoningT:
    name = f"{MARK}{dialect}:"
    signature = None if part.signature is None else name + part.signature
    redacted = None if part.redacted_data is None else name + part.redacted_data
    return msgspec.structs.replace(part, signature=signature, redacted_data=redacted)


def _sealed_call(part: CallT, dialect: str) -> CallT:
    if part.signature is None:
        return part
    seal = base64.urlsafe_b64encode(f"{dialect}:{part.signature}".encode("utf-8", "surrogatepass")).decode().rstrip("=")
    return msgspec.structs.replace(part, id=f"{part.id}{ID_MARK}{seal}", signature=None)


def _is_sealed(part: Part) -> bool:
    match part:
        case ReasoningPart():
            return (part.signature or "").startswith(MARK) or (part.redacted_data or "").startswith(MARK)
        case ToolCallPart():
            return ID_MARK in part.id
        case ToolResultPart():
            return ID_MARK in part.call_id
        case _:
            return False


def _unsealed_message(message: Message) -> Message:
    return msgspec.structs.replace(message, parts=tuple(map(_unsealed, message.parts)))


def _unsealed(part: Part) -> Part:
    match part:
        case ReasoningPart() if _is_sealed(part):
            dialect, signature = _opened(part.signature)
            other, redacted = _opened(part.redacted_data)
            return msgspec.structs.replace(
                part, signature=signature, redacted_data=redacted, signed_by=dialect or other
            )
        case ToolCallPart():
            id, dialect, signature = _opened_id(part.id)
            if dialect is None:
                return part
            return msgspec.structs.replace(part, id=id, signature=signature, signed_by=dialect)
        case ToolResultPart():
            return msgspec.structs.replace(part, call_id=_opened_id(part.call_id)[0])
        case _:
            return part


def _opened(text: str | None) -> tuple[str | None, str | None]:
    if text is None or not text.startswith(MARK):
        return None, text
    dialect, _, rest = text.removeprefix(MARK).partition(":")
    return dialect, rest


def _opened_id(id: str) -> tuple[str, str | None, str | None]:
    """A call's own id, and the dialect and signature behind it; an id that only looks so is left as it is."""
    own, mark, seal = id.rpartition(ID_MARK)
    if not mark:
        return id, None, None
    try:
        said = base64.b64decode(seal + "=" * (-len(seal) % 4), altchars=b"-_", validate=True)
        dialect, colon, signature = said.decode("utf-8", "surrogatepass").partition(":")
    except (binascii.Error, UnicodeError, ValueError):
        return id, None, None
    return (own, dialect, signature) if colon else (id, None, None)
