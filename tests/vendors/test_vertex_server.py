"""The local Vertex AI, held against Google's and Anthropic's own clients."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import anthropic
import pytest
from anthropic.lib.vertex import AsyncAnthropicVertex
from google import genai
from google.genai import errors, types
from google.oauth2.credentials import Credentials

from tests.vendors import answers
from tests.vendors.http_server import Refuse, Scene, VendorServer
from tests.vendors.vertex_server import (
    LOCATION,
    PROJECT,
    TOKEN,
    anthropic_vertex_server,
    gemini_vertex_server,
)

GEMINI, CLAUDE = "gemini-3.8-flash", "claude-haiku-4-5@20251001"
ASK: list[Any] = [{"role": "user", "content": "hello"}]


@pytest.fixture
async def google() -> AsyncIterator[VendorServer]:
    async with gemini_vertex_server() as running:
        yield running


@pytest.fixture
async def claude() -> AsyncIterator[VendorServer]:
    async with anthropic_vertex_server() as running:
        yield running


def _genai(server: VendorServer, token: str = TOKEN) -> genai.Client:
    return genai.Client(
        vertexai=True,
        project=PROJECT,
        location=LOCATION,
        credentials=Credentials(token),
        http_options=types.HttpOptions(base_url=server.url, api_version="v1"),
    )


def _vertex(server: VendorServer) -> AsyncAnthropicVertex:
    return AsyncAnthropicVertex(
        project_id=PROJECT, region=LOCATION, access_token=TOKEN, base_url=server.url + "/v1", max_retries=0
    )


async def test_gemini_answers_whole_and_in_pieces(google: VendorServer) -> None:
    google.will(Scene(response=answers.TEXT), Scene(response=answers.TEXT))
    with _genai(google) as made:
        async with made.aio as client:
            answer = await client.models.generate_content(model=GEMINI, contents="hello")
            stream = await client.models.generate_content_stream(model=GEMINI, contents="hello")
            pieces = [piece.text async for piece in stream]
            counted = await client.models.count_tokens(model=GEMINI, contents="hello")
    assert answer.text == "".join(text for text in pieces if text) == answers.TEXT.text
    assert counted.total_tokens


async def test_gemini_refuses_a_wrong_token(google: VendorServer) -> None:
    with _genai(google, "wrong") as made:
        async with made.aio as client:
            with pytest.raises(errors.ClientError, match="UNAUTHENTICATED"):
                await client.models.generate_content(model=GEMINI, contents="hello")


async def test_claude_answers_whole_and_in_pieces(claude: VendorServer) -> None:
    claude.will(Scene(response=answers.TOOLS), Scene(response=answers.TOOLS))
    async with _vertex(claude) as client:
        answer = await client.messages.create(model=CLAUDE, max_tokens=9, messages=ASK)
        async with client.messages.stream(model=CLAUDE, max_tokens=9, messages=ASK) as stream:
            streamed = await stream.get_final_message()
        counted = await client.messages.count_tokens(model=CLAUDE, messages=ASK)
    assert [block.type for block in answer.content] == ["text", "tool_use", "tool_use"]
    assert [block.model_dump() for block in streamed.content] == [block.model_dump() for block in answer.content]
    assert counted.input_tokens > 0
    assert [request.path.rpartition(":")[2] for request in claude.requests] == [
        "rawPredict",
        "streamRawPredict",
        "rawPredict",
    ]


async def test_claude_fails_as_the_vendor_does(claude: VendorServer) -> None:
    claude.will(Scene(fault=Refuse(status=429)))
    async with _vertex(claude) as client:
        with pytest.raises(anthropic.RateLimitError):
            await client.messages.create(model=CLAUDE, max_tokens=9, messages=ASK)
