"""One suite over every vendor's provider, against the local vendor servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import msgspec
import pytest
from msgspec import structs

from polydesk.catalog.load import load_catalog
from polydesk.core.errors import (
    AuthenticationError,
    ContextLengthError,
    MalformedResponseError,
    ModelNotFoundError,
    ProviderError,
    ProviderUnavailableError,
    RateLimitError,
    RequestRejectedError,
    UntranslatableError,
)
from polydesk.core.messages import (
    ImagePart,
    Message,
    ModelRequest,
    ModelResponse,
    OutputSchema,
    TextPart,
    Tool,
    ToolCallPart,
    ToolChoice,
    ToolResultPart,
    user_message,
)
from polydesk.core.streams import Finished, Started, StreamEvent, TextDelta, response_of
from polydesk.core.usage import Usage
from polydesk.providers.anthropic import Anthropic
from polydesk.providers.azure import Azure
from polydesk.providers.bedrock import Bedrock
from polydesk.providers.cohere import Cohere
from polydesk.providers.gemini import Gemini, GeminiApi
from polydesk.providers.http import HttpClient, Timeouts
from polydesk.providers.mistral import Mistral
from polydesk.providers.openai import OpenAI
from polydesk.providers.openai_api import HostFacts
from tests.vendors import (
    answers,
    anthropic_server,
    azure_server,
    bedrock_server,
    cohere_server,
    compatible_server,
    gemini_server,
    mistral_server,
    openai_server,
)
from tests.vendors.http_server import (
    HELLO,
    CloseAfter,
    Cut,
    ErrorInBody,
    ErrorInStream,
    Fault,
    MalformedEvents,
    NoEndMark,
    NoUsage,
    Refuse,
    Reset,
    Scene,
    Stall,
    TruncatedJson,
    VendorServer,
    WrongContentType,
)


class StreamingProvider(Protocol):
    """A provider whose streams can be closed early."""

    async def send(self, request: ModelRequest) -> ModelResponse: ...

    def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent]: ...


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """A vendor as this suite needs it."""

    name: str
    model: str
    tiny_model: str
    key: str
    serve: Callable[..., VendorServer]
    connect: Callable[[HttpClient, str, str], StreamingProvider]
    answers: tuple[ModelResponse, ...]
    overload_status: int
    length_error: type[RequestRejectedError]
    unknown_model_status: int = 404
    unknown_model_error: type[ProviderError] = ModelNotFoundError
    names_model: bool = True
    """Whether an answer says which model gave it; where not, it is the asked one."""
    names_answers: bool = True
    """Whether an answer has an id."""
    refuses: frozenset[str] = frozenset()
    """Requests that have no words in the vendor's dialect, and are not sent in part."""
    names_requests: bool = True
    """Whether the head of an answer has an id of the request."""
    counts_all: bool = False
    """Whether it says 0 of a kind of tokens that there were none of, where others say nothing."""
    some_text_at: int = 900
    """Bytes of a streamed answer, head included, after which some of its text has come, but not all."""
    details: dict[str, Any] = field(default_factory=dict[str, Any])
    """What it says with every answer beyond our model."""

    def request_id(self, name: str) -> str | None:
        """The id of a request that the local server calls `name`."""
        return name if self.names_requests else None


OPENAI = Vendor(
    name="openai",
    model="gpt-4.1",
    tiny_model="gpt-tiny",
    key=openai_server.KEY,
    serve=openai_server.openai_server,
    connect=lambda http, url, key: OpenAI(http, base_url=url + "/v1", api_key=key),
    answers=(
        answers.TEXT,
        answers.LENGTH,
        answers.TOOLS,
        answers.STRUCTURED,
        answers.CACHED,
        answers.OPENAI_REFUSAL,
    ),
    overload_status=503,
    length_error=ContextLengthError,
)
OPENAI_RESPONSES = replace(
    OPENAI,
    name="openai_responses",
    connect=lambda http, url, key: OpenAI(
        http,
        base_url=url + "/v1",
        api_key=key,
        provider="openai_responses",
        facts=HostFacts(dialect="openai_responses"),
    ),
    answers=(*OPENAI.answers, answers.ENCRYPTED_THOUGHT),
    counts_all=True,
    some_text_at=2_900,
)
CATALOG = load_catalog()


