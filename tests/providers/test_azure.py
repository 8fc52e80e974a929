"""What only the Azure provider does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from polydesk.core.embeddings import EmbeddingRequest
from polydesk.core.errors import AuthenticationError, ContentFilteredError, ModelNotFoundError, ProviderError
from polydesk.core.messages import ModelRequest, user_message
from polydesk.core.streams import Started
from polydesk.providers.azure import Azure
from polydesk.providers.http import HttpClient
from polydesk.providers.openai_api import HostFacts
from tests.vendors.azure_server import FORBIDDEN, KEY, azure_server
from tests.vendors.http_server import VendorServer
from tests.vendors.openai_server import EMBEDDING_MODEL

ASK = ModelRequest(model="gpt-4.1", messages=(user_message("hello"),))
DATED = "2024-10-21"


@pytest.fixture
async def server() -> AsyncIterator[VendorServer]:
    async with azure_server() as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    client = HttpClient()
    yield client
    await client.close()


@pytest.mark.parametrize(
    ("version", "dialect", "path"),
    [
        (None, "openai_chat", "/openai/v1/chat/completions"),
        (None, "openai_responses", "/openai/v1/responses"),
        (DATED, "openai_chat", f"/openai/deployments/gpt-4.1/chat/completions?api-version={DATED}"),
        (DATED, "openai_responses", f"/openai/responses?api-version={DATED}"),
    ],
)
async def test_address_is_that_of_the_version(
    server: VendorServer, http: HttpClient, version: str | None, dialect: str, path: str
) -> None:
    facts = HostFacts(dialects={"gpt-4.1": dialect})
    answer = await Azure(http, base_url=server.url + "/", api_key=KEY, api_version=version, facts=facts).send(ASK)
    (received,) = server.requests
    assert (received.path, received.headers["api-key"], "authorization" in received.headers) == (path, KEY, False)
    assert (answer.text, answer.request_id) == ("Hello there.", "req_1")


async def test_stream_starts_with_the_answer_and_keeps_what_the_filter_thinks(
    server: VendorServer, http: HttpClient
) -> None:
    provider = Azure(http, base_url=server.url, api_key=KEY)
    first, *_, last = [event async for event in provider.stream(ASK)]
    assert isinstance(first, Started)
    assert (first.id, first.model) == ("msg_hello", "the-model")
    assert set(getattr(last, "provider_details", {})) == {"prompt_filter_results", "content_filter_results"}


@pytest.mark.parametrize("version", [None, DATED])
async def test_texts_become_vectors(server: VendorServer, http: HttpClient, version: str | None) -> None:
    provider = Azure(http, base_url=server.url, api_key=KEY, api_version=version)
    answer = await provider.embed(EmbeddingRequest(model=EMBEDDING_MODEL, inputs=("a", "bcd")))
    assert [vector[0] for vector in answer.vectors] == [1.0, 3.0]


@pytest.mark.parametrize(
    ("model", "words", "key", "error", "code"),
    [
        ("gpt-0", "hello", KEY, ModelNotFoundError, "DeploymentNotFound"),
        ("gpt-4.1", FORBIDDEN, KEY, ContentFilteredError, "content_filter"),
        ("gpt-4.1", "hello", "wrong", AuthenticationError, "401"),
    ],
)
async def test_refusal_says_what_to_do(
    server: VendorServer,
    http: HttpClient,
    model: str,
    words: str,
    key: str,
    error: type[ProviderError],
    code: str,
) -> None:
    with pytest.raises(error) as caught:
        await Azure(http, base_url=server.url, api_key=key).send(
            ModelRequest(model=model, messages=(user_message(words),))
        )
    assert (caught.value.code, caught.value.provider) == (code, "azure")


def test_repr_says_where_but_not_the_key() -> None:
    shown = repr(Azure(HttpClient(), base_url="https://NAME.openai.azure.com/openai/v1/", api_key=KEY))
    assert shown == "Azure(url='https://NAME.openai.azure.com', provider='azure', api_version=None)"
