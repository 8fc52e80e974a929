"""Cohere's vectors and orders: ours to `POST /v2/embed` and `POST /v2/rerank` and back.

Sources, checked 2026-11-24: https://docs.cohere.com/reference/embed and https://docs.cohere.com/reference/rerank
"""

from __future__ import annotations

from typing import Any

import msgspec

from polydesk.core.embeddings import (
    EmbeddingPurpose,
    EmbeddingRequest,
    EmbeddingResponse,
    Relevance,
    RerankRequest,
    RerankResponse,
)
from polydesk.core.usage import Usage
from polydesk.wire.notes import Notes, Translated, WireError, leftovers, merged, options_for
from polydesk.wire.shape import read_shape

DIALECT = "cohere_chat"
INPUT_TYPES: dict[EmbeddingPurpose, str] = {
    "query": "search_query",
    "document": "search_document",
    "classification": "classification",
    "clustering": "clustering",
}
PURPOSES: dict[str, EmbeddingPurpose] = {word: purpose for purpose, word in INPUT_TYPES.items()}


class _EmbedRequest(msgspec.Struct, kw_only=True):
    model: str
    texts: list[str]
    input_type: str
    output_dimension: int | None = None
    embedding_types: list[str] = []


class _BilledUnits(msgspec.Struct, kw_only=True):
    input_tokens: float | None = None
    search_units: float | None = None


class _Meta(msgspec.Struct, kw_only=True):
    billed_units: _BilledUnits | None = None


class _Vectors(msgspec.Struct, kw_only=True):
    floats: list[list[float]] = msgspec.field(name="float")


class _EmbedResponse(msgspec.Struct, kw_only=True):
    embeddings: _Vectors
    id: str = ""
    meta: _Meta | None = None


class _RerankRequest(msgspec.Struct, kw_only=True):
    model: str
    query: str
    documents: list[str]
    top_n: int | None = None


class _Result(msgspec.Struct, kw_only=True):
    index: int
    relevance_score: float


class _RerankResponse(msgspec.Struct, kw_only=True):
    results: list[_Result]
    id: str = ""
    meta: _Meta | None = None


EMBED_KNOWN = frozenset(_EmbedRequest.__struct_fields__)
RERANK_KNOWN = frozenset(_RerankRequest.__struct_fields__)
ANSWER_KNOWN = frozenset({"id", "embeddings", "texts", "images", "response_type", "results"})
META_KNOWN = frozenset({"api_version", "billed_units"})


def embed_request_to_wire(request: EmbeddingRequest) -> Translated:
    """The body of `POST /v2/embed`, which asks for floats. `request.provider_options` are laid over the result."""
    notes = Notes()
    body: dict[str, Any] = {
        "model": request.model,
        "texts": list(request.inputs),
        "input_type": _input_type(request.purpose, notes),
        "embedding_types": ["float"],
    }
    if request.dimensions is not None:
        body["output_dimension"] = request.dimensions
    if request.user is not None:
        notes.dropped("user", "Cohere has no field for the end user")
    options = options_for(DIALECT, request.provider_options, request.options_dialect, notes)
    return notes.on(merged(body, options))


def _input_type(purpose: EmbeddingPurpose | None, notes: Notes) -> str:
    if purpose is None:
        notes.emulated("purpose", "Cohere demands a purpose; the texts are called documents to be searched")
        return INPUT_TYPES["document"]
    if purpose not in INPUT_TYPES:
        notes.rewritten("purpose", f"Cohere has no word for {purpose}; sent as clustering")
        return INPUT_TYPES["clustering"]
    return INPUT_TYPES[purpose]


def embed_request_from_wire(body: dict[str, Any]) -> EmbeddingRequest:
    """The request that `body` makes. Raises WireError naming the path of what is wrong."""
    shape = read_shape(body, _EmbedRequest)
    options = leftovers(body, EMBED_KNOWN)
    if shape.input_type not in PURPOSES:
        options["input_type"] = shape.input_type
    if shape.embedding_types not in ([], ["float"]):
        raise WireError("only float vectors are given - at `$.embedding_types`")
    return EmbeddingRequest(
        model=shape.model,
        inputs=tuple(shape.texts),
        dimensions=shape.output_dimension,
        purpose=PURPOSES.get(shape.input_type),
        provider_options=options,
    )


