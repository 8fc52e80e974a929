"""What only the OpenAI provider does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from polydesk.core.embeddings import EmbeddingRequest
from polydesk.core.errors import AuthenticationError, ModelNotFoundError, RequestRejectedError, UntranslatableError
from polydesk.core.messages import (
    Message,
    ModelRequest,
    Original,
    ReasoningPart,
    TextPart,
    Tool,
    ToolResultPart,
    user_message,
)
from polydesk.core.streams import response_of
from polydesk.providers.http import HttpClient
from polydesk.providers.openai import OpenAI
from polydesk.providers.openai_api import HostFacts
from tests.vendors import answers
from tests.vendors.http_server import Scene, VendorServer
from tests.vendors.openai_server import EMBEDDING_MODEL, KEY, openai_server

ASK = ModelRequest(model="gpt-4.1", messages=(user_message("hello"),))


async def test_key_travels_as_bearer_and_slashes_do_not_matter() -> None:
    http = HttpClient()
    async with openai_server() as server:
        await OpenAI(http, base_url=server.url + "/v1/", api_key=KEY).send(ASK)
        (received,) = server.requests
    await http.close()
    assert (received.path, received.headers["authorization"]) == ("/v1/chat/completions", f"Bearer {KEY}")


async def test_server_of_ones_own_is_asked_without_a_key_and_named_as_it_is_called() -> None:
    http = HttpClient()
    async with openai_server() as server:
        with pytest.raises(AuthenticationError) as caught:
            await OpenAI(http, base_url=server.url + "/v1", provider="own").send(ASK)
        (received,) = server.requests
    await http.close()
    assert (caught.value.provider, "authorization" in received.headers) == ("own", False)


async def test_reasoning_model_is_asked_without_the_sampling_parameters_that_it_refuses() -> None:
    http = HttpClient()
    request = ModelRequest(model="gpt-6.1-sol", messages=ASK.messages, temperature=0.0, top_p=0.5, seed=3)
    facts = HostFacts(reasoning_models=frozenset({"gpt-6.1-sol"}))
    async with openai_server() as server:
        response = await OpenAI(http, base_url=server.url + "/v1", api_key=KEY, facts=facts).send(request)
        (received,) = server.requests
    await http.close()
    assert received.body.keys() == {"model", "messages", "seed"}
    assert [note.parameter for note in response.notes] == ["temperature", "top_p"]


async def test_stream_asks_for_its_usage() -> None:
    http = HttpClient()
    async with openai_server() as server:
        events = [event async for event in OpenAI(http, base_url=server.url + "/v1", api_key=KEY).stream(ASK)]
        (received,) = server.requests
    await http.close()
    assert received.body["stream_options"] == {"include_usage": True}
    assert len(events) > 2


async def test_answer_whole_or_streamed_tells_what_was_not_said() -> None:
    http = HttpClient()
    request = ModelRequest(model="gpt-4.1", messages=(Message(role="assistant", parts=(ReasoningPart(text="hm"),)),))
    async with openai_server() as server:
        provider = OpenAI(http, base_url=server.url + "/v1", api_key=KEY)
        assert (await provider.send(ASK)).notes == ()
        response = await provider.send(request)
        streamed = response_of([event async for event in provider.stream(request)])
    await http.close()
    assert [(note.parameter, note.action) for note in response.notes] == [("messages[0].reasoning", "dropped")]
    assert streamed.notes == response.notes


@pytest.fixture
async def server() -> AsyncIterator[VendorServer]:
    async with openai_server() as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    client = HttpClient()
    yield client
    await client.close()


NEW = HostFacts(dialects={"gpt-6.1-sol": "openai_responses"}, reasoning_models=frozenset({"gpt-6.1-sol"}))


async def test_each_model_is_spoken_to_in_its_own_dialect(server: VendorServer, http: HttpClient) -> None:
    provider = OpenAI(http, base_url=server.url + "/v1", api_key=KEY, facts=NEW)
    await provider.send(ASK)
    tools = (Tool(name="look", parameters={"type": "object", "properties": {}}),)
    await provider.send(ModelRequest(model="gpt-6.1-sol", messages=ASK.messages, tools=tools, temperature=0.0))
    assert [request.path for request in server.requests] == ["/v1/chat/completions", "/v1/responses"]
    assert server.requests[1].body["include"] == ["reasoning.encrypted_content"]


async def test_model_goes_on_with_its_own_reasoning(server: VendorServer, http: HttpClient) -> None:
    server.will(Scene(response=answers.ENCRYPTED_THOUGHT))
    provider = OpenAI(http, base_url=server.url + "/v1", api_key=KEY, facts=NEW)
    ask = ModelRequest(model="gpt-6.1-sol", messages=ASK.messages)
    first = response_of([event async for event in provider.stream(ask)])
    result = ToolResultPart(call_id="call_a", content=(TextPart(text="a cat"),))
    turns = (*ASK.messages, Message(role="assistant", parts=first.parts), Message(role="user", parts=(result,)))
    answer = await provider.send(ModelRequest(model="gpt-6.1-sol", messages=turns, strict=True))
    assert answer.text == "Hello there."
    assert server.requests[1].body["input"][1] == {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "I weigh it."}],
        "encrypted_content": "b3BhcXVl",
    }


async def test_clients_own_body_is_sent_as_it_came(server: VendorServer, http: HttpClient) -> None:
    provider = OpenAI(http, base_url=server.url + "/v1", api_key=KEY, facts=NEW)
    body = {"model": "alias", "input": "hello", "truncation": "auto", "prompt_cache_key": "k"}
    original = Original(dialect="openai_responses", body=body)
    ask = ModelRequest(model="gpt-6.1-sol", messages=ASK.messages, original=original)
    await provider.send(ask)
    _ = [event async for event in provider.stream(ask)]
    assert [request.body for request in server.requests] == [
        {**body, "model": "gpt-6.1-sol"},
        {**body, "model": "gpt-6.1-sol", "stream": True},
    ]


async def test_clients_own_body_is_adapted_to_a_server_with_quirks(server: VendorServer, http: HttpClient) -> None:
    facts = HostFacts(quirks=frozenset({"max_tokens"}), model_quirks={"gpt-4.1": frozenset({"no_stream_options"})})
    body = {"model": "alias", "messages": [{"role": "user", "content": "hello"}], "max_completion_tokens": 50}
    ask = ModelRequest(model="gpt-4.1", messages=ASK.messages, original=Original(dialect="openai_chat", body=body))
    provider = OpenAI(http, base_url=server.url + "/v1", api_key=KEY, facts=facts)
    _ = [event async for event in provider.stream(ask)]
    assert server.requests[0].body == {
        "model": "gpt-4.1",
        "messages": body["messages"],
        "max_tokens": 50,
        "stream": True,
    }


async def test_chat_that_ends_within_an_answer_has_its_own_address(server: VendorServer, http: HttpClient) -> None:
    facts = HostFacts(quirks=frozenset({"prefix"}), prefix_path="/beta")
    provider = OpenAI(http, base_url=server.url, api_key=KEY, facts=facts)
    turns = (*ASK.messages, Message(role="assistant", parts=(TextPart(text="So"),)))
    for messages in (ASK.messages, turns):
        with pytest.raises(RequestRejectedError):
            await provider.send(ModelRequest(model="gpt-4.1", messages=messages))
    assert [request.path for request in server.requests] == ["/chat/completions", "/beta/chat/completions"]


async def test_texts_become_vectors_in_their_order(server: VendorServer, http: HttpClient) -> None:
    for quirks in (frozenset[str](), frozenset({"float_vectors"})):
        provider = OpenAI(http, base_url=server.url + "/v1", api_key=KEY, facts=HostFacts(quirks=quirks))
        answer = await provider.embed(EmbeddingRequest(model=EMBEDDING_MODEL, inputs=("a", "bcd"), dimensions=2))
        assert (answer.vectors, answer.usage.input_tokens) == (((1.0, 0.5), (3.0, 0.5)), 4)
    assert [request.body.get("encoding_format") for request in server.requests] == ["base64", None]


async def test_strict_request_for_vectors_is_refused_before_it_is_sent(server: VendorServer, http: HttpClient) -> None:
    provider = OpenAI(http, base_url=server.url + "/v1", api_key=KEY)
    with pytest.raises(UntranslatableError, match="purpose"):
        await provider.embed(EmbeddingRequest(model=EMBEDDING_MODEL, inputs=("a",), purpose="query", strict=True))
    with pytest.raises(ModelNotFoundError):
        await provider.embed(EmbeddingRequest(model="text-embedding-0", inputs=("a",)))
    assert len(server.requests) == 1


def test_repr_says_where_but_not_the_key() -> None:
    shown = repr(OpenAI(HttpClient(), base_url="https://api.openai.com/v1", api_key=KEY))
    assert shown == "OpenAI(url='https://api.openai.com/v1', provider='openai')"
