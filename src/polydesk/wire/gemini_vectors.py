"""Embeddings: ours to Gemini's batchEmbedContents and back.

Source: https://ai.google.dev/api/embeddings (checked 2026-11-24).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from polydesk.core.embeddings import EmbeddingPurpose, EmbeddingRequest, EmbeddingResponse
from polydesk.core.usage import Usage
from polydesk.wire.notes import Notes, Translated, WireError, leftovers, merged, options_for
from polydesk.wire.shape import read_shape

DIALECT = "gemini"
TASKS: dict[EmbeddingPurpose, str] = {
    "query": "RETRIEVAL_QUERY",
    "document": "RETRIEVAL_DOCUMENT",
    "classification": "CLASSIFICATION",
    "clustering": "CLUSTERING",
    "similarity": "SEMANTIC_SIMILARITY",
}
NO_TASKS = "no_task_types"
PURPOSES: dict[str, EmbeddingPurpose] = {task: purpose for purpose, task in TASKS.items()}
ENTRY_KNOWN = frozenset({"model", "content", "taskType", "outputDimensionality"})


class _Text(msgspec.Struct, kw_only=True):
    text: str


class _Content(msgspec.Struct, kw_only=True):
    parts: list[_Text]


class _Entry(msgspec.Struct, kw_only=True, rename="camel"):
    content: _Content
    task_type: str | None = None
    output_dimensionality: int | None = None


class _Request(msgspec.Struct, kw_only=True):
    requests: list[_Entry]


class _Vector(msgspec.Struct, kw_only=True):
    values: list[float]


class _Usage(msgspec.Struct, kw_only=True, rename="camel"):
    prompt_token_count: int | None = None


class _Response(msgspec.Struct, kw_only=True, rename="camel"):
    embeddings: list[_Vector]
    usage_metadata: _Usage | None = None


def embeddings_request_to_wire(request: EmbeddingRequest, *, quirks: Collection[str] = ()) -> Translated:
    """The body of `models/{model}:batchEmbedContents`. `request.provider_options` are laid over every entry.

    `quirks` are those of the model.
    """
    notes = Notes()
    if request.user is not None:
        notes.dropped("user", "Gemini's embeddings have no field for the user")
    options = options_for(DIALECT, request.provider_options, request.options_dialect, notes)
    common: dict[str, Any] = {}
    if request.purpose is not None and NO_TASKS in quirks:
        notes.dropped("purpose", "the model has no task types; say in the text what the vectors are for")
    elif request.purpose is not None:
        common["taskType"] = TASKS[request.purpose]
    if request.dimensions is not None:
        common["outputDimensionality"] = request.dimensions
    entries = [
        merged({"model": f"models/{request.model}", "content": {"parts": [{"text": text}]}, **common}, options)
        for text in request.inputs
    ]
    return notes.on({"requests": entries})


def embeddings_request_from_wire(body: dict[str, Any], *, model: str) -> EmbeddingRequest:
    """The request that `body` makes of `model`, which is in the address. Raises WireError naming what is wrong.

    What is said of the first text is taken to be said of all, for our form says it once.
    """
    shape = read_shape(body, _Request)
    first = shape.requests[0] if shape.requests else None
    task = None if first is None else first.task_type
    options = leftovers(body["requests"][0], ENTRY_KNOWN) if shape.requests else {}
    if task is not None and task not in PURPOSES:
        options["taskType"] = task
    return EmbeddingRequest(
        model=model,
        inputs=tuple("".join(part.text for part in entry.content.parts) for entry in shape.requests),
        dimensions=None if first is None else first.output_dimensionality,
        purpose=PURPOSES.get(task or ""),
        provider_options=options,
        options_dialect=DIALECT if options else None,
    )


def embeddings_from_wire(
    body: dict[str, Any], *, model: str, count: int, request_id: str | None = None
) -> EmbeddingResponse:
    """The vectors for `count` inputs, in their order. Raises WireError when there are fewer or more."""
    shape = read_shape(body, _Response)
    if len(shape.embeddings) != count:
        raise WireError(f"expected one vector for each of {count} inputs - at `$.embeddings`")
    usage = shape.usage_metadata
    return EmbeddingResponse(
        model=model,
        vectors=tuple(tuple(vector.values) for vector in shape.embeddings),
        usage=Usage(input_tokens=None if usage is None else usage.prompt_token_count),
        request_id=request_id,
        provider_details=leftovers(body, frozenset({"embeddings", "usageMetadata"})),
    )


def embeddings_to_wire(response: EmbeddingResponse) -> Translated:
    """The body that says `response`."""
    body: dict[str, Any] = {"embeddings": [{"values": list(vector)} for vector in response.vectors]}
    if response.usage.input_tokens is not None:
        body["usageMetadata"] = {"promptTokenCount": response.usage.input_tokens}
    return Notes().on(body | response.provider_details)
