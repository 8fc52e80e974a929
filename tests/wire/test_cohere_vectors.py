"""Cohere's vectors and orders come back, and what is not said is noted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.core.embeddings import EmbeddingRequest, EmbeddingResponse, Relevance, RerankRequest, RerankResponse
from polydesk.core.usage import Usage
from polydesk.wire import cohere_vectors
from polydesk.wire.notes import WireError
from tests.wire.cutting import through_json
from tests.wire.strategies import names, some_words

counts = st.none() | st.integers(0, 99)
words = st.lists(some_words, max_size=3).map(tuple)
units = st.floats(0, 1)


@given(
    st.builds(
        EmbeddingRequest,
        model=names,
        inputs=words,
        dimensions=counts,
        purpose=st.sampled_from(["query", "document", "classification", "clustering"]),
        provider_options=st.sampled_from([{}, {"truncate": "NONE"}]),
    )
)
def test_request_for_vectors_comes_back(request: EmbeddingRequest) -> None:  # generated
    translated = cohere_vectors.embed_request_to_wire(request)
    assert translated.notes == ()
    assert cohere_vectors.embed_request_from_wire(through_json(translated.body)) == request


@given(st.lists(st.lists(units, min_size=1, max_size=3).map(tuple), max_size=3).map(tuple), counts)
def test_vectors_come_back(vectors: Any, tokens: int | None) -> None:
    usage = Usage(input_tokens=tokens, output_tokens=0)
    answer = EmbeddingResponse(id="e", model="m", vectors=vectors, usage=usage)
    body = through_json(cohere_vectors.embed_response_to_wire(answer, ("x",) * len(vectors)).body)
    assert cohere_vectors.embed_response_from_wire(body, model="m", count=len(vectors)) == answer


@given(st.builds(RerankRequest, model=names, query=some_words, documents=words, top_n=counts))
def test_request_for_an_order_comes_back(request: RerankRequest) -> None:  # generated
    translated = cohere_vectors.rerank_request_to_wire(request)
    assert translated.notes == ()
    assert cohere_vectors.rerank_request_from_wire(through_json(translated.body)) == request


@given(st.lists(st.builds(Relevance, index=st.integers(0, 4), score=units), max_size=4).map(tuple), counts, counts)
def test_order_comes_back(results: Any, searched: int | None, tokens: int | None) -> None:
    usage = Usage(input_tokens=tokens, output_tokens=0)
    answer = RerankResponse(id="o", model="m", results=results, usage=usage, search_units=searched)
    body = through_json(cohere_vectors.rerank_response_to_wire(answer).body)
    assert cohere_vectors.rerank_response_from_wire(body, model="m", count=5) == answer


@pytest.mark.parametrize(
    ("request_", "sent", "notes"),
    [
        (EmbeddingRequest(model="m", inputs=()), "search_document", [("purpose", "emulated")]),
        (EmbeddingRequest(model="m", inputs=(), purpose="similarity"), "clustering", [("purpose", "rewritten")]),
        (EmbeddingRequest(model="m", inputs=(), purpose="query", user="u"), "search_query", [("user", "dropped")]),
    ],
)
def test_purpose_is_always_said(request_: EmbeddingRequest, sent: str, notes: list[tuple[str, str]]) -> None:
    translated = cohere_vectors.embed_request_to_wire(request_)
    assert translated.body["input_type"] == sent
    assert [(note.parameter, note.action) for note in translated.notes] == notes


def test_warnings_are_kept() -> None:
    body = {"id": "o", "results": [], "meta": {"warnings": ["old model"]}}
    answer = cohere_vectors.rerank_response_from_wire(body, model="m", count=0)
    assert (answer.provider_details, answer.search_units) == ({"warnings": ["old model"]}, None)


def test_answer_about_texts_that_were_not_sent_is_malformed() -> None:
    with pytest.raises(WireError, match="2 texts"):
        cohere_vectors.embed_response_from_wire({"embeddings": {"float": []}}, model="m", count=2)
    body = {"results": [{"index": 2, "relevance_score": 0.5}]}
    with pytest.raises(WireError, match="2 documents"):
        cohere_vectors.rerank_response_from_wire(body, model="m", count=2)