def _facts(name: str) -> HostFacts:
    """What the catalog knows of a compatible host."""
    card = CATALOG.provider(name)
    assert card is not None
    return HostFacts(quirks=card.quirks, prefix_path=card.settings.get("prefix_path", ""))


DEEPSEEK = replace(
    OPENAI,
    name="deepseek",
    model="deepseek-flash",
    tiny_model="deepseek-tiny",
    key=compatible_server.KEY,
    serve=compatible_server.deepseek_server,
    connect=lambda http, url, key: OpenAI(
        http, base_url=url, api_key=key, provider="deepseek", facts=_facts("deepseek")
    ),
    answers=(answers.TEXT, answers.LENGTH, answers.TOOLS, answers.STRUCTURED, answers.CACHE_READ, answers.THOUGHT),
    # DeepSeek has a code of its own for neither.
    length_error=RequestRejectedError,
    unknown_model_error=RequestRejectedError,
    unknown_model_status=400,
)
QWEN = replace(
    DEEPSEEK,
    name="qwen",
    model="qwen3.8-max",
    tiny_model="qwen-tiny",
    serve=compatible_server.qwen_server,
    connect=lambda http, url, key: OpenAI(
        http, base_url=url + "/compatible-mode/v1", api_key=key, provider="qwen", facts=_facts("qwen")
    ),
    unknown_model_error=ModelNotFoundError,
    unknown_model_status=404,
)
FILTERED = {"content_filter_results": azure_server.FILTERED}
AZURE = replace(
    OPENAI,
    name="azure",
    key=azure_server.KEY,
    serve=azure_server.azure_server,
    connect=lambda http, url, key: Azure(http, base_url=url, api_key=key),
    details={"prompt_filter_results": [{"prompt_index": 0, **FILTERED}], **FILTERED},
    some_text_at=1_900,
)
ANTHROPIC = Vendor(
    name="anthropic",
    model="claude-haiku-4-5",
    tiny_model="claude-tiny",
    key=anthropic_server.KEY,
    serve=anthropic_server.anthropic_server,
    connect=lambda http, url, key: Anthropic(http, base_url=url, api_key=key, max_output_tokens={"claude-tiny": 50}),
    answers=(
        answers.TEXT,
        answers.LENGTH,
        answers.TOOLS,
        answers.STRUCTURED,
        answers.CACHED,
        answers.THINKING,
        answers.STOP_SEQUENCE,
        answers.ANTHROPIC_REFUSAL,
    ),
    overload_status=529,
    # Anthropic has no code for it, and we do not judge by the words of messages.
    length_error=RequestRejectedError,
)
MISTRAL = Vendor(
    name="mistral",
    model="mistral-large-4-0",
    tiny_model="mistral-tiny-window",
    key=mistral_server.KEY,
    serve=mistral_server.mistral_server,
    connect=lambda http, url, key: Mistral(http, base_url=url + "/v1", api_key=key),
    answers=(
        answers.TEXT,
        answers.LENGTH,
        answers.TOOLS,
        answers.STRUCTURED,
        answers.CACHE_READ,
        answers.SIGNED_THOUGHT,
    ),
    overload_status=503,
    # Mistral has no code of its own for it.
    length_error=RequestRejectedError,
    unknown_model_status=400,
)
COHERE = Vendor(
    name="cohere",
    model="command-a-plus-05-2026",
    tiny_model="command-tiny",
    key=cohere_server.KEY,
    serve=cohere_server.cohere_server,
    connect=lambda http, url, key: Cohere(http, base_url=url, api_key=key),
    answers=(
        answers.TEXT,
        answers.LENGTH,
        answers.TOOLS,
        answers.STRUCTURED,
        answers.CACHE_READ,
        answers.THOUGHT,
    ),
    overload_status=503,
    # Cohere has no codes at all.
    length_error=RequestRejectedError,
    names_model=False,
)
GEMINI = Vendor(
    name="gemini",
    model="gemini-3.8-flash",
    tiny_model="gemini-tiny",
    key=gemini_server.KEY,
    serve=gemini_server.gemini_server,
    connect=lambda http, url, key: Gemini(http, host=GeminiApi(base_url=url + "/v1beta", api_key=key)),
    answers=(
        answers.TEXT,
        answers.LENGTH,
        answers.TOOLS,
        answers.STRUCTURED,
        answers.CACHE_READ,
        answers.SIGNED_THOUGHT,
    ),
    overload_status=503,
    # Google has no reason of its own for it.
    length_error=RequestRejectedError,
    names_requests=False,
)
BEDROCK = Vendor(
    name="bedrock",
    model="eu.anthropic.claude-sonnet-5-5-v1:0",
    tiny_model="tiny.model-v1:0",
    key=bedrock_server.KEY,
    serve=bedrock_server.bedrock_server,
    connect=lambda http, url, key: Bedrock(http, base_url=url, region=bedrock_server.REGION, bearer_token=key),
    answers=(
        answers.TEXT,
        answers.LENGTH,
        answers.TOOLS,
        answers.STRUCTURED,
        answers.CACHE_BOTH,
        answers.THOUGHTS,
    ),
    overload_status=503,
    # Bedrock has no code of its own for it.
    length_error=RequestRejectedError,
    names_model=False,
    names_answers=False,
    refuses=frozenset({"image by address"}),
)
VENDORS = [BEDROCK, OPENAI, OPENAI_RESPONSES, AZURE, DEEPSEEK, QWEN, ANTHROPIC, MISTRAL, COHERE, GEMINI]
QUICK = Timeouts(connect_s=5, first_byte_s=0.2, idle_s=0.2)


