"""Cohere: chat, vectors and orders."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import msgspec

from polydesk.core.embeddings import EmbeddingRequest, EmbeddingResponse, RerankRequest, RerankResponse
from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.notes import Note
from polydesk.core.streams import StreamEvent
from polydesk.providers.base import Piece
from polydesk.providers.failures import Asked
from polydesk.providers.http import Answer, Call, HttpClient
from polydesk.providers.vendor import (
    VendorDialect,
    original_body,
    read_call,
    refuse_losses,
    send_call,
    stream_call,
    stream_pieces,
)
from polydesk.wire import cohere_chat, cohere_vectors
from polydesk.wire.notes import Translated
from polydesk.wire.sse import ServerEvent


class _Chat(VendorDialect):
    name = cohere_chat.DIALECT
    request_id_header = "x-debug-trace-id"
    ends_at_close = True

    def __init__(self, model: str) -> None:
        self._model = model

    def read_response(self, body: dict[str, Any], *, request_id: str | None) -> ModelResponse:
        return cohere_chat.response_from_wire(body, model=self._model, request_id=request_id)

    def stream_reader(self, *, request_id: str | None) -> cohere_chat.CohereStreamReader:
        return cohere_chat.CohereStreamReader(model=self._model, request_id=request_id)

    def is_end(self, event: ServerEvent) -> bool:
        return event.name == cohere_chat.END

    def error_in(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> Mapping[str, Any] | None:
        # A good answer has a message too, which is an object.
        return {"message": body["message"]} if isinstance(body.get("message"), str) else None


class Cohere:
    """Chat, vectors and orders at `base_url`, such as `https://api.cohere.com`, as the provider named `provider`."""

    def __init__(
        self, http: HttpClient, *, base_url: str, api_key: str | None = None, provider: str = "cohere"
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key
        self._provider = provider

    def __repr__(self) -> str:
        return f"Cohere(url={self._base_url!r}, provider={self._provider!r})"

    async def send(self, request: ModelRequest) -> ModelResponse:
        """The whole answer. Raises ProviderError."""
        call, notes = self._chat(request, stream=False)
        return await send_call(self._http, call, _Chat(request.model), notes)

    def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent]:
        """The answer as it comes. Raises ProviderError; closing the iterator closes the connection."""
        call, notes = self._chat(request, stream=True)
        return stream_call(self._http, call, _Chat(request.model), notes)

    def pieces(self, request: ModelRequest) -> AsyncGenerator[Piece]:
        """As `stream`, several events at a time."""
        call, notes = self._chat(request, stream=True)
        return stream_pieces(self._http, call, _Chat(request.model), notes)

    async def embed(self, request: EmbeddingRequest) -> EmbeddingResponse:
        """A vector for each text. Raises ProviderError."""
        translated = cohere_vectors.embed_request_to_wire(request)
        call = self._call(request.model, "/v2/embed", translated, strict=request.strict)

        def read(body: dict[str, Any], answer: Answer) -> EmbeddingResponse:
            response = cohere_vectors.embed_response_from_wire(
                body, model=request.model, count=len(request.inputs), request_id=answer.request_id
            )
            return msgspec.structs.replace(response, notes=translated.notes)

        return await read_call(self._http, call, _Chat(request.model), read)

    async def rerank(self, request: RerankRequest) -> RerankResponse:
        """The documents, best first. Raises ProviderError."""
        translated = cohere_vectors.rerank_request_to_wire(request)
        call = self._call(request.model, "/v2/rerank", translated, strict=request.strict)

        def read(body: dict[str, Any], answer: Answer) -> RerankResponse:
            response = cohere_vectors.rerank_response_from_wire(
                body, model=request.model, count=len(request.documents), request_id=answer.request_id
            )
            return msgspec.structs.replace(response, notes=translated.notes)

        return await read_call(self._http, call, _Chat(request.model), read)

    def _chat(self, request: ModelRequest, *, stream: bool) -> tuple[Call, tuple[Note, ...]]:
        as_it_came = original_body(request, _Chat.name, model=request.model, stream=stream)
        if as_it_came is None:
            translated = cohere_chat.request_to_wire(request, stream=stream)
        else:
            translated = Translated(body=as_it_came)
        return self._call(request.model, "/v2/chat", translated, strict=request.strict), translated.notes

    def _call(self, model: str, path: str, translated: Translated, *, strict: bool) -> Call:
        secret = self._api_key or ""
        asked = Asked(provider=self._provider, model=model, secret=secret, names_missing_models=False)
        refuse_losses(asked, translated.notes, strict=strict)
        return Call(
            asked=asked,
            url=self._base_url + path,
            headers={} if self._api_key is None else {"authorization": f"Bearer {self._api_key}"},
            body=msgspec.json.encode(translated.body),
        )
