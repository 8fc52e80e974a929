"""The long tail, with a stand-in for any-llm, whose own demands on other packages are not ours: it asks OpenAI's client
and words failures as any-llm 1.40.2 does."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from types import ModuleType
from typing import Any

import openai
import pytest

from polydesk.core.errors import (
    AuthenticationError,
    ContentFilteredError,
    ContextLengthError,
    ModelNotFoundError,
    ProviderError,
    ProviderUnavailableError,
    RateLimitError,
    RequestRejectedError,
    UntranslatableError,
)
from polydesk.core.messages import ModelRequest, ModelResponse, ReasoningPart, user_message
from polydesk.core.streams import Started, response_of
from polydesk.providers.any_llm import AnyLlm
from tests.vendors import answers
from tests.vendors.http_server import NoEndMark, Refuse, Scene, VendorServer
from tests.vendors.openai_server import KEY, openai_server

ASK = ModelRequest(model="gpt-4.1", messages=(user_message("hello"),), max_output_tokens=50, user="u-1")


class AnyLLMError(Exception):
    """As any-llm's, with what it brings of HTTP."""

    status_code: int | None = None
    code: str | None = None
    param: str | None = None
    error_type: str | None = None
    retry_after: str | None = None

    def __init__(self, message: str = "It failed.") -> None:
        super().__init__(message)
        self.message = message


def _error(name: str, **facts: Any) -> AnyLLMError:
    error: AnyLLMError = type(name, (AnyLLMError,), {})()
    for field, value in facts.items():
        setattr(error, field, value)
    return error


class _Client:
    """As any-llm's provider for OpenAI: the same arguments, the same answers."""

    def __init__(self, api_key: str | None, api_base: str | None) -> None:
        self._client = openai.AsyncOpenAI(api_key=api_key, base_url=api_base, max_retries=0)

    async def close(self) -> None:
        await self._client.close()

    async def acompletion(self, *, max_tokens: int | None = None, **arguments: Any) -> Any:
        try:
            return await self._client.chat.completions.create(max_completion_tokens=max_tokens, **arguments)
        except openai.APIStatusError as exc:
            kind = "RateLimitError" if exc.status_code == 429 else "ProviderError"
            wait = exc.response.headers.get("retry-after")
            raise _error(kind, status_code=exc.status_code, code=exc.code, retry_after=wait) from exc


class _Failing:
    """A client that always fails."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def acompletion(self, **_: Any) -> Any:
        raise self._error


def _install(monkeypatch: pytest.MonkeyPatch, create: Any) -> None:
    module: Any = ModuleType("any_llm")
    module.AnyLLM = type("AnyLLM", (), {"create": staticmethod(create)})
    monkeypatch.setitem(sys.modules, "any_llm", module)


@pytest.fixture
async def server() -> AsyncIterator[VendorServer]:
    async with openai_server() as running:
        yield running


@pytest.fixture
async def provider(server: VendorServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AnyLlm]:
    made: list[_Client] = []

    def create(vendor: str, *, api_key: str | None, api_base: str | None, unified_exceptions: bool) -> _Client:
        assert (vendor, unified_exceptions) == ("openai", True)
        made.append(_Client(api_key, api_base))
        return made[-1]

    _install(monkeypatch, create)
    yield AnyLlm(vendor="openai", api_key=KEY, base_url=server.url + "/v1", provider="tail")
    for client in made:
        await client.close()


@pytest.mark.parametrize("answer", [answers.TEXT, answers.TOOLS, answers.CACHED], ids=lambda answer: answer.id)
async def test_answer_arrives_whole_and_streamed(server: VendorServer, provider: AnyLlm, answer: ModelResponse) -> None:
    server.will(Scene(response=answer), Scene(response=answer))
    assert await provider.send(ASK) == answer
    assert response_of([event async for event in provider.stream(ASK)]) == answer
    assert (server.requests[0].body["max_completion_tokens"], server.requests[0].body["user"]) == (50, "u-1")


async def test_what_cannot_be_said_is_told_with_the_answer(provider: AnyLlm) -> None:
    request = ModelRequest(model="gpt-4.1", messages=ASK.messages, top_k=3)
    async with aclosing(provider.stream(request)) as stream:
        started = await anext(stream)
    assert isinstance(started, Started)
    assert [note.parameter for note in started.notes] == ["top_k"]
    with pytest.raises(UntranslatableError):
        await provider.send(ModelRequest(model="gpt-4.1", messages=ASK.messages, top_k=3, strict=True))


async def test_cut_stream_is_no_answer(server: VendorServer, provider: AnyLlm) -> None:
    server.will(Scene(response=answers.LENGTH, fault=NoEndMark()))
    assert response_of([event async for event in provider.stream(ASK)]).finish_reason == "length"
    server.will(Scene(fault=Refuse(status=500)))
    with pytest.raises(ProviderUnavailableError):
        [event async for event in provider.stream(ASK)]


async def test_wait_of_a_rate_limit_is_told(server: VendorServer, provider: AnyLlm) -> None:
    server.will(Scene(fault=Refuse(status=429, retry_after="7")))
    with pytest.raises(RateLimitError) as caught:
        await provider.send(ASK)
    assert (caught.value.retry_after_s, caught.value.provider) == (7.0, "tail")


FAILURES: list[tuple[Exception, type[ProviderError]]] = [
    (_error("AuthenticationError"), AuthenticationError),
    (_error("MissingApiKeyError"), AuthenticationError),
    (_error("RateLimitError", retry_after="Wed, 21 Oct 2026 07:28:00 GMT"), RateLimitError),
    (_error("ModelNotFoundError"), ModelNotFoundError),
    (_error("ContextLengthExceededError"), ContextLengthError),
    (_error("ContentFilterError", status_code=400), ContentFilteredError),
    (_error("InvalidRequestError"), RequestRejectedError),
    (_error("UnsupportedParameterError"), RequestRejectedError),
    (_error("ProviderError"), ProviderUnavailableError),
    (RuntimeError("no any-llm error"), ProviderUnavailableError),
]


@pytest.mark.parametrize(("error", "ours"), FAILURES, ids=lambda value: getattr(type(value), "__name__", str(value)))
async def test_failure_is_the_class_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, error: Exception, ours: type[ProviderError]
) -> None:
    _install(monkeypatch, lambda *_, **__: _Failing(error))
    with pytest.raises(ProviderError) as caught:
        await AnyLlm(vendor="openai", api_key="hidden-key").send(ASK)
    assert type(caught.value) is ours
    assert "hidden-key" not in str(caught.value)


async def test_that_it_is_not_installed_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "any_llm", None)
    with pytest.raises(ProviderUnavailableError, match=r"polydesk\[any-llm\]") as caught:
        await AnyLlm(vendor="groq", provider="tail").send(ASK)
    assert caught.value.code == "not_installed"


async def test_reasoning_is_read_where_any_llm_puts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Answer:
        def model_dump(self, **_: Any) -> dict[str, Any]:
            message = {"content": "Done.", "reasoning": "Let me see."}
            return {"id": "a", "model": "m", "choices": [{"message": message, "finish_reason": "stop"}]}

    class Client:
        async def acompletion(self, **_: Any) -> Answer:
            return Answer()

    _install(monkeypatch, lambda *_, **__: Client())
    answer = await AnyLlm(vendor="deepseek").send(ASK)
    assert answer.parts[0] == ReasoningPart(text="Let me see.")
