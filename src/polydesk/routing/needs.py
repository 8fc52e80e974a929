"""What a call needs from a model, and what its user has chosen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from polydesk.catalog.card import DataClass
from polydesk.core.messages import (
    DocumentPart,
    ImagePart,
    Message,
    ModelRequest,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)

Order = Literal["ranked", "listed", "cheapest", "fastest"]
"""How permitted models follow each other: by quality for cost, as they are listed, by expected cost, or by how soon
they have begun to answer lately."""

_BYTES_PER_TOKEN = 3
"""On the safe side: English has about four bytes to a token, other languages and code fewer."""
_TOKENS_PER_IMAGE = 1_600
"""About the most that a vendor counts for one picture of ordinary size."""
_TOKENS_PER_DOCUMENT = 10_000
"""A PDF of a few pages: a document that is only referred to does not show its length."""
_BYTES_PER_DOCUMENT_TOKEN = 25
"""A page of an ordinary PDF has about 50 kilobytes and counts for about 2,000 tokens."""
_TOKENS_PER_MESSAGE = 8
"""What chat templates put around a message."""


class Needs(msgspec.Struct, frozen=True, kw_only=True):
    """What a model must be able to do for a call."""

    input_tokens: int
    """Estimate of what it will read."""
    output_tokens: int | None = None
    """The most it may have to write; None when any model's own limit will do."""
    images: bool = False
    documents: bool = False
    tools: bool = False
    output_schema: bool = False
    kind: Literal["chat", "embedding", "rerank"] = "chat"


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What a user has decided about models. The default leaves everything open."""

    model: str | None = None
    """A card's id (`provider/name`), its name, its family, or a provider: only what matches may be asked. None permits
    all."""
    models: tuple[str, ...] = ()
    """The same for several, in the order that `listed` follows: what matches none of them is not asked. Empty permits
    all."""
    order: Order = "ranked"
    quality_floor: float = 0.0
    """Share of the best permitted model's quality, 0 to 1, below which no model is asked."""
    max_steps: int | None = None
    """How many models are asked at most, one after the other; None leaves it to the caller."""
    excluded_providers: frozenset[str] = frozenset()
    """Providers that may not be asked."""
    permitted_models: frozenset[str] | None = None
    """Ids or names of the only models that may be asked; None permits all."""
    permitted_providers: frozenset[str] | None = None
    """Names of the only providers that may be asked; None permits all."""
    data_class: DataClass = "internal"
    """How widely what is sent may be known; a provider must be permitted to see such data."""


class Available(msgspec.Struct, frozen=True, kw_only=True):
    """What this machine can reach now."""

    providers: frozenset[str]
    """Names of the providers that are built and, where they need one, have a credential."""
    weights: frozenset[str]
    """Card ids of the models whose weights are on this machine; matters only where a provider runs in the process."""


def needs_of(request: ModelRequest) -> Needs:
    """The needs that `request` itself shows, with its length estimated on the safe side."""
    parts = _all_parts(request.messages)
    kinds = set(map(type, parts))
    return Needs(
        input_tokens=_tokens(request, parts),
        output_tokens=request.max_output_tokens,
        images=ImagePart in kinds,
        documents=DocumentPart in kinds,
        tools=bool(request.tools),
        output_schema=request.output_schema is not None,
    )


def estimated_tokens(request: ModelRequest) -> int:
    """About how many tokens any model will read, rather too many than too few."""
    return _tokens(request, _all_parts(request.messages))


def _tokens(request: ModelRequest, parts: Iterable[Part]) -> int:
    tokens = _TOKENS_PER_MESSAGE * len(request.messages) + sum(map(_part_tokens, parts))
    if request.tools or request.output_schema is not None:
        tokens += len(msgspec.json.encode((request.tools, request.output_schema))) // _BYTES_PER_TOKEN
    return tokens


def _all_parts(messages: Iterable[Message]) -> list[Part]:
    """Every part, and those inside tool results instead of the results."""
    parts: list[Part] = []
    for message in messages:
        for part in message.parts:
            if isinstance(part, ToolResultPart):
                parts.extend(part.content)
            else:
                parts.append(part)
    return parts


def _part_tokens(part: Part) -> int:
    match part:
        case TextPart():
            return _text_tokens(part.text)
        case ImagePart():
            return _TOKENS_PER_IMAGE
        case DocumentPart():
            return _TOKENS_PER_DOCUMENT if part.data is None else len(part.data) // _BYTES_PER_DOCUMENT_TOKEN + 1
        case ReasoningPart():
            return _text_tokens(part.text) + _text_tokens(part.redacted_data or "")
        case ToolCallPart():
            return _text_tokens(part.name) + _text_tokens(part.arguments)
        case _:
            return 0


def _text_tokens(text: str) -> int:
    return -(-len(text if text.isascii() else text.encode()) // _BYTES_PER_TOKEN)
