"""Vectors of texts, and documents put in order for a query."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from polydesk.core.notes import Note
from polydesk.core.usage import Usage

EmbeddingPurpose = Literal["query", "document", "classification", "clustering", "similarity"]


class EmbeddingRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Texts to be turned into vectors by one model."""

    model: str
    """The provider's own name for the model."""
    inputs: tuple[str, ...]
    dimensions: int | None = None
    """Length of each vector; None takes the model's own."""
    purpose: EmbeddingPurpose | None = None
    """What the vectors are for, which some models want to know; None does not say."""
    user: str | None = None
    provider_options: dict[str, Any] = {}
    options_dialect: str | None = None
    """As in ModelRequest."""
    strict: bool = False
    """As in ModelRequest."""


class EmbeddingResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One vector for each input, in order."""

    id: str = ""
    model: str
    vectors: tuple[tuple[float, ...], ...]
    usage: Usage
    request_id: str | None = None
    notes: tuple[Note, ...] = ()
    provider_details: dict[str, Any] = {}


class RerankRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Documents to be ordered by how well they answer a query."""

    model: str
    """The provider's own name for the model."""
    query: str
    documents: tuple[str, ...]
    top_n: int | None = None
    """How many to return; None returns all."""
    provider_options: dict[str, Any] = {}
    options_dialect: str | None = None
    strict: bool = False


class Relevance(msgspec.Struct, frozen=True, kw_only=True):
    """One document's place."""

    index: int
    """Its position in the request."""
    score: float
    """0 to 1, comparable within one response only."""


class RerankResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The documents that answer best, best first."""

    id: str = ""
    model: str
    results: tuple[Relevance, ...]
    usage: Usage
    search_units: int | None = None
    """What some providers bill instead of tokens; None when it is not said."""
    request_id: str | None = None
    notes: tuple[Note, ...] = ()
    provider_details: dict[str, Any] = {}