def embed_response_from_wire(
    body: dict[str, Any], *, model: str, count: int, request_id: str | None = None
) -> EmbeddingResponse:
    """The vectors for `count` texts. Cohere does not say which model made them: it is the asked `model`.

    Raises WireError when there are more or fewer.
    """
    shape = read_shape(body, _EmbedResponse)
    if len(shape.embeddings.floats) != count:
        raise WireError(f"expected one vector for each of {count} texts - at `$.embeddings.float`")
    return EmbeddingResponse(
        id=shape.id,
        model=model,
        vectors=tuple(tuple(vector) for vector in shape.embeddings.floats),
        usage=Usage(input_tokens=_count(shape.meta, "input_tokens"), output_tokens=0),
        request_id=request_id,
        provider_details=_details(body),
    )


def embed_response_to_wire(response: EmbeddingResponse, texts: tuple[str, ...]) -> Translated:
    """The body that says `response` to `texts`."""
    units = {} if response.usage.input_tokens is None else {"input_tokens": response.usage.input_tokens}
    body = {
        "id": response.id,
        "embeddings": {"float": [list(vector) for vector in response.vectors]},
        "texts": list(texts),
        "meta": _meta(units) | response.provider_details,
        "response_type": "embeddings_by_type",
    }
    return Translated(body=body)


def rerank_request_to_wire(request: RerankRequest) -> Translated:
    """The body of `POST /v2/rerank`. `request.provider_options` are laid over the result."""
    notes = Notes()
    body: dict[str, Any] = {"model": request.model, "query": request.query, "documents": list(request.documents)}
    if request.top_n is not None:
        body["top_n"] = request.top_n
    options = options_for(DIALECT, request.provider_options, request.options_dialect, notes)
    return notes.on(merged(body, options))


def rerank_request_from_wire(body: dict[str, Any]) -> RerankRequest:
    """The request that `body` makes. Raises WireError naming the path of what is wrong."""
    shape = read_shape(body, _RerankRequest)
    return RerankRequest(
        model=shape.model,
        query=shape.query,
        documents=tuple(shape.documents),
        top_n=shape.top_n,
        provider_options=leftovers(body, RERANK_KNOWN),
    )


def rerank_response_from_wire(
    body: dict[str, Any], *, model: str, count: int, request_id: str | None = None
) -> RerankResponse:
    """The order of `count` documents. Cohere does not say which model made it: it is the asked `model`.

    Raises WireError when a document is named that was not sent.
    """
    shape = read_shape(body, _RerankResponse)
    if any(not 0 <= result.index < count for result in shape.results):
        raise WireError(f"only {count} documents were sent - at `$.results`")
    return RerankResponse(
        id=shape.id,
        model=model,
        results=tuple(Relevance(index=one.index, score=one.relevance_score) for one in shape.results),
        usage=Usage(input_tokens=_count(shape.meta, "input_tokens"), output_tokens=0),
        search_units=_count(shape.meta, "search_units"),
        request_id=request_id,
        provider_details=_details(body),
    )


def rerank_response_to_wire(response: RerankResponse) -> Translated:
    """The body that says `response`."""
    counts = {"search_units": response.search_units, "input_tokens": response.usage.input_tokens}
    units = {name: count for name, count in counts.items() if count is not None}
    results = [{"index": one.index, "relevance_score": one.score} for one in response.results]
    body = {"id": response.id, "results": results, "meta": _meta(units) | response.provider_details}
    return Translated(body=body)


def _meta(units: dict[str, int]) -> dict[str, Any]:
    return {"api_version": {"version": "2"}, "billed_units": units}


def _count(meta: _Meta | None, name: str) -> int | None:
    """Cohere writes its counts as floats."""
    count = None if meta is None or meta.billed_units is None else getattr(meta.billed_units, name)
    return None if count is None else int(count)


def _details(body: dict[str, Any]) -> dict[str, Any]:
    """What the answer and its `meta` say beyond ours, such as warnings."""
    rest = leftovers(body, ANSWER_KNOWN | {"meta"})
    return rest | leftovers(read_shape(body.get("meta") or {}, dict[str, Any]), META_KNOWN)
