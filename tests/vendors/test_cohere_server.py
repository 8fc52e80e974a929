"""The local Cohere, held against Cohere's own client and published types."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from cohere import AsyncClientV2
from cohere.core.api_error import ApiError
from cohere.errors import NotFoundError, TooManyRequestsError, UnauthorizedError
from cohere.v2.types import V2ChatResponse

from polydesk.core.messages import ModelResponse
from tests.vendors import answers
from tests.vendors.cohere_server import KEY, CohereVendor, cohere_server
from tests.vendors.http_server import Refuse, Scene, VendorServer
from tests.vendors.published import problems

MODEL = "command-a-plus-05-2026"
ASK: list[Any] = [{"role": "user", "content": "hello"}]
TOOL: Any = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}


@pytest.fixture
async def server() -> AsyncIterator[VendorServer]:
    async with cohere_server() as running:
        yield running


@pytest.fixture
async def client(server: VendorServer) -> AsyncIterator[AsyncClientV2]:
    async with AsyncClientV2(api_key=KEY, base_url=server.url, log_warning_experimental_features=False) as made:
        yield made


@pytest.mark.parametrize(
    "answer",
    [answers.TEXT, answers.LENGTH, answers.TOOLS, answers.STRUCTURED, answers.THOUGHT, answers.CACHE_READ],
    ids=lambda answer: answer.id,
)
def test_answers_obey_the_published_types(answer: ModelResponse) -> None:
    assert problems(CohereVendor().plain(answer), V2ChatResponse) is None


async def test_chat(server: VendorServer, client: AsyncClientV2) -> None:
    server.will(Scene(response=answers.CACHE_READ))
    answer = await client.chat(model=MODEL, messages=ASK, temperature=0.5, stop_sequences=["END"], seed=7, p=0.9, k=3)
    (content,) = answer.message.content or []
    assert (content.type, getattr(content, "text", None), answer.finish_reason) == (
        "text",
        "Known already.",
        "COMPLETE",
    )
    assert answer.usage is not None
    assert answer.usage.tokens is not None
    assert (answer.usage.tokens.input_tokens, answer.usage.cached_tokens) == (1500, 1000)
    assert (server.requests[0].body["p"], server.requests[0].body["k"]) == (0.9, 3)


async def _streamed(client: AsyncClientV2, **more: Any) -> list[Any]:
    return [event async for event in client.chat_stream(model=MODEL, messages=ASK, **more)]


async def test_stream_with_plan_and_parallel_tools(server: VendorServer, client: AsyncClientV2) -> None:
    server.will(Scene(response=answers.TOOLS))
    events = await _streamed(client, tools=[TOOL], strict_tools=True)
    plan = "".join(event.delta.message.tool_plan for event in events if event.type == "tool-plan-delta")
    names = [event.delta.message.tool_calls for event in events if event.type == "tool-call-start"]
    arguments = ["", ""]
    for event in events:
        if event.type == "tool-call-delta":
            arguments[event.index] += event.delta.message.tool_calls.function.arguments
    assert plan == "I will look twice."
    assert [(call.id, call.function.name) for call in names] == [("call_a", "look"), ("call_b", "look")]
    assert arguments == ['{"where":"the table","deep":[1,2]}', "{}"]
    assert (events[-1].delta.finish_reason, events[-1].delta.usage.billed_units.output_tokens) == ("TOOL_CALL", 30)


async def test_reasoning_is_streamed_before_the_text(server: VendorServer, client: AsyncClientV2) -> None:
    server.will(Scene(response=answers.THOUGHT))
    events = await _streamed(client, thinking={"type": "enabled", "token_budget": 500})
    starts = [event.delta.message.content.type for event in events if event.type == "content-start"]
    deltas = [event.delta.message.content for event in events if event.type == "content-delta"]
    assert starts == ["thinking", "text"]
    assert "".join(delta.thinking or "" for delta in deltas) == "Let me consider the table."
    assert "".join(delta.text or "" for delta in deltas) == "Done."


async def test_structured_output_image_and_tool_result_are_accepted(
    server: VendorServer, client: AsyncClientV2
) -> None:
    call: Any = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    messages: list[Any] = [
        {"role": "system", "content": "Be short."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "what is this"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
            ],
        },
        {"role": "assistant", "tool_calls": [call], "tool_plan": "I look."},
        {"role": "tool", "tool_call_id": "c1", "content": "a cat"},
    ]
    form: Any = {"type": "json_object", "json_schema": {"type": "object"}}
    answer = await client.chat(model=MODEL, messages=messages, response_format=form, safety_mode="STRICT")
    assert answer.id == "msg_hello"
    assert server.requests[0].body["response_format"] == form


async def test_vectors(client: AsyncClientV2) -> None:
    answer = await client.embed(
        model="embed-v4.0",
        texts=["a", "bcd"],
        input_type="search_query",
        embedding_types=["float"],
        output_dimension=3,
    )
    assert answer.embeddings.float_ == [[1.0, 0.5, 0.5], [3.0, 0.5, 0.5]]
    assert answer.meta is not None
    assert answer.meta.billed_units is not None
    assert answer.meta.billed_units.input_tokens == 4


async def test_order(client: AsyncClientV2) -> None:
    documents = ["nothing", "a red house", "a house"]
    answer = await client.rerank(model="rerank-v4.0-pro", query="red house", documents=documents, top_n=2)
    assert [(one.index, one.relevance_score) for one in answer.results] == [(1, 1.0), (2, 0.5)]
    assert answer.meta is not None
    assert answer.meta.billed_units is not None
    assert answer.meta.billed_units.search_units == 1


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"model": "command-0"}, 404, "command-0"),
    ({"temperature": 3}, 400, "temperature"),
    ({"stop_sequences": list("abcdef")}, 400, "stop"),
    ({"messages": [{"role": "tool", "content": "x", "tool_call_id": "c"}]}, 400, "tool call"),
    ({"model": "command-tiny", "messages": [{"role": "user", "content": "x" * 999}]}, 400, "too many tokens"),
    ({"request_options": {"additional_body_parameters": {"nonsense": 1}}}, 422, "nonsense"),
]


@pytest.mark.parametrize(("changes", "status", "words"), REFUSED)
async def test_wrong_request_is_refused(
    client: AsyncClientV2, changes: dict[str, Any], status: int, words: str
) -> None:
    arguments: dict[str, Any] = {"model": MODEL, "messages": ASK} | changes
    with pytest.raises(ApiError) as caught:
        await client.chat(**arguments)
    assert caught.value.status_code == status
    assert words in json.dumps(caught.value.body)


async def test_wrong_key_is_refused(server: VendorServer) -> None:
    async with AsyncClientV2(api_key="wrong-key-000", base_url=server.url) as client:
        with pytest.raises(UnauthorizedError):
            await client.chat(model=MODEL, messages=ASK)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_failures_are_the_vendors(server: VendorServer, client: AsyncClientV2, status: int) -> None:
    server.will(Scene(fault=Refuse(status=status)))
    with pytest.raises(ApiError) as caught:
        await client.chat(model=MODEL, messages=ASK, request_options={"max_retries": 0})
    assert caught.value.status_code == status
    assert isinstance(caught.value, TooManyRequestsError) == (status == 429)
    assert not isinstance(caught.value, NotFoundError)
