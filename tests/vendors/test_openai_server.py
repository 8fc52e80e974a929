"""The local OpenAI, held against OpenAI's own client and published types."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import BaseModel

from polydesk.core.messages import ModelResponse
from polydesk.wire.sse import SseReader
from tests.vendors import answers
from tests.vendors.http_server import Cut, ErrorInStream, Refuse, Scene, VendorServer
from tests.vendors.openai_server import KEY, OpenAIVendor, openai_server
from tests.vendors.published import problems

ASK: list[Any] = [{"role": "user", "content": "hello"}]
TOOL: Any = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}


@pytest.fixture
async def server() -> AsyncIterator[VendorServer]:
    async with openai_server() as running:
        yield running


@pytest.fixture
async def client(server: VendorServer) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(api_key=KEY, base_url=server.url + "/v1", max_retries=0) as made:
        yield made


@pytest.mark.parametrize(
    "answer",
    [answers.TEXT, answers.LENGTH, answers.TOOLS, answers.STRUCTURED, answers.CACHED, answers.OPENAI_REFUSAL],
    ids=lambda answer: answer.id,
)
def test_answers_obey_the_published_types(answer: ModelResponse) -> None:
    vendor = OpenAIVendor()
    assert problems(vendor.plain(answer), ChatCompletion) is None
    request: Any = type("Request", (), {"body": {"stream_options": {"include_usage": True}}})
    *events, end = SseReader().feed(b"".join(vendor.events(answer, request)))
    assert end.data == "[DONE]"
    assert [problems(json.loads(event.data), ChatCompletionChunk) for event in events] == [None] * len(events)


async def test_chat(server: VendorServer, client: openai.AsyncOpenAI) -> None:
    server.will(Scene(response=answers.CACHED))
    answer = await client.chat.completions.create(model="gpt-4.1", messages=ASK, temperature=0.5, stop=["END"], seed=7)
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("Known already.", "stop")
    assert answer.usage is not None
    assert answer.usage.model_dump(exclude_none=True) == {
        "prompt_tokens": 1500,
        "completion_tokens": 80,
        "total_tokens": 1580,
        "prompt_tokens_details": {"cached_tokens": 1000, "cache_write_tokens": 200},
        "completion_tokens_details": {"reasoning_tokens": 64},
    }
    assert answer._request_id == "req_1"


async def test_stream_with_tools(server: VendorServer, client: openai.AsyncOpenAI) -> None:
    server.will(Scene(response=answers.TOOLS))
    async with client.chat.completions.stream(
        model="gpt-4.1", messages=ASK, tools=[TOOL], stream_options={"include_usage": True}
    ) as stream:
        answer = await stream.get_final_completion()
    message = answer.choices[0].message
    assert message.content == "I will look twice."
    assert [(call.id, call.function.name, call.function.arguments) for call in message.tool_calls or []] == [
        ("call_a", "look", '{"where":"the table","deep":[1,2]}'),
        ("call_b", "look", "{}"),
    ]
    assert answer.usage is not None
    assert answer.usage.total_tokens == 70


async def test_usage_is_streamed_only_when_asked_for(client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(model="gpt-4.1", messages=ASK, stream=True)
    chunks = [chunk async for chunk in stream]
    assert all(chunk.usage is None and chunk.choices for chunk in chunks)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Hello there."


async def test_structured_output(server: VendorServer, client: openai.AsyncOpenAI) -> None:
    class Report(BaseModel):
        title: str
        year: int

    server.will(Scene(response=answers.STRUCTURED))
    answer = await client.chat.completions.parse(model="gpt-4.1", messages=ASK, response_format=Report)
    assert answer.choices[0].message.parsed == Report(title="Results", year=2026)
    assert server.requests[0].body["response_format"]["json_schema"]["strict"] is True


async def test_image_and_tool_result_are_accepted(client: openai.AsyncOpenAI) -> None:
    call: Any = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    picture: Any = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
    messages: list[Any] = [
        {"role": "developer", "content": "Be short."},
        {"role": "user", "content": [{"type": "text", "text": "what is this"}, picture]},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "a cat"},
    ]
    answer = await client.chat.completions.create(model="gpt-4.1", messages=messages)
    assert answer.choices[0].message.content == "Hello there."


async def test_refusal_is_in_its_own_field(server: VendorServer, client: openai.AsyncOpenAI) -> None:
    server.will(Scene(response=answers.OPENAI_REFUSAL))
    message = (await client.chat.completions.create(model="gpt-4.1", messages=ASK)).choices[0].message
    assert (message.content, message.refusal) == (None, "I cannot help with that.")


REFUSED: list[tuple[dict[str, Any], type[openai.APIStatusError], str | None, str | None]] = [
    ({"model": "gpt-0"}, openai.NotFoundError, "model_not_found", None),
    ({"temperature": 3}, openai.BadRequestError, "decimal_above_max_value", "temperature"),
    ({"extra_body": {"nonsense": 1}}, openai.BadRequestError, "unknown_parameter", "nonsense"),
    ({"messages": [{"role": "nobody", "content": "x"}]}, openai.BadRequestError, "invalid_type", None),
    ({"messages": [{"role": "tool", "content": "x", "tool_call_id": "c"}]}, openai.BadRequestError, None, None),
    ({"model": "gpt-tiny", "messages": [{"role": "user", "content": "x" * 999}]}, openai.BadRequestError,
     "context_length_exceeded", "messages"),
    ({"model": "gpt-6.1-sol", "tools": [TOOL]}, openai.BadRequestError, None, "reasoning_effort"),
    ({"model": "gpt-6.1-sol", "temperature": 0}, openai.BadRequestError, "unsupported_value", "temperature"),
    ({"model": "gpt-6.1-sol", "max_tokens": 9}, openai.BadRequestError, "unsupported_parameter", "max_tokens"),
    ({"reasoning_effort": "low"}, openai.BadRequestError, None, "reasoning_effort"),
    ({"response_format": {"type": "json_object"}}, openai.BadRequestError, None, "messages"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "error", "code", "param"), REFUSED)
async def test_wrong_request_is_refused(
    client: openai.AsyncOpenAI,
    changes: dict[str, Any],
    error: type[openai.APIStatusError],
    code: str | None,
    param: str | None,
) -> None:
    arguments: dict[str, Any] = {"model": "gpt-4.1", "messages": ASK} | changes
    with pytest.raises(error) as caught:
        await client.chat.completions.create(**arguments)
    assert caught.value.code == code
    assert param is None or caught.value.param == param


async def test_wrong_key_is_refused(server: VendorServer) -> None:
    async with openai.AsyncOpenAI(api_key="sk-wrong-key-000", base_url=server.url + "/v1", max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError) as caught:
            await client.chat.completions.create(model="gpt-4.1", messages=ASK)
    assert caught.value.code == "invalid_api_key"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Refuse(status=429, retry_after="2"), openai.RateLimitError),
        (Refuse(status=500), openai.InternalServerError),
        (Refuse(status=503), openai.InternalServerError),
    ],
)
async def test_failures_are_the_vendors(
    server: VendorServer, client: openai.AsyncOpenAI, fault: Refuse, error: type[openai.APIStatusError]
) -> None:
    server.will(Scene(fault=fault))
    with pytest.raises(error) as caught:
        await client.chat.completions.create(model="gpt-4.1", messages=ASK)
    assert caught.value.status_code == fault.status
    assert caught.value.response.headers.get("retry-after") == fault.retry_after


async def _streamed(client: openai.AsyncOpenAI) -> list[ChatCompletionChunk]:
    stream = await client.chat.completions.create(model="gpt-4.1", messages=ASK, stream=True)
    return [chunk async for chunk in stream]


async def test_error_inside_a_stream_reaches_the_vendors_client(
    server: VendorServer, client: openai.AsyncOpenAI
) -> None:
    server.will(Scene(fault=ErrorInStream()))
    with pytest.raises(openai.APIError, match="had an error"):
        await _streamed(client)


async def test_cut_stream_reaches_the_vendors_client(server: VendorServer, client: openai.AsyncOpenAI) -> None:
    server.will(Scene(fault=Cut(at=700)))
    with pytest.raises(openai.APIConnectionError):
        await _streamed(client)