@pytest.fixture(params=VENDORS, ids=lambda vendor: vendor.name)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    return request.param


@pytest.fixture
async def server(vendor: Vendor) -> AsyncIterator[VendorServer]:
    async with vendor.serve() as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    client = HttpClient()
    yield client
    await client.close()


@pytest.fixture
def provider(vendor: Vendor, server: VendorServer, http: HttpClient) -> StreamingProvider:
    return vendor.connect(http, server.url, vendor.key)


@pytest.fixture
def ask(vendor: Vendor) -> ModelRequest:
    return ModelRequest(model=vendor.model, messages=(user_message("hello"),), max_output_tokens=100)


async def streamed(provider: StreamingProvider, request: ModelRequest) -> ModelResponse:
    return response_of([event async for event in provider.stream(request)])


async def plain(provider: StreamingProvider, request: ModelRequest) -> ModelResponse:
    """What the answer says; some dialects also keep the bytes that said it."""
    return msgspec.structs.replace(await provider.send(request), original=None)


Way = Callable[[StreamingProvider, ModelRequest], Any]
WAYS = pytest.mark.parametrize("way", [plain, streamed])


def _labelled(response: ModelResponse, vendor: Vendor) -> ModelResponse:
    """The response as the first exchange of a server gives it."""
    model = response.model if vendor.names_model else vendor.model
    response = response if vendor.names_answers else structs.replace(response, id="")
    usage = response.usage
    if vendor.counts_all:
        usage = Usage(**{name: getattr(usage, name) or 0 for name in usage.__struct_fields__})
    details = response.provider_details | vendor.details
    return structs.replace(
        response, request_id=vendor.request_id("req_1"), model=model, usage=usage, provider_details=details
    )


@WAYS
@pytest.mark.parametrize(
    ("vendor", "answer"),
    [(vendor, answer) for vendor in VENDORS for answer in vendor.answers],
    ids=lambda value: value.name if isinstance(value, Vendor) else value.id,
)
async def test_answer_arrives_whole(
    answer: ModelResponse,
    way: Way,
    vendor: Vendor,
    server: VendorServer,
    provider: StreamingProvider,
    ask: ModelRequest,
) -> None:
    server.will(Scene(response=answer))
    assert await way(provider, ask) == _labelled(answer, vendor)


