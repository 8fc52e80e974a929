"""A gateway that has nothing but static vectors, as the official clients of OpenAI and Cohere see it."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from operator import mul
from pathlib import Path

import cohere
import openai
import pytest

from tests.sdk.running import KEY, serve

EMBEDDER, RERANKER = "embedded/wordllama-256", "embedded/wordllama-256-rerank"
CONFIGURATION = f"""
[server]
port = 0

[telemetry]
log_level = "error"

[cache]
semantic = true
embedding_model = "{EMBEDDER}"
"""


@pytest.fixture
async def url(tmp_path: Path, static_weights: Path) -> AsyncIterator[str]:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / static_weights.name).symlink_to(static_weights)
    config = tmp_path / "polydesk.toml"
    config.write_text(CONFIGURATION)
    async with serve(config, tmp_path, {}) as served:
        yield served.url


async def test_both_clients_are_answered_without_any_vendor(url: str) -> None:
    texts = ["How do I reset my password?", "I forgot my password and cannot log in.", "Rain is likely tomorrow."]
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0) as client:
        given = await client.embeddings.create(model=EMBEDDER, input=texts)
        short = await client.embeddings.create(model=EMBEDDER, input=texts[0], dimensions=64)
        with pytest.raises(openai.BadRequestError, match="empty"):
            await client.embeddings.create(model=EMBEDDER, input="")
        with pytest.raises(openai.BadRequestError, match="It is a model for"):
            await client.embeddings.create(model=RERANKER, input="a")
    password, forgotten, rain = (row.embedding for row in given.data)
    assert len(password) == 256
    assert sum(map(mul, password, forgotten)) > 2 * sum(map(mul, password, rain))
    assert (given.usage.prompt_tokens, given.usage.total_tokens) == (22, 22)
    assert (len(short.data[0].embedding), round(math.hypot(*short.data[0].embedding), 5)) == (64, 1.0)

    documents = [texts[2], texts[0], texts[1]]
    async with cohere.AsyncClientV2(api_key=KEY, base_url=url) as client:
        ranked = await client.rerank(model=RERANKER, query="password reset", documents=documents, top_n=2)
    assert [result.index for result in ranked.results] == [1, 2]
    assert all(0 <= result.relevance_score <= 1 for result in ranked.results)
