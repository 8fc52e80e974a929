"""What every vendor's class does with a request once it is a POST: send it, stream the answer, read vectors."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

import msgspec

from polydesk.core.embeddings import EmbeddingRequest, EmbeddingResponse, RerankRequest, RerankResponse
from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.notes import Note
from polydesk.core.streams import StreamEvent
from polydesk.providers.base import Piece, events_of
from polydesk.providers.failures import Asked
from polydesk.providers.http import Answer, Call, HttpClient
from polydesk.providers.vendor import (
    Opened,
    VendorDialect,
    read_call,
    refuse_losses,
    send_call,
    stream_call,
    stream_pieces,
)
from polydesk.wire.notes import Translated

ResponseT = TypeVar("ResponseT", EmbeddingResponse, RerankResponse)


@dataclass(frozen=True, slots=True)
class Posting:
    """A model request as it is asked: the POST, who reads its answer, and what could not be said."""

    call: Call
    dialect: VendorDialect
    notes: tuple[Note, ...]
    opened: Opened = field(default_factory=Opened)


class KeyedProvider:
    """A vendor whose key, if any, is known from the start. A subclass says where, and how a request is asked.

    `api_key` None sends no credential, as servers of one's own need none.
    """

    names_missing_models: ClassVar[bool] = True
    """As in `Asked`."""

    def __init__(self, http: HttpClient, *, provider: str, api_key: str | None) -> None:
        self._http = http
        self._provider = provider
        self._api_key = api_key

    async def send(self, request: ModelRequest) -> ModelResponse:
        """The whole answer. Raises ProviderError."""
        posting = self._posting(request, stream=False)
        return await send_call(self._http, posting.call, posting.dialect, posting.notes)

    def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent]:
        """The answer as it comes. Raises ProviderError; closing the iterator closes the connection."""
        posting = self._posting(request, stream=True)
        return stream_call(self._http, posting.call, posting.dialect, posting.notes)

    def pieces(self, request: ModelRequest) -> AsyncGenerator[Piece]:
        """As `stream`, several events at a time."""
        posting = self._posting(request, stream=True)
        return stream_pieces(self._http, posting.call, posting.dialect, posting.notes)

    def _posting(self, request: ModelRequest, *, stream: bool) -> Posting:
        """How `request` is asked. Raises UntranslatableError."""
        raise NotImplementedError

    def _address(self, model: str, path: str) -> str:
        """The URL of `path`, such as `/chat/completions`, for `model`."""
        raise NotImplementedError

    def _headers(self, api_key: str) -> dict[str, str]:
        """The headers that carry the credential."""
        return {"authorization": f"Bearer {api_key}"}

    def _call(self, model: str, path: str, translated: Translated, *, strict: bool) -> Call:
        """The POST of `translated` to `path`. Raises UntranslatableError."""
        asked = Asked(
            provider=self._provider,
            model=model,
            secret=self._api_key or "",
            names_missing_models=self.names_missing_models,
        )
        refuse_losses(asked, translated.notes, strict=strict)
        return Call(
            asked=asked,
            url=self._address(model, path),
            headers={} if self._api_key is None else self._headers(self._api_key),
            body=msgspec.json.encode(translated.body),
        )

    async def _read(
        self,
        request: EmbeddingRequest | RerankRequest,
        path: str,
        translated: Translated,
        dialect: VendorDialect,
        response_of: Callable[[dict[str, Any], str | None], ResponseT],
    ) -> ResponseT:
        """What `response_of` makes of the answer and its request id, with the notes. Raises ProviderError."""
        call = self._call(request.model, path, translated, strict=request.strict)

        def read(body: dict[str, Any], answer: Answer) -> ResponseT:
            return msgspec.structs.replace(response_of(body, answer.request_id), notes=translated.notes)

        return await read_call(self._http, call, dialect, read)


class OpenedProvider:
    """A vendor at a host whose door is opened anew for each request. A subclass says how a request is asked."""

    def __init__(self, http: HttpClient, *, provider: str) -> None:
        self._http = http
        self._provider = provider

    async def send(self, request: ModelRequest) -> ModelResponse:
        """The whole answer. Raises ProviderError."""
        posting = await self._posting(request, stream=False)
        with posting.opened:
            return await send_call(self._http, posting.call, posting.dialect, posting.notes)

    def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent]:
        """The answer as it comes. Raises ProviderError; closing the iterator closes the connection."""
        return events_of(self.pieces(request))

    async def pieces(self, request: ModelRequest) -> AsyncGenerator[Piece]:
        """As `stream`, several events at a time."""
        posting = await self._posting(request, stream=True)
        with posting.opened:
            async with aclosing(stream_pieces(self._http, posting.call, posting.dialect, posting.notes)) as pieces:
                async for piece in pieces:
                    yield piece

    async def _posting(self, request: ModelRequest, *, stream: bool) -> Posting:
        """How `request` is asked. Raises ProviderError."""
        raise NotImplementedError
