"""What only the Gemini provider does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from msgspec import structs

from polydesk.core.embeddings import EmbeddingRequest
from polydesk.core.errors import AuthenticationError, RateLimitError, RequestRejectedError, UntranslatableError
from polydesk.core.messages import ModelRequest, Original, user_message
from polydesk.providers.gemini import Gemini, GeminiApi
from polydesk.providers.http import HttpClient
from tests.vendors.gemini_server import EMBEDDING_MODEL, KEY, gemini_server, refusal
from tests.vendors.http_server import Scene, VendorServer

MODEL = "gemini-3.8-flash"
ASK = ModelRequest(model=MODEL, messages=(user_message("hello"),))


@pytest.fixture
async def server() -> AsyncIterator[VendorServer]:
    async with gemini_server() as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    client = HttpClient()
    yield client
    await client.close()


@pytest.fixture
def provider(server: VendorServer, http: HttpClient) -> Gemini:
    host = GeminiApi(base_url=server.url + "/v1beta", api_key=KEY)
    return Gemini(http, host=host, quirks={"gemini-4-argon": ["no_penalties", "no_thinking_budgets"]})


async def test_key_travels_in_its_header_and_never_in_the_address(server: VendorServer, provider: Gemini) -> None:
    await provider.send(ASK)
    (received,) = server.requests
    assert (received.headers["x-goog-api-key"], received.path) == (KEY, f"/v1beta/models/{MODEL}:generateContent")
    assert KEY not in repr(provider)


async def test_model_is_asked_without_what_it_refuses(server: VendorServer, provider: Gemini) -> None:
    request = structs.replace(ASK, model="gemini-4-argon", presence_penalty=0.5, reasoning_budget_tokens=9_000)
    response = await provider.send(request)
    assert server.requests[0].body["generationConfig"] == {
        "thinkingConfig": {"thinkingLevel": "HIGH", "includeThoughts": True}
    }
    assert {note.parameter for note in response.notes} == {"presence_penalty", "reasoning_budget_tokens"}


async def test_strict_request_is_refused_before_it_is_sent(server: VendorServer, provider: Gemini) -> None:
    with pytest.raises(UntranslatableError):
        await provider.send(structs.replace(ASK, user="u", strict=True))
    assert server.requests == []


async def test_body_of_a_client_of_gemini_is_sent_as_it_came(server: VendorServer, provider: Gemini) -> None:
    body = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}], "store": False}
    await provider.send(structs.replace(ASK, original=Original(dialect="gemini", body=body)))
    assert server.requests[0].body == body


async def test_tokens_are_counted(server: VendorServer, provider: Gemini) -> None:
    assert await provider.count_tokens(ASK) > 0
    assert server.requests[0].body["generateContentRequest"]["model"] == f"models/{MODEL}"


async def test_vectors(provider: Gemini) -> None:
    request = EmbeddingRequest(model=EMBEDDING_MODEL, inputs=("a", "b", "c"), dimensions=2, purpose="document")
    response = await provider.embed(request)
    assert [len(vector) for vector in response.vectors] == [2, 2, 2]
    assert (response.model, response.usage.input_tokens) == (EMBEDDING_MODEL, 3)


async def test_refused_field_is_named(provider: Gemini) -> None:
    with pytest.raises(RequestRejectedError) as caught:
        await provider.send(structs.replace(ASK, provider_options={"nonsense": 1}))
    assert (caught.value.param, caught.value.code) == ("nonsense", "INVALID_ARGUMENT")


async def test_invalid_key_is_an_authentication_error_though_its_status_is_400(
    server: VendorServer, http: HttpClient
) -> None:
    host = GeminiApi(base_url=server.url + "/v1beta", api_key="wrong-key")
    with pytest.raises(AuthenticationError) as caught:
        await Gemini(http, host=host).send(ASK)
    assert (caught.value.status_code, caught.value.code) == (400, "API_KEY_INVALID")


async def test_wait_stands_in_the_body(server: VendorServer, provider: Gemini) -> None:
    retry = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "12s"}
    server.will(Scene(fault=refusal(429, "Quota.", retry)))
    with pytest.raises(RateLimitError) as caught:
        await provider.send(ASK)
    assert caught.value.retry_after_s == 12.0
