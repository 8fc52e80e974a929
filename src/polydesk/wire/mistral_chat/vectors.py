"""Embeddings: ours to Mistral's and back.

Source: https://docs.mistral.ai/api/endpoint/embeddings (checked 2026-11-24).
"""

from __future__ import annotations

from typing import Any

import msgspec

from polydesk.core.embeddings import EmbeddingRequest, EmbeddingResponse
from polydesk.wire.mistral_chat.parts import DIALECT
from polydesk.wire.mistral_chat.shapes import ChatUsage
from polydesk.wire.notes import Notes, Translated, leftovers, merged, options_for
from polydesk.wire.shape import read_shape
from polydesk.wire.vectors import in_order, inputs_of, usage_from_wire, vectors_to_wire


class _Request(msgspec.Struct, kw_only=True):
    model: str
    input: str | list[str]
    output_dimension: int | None = None


class _Vector(msgspec.Struct, kw_only=True):
    embedding: list[float]
    index: int


class _Response(msgspec.Struct, kw_only=True):
    data: list[_Vector]
    model: str = ""
    id: str = ""
    usage: ChatUsage | None = None


REQUEST_KNOWN = frozenset(_Request.__struct_fields__)
RESPONSE_KNOWN = frozenset(_Response.__struct_fields__) | {"object"}


def embeddings_request_to_wire(request: EmbeddingRequest) -> Translated:
    """The body of `POST /v1/embeddings`. `request.provider_options` are laid over the result."""
    notes = Notes()
    for name in ("purpose", "user"):
        if getattr(request, name) is not None:
            notes.dropped(name, f"Mistral's embeddings have no field for the {name}")
    body: dict[str, Any] = {"model": request.model, "input": list(request.inputs)}
    if request.dimensions is not None:
        body["output_dimension"] = request.dimensions
    options = options_for(DIALECT, request.provider_options, request.options_dialect, notes)
    return notes.on(merged(body, options))


def embeddings_request_from_wire(body: dict[str, Any]) -> EmbeddingRequest:
    """The request that `body` makes. Raises WireError naming the path of what is wrong."""
    shape = read_shape(body, _Request)
    return EmbeddingRequest(
        model=shape.model,
        inputs=inputs_of(shape.input),
        dimensions=shape.output_dimension,
        provider_options=leftovers(body, REQUEST_KNOWN),
    )


def embeddings_from_wire(body: dict[str, Any], *, count: int, request_id: str | None = None) -> EmbeddingResponse:
    """The vectors for `count` inputs, in their order. Raises WireError when any is missing or twice there."""
    shape = read_shape(body, _Response)
    return EmbeddingResponse(
        id=shape.id,
        model=shape.model,
        vectors=tuple(tuple(one.embedding) for one in in_order(shape.data, count)),
        usage=usage_from_wire(shape.usage),
        request_id=request_id,
        provider_details=leftovers(body, RESPONSE_KNOWN),
    )


def embeddings_to_wire(response: EmbeddingResponse) -> Translated:
    """The body that says `response`."""
    tokens = response.usage.input_tokens
    usage = {} if tokens is None else {"prompt_tokens": tokens, "total_tokens": tokens, "completion_tokens": 0}
    data = vectors_to_wire(list(vector) for vector in response.vectors)
    body = {"id": response.id, "object": "list", "model": response.model, "data": data, "usage": usage}
    return Notes().on(body | response.provider_details)
