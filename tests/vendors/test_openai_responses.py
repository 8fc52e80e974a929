"""The local OpenAI's Responses and embeddings, held against OpenAI's own client and published types."""

from __future__ import annotations

import base64
import json
from array import array
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from openai.types import CreateEmbeddingResponse
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel

from polydesk.core.messages import ModelResponse
from polydesk.wire.sse import SseReader
from tests.vendors import answers, openai_responses
from tests.vendors.http_server import Cut, ErrorInStream, Refuse, Scene, VendorServer
from tests.vendors.openai_server import EMBEDDING_MODEL, KEY, openai_server
from tests.vendors.published import problems

TOOL: Any = {
    "type": "function",
    "name": "look",
    "parameters": {"type": "object", "properties": {}, "additionalProperties": False},
    "strict": True,
}


class Report(BaseModel):
    """What the structured answer says."""

    title: str
    year: int


@pytest.fixture
async def server() -> AsyncIterator[VendorServer]:
    async with openai_server() as running:
        yield running


@pytest.fixture
async def client(server: VendorServer) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(api_key=KEY, base_url=server.url + "/v1", max_retries=0) as sdk:
        yield sdk


@pytest.mark.parametrize(
    "answer",
    [
        answers.TEXT,
        answers.LENGTH,
        answers.TOOLS,
        answers.CACHED,
        answers.THINKING,
        answers.ENCRYPTED_THOUGHT,
        answers.OPENAI_REFUSAL,
    ],
    ids=lambda answer: answer.id,
)
def test_answers_obey_the_published_schema(answer: ModelResponse) -> None:
    assert problems(openai_responses.plain(answer), Response) is None
    asked = {"instructions": "Be short.", "tools": [TOOL], "tool_choice": "auto", "metadata": {"a": "b"}}
    events = SseReader().feed(b"".join(openai_responses.events(answer, asked)))
    assert [problems(json.loads(event.data), ResponseStreamEvent) for event in events] == [None] * len(events)
    assert [event.name for event in events] == [json.loads(event.data)["type"] for event in events]


async def test_answer_is_read(server: VendorServer, client: openai.AsyncOpenAI) -> None:
    server.will(Scene(response=answers.CACHED))
    answer = await client.responses.create(model="gpt-4.1", input="hello", instructions="Be short.", temperature=0.5)
    assert (answer.output_text, answer.status) == ("Known already.", "completed")
    assert answer.usage is not None
    assert answer.usage.model_dump(exclude_none=True) == {
        "input_tokens": 1500,
        "input_tokens_details": {"cached_tokens": 1000, "cache_write_tokens": 200},
        "output_tokens": 80,
        "output_tokens_details": {"reasoning_tokens": 64},
        "total_tokens": 1580,
    }
    assert answer._request_id == "req_1"


async def test_stream_with_parallel_tools(server: VendorServer, client: openai.AsyncOpenAI) -> None:
    server.will(Scene(response=answers.TOOLS))
    async with client.responses.stream(model="gpt-4.1", input="hello", tools=[TOOL]) as stream:
        snapshots = [event.snapshot async for event in stream if event.type == "response.function_call_arguments.delta"]
        answer = await stream.get_final_response()
    assert [(item.call_id, item.arguments) for item in answer.output if item.type == "function_call"] == [
        ("call_a", '{"where":"the table","deep":[1,2]}'),
        ("call_b", "{}"),
    ]
    assert snapshots[-2:] == ['{"where":"the table","deep":[1,2]}', "{}"]
    assert answer.output_text == "I will look twice."
    assert answer.tools[0].type == "function"


async def test_structured_output_whole_and_streamed(server: VendorServer, client: openai.AsyncOpenAI) -> None:
    server.will(Scene(response=answers.STRUCTURED), Scene(response=answers.STRUCTURED))
    answer = await client.responses.parse(model="gpt-4.1", input="hello", text_format=Report)
    async with client.responses.stream(model="gpt-4.1", input="hello", text_format=Report) as stream:
        streamed = await stream.get_final_response()
    assert answer.output_parsed == streamed.output_parsed == Report(title="Results", year=2026)


async def test_reasoning_goes_back_as_it_came(server: VendorServer, client: openai.AsyncOpenAI) -> None:
    server.will(Scene(response=answers.ENCRYPTED_THOUGHT))
    first = await client.responses.create(model="gpt-6.1-sol", input="hello", tools=[TOOL], store=False)
    turn: list[Any] = [item.model_dump(exclude_none=True) for item in first.output]
    result = {"type": "function_call_output", "call_id": "call_a", "output": "a cat"}
    said: list[Any] = [{"role": "user", "content": "hello"}, *turn, result]
    answer = await client.responses.create(model="gpt-6.1-sol", input=said, tools=[TOOL], store=False)
    assert answer.output_text == "Hello there."
    assert turn[0]["encrypted_content"] == "b3BhcXVl"


