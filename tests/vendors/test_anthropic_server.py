"""The local Anthropic, held against Anthropic's own client and published types."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic.types import Message, RawMessageStreamEvent
from pydantic import BaseModel

from polydesk.core.messages import ModelResponse
from polydesk.wire.sse import SseReader
from tests.vendors import answers
from tests.vendors.anthropic_server import KEY, AnthropicVendor, anthropic_server
from tests.vendors.http_server import Cut, ErrorInStream, Refuse, Scene, VendorServer
from tests.vendors.published import problems

ASK: list[Any] = [{"role": "user", "content": "hello"}]
TOOL: Any = {"name": "look", "input_schema": {"type": "object", "properties": {}}}
MODEL = "claude-haiku-4-5"


@pytest.fixture
async def server() -> AsyncIterator[VendorServer]:
    async with anthropic_server() as running:
        yield running


@pytest.fixture
async def client(server: VendorServer) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with anthropic.AsyncAnthropic(api_key=KEY, base_url=server.url, max_retries=0) as made:
        yield made


@pytest.mark.parametrize(
    "answer",
    [
        answers.TEXT,
        answers.LENGTH,
        answers.TOOLS,
        answers.STRUCTURED,
        answers.CACHED,
        answers.THINKING,
        answers.STOP_SEQUENCE,
        answers.ANTHROPIC_REFUSAL,
    ],
    ids=lambda answer: answer.id,
)
def test_answers_obey_the_published_types(answer: ModelResponse) -> None:
    vendor = AnthropicVendor()
    assert problems(vendor.plain(answer), Message) is None
    events = [json.loads(event.data) for event in SseReader().feed(b"".join(vendor.events(answer, None)))]  # pyright: ignore[reportArgumentType] # the request plays no part
    assert events[-1] == {"type": "message_stop"}
    wrong = [problems(event, RawMessageStreamEvent) for event in events if event["type"] != "ping"]
    assert wrong == [None] * len(wrong)


async def test_chat(server: VendorServer, client: anthropic.AsyncAnthropic) -> None:
    server.will(Scene(response=answers.CACHED))
    answer = await client.messages.create(
        model=MODEL, max_tokens=99, messages=ASK, system="Be short.", stop_sequences=["END"]
    )
    assert answer.content[0].model_dump(include={"type", "text"}) == {"type": "text", "text": "Known already."}
    usage = answer.usage
    assert (usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens) == (300, 1000, 200)
    assert answer._request_id == "req_1"


async def test_stream_with_tools(server: VendorServer, client: anthropic.AsyncAnthropic) -> None:
    server.will(Scene(response=answers.TOOLS))
    async with client.messages.stream(model=MODEL, max_tokens=99, messages=ASK, tools=[TOOL]) as stream:
        answer = await stream.get_final_message()
    assert [block.model_dump(exclude_none=True) for block in answer.content] == [
        {"type": "text", "text": "I will look twice."},
        {"type": "tool_use", "id": "call_a", "name": "look", "input": {"where": "the table", "deep": [1, 2]}},
        {"type": "tool_use", "id": "call_b", "name": "look", "input": {}},
    ]
    assert (answer.stop_reason, answer.usage.input_tokens, answer.usage.output_tokens) == ("tool_use", 40, 30)


async def test_stream_with_thinking(server: VendorServer, client: anthropic.AsyncAnthropic) -> None:
    server.will(Scene(response=answers.THINKING))
    async with client.messages.stream(
        model=MODEL, max_tokens=2048, messages=ASK, thinking={"type": "enabled", "budget_tokens": 1024}
    ) as stream:
        answer = await stream.get_final_message()
    assert [block.model_dump(exclude_none=True) for block in answer.content] == [
        {"type": "thinking", "thinking": "Let me consider the table.", "signature": "c2lnbmF0dXJl"},
        {"type": "redacted_thinking", "data": "b3BhcXVl"},
        {"type": "text", "text": "Done."},
    ]


async def test_structured_output(server: VendorServer, client: anthropic.AsyncAnthropic) -> None:
    class Report(BaseModel):
        title: str
        year: int

    server.will(Scene(response=answers.STRUCTURED))
    answer = await client.messages.parse(model=MODEL, max_tokens=99, messages=ASK, output_format=Report)
    assert answer.parsed_output == Report(title="Results", year=2026)
    assert server.requests[0].body["output_config"]["format"]["type"] == "json_schema"


async def test_tokens_are_counted(client: anthropic.AsyncAnthropic) -> None:
    counted = await client.messages.count_tokens(model=MODEL, messages=ASK, system="Be short.", tools=[TOOL])
    assert counted.input_tokens > 0


async def test_documents_are_accepted(client: anthropic.AsyncAnthropic) -> None:
    sources: list[Any] = [
        {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="},
        {"type": "url", "url": "https://example.com/a.pdf"},
        {"type": "text", "media_type": "text/plain", "data": "words"},
    ]
    blocks: list[Any] = [{"type": "document", "source": source, "title": "a"} for source in sources]
    answer = await client.messages.create(model=MODEL, max_tokens=9, messages=[{"role": "user", "content": blocks}])
    assert answer.stop_reason == "end_turn"


async def test_image_and_tool_result_are_accepted(client: anthropic.AsyncAnthropic) -> None:
    source: Any = {"type": "base64", "media_type": "image/png", "data": "aGk="}
    call: Any = {"type": "tool_use", "id": "c1", "name": "look", "input": {}}
    result: Any = {"type": "tool_result", "tool_use_id": "c1", "content": "a cat", "is_error": False}
    messages: list[Any] = [
        {"role": "user", "content": [{"type": "text", "text": "what is this"}, {"type": "image", "source": source}]},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result]},
    ]
    answer = await client.messages.create(model=MODEL, max_tokens=9, messages=messages)
    assert answer.stop_reason == "end_turn"


REFUSED: list[tuple[dict[str, Any], type[anthropic.APIStatusError], str]] = [
    ({"model": "claude-0"}, anthropic.NotFoundError, "model: claude-0"),
    ({"extra_body": {"temperature": 1}}, anthropic.BadRequestError, "temperature: Extra inputs are not permitted"),
    ({"extra_body": {"temperature": 3}, "extra_headers": {"anthropic-version": "2023-06-01"}},
     anthropic.BadRequestError, "temperature: range"),
    ({"extra_body": {"nonsense": 1}}, anthropic.BadRequestError, "nonsense: Extra inputs are not permitted"),
    ({"messages": []}, anthropic.BadRequestError, "at least one message"),
    ({"model": "claude-tiny", "max_tokens": 60}, anthropic.BadRequestError, "max_tokens: 60 > 50"),
    ({"messages": [{"role": "user", "content": [{"type": "text", "text": 1}]}]}, anthropic.BadRequestError, "string"),
    ({"messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c"}]}]},
     anthropic.BadRequestError, "unexpected `tool_use_id`"),
    ({"model": "claude-tiny", "messages": [{"role": "user", "content": "x" * 999}]}, anthropic.BadRequestError,
     "prompt is too long"),
    ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, anthropic.BadRequestError, "must be greater than"),
    ({"extra_headers": {"anthropic-version": anthropic.omit}}, anthropic.BadRequestError, "anthropic-version"),
    ({"extra_headers": {"anthropic-version": "1999-01-01"}}, anthropic.BadRequestError, "not a valid version"),
    ({"extra_headers": {"x-api-key": "sk-ant-wrong"}}, anthropic.AuthenticationError, "invalid x-api-key"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "error", "words"), REFUSED)
async def test_wrong_request_is_refused(
    client: anthropic.AsyncAnthropic, changes: dict[str, Any], error: type[anthropic.APIStatusError], words: str
) -> None:
    arguments: dict[str, Any] = {"model": MODEL, "messages": ASK, "max_tokens": 9} | changes
    with pytest.raises(error, match=words):
        await client.messages.create(**arguments)


async def test_limit_is_demanded(client: anthropic.AsyncAnthropic) -> None:
    with pytest.raises(anthropic.BadRequestError, match="max_tokens: Field required"):
        await client.post("/v1/messages", body={"model": MODEL, "messages": ASK}, cast_to=object)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Refuse(status=429, retry_after="2"), anthropic.RateLimitError),
        (Refuse(status=500), anthropic.InternalServerError),
        (Refuse(status=529), anthropic.InternalServerError),
    ],
)
async def test_failures_are_the_vendors(
    server: VendorServer, client: anthropic.AsyncAnthropic, fault: Refuse, error: type[anthropic.APIStatusError]
) -> None:
    server.will(Scene(fault=fault))
    with pytest.raises(error) as caught:
        await client.messages.create(model=MODEL, max_tokens=9, messages=ASK)
    assert caught.value.status_code == fault.status
    assert caught.value.response.headers.get("retry-after") == fault.retry_after


async def _streamed(client: anthropic.AsyncAnthropic) -> list[RawMessageStreamEvent]:
    stream = await client.messages.create(model=MODEL, max_tokens=9, messages=ASK, stream=True)
    return [event async for event in stream]


async def test_error_inside_a_stream_reaches_the_vendors_client(
    server: VendorServer, client: anthropic.AsyncAnthropic
) -> None:
    server.will(Scene(fault=ErrorInStream()))
    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        await _streamed(client)


async def test_cut_stream_reaches_the_vendors_client(server: VendorServer, client: anthropic.AsyncAnthropic) -> None:
    server.will(Scene(fault=Cut(at=700)))
    with pytest.raises(httpx2.RemoteProtocolError, match="incomplete chunked read"):
        await _streamed(client)
