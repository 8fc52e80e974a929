"""What only the Mistral provider does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from polydesk.core.embeddings import EmbeddingRequest
from polydesk.core.errors import ModelNotFoundError, RequestRejectedError, UntranslatableError
from polydesk.core.limits import RateLimits
from polydesk.core.messages import ModelRequest, Original, user_message
from polydesk.providers.http import HttpClient
from polydesk.providers.limits import rate_limits
from polydesk.providers.mistral import Mistral
from tests.vendors.http_server import VendorServer
from tests.vendors.mistral_server import EMBEDDING_MODEL, KEY, mistral_server

ASK = ModelRequest(model="mistral-large-4-0", messages=(user_message("hello"),))


@pytest.fixture
async def server() -> AsyncIterator[VendorServer]:
    async with mistral_server() as running:
        yield running


@pytest.fixture
async def provider(server: VendorServer) -> AsyncIterator[Mistral]:
    http = HttpClient()
    yield Mistral(http, base_url=server.url + "/v1/", api_key=KEY)
    await http.close()


async def test_texts_become_vectors_in_their_order(server: VendorServer, provider: Mistral) -> None:
    request = EmbeddingRequest(model=EMBEDDING_MODEL, inputs=("a", "bcd"), dimensions=2, purpose="query")
    answer = await provider.embed(request)
    assert (answer.vectors, answer.usage.input_tokens, answer.request_id) == (((1.0, 0.5), (3.0, 0.5)), 4, "req_1")
    assert [(note.parameter, note.action) for note in answer.notes] == [("purpose", "dropped")]
    assert server.requests[0].body["output_dimension"] == 2


async def test_strict_request_for_vectors_is_refused_before_it_is_sent(server: VendorServer, provider: Mistral) -> None:
    with pytest.raises(UntranslatableError, match="purpose"):
        await provider.embed(EmbeddingRequest(model=EMBEDDING_MODEL, inputs=("a",), purpose="query", strict=True))
    assert server.requests == []


async def test_unknown_embedding_model_is_said_so(provider: Mistral) -> None:
    with pytest.raises(ModelNotFoundError):
        await provider.embed(EmbeddingRequest(model="mistral-embed-0", inputs=("a",)))


async def test_clients_own_body_is_sent_as_it_came(server: VendorServer, provider: Mistral) -> None:
    body = {"model": "alias", "messages": [{"role": "user", "content": "hello"}], "safe_prompt": True}
    original = Original(dialect="mistral_chat", body=body)
    await provider.send(ModelRequest(model=ASK.model, messages=ASK.messages, original=original))
    assert server.requests[0].body == {**body, "model": ASK.model, "stream": False}


async def test_validation_names_the_parameter(provider: Mistral) -> None:
    with pytest.raises(RequestRejectedError) as caught:
        await provider.send(ModelRequest(model=ASK.model, messages=ASK.messages, temperature=3.0))
    assert (caught.value.param, caught.value.code) == ("temperature", "less_than_equal")


def test_limits_of_the_minute_are_read() -> None:
    headers = {
        "x-ratelimit-limit-req-minute": "60",
        "x-ratelimit-remaining-req-minute": "59",
        "x-ratelimit-remaining-tokens-minute": "499000",
    }
    assert rate_limits(headers) == RateLimits(requests_limit=60, requests_remaining=59, tokens_remaining=499_000)


def test_repr_says_where_but_not_the_key() -> None:
    shown = repr(Mistral(HttpClient(), base_url="https://api.mistral.ai/v1", api_key=KEY))
    assert shown == "Mistral(url='https://api.mistral.ai/v1', provider='mistral')"
