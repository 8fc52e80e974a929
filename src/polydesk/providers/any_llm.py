"""The long tail: vendors without a dialect of ours, through Mozilla's any-llm, which is installed by choice.

It speaks the form of Chat Completions whatever vendor it asks, and waits, retries and connects by itself: neither the
proxy nor the timeouts of ours hold for it.
Source: https://github.com/mozilla-ai/any-llm (checked 2026-11-24, version 1.40.2).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any, cast

import msgspec

from polydesk.core.errors import ProviderError, ProviderUnavailableError
from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.notes import Note
from polydesk.core.streams import Started, StreamEvent
from polydesk.providers.base import Piece, events_of
from polydesk.providers.failures import Asked, failure, malformed, unavailable
from polydesk.providers.vendor import refuse_losses
from polydesk.wire import openai_chat
from polydesk.wire.notes import StreamCutError, StreamFailedError, WireError

PACKAGE = "any_llm"
REMEDY = "Install it with `pip install 'polydesk[any-llm]'`, and the package of the vendor beside it"
STATUSES = {
    "AuthenticationError": 401,
    "ContextLengthExceededError": 413,
    "InsufficientFundsError": 402,
    "InvalidRequestError": 400,
    "MissingApiKeyError": 401,
    "ModelNotFoundError": 404,
    "RateLimitError": 429,
    "UnsupportedParameterError": 400,
    "UnsupportedProviderError": 400,
}
"""What its errors mean, by their classes, where they bring no HTTP status."""
CODES = {"ContentFilterError": "content_filter", "ModelNotFoundError": "model_not_found"}
"""What its errors mean that no status says."""


class AnyLlm:
    """Models of any-llm's provider `vendor`, such as `groq`, as the provider named `provider`.

    `api_key` None lets any-llm look for the variable that the vendor's own programs read; `base_url` None is the
    vendor's own address. Nothing is loaded before the first request; that it is not installed is said then.
    """

    def __init__(
        self, *, vendor: str, api_key: str | None = None, base_url: str | None = None, provider: str = "any-llm"
    ) -> None:
        self._vendor = vendor
        self._api_key = api_key
        self._base_url = base_url
        self._provider = provider
        self._client: Any = None

    def __repr__(self) -> str:
        return f"AnyLlm(vendor={self._vendor!r}, provider={self._provider!r})"

    async def send(self, request: ModelRequest) -> ModelResponse:
        """The whole answer. Raises ProviderError."""
        asked, arguments, notes = self._asked(request, stream=False)
        async with self._errors(asked):
            body = _body(await (await self._opened()).acompletion(**arguments))
            response = openai_chat.response_from_wire(body)
        return msgspec.structs.replace(response, notes=notes)

    def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent]:
        """The answer as it comes. Raises ProviderError; closing the iterator ends the work."""
        return events_of(self.pieces(request))

    async def pieces(self, request: ModelRequest) -> AsyncGenerator[Piece]:
        """As `stream`, several events at a time."""
        asked, arguments, notes = self._asked(request, stream=True)
        reader = openai_chat.ChatStreamReader()
        async with self._errors(asked):
            chunks: AsyncIterator[Any] = await (await self._opened()).acompletion(**arguments)
            try:
                async for chunk in chunks:
                    events = [_noted(event, notes) for event in reader.read(_body(chunk))]
                    if events:
                        yield tuple(events)
            finally:
                close = getattr(chunks, "aclose", None) or getattr(chunks, "close", None)
                if close is not None:
                    await close()
            yield (reader.end(),)

    def _asked(self, request: ModelRequest, *, stream: bool) -> tuple[Asked, dict[str, Any], tuple[Note, ...]]:
        """Who is asked, the arguments of any-llm's `acompletion`, and what could not be said."""
        asked = Asked(provider=self._provider, model=request.model, secret=self._api_key or "")
        translated = openai_chat.request_to_wire(request, stream=stream)
        refuse_losses(asked, translated.notes, strict=request.strict)
        arguments = dict(translated.body)
        for theirs, ours in (("max_tokens", "max_completion_tokens"), ("user", "safety_identifier")):
            if ours in arguments:
                arguments[theirs] = arguments.pop(ours)
        return asked, arguments, translated.notes

    async def _opened(self) -> Any:
        if self._client is None:
            # Loading the vendor's own package may take seconds.
            self._client = await asyncio.to_thread(self._load)
        return self._client

    def _load(self) -> Any:
        return import_module(PACKAGE).AnyLLM.create(
            self._vendor, api_key=self._api_key, api_base=self._base_url, unified_exceptions=True
        )

    @asynccontextmanager
    async def _errors(self, asked: Asked) -> AsyncGenerator[None]:
        """Turns whatever goes wrong in the block into a ProviderError."""
        try:
            yield
        except ProviderError:
            raise
        except ImportError as exc:
            raise self._missing(asked, exc) from exc
        except StreamFailedError as exc:
            raise failure(asked, exc.error, status=None, request_id=None) from exc
        except StreamCutError as exc:
            raise unavailable(asked, "the stream was cut", code="stream_cut") from exc
        except WireError as exc:
            raise malformed(asked, str(exc), b"") from exc
        except Exception as exc:  # every vendor's package has errors of its own, and any-llm lets some of them through
            raise _failed(asked, exc) from exc

    def _missing(self, asked: Asked, exc: ImportError) -> ProviderError:
        return ProviderUnavailableError(
            f"{asked.provider} cannot be asked for {asked.model}, for what any-llm needs to ask {self._vendor} is not "
            f"installed ({exc}). {REMEDY}.",
            provider=asked.provider,
            model=asked.model,
            code="not_installed",
        )


def _failed(asked: Asked, exc: Exception) -> ProviderError:
    """The error for one of any-llm's, by its class and what it brings; for any other, that nobody answered."""
    kinds = [kind.__name__ for kind in type(exc).__mro__]
    if "AnyLLMError" not in kinds:
        return unavailable(asked, type(exc).__name__, code="any_llm")
    named = next((kind for kind in kinds if kind in STATUSES or kind in CODES), "")
    error = {
        "message": _text(exc, "message"),
        "code": _text(exc, "code") or CODES.get(named),
        "type": _text(exc, "error_type"),
        "param": _text(exc, "param"),
    }
    status = cast("int | None", getattr(exc, "status_code", None)) or STATUSES.get(named)
    return failure(asked, error, status=status, request_id=None, retry_after_s=_seconds(_text(exc, "retry_after")))


def _text(exc: Exception, name: str) -> str | None:
    value = getattr(exc, name, None)
    return None if value is None else str(value)


def _seconds(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:  # an HTTP date, which is no worse than not knowing
        return None


def _noted(event: StreamEvent, notes: tuple[Note, ...]) -> StreamEvent:
    return msgspec.structs.replace(event, notes=notes) if isinstance(event, Started) else event


def _body(answer: Any) -> dict[str, Any]:
    """An answer, or a piece of one, in the form of Chat Completions, with reasoning where servers have it."""
    body: dict[str, Any] = answer.model_dump(mode="json", exclude_none=True)
    choices: list[Mapping[str, Any]] = body.get("choices", [])
    for choice in choices:
        message: dict[str, Any] = choice.get("message") or choice.get("delta") or {}
        if "reasoning" in message:
            message["reasoning_content"] = message.pop("reasoning")
    return body