TOOL = Tool(
    name="look",
    description="Looks.",
    parameters={"type": "object", "properties": {"where": {"type": "string"}}, "required": ["where"]},
)
OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
REQUESTS: dict[str, dict[str, Any]] = {
    "system": {
        "messages": (
            Message(role="system", parts=(TextPart(text="Be short.", cache=True),)),
            Message(role="developer", parts=(TextPart(text="Be kind."),)),
            user_message("hello"),
        )
    },
    "image": {
        "messages": (
            Message(
                role="user",
                parts=(
                    TextPart(text="what is this"),
                    ImagePart(media_type="image/png", data=b"png", cache=True),
                ),
            ),
        )
    },
    "image by address": {
        "messages": (Message(role="user", parts=(ImagePart(url="https://example.com/a.png", cache=True),)),)
    },
    "sampling": {"temperature": 0.2, "top_p": 0.9, "seed": 4, "stop": ("END", "STOP"), "user": "u-1"},
    "tools": {"tools": (TOOL,), "tool_choice": ToolChoice(mode="named", name="look", parallel=False)},
    "tool_results": {
        "tools": (TOOL,),
        "messages": (
            user_message("look twice"),
            Message(
                role="assistant",
                parts=(
                    TextPart(text="I look."),
                    ToolCallPart(id="c1", name="look", arguments='{"where":"a"}'),
                    ToolCallPart(id="c2", name="look", arguments='{"where":"b"}'),
                ),
            ),
            Message(
                role="user",
                parts=(
                    ToolResultPart(call_id="c1", content=(TextPart(text="a cat"),)),
                    ToolResultPart(
                        call_id="c2", content=(ImagePart(media_type="image/png", data=b"png"),), is_error=True
                    ),
                    TextPart(text="and now?"),
                ),
            ),
        ),
    },
    "structured": {"output_schema": OutputSchema(name="thing", json_schema=OBJECT, strict=True)},
    "any_json": {
        "messages": (user_message("give me json"),),
        "output_schema": OutputSchema(name="json", json_schema=None),
    },
    "no_limit": {"max_output_tokens": None},
}


@WAYS
@pytest.mark.parametrize("name", REQUESTS)
async def test_request_is_accepted_by_the_vendor(
    name: str, way: Way, vendor: Vendor, server: VendorServer, provider: StreamingProvider, ask: ModelRequest
) -> None:
    fields = {field: getattr(ask, field) for field in ask.__struct_fields__}
    request = ModelRequest(**{**fields, **REQUESTS[name]})
    if name in vendor.refuses:
        with pytest.raises(UntranslatableError):
            await way(provider, request)
        assert server.requests == []
        return
    response = await way(provider, request)
    assert structs.replace(response, notes=()) == _labelled(HELLO, vendor)
    assert len(server.requests) == 1


