"""The local Bedrock, held against botocore's client, which AWS generates from its own service description."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from tests.vendors import answers
from tests.vendors.bedrock_server import ACCESS_KEY, REGION, SESSION, SIGNING_KEY, bedrock_server
from tests.vendors.http_server import ErrorInStream, Refuse, Scene, VendorServer

MODEL = "eu.anthropic.claude-sonnet-5-5-v1:0"
ASK: list[Any] = [{"role": "user", "content": [{"text": "hello"}]}]
TOOLS: Any = {"tools": [{"toolSpec": {"name": "look", "inputSchema": {"json": {"type": "object"}}}}]}
Ask = Callable[..., Any]


@pytest.fixture
async def server() -> AsyncIterator[VendorServer]:
    async with bedrock_server() as running:
        yield running


def _client(server: VendorServer, **credentials: str) -> Any:
    keys = {
        "aws_access_key_id": ACCESS_KEY,
        "aws_secret_access_key": SIGNING_KEY,
        "aws_session_token": SESSION,
    }
    config = Config(retries={"total_max_attempts": 1}, read_timeout=5)
    make: Any = botocore.session.Session().create_client
    return make("bedrock-runtime", REGION, endpoint_url=server.url, config=config, **(keys | credentials))


@pytest.fixture
def client(server: VendorServer) -> Iterator[Any]:
    made = _client(server)
    yield made
    made.close()


async def _converse(client: Any, **arguments: Any) -> Any:
    """The client waits, so it does that in a thread."""
    return await asyncio.to_thread(client.converse, **({"modelId": MODEL, "messages": ASK} | arguments))


async def _streamed(client: Any, **arguments: Any) -> list[Any]:
    def consume() -> list[Any]:
        answer = client.converse_stream(**({"modelId": MODEL, "messages": ASK} | arguments))
        with contextlib.closing(answer["stream"]) as stream:
            return list(stream)

    return await asyncio.to_thread(consume)


async def test_signed_chat(server: VendorServer, client: Any) -> None:
    server.will(Scene(response=answers.CACHE_BOTH))
    answer = await _converse(client, inferenceConfig={"maxTokens": 9, "stopSequences": ["END"]})
    assert answer["output"]["message"]["content"] == [{"text": "Known already."}]
    assert (answer["stopReason"], answer["ResponseMetadata"]["RequestId"]) == ("end_turn", "req_1")
    assert answer["usage"] == {
        "inputTokens": 300,
        "outputTokens": 80,
        "totalTokens": 1580,
        "cacheReadInputTokens": 1000,
        "cacheWriteInputTokens": 200,
    }


async def test_stream_with_parallel_tools(server: VendorServer, client: Any) -> None:
    server.will(Scene(response=answers.TOOLS))
    events = await _streamed(client, toolConfig=TOOLS)
    names = [next(iter(event)) for event in events]
    assert (names[0], names[-2:]) == ("messageStart", ["messageStop", "metadata"])
    starts = [event["contentBlockStart"] for event in events if "contentBlockStart" in event]
    assert [(start["contentBlockIndex"], start["start"]["toolUse"]["toolUseId"]) for start in starts] == [
        (1, "call_a"),
        (2, "call_b"),
    ]
    text, inputs = "", {1: "", 2: ""}
    for event in events:
        if "contentBlockDelta" in event:
            delta, index = event["contentBlockDelta"]["delta"], event["contentBlockDelta"]["contentBlockIndex"]
            text += delta.get("text", "")
            if "toolUse" in delta:
                inputs[index] += delta["toolUse"]["input"]
    assert (text, inputs) == ("I will look twice.", {1: '{"where":"the table","deep":[1,2]}', 2: "{}"})
    assert events[-1]["metadata"]["usage"]["totalTokens"] == 70


async def test_reasoning_comes_signed_and_hidden(server: VendorServer, client: Any) -> None:
    server.will(Scene(response=answers.THINKING))
    content = (await _converse(client))["output"]["message"]["content"]
    assert [block.get("reasoningContent") for block in content] == [
        {"reasoningText": {"text": "Let me consider the table.", "signature": "c2lnbmF0dXJl"}},
        {"redactedContent": b"opaque"},
        None,
    ]


async def test_image_document_tool_result_schema_and_cache_are_accepted(server: VendorServer, client: Any) -> None:
    messages: list[Any] = [
        {
            "role": "user",
            "content": [
                {"text": "what is this"},
                {"image": {"format": "png", "source": {"bytes": b"png"}}},
                {"document": {"format": "pdf", "name": "a report", "source": {"bytes": b"pdf"}}},
                {"cachePoint": {"type": "default"}},
            ],
        },
        {"role": "assistant", "content": [{"toolUse": {"toolUseId": "c1", "name": "look", "input": {"a": 1}}}]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "c1", "content": [{"text": "a cat"}]}}]},
    ]
    structure = {"jsonSchema": {"schema": "{}", "name": "thing"}}
    answer = await _converse(
        client,
        messages=messages,
        system=[{"text": "Be short."}],
        toolConfig=TOOLS,
        outputConfig={"textFormat": {"type": "json_schema", "structure": structure}},
    )
    assert answer["output"]["message"]["content"] == [{"text": "Hello there."}]
    assert server.requests[0].body["messages"][0]["content"][1]["image"]["source"] == {"bytes": "cG5n"}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"modelId": "no.model-v1:0"}, "ResourceNotFoundException"),
    ({"messages": [{"role": "assistant", "content": [{"text": "x"}]}]}, "ValidationException"),
    ({"modelId": "tiny.model-v1:0", "messages": [{"role": "user", "content": [{"text": "x" * 999}]}]},
     "ValidationException"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "code"), REFUSED)
async def test_wrong_request_is_refused(client: Any, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as caught:
        await _converse(client, **changes)
    assert caught.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("credentials", "code"),
    [
        ({"aws_access_key_id": "AKIDOTHER"}, "UnrecognizedClientException"),
        ({"aws_secret_access_key": "wrong"}, "InvalidSignatureException"),
        ({"aws_session_token": "old"}, "ExpiredTokenException"),
    ],
)
async def test_wrong_signature_is_refused(server: VendorServer, credentials: dict[str, str], code: str) -> None:
    client = _client(server, **credentials)
    with pytest.raises(ClientError) as caught:
        await _converse(client)
    client.close()
    assert caught.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("status", "code"),
    [(429, "ThrottlingException"), (500, "InternalServerException"), (503, "ServiceUnavailableException")],
)
async def test_failures_are_the_vendors(server: VendorServer, client: Any, status: int, code: str) -> None:
    server.will(Scene(fault=Refuse(status=status)))
    with pytest.raises(ClientError) as caught:
        await _converse(client)
    assert caught.value.response["Error"]["Code"] == code


async def test_exception_inside_a_stream_reaches_the_vendors_client(server: VendorServer, client: Any) -> None:
    server.will(Scene(fault=ErrorInStream()))
    with pytest.raises(EventStreamError, match="unexpected error"):
        await _streamed(client)
