"""Vectors by OpenAI's client from every provider that has them, and order by Cohere's."""

from __future__ import annotations

from typing import Any

import cohere
import openai
import pytest

from tests.sdk.clients import Clients
from tests.sdk.running import KEY, Running

pytestmark = pytest.mark.asyncio(loop_scope="module")
VECTORS = [
    "openai/text-embedding-3-small",
    "mistral/mistral-embed",
    "cohere/embed-v4.0",
    "gemini/gemini-embedding-001",
]


@pytest.mark.parametrize("encoding", ["float", "base64"])
@pytest.mark.parametrize("model", VECTORS)
async def test_each_text_has_its_vector(model: str, encoding: Any, official: Clients) -> None:
    given = await official.openai.embeddings.create(model=model, input=["a", "b", "c"], encoding_format=encoding)
    assert [row.index for row in given.data] == [0, 1, 2]
    assert given.model
    assert all(row.embedding for row in given.data)


@pytest.mark.parametrize("model", VECTORS)
async def test_the_clients_own_choice_of_encoding_gives_numbers(model: str, official: Clients) -> None:
    given = await official.openai.embeddings.create(model=model, input="a")
    assert all(isinstance(number, float) for number in given.data[0].embedding)


async def test_a_model_for_chats_has_none(official: Clients) -> None:
    with pytest.raises(openai.BadRequestError, match="It is a model for"):
        await official.openai.embeddings.create(model="openai/gpt-4.1", input="a")


async def test_a_model_for_vectors_does_not_chat(official: Clients) -> None:
    with pytest.raises(openai.BadRequestError, match="It is a model for vectors"):
        await official.openai.chat.completions.create(
            model="openai/text-embedding-3-small", messages=[{"role": "user", "content": "hello"}]
        )


async def test_coheres_client_has_documents_put_in_order(gateway: Running) -> None:
    async with cohere.AsyncClientV2(api_key=KEY, base_url=gateway.url) as client:
        given = await client.rerank(
            model="cohere/rerank-v4.0-pro", query="What is FOCUS?", documents=["a", "b", "c"], top_n=2
        )
    assert len(given.results) == 2
    assert {result.index for result in given.results} <= {0, 1, 2}
    scores = [result.relevance_score for result in given.results]
    assert scores == sorted(scores, reverse=True)