@WAYS
@pytest.mark.parametrize(
    ("fault", "error", "facts"),
    [
        (Refuse(status=429, retry_after="7"), RateLimitError, {"status_code": 429, "retry_after_s": 7.0}),
        (Refuse(status=429), RateLimitError, {"status_code": 429, "retry_after_s": None}),
        (Refuse(status=500), ProviderUnavailableError, {"status_code": 500}),
        (Refuse(status=503), ProviderUnavailableError, {"status_code": 503}),
        (ErrorInBody(), ProviderUnavailableError, {"status_code": None}),
        (Cut(at=0), ProviderUnavailableError, {"code": "connection", "request_id": None}),
        (Cut(at=20), ProviderUnavailableError, {"code": "connection"}),
        (Cut(at=280), ProviderUnavailableError, {"code": "connection"}),
        (Reset(at=20), ProviderUnavailableError, {"code": "connection"}),
        (Reset(at=280), ProviderUnavailableError, {"code": "connection"}),
        (TruncatedJson(), MalformedResponseError, {}),
        (MalformedEvents(), MalformedResponseError, {}),
    ],
    ids=repr,
)
async def test_failure_is_the_class_that_says_what_to_do(
    fault: Fault,
    error: type[ProviderError],
    facts: dict[str, Any],
    way: Way,
    vendor: Vendor,
    server: VendorServer,
    provider: StreamingProvider,
    ask: ModelRequest,
) -> None:
    server.will(Scene(fault=fault))
    with pytest.raises(error) as caught:
        await way(provider, ask)
    expected = {"provider": vendor.name, "model": vendor.model} | facts
    assert {name: getattr(caught.value, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        (ErrorInStream(), ProviderUnavailableError, None),
        (NoEndMark(), ProviderUnavailableError, "stream_cut"),
        (WrongContentType(), MalformedResponseError, None),
    ],
    ids=repr,
)
async def test_failure_inside_a_stream(
    fault: Fault,
    error: type[ProviderError],
    code: str | None,
    vendor: Vendor,
    server: VendorServer,
    provider: StreamingProvider,
    ask: ModelRequest,
) -> None:
    server.will(Scene(fault=fault))
    with pytest.raises(error) as caught:
        await streamed(provider, ask)
    assert code is None or caught.value.code == code
    assert caught.value.request_id == vendor.request_id("req_1")


async def test_overload_lets_another_provider_answer(
    vendor: Vendor, server: VendorServer, provider: StreamingProvider, ask: ModelRequest
) -> None:
    server.will(Scene(fault=Refuse(status=vendor.overload_status)))
    with pytest.raises(ProviderUnavailableError) as caught:
        await provider.send(ask)
    assert caught.value.status_code == vendor.overload_status


async def test_stream_cut_at_any_byte_is_never_taken_for_a_whole_answer(
    vendor: Vendor, server: VendorServer, provider: StreamingProvider, ask: ModelRequest
) -> None:
    whole = await _size_of_streamed_answer(server, provider, ask)
    for at in range(0, whole, 37):
        server.will(Scene(fault=Cut(at=at)))
        with pytest.raises(ProviderUnavailableError):
            await streamed(provider, ask)


async def _size_of_streamed_answer(server: VendorServer, provider: StreamingProvider, ask: ModelRequest) -> int:
    """Bytes until the end mark begins, by asking with the cut ever later until it does no harm."""
    at = 400
    while True:
        server.will(Scene(fault=Cut(at=at)))
        try:
            await streamed(provider, ask)
        except ProviderUnavailableError:
            at += 37
        else:
            return at - 37


@WAYS
async def test_missing_usage_stays_unknown(
    way: Way, server: VendorServer, provider: StreamingProvider, ask: ModelRequest
) -> None:
    server.will(Scene(fault=NoUsage()))
    assert (await way(provider, ask)).usage == Usage()


@WAYS
async def test_unknown_model_is_said_so(
    way: Way, vendor: Vendor, server: VendorServer, provider: StreamingProvider
) -> None:
    with pytest.raises(vendor.unknown_model_error) as caught:
        await way(provider, ModelRequest(model="no-such-model", messages=(user_message("hello"),)))
    refused = (vendor.unknown_model_status, vendor.request_id("req_refused"))
    assert (caught.value.status_code, caught.value.request_id) == refused


@WAYS
async def test_too_long_request_is_rejected(
    way: Way, vendor: Vendor, server: VendorServer, provider: StreamingProvider
) -> None:
    with pytest.raises(vendor.length_error):
        await way(provider, ModelRequest(model=vendor.tiny_model, messages=(user_message("word " * 200),)))


@WAYS
async def test_wrong_parameter_is_the_requests_fault(
    way: Way, vendor: Vendor, server: VendorServer, provider: StreamingProvider, ask: ModelRequest
) -> None:
    fields = {field: getattr(ask, field) for field in ask.__struct_fields__}
    with pytest.raises(RequestRejectedError, match="nonsense"):
        await way(provider, ModelRequest(**{**fields, "provider_options": {"nonsense": 1}}))


