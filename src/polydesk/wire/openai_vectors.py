"""Embeddings as OpenAI words them, and everyone who is compatible: ours to theirs and back.

Source: https://developers.openai.com/api/reference/resources/embeddings (checked 2026-11-24).
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from polydesk.core.embeddings import EmbeddingRequest, EmbeddingResponse
from polydesk.wire.images import base64_of, bytes_of
from polydesk.wire.notes import Notes, Translated, WireError, leftovers, merged, options_for
from polydesk.wire.shape import read_shape
from polydesk.wire.vectors import in_order, inputs_of, usage_from_wire, vectors_to_wire

DIALECT = "openai_chat"
"""The dialect whose words `provider_options` are; embeddings have none of their own."""
EncodingFormat = Literal["float", "base64"]


class _Request(msgspec.Struct, kw_only=True):
    model: str
    input: str | list[str]
    dimensions: int | None = None
    user: str | None = None
    encoding_format: EncodingFormat | None = None


class _Vector(msgspec.Struct, kw_only=True):
    embedding: list[float] | str
    index: int = 0


class _Usage(msgspec.Struct, kw_only=True):
    prompt_tokens: int | None = None


class _Response(msgspec.Struct, kw_only=True):
    data: list[_Vector]
    model: str = ""
    id: str = ""
    usage: _Usage | None = None


REQUEST_KNOWN = frozenset(_Request.__struct_fields__)
RESPONSE_KNOWN = frozenset(_Response.__struct_fields__) | {"object"}


def request_to_wire(request: EmbeddingRequest, *, encoding_format: EncodingFormat | None = None) -> Translated:
    """The body of `POST /embeddings`. `encoding_format` None leaves it to the server, which answers with numbers.

    `request.provider_options` are laid over the result.
    """
    notes = Notes()
    if request.purpose is not None:
        notes.dropped("purpose", "these embeddings have no field for what they are for")
    fields = {"dimensions": request.dimensions, "user": request.user, "encoding_format": encoding_format}
    body: dict[str, Any] = {"model": request.model, "input": list(request.inputs)}
    body |= {name: value for name, value in fields.items() if value is not None}
    options = options_for(DIALECT, request.provider_options, request.options_dialect, notes)
    return notes.on(merged(body, options))


def request_from_wire(body: dict[str, Any]) -> EmbeddingRequest:
    """The request that `body` makes. How its answer is to be written is the reader's to see: `encoding_format`.

    Raises WireError naming the path of what is wrong; tokens in place of texts are, for they mean something to one
    model alone.
    """
    shape = read_shape(body, _Request)
    return EmbeddingRequest(
        model=shape.model,
        inputs=inputs_of(shape.input),
        dimensions=shape.dimensions,
        user=shape.user,
        provider_options=leftovers(body, REQUEST_KNOWN),
    )


def response_from_wire(body: dict[str, Any], *, count: int, request_id: str | None = None) -> EmbeddingResponse:
    """The vectors for `count` inputs, in their order. Raises WireError when any is missing or twice there."""
    shape = read_shape(body, _Response)
    return EmbeddingResponse(
        id=shape.id,
        model=shape.model,
        vectors=tuple(_numbers(one.embedding) for one in in_order(shape.data, count)),
        usage=usage_from_wire(shape.usage),
        request_id=request_id,
        provider_details=leftovers(body, RESPONSE_KNOWN),
    )


def response_to_wire(response: EmbeddingResponse, *, encoding_format: EncodingFormat = "float") -> Translated:
    """The body that says `response`. In base64 the numbers are of 32 bits, low byte first."""
    tokens = response.usage.input_tokens or 0
    packs = encoding_format == "base64"
    data = vectors_to_wire(_packed(vector) if packs else list(vector) for vector in response.vectors)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    named = {"id": response.id} if response.id else {}
    body = {"object": "list", "data": data, "model": response.model, "usage": usage, **named}
    return Notes().on(response.provider_details | body)


def _numbers(embedding: list[float] | str) -> tuple[float, ...]:
    if not isinstance(embedding, str):
        return tuple(embedding)
    data = bytes_of(embedding)
    if len(data) % 4:
        raise WireError("a vector in base64 is not made of numbers of 32 bits - at `$.data`")
    numbers = array("f", data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return tuple(numbers)


def _packed(vector: Sequence[float]) -> str:
    numbers = array("f", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return base64_of(numbers.tobytes())
