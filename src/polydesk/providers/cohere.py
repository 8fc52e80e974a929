"""Cohere: chat, vectors and orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polydesk.core.embeddings import EmbeddingRequest, EmbeddingResponse, RerankRequest, RerankResponse
from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.providers.http import HttpClient
from polydesk.providers.vendor import VendorDialect, original_body
from polydesk.providers.vendor_provider import KeyedProvider, Posting
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


class Cohere(KeyedProvider):
    """Chat, vectors and orders at `base_url`, such as `https://api.cohere.com`, as the provider named `provider`."""

    names_missing_models = False

    def __init__(
        self, http: HttpClient, *, base_url: str, api_key: str | None = None, provider: str = "cohere"
    ) -> None:
        super().__init__(http, provider=provider, api_key=api_key)
        self._base_url = base_url.rstrip("/")

    def __repr__(self) -> str:
        return f"Cohere(url={self._base_url!r}, provider={self._provider!r})"

    async def embed(self, request: EmbeddingRequest) -> EmbeddingResponse:
        """A vector for each text. Raises ProviderError."""

        def read(body: dict[str, Any], request_id: str | None) -> EmbeddingResponse:
            return cohere_vectors.embed_response_from_wire(
                body, model=request.model, count=len(request.inputs), request_id=request_id
            )

        translated = cohere_vectors.embed_request_to_wire(request)
        return await self._read(request, "/v2/embed", translated, _Chat(request.model), read)

    async def rerank(self, request: RerankRequest) -> RerankResponse:
        """The documents, best first. Raises ProviderError."""

        def read(body: dict[str, Any], request_id: str | None) -> RerankResponse:
            return cohere_vectors.rerank_response_from_wire(
                body, model=request.model, count=len(request.documents), request_id=request_id
            )

        translated = cohere_vectors.rerank_request_to_wire(request)
        return await self._read(request, "/v2/rerank", translated, _Chat(request.model), read)

    def _address(self, model: str, path: str) -> str:
        return self._base_url + path

    def _posting(self, request: ModelRequest, *, stream: bool) -> Posting:
        as_it_came = original_body(request, _Chat.name, model=request.model, stream=stream)
        if as_it_came is None:
            translated = cohere_chat.request_to_wire(request, stream=stream)
        else:
            translated = Translated(body=as_it_came)
        call = self._call(request.model, "/v2/chat", translated, strict=request.strict)
        return Posting(call, _Chat(request.model), translated.notes)
