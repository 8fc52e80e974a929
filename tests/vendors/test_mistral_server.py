"""The local Mistral, held against Mistral's own client and published types."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from mistralai.client import Mistral
from mistralai.client.errors import HTTPValidationError, ResponseValidationError, SDKError
from mistralai.client.models import ChatCompletionResponse, CompletionChunk, TextChunk, ThinkChunk
from pydantic import BaseModel

from polydesk.core.messages import ModelResponse
from polydesk.wire.sse import SseReader
from tests.vendors import answers
from tests.vendors.http_server import ErrorInStream, Refuse, Scene, VendorServer
from tests.vendors.mistral_server import EMBEDDING_MODEL, KEY, MistralVendor, mistral_server
from tests.vendors.published import problems

MODEL = "mistral-large-4-0"
ASK: list[Any] = [{"role": "user", "content": "hello"}]
TOOL: Any = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}


def _message(answer: ChatCompletionResponse) -> Any:
    """The answer's message, whose fields the SDK all calls optional."""
    return answer.choices[0].message


@pytest.fixture
async def server() -> AsyncIterator[VendorServer]:
    async with mistral_server() as running:
        yield running


@pytest.fixture
async def client(server: VendorServer) -> AsyncIterator[Mistral]:
    async with Mistral(api_key=KEY, server_url=server.url) as made:
        yield made


@pytest.mark.parametrize(
    "answer",
    [answers.TEXT, answers.LENGTH, answers.TOOLS, answers.STRUCTURED, answers.SIGNED_THOUGHT, answers.CACHE_READ],
    ids=lambda answer: answer.id,
)
def test_answers_obey_the_published_types(answer: ModelResponse) -> None:
    vendor = MistralVendor()
    assert problems(vendor.plain(answer), ChatCompletionResponse) is None
    request: Any = type("Request", (), {"body": {}})
    *events, end = SseReader().feed(b"".join(vendor.events(answer, request)))
    assert end.data == "[DONE]"
    assert [problems(json.loads(event.data), CompletionChunk) for event in events] == [None] * len(events)


async def test_chat(server: VendorServer, client: Mistral) -> None:
    server.will(Scene(response=answers.CACHE_READ))
    answer = await client.chat.complete_async(model=MODEL, messages=ASK, temperature=0.5, stop=["END"], random_seed=7)
    assert (_message(answer).content, answer.choices[0].finish_reason) == ("Known already.", "stop")
    assert answer.usage.model_dump(exclude_none=True) == {
        "prompt_tokens": 1500,
        "completion_tokens": 80,
        "total_tokens": 1580,
        "prompt_tokens_details": {"cached_tokens": 1000},
    }


async def test_stream_with_parallel_tools(server: VendorServer, client: Mistral) -> None:
    server.will(Scene(response=answers.TOOLS))
    calls: dict[Any, tuple[Any, str, str]] = {}
    text, usage = "", None
    stream = await client.chat.stream_async(model=MODEL, messages=ASK, tools=[TOOL], parallel_tool_calls=True)
    async for event in stream:
        delta = event.data.choices[0].delta
        text += delta.content if isinstance(delta.content, str) else ""
        usage = event.data.usage or usage
        for call in delta.tool_calls or []:
            before = calls.get(call.index, ("", "", ""))
            calls[call.index] = (call.id, call.function.name, before[2] + str(call.function.arguments))
    assert text == "I will look twice."
    assert list(calls.values()) == [
        ("call_a", "look", '{"where":"the table","deep":[1,2]}'),
        ("call_b", "look", "{}"),
    ]
    assert usage is not None
    assert usage.total_tokens == 70


async def test_reasoning_comes_as_thinking_chunks(server: VendorServer, client: Mistral) -> None:
    server.will(Scene(response=answers.SIGNED_THOUGHT))
    answer = await client.chat.complete_async(model=MODEL, messages=ASK, reasoning_effort="high")
    thinking, text = _message(answer).content
    assert isinstance(thinking, ThinkChunk)
    assert [getattr(piece, "text", None) for piece in thinking.thinking] == ["Let me consider the table."]
    assert thinking.signature == "c2lnbmF0dXJl"
    assert isinstance(text, TextChunk)
    assert text.text == "Done."


