"""What only the OpenAI provider does."""

from __future__ import annotations

import pytest

from polydesk.core.errors import AuthenticationError
from polydesk.core.messages import Message, ModelRequest, ReasoningPart, user_message
from polydesk.core.streams import response_of
from polydesk.providers.http import HttpClient
from polydesk.providers.openai import OpenAI
from polydesk.providers.openai_api import HostFacts
from tests.vendors.openai_server import KEY, openai_server

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
    async with openai_server() as server:
        response = await OpenAI(http, base_url=server.url + "/v1", api_key=KEY, facts=HostFacts(reasoning_models=frozenset({"gpt-6.1-sol"}))).send(
            request
        )
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


def test_repr_says_where_but_not_the_key() -> None:
    shown = repr(OpenAI(HttpClient(), base_url="https://api.openai.com/v1", api_key=KEY))
    assert shown == "OpenAI(url='https://api.openai.com/v1', provider='openai')"
