"""Embeddings as OpenAI words them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.core.embeddings import EmbeddingRequest, EmbeddingResponse
from polydesk.core.usage import Usage
from polydesk.wire import openai_vectors
from polydesk.wire.notes import WireError

numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)
vectors = st.lists(st.lists(numbers, min_size=1, max_size=4).map(tuple), min_size=1, max_size=3).map(tuple)


@given(vectors, st.sampled_from(["float", "base64"]))
def test_vectors_come_back(given_vectors: tuple[tuple[float, ...], ...], encoding: Any) -> None:
    answer = EmbeddingResponse(model="m", vectors=given_vectors, usage=Usage(input_tokens=3, output_tokens=0))
    body = openai_vectors.response_to_wire(answer, encoding_format=encoding).body
    assert openai_vectors.response_from_wire(json.loads(json.dumps(body)), count=len(given_vectors)) == answer


@pytest.mark.parametrize(
    "request_",
    [
        EmbeddingRequest(model="m", inputs=("a", "b")),
        EmbeddingRequest(model="m", inputs=("a",), dimensions=3, user="u", provider_options={"extra": 1}),
    ],
)
def test_request_comes_back(request_: EmbeddingRequest) -> None:
    translated = openai_vectors.request_to_wire(request_, encoding_format="base64")
    assert translated.notes == ()
    assert openai_vectors.request_from_wire(translated.body) == request_


def test_one_text_alone_is_read() -> None:
    assert openai_vectors.request_from_wire({"model": "m", "input": "a"}).inputs == ("a",)


def test_purpose_is_noted() -> None:
    (note,) = openai_vectors.request_to_wire(EmbeddingRequest(model="m", inputs=("a",), purpose="query")).notes
    assert (note.parameter, note.action) == ("purpose", "dropped")


def test_vectors_are_put_in_the_order_of_their_inputs() -> None:
    data = [{"index": 1, "embedding": [2.0]}, {"index": 0, "embedding": [1.0]}]
    assert openai_vectors.response_from_wire({"data": data}, count=2).vectors == ((1.0,), (2.0,))


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"model": "m", "input": [1, 2]}, r"\$\.input"),
        ({"model": "m", "input": [[1]]}, r"\$\.input"),
        ({"input": "a"}, "model"),
        ({"model": "m", "input": "a", "encoding_format": "int8"}, r"\$\.encoding_format"),
    ],
)
def test_wrong_request_is_refused_with_its_place(body: dict[str, Any], place: str) -> None:
    with pytest.raises(WireError, match=place):
        openai_vectors.request_from_wire(body)


@pytest.mark.parametrize(
    "data",
    [
        [],
        [{"index": 0, "embedding": [1.0]}, {"index": 0, "embedding": [1.0]}],
        [{"index": 1, "embedding": [1.0]}],
        [{"index": 0, "embedding": "AAA="}],
        [{"index": 0, "embedding": "?"}],
    ],
)
def test_wrong_answer_is_refused(data: list[dict[str, Any]]) -> None:
    with pytest.raises(WireError):
        openai_vectors.response_from_wire({"data": data}, count=1)


def test_numbers_in_base64_have_32_bits_low_byte_first() -> None:
    answer = EmbeddingResponse(model="m", vectors=((1.0,),), usage=Usage())
    body = openai_vectors.response_to_wire(answer, encoding_format="base64").body
    assert body["data"][0]["embedding"] == "AACAPw=="
