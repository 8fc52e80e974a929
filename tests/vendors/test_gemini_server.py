"""The local Gemini API, held against Google's own client and published types."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from google import genai
from google.genai import errors, types
from msgspec import structs
from pydantic import BaseModel

from polydesk.core.messages import ModelResponse, TextPart, ToolCallPart
from polydesk.wire.sse import SseReader
from tests.vendors import answers
from tests.vendors.gemini_server import EMBEDDING_MODEL, KEY, GeminiVendor, gemini_server
from tests.vendors.http_server import ErrorInStream, Received, Refuse, Scene, VendorServer
from tests.vendors.published import problems

MODEL = "gemini-3.8-flash"
LOOK = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(name="look", parameters=types.Schema(type=types.Type.OBJECT, properties={}))
    ]
)
TOOLS = structs.replace(
    answers.TOOLS,
    parts=(
        TextPart(text="I will look twice."),
        ToolCallPart(id="call_a", name="look", arguments='{"where":"the table","deep":[1,2]}', signature="c2ln"),
        ToolCallPart(id="call_b", name="look", arguments="{}"),
    ),
)


@pytest.fixture
async def server() -> AsyncIterator[VendorServer]:
    async with gemini_server() as running:
        yield running


@pytest.fixture
async def client(server: VendorServer) -> AsyncIterator[Any]:
    with genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=server.url)) as made:
        async with made.aio as asynchronous:
            yield asynchronous


@pytest.mark.parametrize(
    "answer",
    [answers.TEXT, answers.LENGTH, TOOLS, answers.STRUCTURED, answers.CACHE_READ, answers.SIGNED_THOUGHT],
    ids=lambda answer: answer.id,
)
def test_answers_obey_the_published_types(answer: ModelResponse) -> None:
    vendor = GeminiVendor()
    assert problems(vendor.plain(answer), types.GenerateContentResponse) is None
    events = SseReader().feed(b"".join(vendor.events(answer, Received(path="", headers={}, body={}))))
    wrong = [problems(json.loads(event.data), types.GenerateContentResponse) for event in events]
    assert wrong == [None] * len(wrong)


async def test_chat(server: VendorServer, client: Any) -> None:
    server.will(Scene(response=answers.CACHE_READ))
    config = types.GenerateContentConfig(system_instruction="Be short.", stop_sequences=["END"], temperature=0.5)
    answer = await client.models.generate_content(model=MODEL, contents="hello", config=config)
    assert (answer.text, answer.response_id) == ("Known already.", "answer_cache_read")
    usage = answer.usage_metadata
    assert (usage.prompt_token_count, usage.cached_content_token_count, usage.total_token_count) == (1500, 1000, 1580)
    assert server.requests[0].path.endswith(f"/models/{MODEL}:generateContent")


async def test_stream_with_parallel_calls(server: VendorServer, client: Any) -> None:
    server.will(Scene(response=TOOLS))
    config = types.GenerateContentConfig(tools=[LOOK])
    stream = await client.models.generate_content_stream(model=MODEL, contents="hello", config=config)
    parts = [part async for piece in stream for part in piece.candidates[0].content.parts or []]
    assert "".join(part.text for part in parts if part.text) == "I will look twice."
    calls = [part for part in parts if part.function_call]
    assert [(call.function_call.id, call.function_call.args, call.thought_signature) for call in calls] == [
        ("call_a", {"where": "the table", "deep": [1, 2]}, b"sig"),
        ("call_b", {}, None),
    ]


async def test_calls_go_back_with_their_signatures_and_answers(server: VendorServer, client: Any) -> None:
    server.will(Scene(response=TOOLS))
    chat = client.chats.create(model=MODEL, config=types.GenerateContentConfig(tools=[LOOK]))
    await chat.send_message("hello")
    await chat.send_message(
        [
            types.Part(function_response=types.FunctionResponse(id=name, name="look", response={"output": "a cat"}))
            for name in ("call_a", "call_b")
        ]
    )
    assert [len(content["parts"]) for content in server.requests[1].body["contents"]] == [1, 3, 2]


async def test_thoughts(server: VendorServer, client: Any) -> None:
    server.will(Scene(response=answers.SIGNED_THOUGHT))
    config = types.GenerateContentConfig(
        thinking_config=types.ThinkingConfig(thinking_level=types.ThinkingLevel.HIGH, include_thoughts=True)
    )
    answer = await client.models.generate_content(model=MODEL, contents="hello", config=config)
    thought, said = answer.candidates[0].content.parts
    assert (thought.text, thought.thought, thought.thought_signature) == (
        "Let me consider the table.",
        True,
        b"signature",
    )
    assert (said.text, said.thought) == ("Done.", None)


async def test_structured_output(server: VendorServer, client: Any) -> None:
    class Report(BaseModel):
        title: str
        year: int

    server.will(Scene(response=answers.STRUCTURED))
    config = types.GenerateContentConfig(response_mime_type="application/json", response_schema=Report)
    answer = await client.models.generate_content(model=MODEL, contents="hello", config=config)
    assert answer.parsed == Report(title="Results", year=2026)


async def test_images_and_documents_are_accepted(client: Any) -> None:
    contents = [
        types.Part.from_bytes(data=b"\xfb\xffpng", mime_type="image/png"),
        types.Part.from_uri(file_uri="https://example.com/a.pdf", mime_type="application/pdf"),
        types.Part(text="what is this"),
    ]
    answer = await client.models.generate_content(model=MODEL, contents=contents)
    assert answer.candidates[0].finish_reason is types.FinishReason.STOP


async def test_tokens_are_counted(client: Any) -> None:
    assert (await client.models.count_tokens(model=MODEL, contents="hello")).total_tokens > 0


async def test_vectors(client: Any) -> None:
    config = types.EmbedContentConfig(task_type="RETRIEVAL_QUERY", output_dimensionality=3)
    answer = await client.models.embed_content(model=EMBEDDING_MODEL, contents=["a", "b"], config=config)
    assert [len(vector.values) for vector in answer.embeddings] == [3, 3]


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"model": "gemini-0"}, 404, "models/gemini-0 is not found"),
    ({"contents": [types.Content(role="user", parts=[])]}, 400, "parts must not be empty"),
    ({"contents": [types.Content(role="system", parts=[types.Part(text="x")])]}, 400, "valid role"),
    ({"contents": "x" * 999, "model": "gemini-tiny"}, 400, "exceeds the maximum number of tokens"),
    ({"model": "gemini-4-argon", "config": types.GenerateContentConfig(presence_penalty=1)}, 400, "not supported"),
    ({"config": types.GenerateContentConfig(http_options=types.HttpOptions(extra_body={"nonsense": 1}))}, 400,
     "nonsense"),
    ({"config": types.GenerateContentConfig(http_options=types.HttpOptions(headers={"x-goog-api-key": "wrong"}))}, 400,
     "API key not valid"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "status", "words"), REFUSED)
async def test_wrong_request_is_refused(client: Any, changes: dict[str, Any], status: int, words: str) -> None:
    with pytest.raises(errors.ClientError, match=words) as caught:
        await client.models.generate_content(**({"model": MODEL, "contents": "hello"} | changes))
    assert caught.value.code == status


async def test_unsigned_call_is_refused(client: Any) -> None:
    call = types.Part(function_call=types.FunctionCall(name="look", args={}))
    contents = [types.Content(role="user", parts=[types.Part(text="a")]), types.Content(role="model", parts=[call])]
    with pytest.raises(errors.ClientError, match="missing a thought_signature"):
        await client.models.generate_content(model=MODEL, contents=contents)


@pytest.mark.parametrize(("status", "error"), [(429, errors.ClientError), (503, errors.ServerError)])
async def test_failures_are_the_vendors(
    server: VendorServer, client: Any, status: int, error: type[errors.APIError]
) -> None:
    server.will(Scene(fault=Refuse(status=status)))
    with pytest.raises(error) as caught:
        await client.models.generate_content(model=MODEL, contents="hello")
    assert caught.value.code == status


async def test_error_inside_a_stream_reaches_the_vendors_client(server: VendorServer, client: Any) -> None:
    server.will(Scene(fault=ErrorInStream()))
    with pytest.raises(errors.APIError, match="overloaded"):
        async for _ in await client.models.generate_content_stream(model=MODEL, contents="hello"):
            pass