async def test_structured_output(server: VendorServer, client: Mistral) -> None:
    class Report(BaseModel):
        title: str
        year: int

    server.will(Scene(response=answers.STRUCTURED))
    answer = await client.chat.parse_async(response_format=Report, model=MODEL, messages=ASK)
    assert _message(answer).parsed == Report(title="Results", year=2026)
    assert server.requests[0].body["response_format"]["json_schema"]["strict"] is True


async def test_image_document_tool_result_and_prefix_are_accepted(client: Mistral) -> None:
    call: Any = {"id": "abcdefghi", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    messages: list[Any] = [
        {"role": "system", "content": "Be short."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "what is this"},
                {"type": "image_url", "image_url": "data:image/png;base64,aGk="},
                {"type": "document_url", "document_url": "https://example.com/a.pdf", "document_name": "a.pdf"},
            ],
        },
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "abcdefghi", "content": "a cat"},
        {"role": "assistant", "content": "It is", "prefix": True},
    ]
    answer = await client.chat.complete_async(model=MODEL, messages=messages, safe_prompt=True)
    assert _message(answer).content == "Hello there."


async def test_embeddings(client: Mistral) -> None:
    answer = await client.embeddings.create_async(model=EMBEDDING_MODEL, inputs=["a", "bcd"], output_dimension=3)
    assert [(one.index, one.embedding) for one in answer.data] == [(0, [1.0, 0.5, 0.5]), (1, [3.0, 0.5, 0.5])]
    assert answer.usage.prompt_tokens == 4


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"model": "mistral-0"}, 400, "invalid_model"),
    ({"temperature": 3}, 422, "less_than_equal"),
    ({"messages": [{"role": "assistant", "content": "x"}]}, 400, "invalid_request_message_order"),
    ({"messages": [{"role": "tool", "content": "x", "tool_call_id": "abcdefghi"}, *ASK]}, 400,
     "invalid_request_message_order"),
    ({"messages": [{"role": "tool", "content": "x", "tool_call_id": "c1"}]}, 400, "invalid_function_call"),
    ({"model": "mistral-tiny-window", "messages": [{"role": "user", "content": "x" * 999}]}, 400,
     "invalid_request_prompt"),
    ({"response_format": {"type": "json_object"}}, 400, "invalid_request_error"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "status", "kind"), REFUSED)
async def test_wrong_request_is_refused(client: Mistral, changes: dict[str, Any], status: int, kind: str) -> None:
    arguments: dict[str, Any] = {"model": MODEL, "messages": ASK} | changes
    with pytest.raises((SDKError, HTTPValidationError)) as caught:
        await client.chat.complete_async(**arguments)
    assert caught.value.status_code == status
    body = json.loads(caught.value.body)
    assert (body["type"] if status == 400 else body["detail"][0]["type"]) == kind


async def test_wrong_key_is_refused(server: VendorServer) -> None:
    async with Mistral(api_key="wrong-key-000", server_url=server.url) as client:
        with pytest.raises(SDKError) as caught:
            await client.chat.complete_async(model=MODEL, messages=ASK)
    assert caught.value.status_code == 401


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_failures_are_the_vendors(server: VendorServer, client: Mistral, status: int) -> None:
    server.will(Scene(fault=Refuse(status=status, retry_after="2")))
    with pytest.raises(SDKError) as caught:
        await client.chat.complete_async(model=MODEL, messages=ASK, retries=None)
    assert (caught.value.status_code, caught.value.headers["retry-after"]) == (status, "2")


async def test_error_inside_a_stream_breaks_the_vendors_client(server: VendorServer, client: Mistral) -> None:
    server.will(Scene(fault=ErrorInStream()))
    stream = await client.chat.stream_async(model=MODEL, messages=ASK)
    with pytest.raises(ResponseValidationError, match="validation failed"):
        [event async for event in stream]
