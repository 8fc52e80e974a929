"""What only the Cohere provider does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from polydesk.core.embeddings import EmbeddingRequest, Relevance, RerankRequest
from polydesk.core.errors import ModelNotFoundError, RequestRejectedError, UntranslatableError
from polydesk.core.messages import ModelRequest, Original, user_message
from polydesk.providers.cohere import Cohere
from polydesk.providers.http import HttpClient
from tests.vendors.cohere_server import KEY, cohere_server
from tests.vendors.http_server import VendorServer

MODEL = "command-a-plus-05-2026"


@pytest.fixture
async def server() -> AsyncIterator[VendorServer]:
    async with cohere_server() as running:
        yield running


@pytest.fixture
async def provider(server: VendorServer) -> AsyncIterator[Cohere]:
    http = HttpClient()
    yield Cohere(http, base_url=server.url + "/", api_key=KEY)
    await http.close()


async def test_texts_become_vectors(provider: Cohere) -> None:
    answer = await provider.embed(EmbeddingRequest(model="embed-v4.0", inputs=("a", "bcd"), dimensions=2))
    assert (answer.vectors, answer.usage.input_tokens, answer.request_id) == (((1.0, 0.5), (3.0, 0.5)), 4, "req_1")
    assert [(note.parameter, note.action) for note in answer.notes] == [("purpose", "emulated")]


async def test_documents_are_put_in_order(provider: Cohere) -> None:
    documents = ("nothing", "a red house", "a house")
    answer = await provider.rerank(
        RerankRequest(model="rerank-v4.0-pro", query="red house", documents=documents, top_n=2)
    )
    assert answer.results == (Relevance(index=1, score=1.0), Relevance(index=2, score=0.5))
    assert (answer.model, answer.search_units, answer.request_id) == ("rerank-v4.0-pro", 1, "req_1")


async def test_strict_request_is_refused_before_it_is_sent(server: VendorServer, provider: Cohere) -> None:
    with pytest.raises(UntranslatableError, match="user"):
        await provider.send(ModelRequest(model=MODEL, messages=(user_message("x"),), user="u", strict=True))
    with pytest.raises(UntranslatableError, match="purpose"):
        await provider.embed(EmbeddingRequest(model="embed-v4.0", inputs=(), purpose="similarity", strict=True))
    assert server.requests == []


async def test_unknown_model_is_said_so_though_the_vendor_has_no_code_for_it(provider: Cohere) -> None:
    with pytest.raises(ModelNotFoundError):
        await provider.rerank(RerankRequest(model="rerank-0", query="x", documents=("y",)))


async def test_empty_order_is_refused_by_the_vendor(provider: Cohere) -> None:
    with pytest.raises(RequestRejectedError, match="empty"):
        await provider.rerank(RerankRequest(model="rerank-v4.0-pro", query="x", documents=()))


async def test_clients_own_body_is_sent_as_it_came(server: VendorServer, provider: Cohere) -> None:
    body = {"model": "alias", "messages": [{"role": "user", "content": "hello"}], "safety_mode": "OFF"}
    original = Original(dialect="cohere_chat", body=body)
    await provider.send(ModelRequest(model=MODEL, messages=(user_message("hello"),), original=original))
    assert server.requests[0].body == {**body, "model": MODEL, "stream": False}


def test_repr_says_where_but_not_the_key() -> None:
    shown = repr(Cohere(HttpClient(), base_url="https://api.cohere.com", api_key=KEY))
    assert shown == "Cohere(url='https://api.cohere.com', provider='cohere')"