async def test_images_and_files_are_accepted(client: openai.AsyncOpenAI) -> None:
    content: list[Any] = [
        {"type": "input_text", "text": "what is this"},
        {"type": "input_image", "image_url": "data:image/png;base64,aGk=", "detail": "auto"},
        {"type": "input_file", "file_data": "data:application/pdf;base64,aGk=", "filename": "a.pdf"},
    ]
    said: list[Any] = [{"role": "user", "content": content}]
    assert (await client.responses.create(model="gpt-4.1", input=said)).output_text == "Hello there."


async def test_refusal_is_in_its_own_part(server: VendorServer, client: openai.AsyncOpenAI) -> None:
    server.will(Scene(response=answers.OPENAI_REFUSAL))
    (item,) = (await client.responses.create(model="gpt-4.1", input="hello")).output
    assert item.type == "message"
    assert item.content[0].type == "refusal"
    assert item.content[0].refusal == "I cannot help with that."


async def test_cut_off_answer_says_why(server: VendorServer, client: openai.AsyncOpenAI) -> None:
    server.will(Scene(response=answers.LENGTH))
    answer = await client.responses.create(model="gpt-4.1", input="hello", max_output_tokens=16)
    assert answer.incomplete_details is not None
    assert (answer.status, answer.incomplete_details.reason) == ("incomplete", "max_output_tokens")


REFUSED: list[tuple[dict[str, Any], type[openai.APIStatusError], str | None, str | None]] = [
    ({"model": "gpt-0"}, openai.NotFoundError, "model_not_found", None),
    ({"extra_body": {"nonsense": 1}}, openai.BadRequestError, "unknown_parameter", "nonsense"),
    ({"input": [{"role": "nobody", "content": "x"}]}, openai.BadRequestError, "invalid_type", None),
    ({"input": [{"type": "function_call_output", "call_id": "c", "output": "x"}]}, openai.BadRequestError, None,
     "input"),
    ({"input": [{"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}]}, openai.BadRequestError,
     None, "input"),
    ({"model": "gpt-tiny", "input": "x" * 999}, openai.BadRequestError, "context_length_exceeded", "input"),
    ({"model": "gpt-6.1-sol", "temperature": 0}, openai.BadRequestError, "unsupported_parameter", "temperature"),
    ({"include": ["reasoning.encrypted_content"]}, openai.BadRequestError, None, "include"),
    ({"text": {"format": {"type": "json_object"}}}, openai.BadRequestError, None, "input"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "error", "code", "param"), REFUSED)
async def test_wrong_request_is_refused(
    client: openai.AsyncOpenAI,
    changes: dict[str, Any],
    error: type[openai.APIStatusError],
    code: str | None,
    param: str | None,
) -> None:
    arguments: dict[str, Any] = {"model": "gpt-4.1", "input": "hello"} | changes
    with pytest.raises(error) as caught:
        await client.responses.create(**arguments)
    assert caught.value.code == code
    assert param is None or caught.value.param == param


async def test_failures_are_the_vendors(server: VendorServer, client: openai.AsyncOpenAI) -> None:
    server.will(Scene(fault=Refuse(status=429)))
    with pytest.raises(openai.RateLimitError):
        await client.responses.create(model="gpt-4.1", input="hello")


async def test_failed_and_cut_streams_reach_the_vendors_client(
    server: VendorServer, client: openai.AsyncOpenAI
) -> None:
    server.will(Scene(fault=ErrorInStream()), Scene(fault=Cut(at=1500)))
    stream = await client.responses.create(model="gpt-4.1", input="hello", stream=True)
    assert [event.type async for event in stream][-1] == "response.failed"
    with pytest.raises(openai.APIConnectionError):
        _ = [event async for event in await client.responses.create(model="gpt-4.1", input="hello", stream=True)]


@pytest.mark.parametrize("encoding", ["float", "base64", None])
async def test_vectors_are_read_in_either_encoding(client: openai.AsyncOpenAI, encoding: Any) -> None:
    chosen: dict[str, Any] = {} if encoding is None else {"encoding_format": encoding}
    answer = await client.embeddings.create(model=EMBEDDING_MODEL, input=["a", "bcd"], dimensions=2, **chosen)
    assert answer.usage.prompt_tokens == 4
    numbers = [array("f", base64.b64decode(one)) if isinstance(one, str) else one for one in _embeddings(answer)]
    assert [list(vector) for vector in numbers] == [[1.0, 0.5], [3.0, 0.5]]


def _embeddings(answer: CreateEmbeddingResponse) -> list[Any]:
    """What the answer says, which is text where the client asked for base64 by name."""
    return [vector.embedding for vector in answer.data]
