"""Vertex AI as a host, with tokens from a local place of tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from polydesk.core.errors import AuthenticationError, ModelNotFoundError
from polydesk.core.messages import Message, ModelRequest, ReasoningPart, TextPart, user_message
from polydesk.core.streams import response_of
from polydesk.providers.anthropic import Anthropic
from polydesk.providers.gemini import Gemini
from polydesk.providers.google_token import GoogleToken, read_credentials
from polydesk.providers.http import HttpClient
from polydesk.providers.vertex import AnthropicOnVertex, GeminiOnVertex, VertexPlace, vertex_base_url
from tests.vendors import answers
from tests.vendors.http_server import Refuse, Scene, VendorServer
from tests.vendors.vertex_server import (
    LOCATION,
    PROJECT,
    anthropic_vertex_server,
    gemini_vertex_server,
    key_pair,
    token_server,
    write_service_account,
)

PRIVATE, PUBLIC = key_pair()


def _place(token: GoogleToken, url: str) -> VertexPlace:
    return VertexPlace(token=token, project=PROJECT, location=LOCATION, base_url=url)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One publisher on Vertex AI."""

    model: str
    dialect: str
    serve: Callable[..., VendorServer]
    connect: Callable[[HttpClient, GoogleToken, str], Gemini | Anthropic]
    methods: tuple[str, str, str]


CASES = [
    Case(
        model="gemini-3.8-flash",
        dialect="gemini_vertex",
        serve=gemini_vertex_server,
        connect=lambda http, token, url: Gemini(http, host=GeminiOnVertex(_place(token, url)), provider="vertex"),
        methods=("generateContent", "streamGenerateContent?alt=sse", "countTokens"),
    ),
    Case(
        model="claude-haiku-4-5@20251001",
        dialect="anthropic_vertex",
        serve=anthropic_vertex_server,
        connect=lambda http, token, url: Anthropic(http, host=AnthropicOnVertex(_place(token, url)), provider="vertex"),
        methods=("rawPredict", "streamRawPredict", "rawPredict"),
    ),
]


@pytest.fixture(params=CASES, ids=lambda case: case.dialect)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


@pytest.fixture
async def server(case: Case) -> AsyncIterator[VendorServer]:
    async with case.serve() as running:
        yield running


@pytest.fixture
async def tokens() -> AsyncIterator[VendorServer]:
    async with token_server(PUBLIC) as running:
        yield running


@pytest.fixture
async def provider(
    case: Case, server: VendorServer, tokens: VendorServer, tmp_path: Path
) -> AsyncIterator[Gemini | Anthropic]:
    http = HttpClient()
    path = write_service_account(tmp_path / "key.json", PRIVATE, tokens.url + "/token")
    yield case.connect(http, GoogleToken(http, read_credentials(path)), server.url + "/v1")
    await http.close()


@pytest.fixture
def ask(case: Case) -> ModelRequest:
    return ModelRequest(model=case.model, messages=(user_message("hello"),), max_output_tokens=100)


async def test_answer_arrives_whole_and_in_pieces(
    case: Case, server: VendorServer, tokens: VendorServer, provider: Gemini | Anthropic, ask: ModelRequest
) -> None:
    server.will(Scene(response=answers.TOOLS), Scene(response=answers.TOOLS))
    whole = await provider.send(ask)
    streamed = response_of([event async for event in provider.stream(ask)])
    assert (whole.parts, streamed.parts) == (answers.TOOLS.parts, answers.TOOLS.parts)
    assert await provider.count_tokens(ask) > 0
    assert tuple(request.path.rpartition(":")[2] for request in server.requests) == case.methods
    assert {request.headers["authorization"] for request in server.requests} == {"Bearer ya29.1"}
    assert len(tokens.requests) == 1


async def test_refused_token_is_renewed_for_the_next_call(
    server: VendorServer, provider: Gemini | Anthropic, ask: ModelRequest
) -> None:
    server.will(Scene(fault=Refuse(status=401)))
    with pytest.raises(AuthenticationError) as caught:
        await provider.send(ask)
    await provider.send(ask)
    assert [request.headers["authorization"] for request in server.requests] == ["Bearer ya29.1", "Bearer ya29.2"]
    assert "ya29" not in f"{caught.value!r} {caught.value.__dict__} {provider!r}"


async def test_unknown_model_is_said_so(provider: Gemini | Anthropic) -> None:
    with pytest.raises(ModelNotFoundError):
        await provider.send(ModelRequest(model="no-such-model", messages=(user_message("hello"),)))


@pytest.mark.parametrize("own", [True, False])
async def test_only_reasoning_signed_here_is_given_back(
    own: bool, case: Case, server: VendorServer, provider: Gemini | Anthropic, ask: ModelRequest
) -> None:
    signer = case.dialect if own else "another"
    thought = ReasoningPart(text="hm", signature="c2ln", signed_by=signer)
    said = Message(role="assistant", parts=(thought, TextPart(text="hi")))
    messages = (user_message("a"), said, user_message("b"))
    response = await provider.send(ModelRequest(model=ask.model, messages=messages, max_output_tokens=99))
    assert [note.parameter for note in response.notes] == ([] if own else ["messages[1].reasoning"])
    assert ("c2ln" in str(server.requests[0].body)) is own


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("global", "https://aiplatform.googleapis.com/v1"),
        ("eu", "https://aiplatform.eu.rep.googleapis.com/v1"),
        ("europe-west1", "https://europe-west1-aiplatform.googleapis.com/v1"),
    ],
)
def test_address_follows_the_location(location: str, url: str) -> None:
    assert vertex_base_url(location) == url
