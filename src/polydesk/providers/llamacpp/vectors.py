"""The engine's vectors in our form."""

from __future__ import annotations

from typing import Any

import msgspec

from polydesk.core.embeddings import EmbeddingRequest, EmbeddingResponse
from polydesk.core.errors import MalformedResponseError
from polydesk.core.notes import Note
from polydesk.providers.failures import Asked
from polydesk.providers.llamacpp.chat import PROVIDER
from polydesk.providers.vendor import refuse_losses
from polydesk.wire import openai_vectors
from polydesk.wire.notes import WireError


def vectors_of(reply: dict[str, Any], request: EmbeddingRequest) -> EmbeddingResponse:
    """The answer to `request`, with notes of what the engine has no word for.

    Raises MalformedResponseError, and UntranslatableError for a strict request that loses something.
    """
    try:
        response = openai_vectors.response_from_wire(reply, count=len(request.inputs))
    except WireError as exc:
        words = f"The engine's vectors are not understood: {exc}."
        raise MalformedResponseError(words, provider=PROVIDER, model=request.model) from exc
    notes = (*openai_vectors.request_to_wire(request).notes, *_length_notes(response, request))
    refuse_losses(Asked(provider=PROVIDER, model=request.model, secret=""), notes, strict=request.strict)
    # The engine names the model by its file.
    return msgspec.structs.replace(response, model=request.model, notes=notes)


def _length_notes(response: EmbeddingResponse, request: EmbeddingRequest) -> list[Note]:
    length = len(response.vectors[0]) if response.vectors else request.dimensions
    if request.dimensions in (None, length):
        return []
    reason = f"the embedded model's vectors have {length} numbers and no other length"
    return [Note(parameter="dimensions", action="dropped", reason=reason)]
