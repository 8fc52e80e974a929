"""The local Azure, held against OpenAI's own client for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest

from tests.vendors import answers
from tests.vendors.azure_server import FILTERED, FORBIDDEN, KEY, azure_server
from tests.vendors.http_server import Scene, VendorServer

ASK: list[Any] = [{"role": "user", "content": "hello"}]


@pytest.fixture
async def server() -> AsyncIterator[VendorServer]:
    async with azure_server() as running:
        yield running


@pytest.fixture
async def client(server: VendorServer) -> AsyncIterator[openai.AsyncAzureOpenAI]:
    async with openai.AsyncAzureOpenAI(
        azure_endpoint=server.url, api_key=KEY, api_version="2025-04-01-preview", max_retries=0
    ) as azure:
        yield azure


async def test_chat_at_a_deployment(server: VendorServer, client: openai.AsyncAzureOpenAI) -> None:
    answer: Any = await client.chat.completions.create(model="gpt-4.1", messages=ASK)
    assert answer.choices[0].message.content == "Hello there."
    assert answer.choices[0].content_filter_results["hate"] == FILTERED["hate"]
    assert server.requests[0].path == "/openai/deployments/gpt-4.1/chat/completions?api-version=2025-04-01-preview"


async def test_stream_begins_with_what_the_filter_thinks(client: openai.AsyncAzureOpenAI) -> None:
    stream = await client.chat.completions.create(model="gpt-4.1", messages=ASK, stream=True)
    first, *rest = [chunk async for chunk in stream]
    assert (first.id, first.choices) == ("", [])
    assert "".join(chunk.choices[0].delta.content or "" for chunk in rest) == "Hello there."


async def test_responses_and_embeddings(server: VendorServer, client: openai.AsyncAzureOpenAI) -> None:
    server.will(Scene(response=answers.TEXT))
    assert (await client.responses.create(model="gpt-4.1", input="hello")).output_text == answers.TEXT.text
    vectors = await client.embeddings.create(model="text-embedding-3-small", input=["a", "bcd"])
    assert [vector.embedding[0] for vector in vectors.data] == [1.0, 3.0]
    assert [request.path.partition("?")[0] for request in server.requests] == [
        "/openai/responses",
        "/openai/deployments/text-embedding-3-small/embeddings",
    ]


async def test_v1_api_is_spoken_by_the_plain_client(server: VendorServer) -> None:
    async with openai.AsyncOpenAI(
        api_key=KEY, base_url=server.url + "/openai/v1", default_headers={"api-key": KEY}, max_retries=0
    ) as client:
        answer = await client.chat.completions.create(model="gpt-4.1", messages=ASK)
    assert answer.choices[0].message.content == "Hello there."


@pytest.mark.parametrize(
    ("model", "words", "error", "code"),
    [
        ("gpt-0", "hello", openai.NotFoundError, "DeploymentNotFound"),
        ("gpt-4.1", FORBIDDEN, openai.BadRequestError, "content_filter"),
    ],
)
async def test_errors_are_azures(
    client: openai.AsyncAzureOpenAI, model: str, words: str, error: type[openai.APIStatusError], code: str
) -> None:
    with pytest.raises(error) as caught:
        await client.chat.completions.create(model=model, messages=[{"role": "user", "content": words}])
    assert caught.value.code == code


async def test_wrong_key_is_refused(server: VendorServer) -> None:
    async with openai.AsyncAzureOpenAI(
        azure_endpoint=server.url, api_key="wrong", api_version="2024-10-21", max_retries=0
    ) as client:
        with pytest.raises(openai.AuthenticationError):
            await client.chat.completions.create(model="gpt-4.1", messages=ASK)
