"""Proofs of reasoning on their way through a client that speaks another dialect than the model.

A client gives back a signature in the next turn, perhaps to another model, and only the one that signed can read it. So
a signature that leaves by the door of another dialect carries the name of its own in front, and is sent on to no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from polydesk.core.messages import Message, ModelRequest, ModelResponse, Part, ReasoningPart, ToolCallPart
from polydesk.core.streams import ReasoningDelta, StreamEvent, ToolCallStarted

MARK = "polydesk:"
SignedT = TypeVar("SignedT", bound=ReasoningPart | ToolCallPart | ReasoningDelta | ToolCallStarted)


def sealed_events(events: Sequence[StreamEvent], dialect: str) -> Sequence[StreamEvent]:
    """`events` of a model of `dialect`, with its name on every signature."""
    if not any(isinstance(event, ReasoningDelta | ToolCallStarted) for event in events):
        return events
    return [
        _sealed(event, dialect) if isinstance(event, ReasoningDelta | ToolCallStarted) else event for event in events
    ]


def sealed_response(response: ModelResponse, dialect: str) -> ModelResponse:
    """`response` of a model of `dialect`, with its name on every signature."""
    parts = tuple(
        _sealed(part, dialect) if isinstance(part, ReasoningPart | ToolCallPart) else part for part in response.parts
    )
    return msgspec.structs.replace(response, parts=parts)


def unsealed(request: ModelRequest) -> ModelRequest:
    """`request` with each signature given back to the dialect that it names.

    A request with such a signature no longer is what its client sent, for no provider could read it.
    """
    if not any(_is_sealed(part) for message in request.messages for part in message.parts):
        return request
    messages = tuple(_unsealed_message(message) for message in request.messages)
    return msgspec.structs.replace(request, messages=messages, original=None)


def _sealed(part: SignedT, dialect: str) -> SignedT:
    name = f"{MARK}{dialect}:"
    signature = None if part.signature is None else name + part.signature
    if isinstance(part, ReasoningPart | ReasoningDelta) and part.redacted_data is not None:
        return msgspec.structs.replace(part, signature=signature, redacted_data=name + part.redacted_data)
    return part if signature is None else msgspec.structs.replace(part, signature=signature)


def _is_sealed(part: Part) -> bool:
    if not isinstance(part, ReasoningPart | ToolCallPart):
        return False
    redacted = part.redacted_data if isinstance(part, ReasoningPart) else None
    return (part.signature or "").startswith(MARK) or (redacted or "").startswith(MARK)


def _unsealed_message(message: Message) -> Message:
    return msgspec.structs.replace(message, parts=tuple(_unsealed(part) for part in message.parts))


def _unsealed(part: Part) -> Part:
    if not _is_sealed(part):
        return part
    assert isinstance(part, ReasoningPart | ToolCallPart)
    dialect, signature = _opened(part.signature)
    if isinstance(part, ToolCallPart):
        return msgspec.structs.replace(part, signature=signature, signed_by=dialect)
    other, redacted = _opened(part.redacted_data)
    return msgspec.structs.replace(part, signature=signature, redacted_data=redacted, signed_by=dialect or other)


def _opened(text: str | None) -> tuple[str | None, str | None]:
    if text is None or not text.startswith(MARK):
        return None, text
    dialect, _, rest = text.removeprefix(MARK).partition(":")
    return dialect, rest