@WAYS
async def test_wrong_key_is_never_shown(
    way: Way, vendor: Vendor, server: VendorServer, http: HttpClient, ask: ModelRequest
) -> None:
    wrong = "sk-wrong-0123456789-secret"
    provider = vendor.connect(http, server.url, wrong)
    with pytest.raises(AuthenticationError) as caught:
        await way(provider, ask)
    shown = f"{caught.value!r} {caught.value} {caught.value.__dict__} {provider!r}"
    assert not any(piece in shown for piece in (wrong, wrong[:8], wrong[-4:]))


@WAYS
@pytest.mark.parametrize("at", [0, 300])
async def test_silent_provider_is_given_up(
    at: int, way: Way, vendor: Vendor, server: VendorServer, ask: ModelRequest
) -> None:
    server.will(Scene(fault=Stall(at=at)))
    http = HttpClient(timeouts=QUICK)
    with pytest.raises(ProviderUnavailableError) as caught:
        await way(vendor.connect(http, server.url, vendor.key), ask)
    assert caught.value.code == "timeout"
    await asyncio.wait_for(server.abandoned.wait(), 5)
    await http.close()


async def test_cancelled_call_closes_the_connection(
    server: VendorServer, provider: StreamingProvider, ask: ModelRequest
) -> None:
    server.will(Scene(fault=Stall(at=300)))
    call = asyncio.create_task(provider.send(ask))
    await asyncio.wait_for(server.asked.wait(), 5)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await asyncio.wait_for(server.abandoned.wait(), 5)


async def test_cancelled_stream_closes_the_connection(
    vendor: Vendor, server: VendorServer, provider: StreamingProvider, ask: ModelRequest
) -> None:
    server.will(Scene(response=answers.TEXT, fault=Stall(at=vendor.some_text_at)))
    some = asyncio.Event()

    async def consume() -> None:
        async for event in provider.stream(ask):
            if isinstance(event, TextDelta):
                some.set()

    consumer = asyncio.create_task(consume())
    await asyncio.wait_for(some.wait(), 5)
    consumer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await consumer
    await asyncio.wait_for(server.abandoned.wait(), 5)


async def test_closed_stream_closes_the_connection(
    vendor: Vendor, server: VendorServer, provider: StreamingProvider, ask: ModelRequest
) -> None:
    server.will(Scene(response=answers.TEXT, fault=Stall(at=vendor.some_text_at)))
    async with aclosing(provider.stream(ask)) as stream:
        assert isinstance(await anext(stream), Started)
        assert isinstance(await anext(stream), TextDelta)
    await asyncio.wait_for(server.abandoned.wait(), 5)


@WAYS
async def test_connection_is_used_again(
    way: Way, server: VendorServer, provider: StreamingProvider, ask: ModelRequest
) -> None:
    for _ in range(3):
        await way(provider, ask)
    assert (len(server.requests), server.connections) == (3, 1)


@WAYS
async def test_connection_that_the_vendor_closed_while_idle_is_replaced(
    way: Way, server: VendorServer, provider: StreamingProvider, ask: ModelRequest
) -> None:
    server.will(Scene(fault=CloseAfter()), Scene())
    await way(provider, ask)
    await way(provider, ask)
    assert (len(server.requests), server.connections) == (2, 2)


async def test_many_streams_at_once_do_not_mix(
    server: VendorServer, provider: StreamingProvider, ask: ModelRequest
) -> None:
    server.will(*(Scene(response=answer) for answer in [answers.TEXT, answers.TOOLS] * 10))
    got = await asyncio.gather(*(streamed(provider, ask) for _ in range(20)))
    assert sorted(answer.text for answer in got) == sorted([answers.TEXT.text, answers.TOOLS.text] * 10)


async def test_stream_begins_with_started_and_ends_with_finished(
    server: VendorServer, provider: StreamingProvider, ask: ModelRequest
) -> None:
    server.will(Scene(response=answers.TOOLS))
    events = [event async for event in provider.stream(ask)]
    assert [isinstance(event, Started) for event in events] == [True] + [False] * (len(events) - 1)
    assert [isinstance(event, Finished) for event in events] == [False] * (len(events) - 1) + [True]
