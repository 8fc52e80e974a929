"""Mistral: chat completions and embeddings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polydesk.core.embeddings import EmbeddingRequest, EmbeddingResponse
from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.providers.http import HttpClient
from polydesk.providers.vendor import VendorDialect, original_body
from polydesk.providers.vendor_provider import KeyedProvider, Posting
from polydesk.wire import mistral_chat
from polydesk.wire.notes import Translated
from polydesk.wire.sse import ServerEvent


class _Chat(VendorDialect):
    name = mistral_chat.DIALECT
    request_id_header = "mistral-correlation-id"

    def read_response(self, body: dict[str, Any], *, request_id: str | None) -> ModelResponse:
        return mistral_chat.response_from_wire(body, request_id=request_id)

    def stream_reader(self, *, request_id: str | None) -> mistral_chat.MistralStreamReader:
        return mistral_chat.MistralStreamReader(request_id=request_id)

    def is_end(self, event: ServerEvent) -> bool:
        return event.data == mistral_chat.DONE

    def error_in(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> Mapping[str, Any] | None:
        return mistral_chat.error_in(body)


class Mistral(KeyedProvider):
    """Chat completions and embeddings at `base_url`, such as `https://api.mistral.ai/v1`, as `provider`."""

    def __init__(
        self, http: HttpClient, *, base_url: str, api_key: str | None = None, provider: str = "mistral"
    ) -> None:
        super().__init__(http, provider=provider, api_key=api_key)
        self._base_url = base_url.rstrip("/")

    def __repr__(self) -> str:
        return f"Mistral(url={self._base_url!r}, provider={self._provider!r})"

    async def embed(self, request: EmbeddingRequest) -> EmbeddingResponse:
        """A vector for each text. Raises ProviderError."""

        def read(body: dict[str, Any], request_id: str | None) -> EmbeddingResponse:
            return mistral_chat.embeddings_from_wire(body, count=len(request.inputs), request_id=request_id)

        translated = mistral_chat.embeddings_request_to_wire(request)
        return await self._read(request, "/embeddings", translated, _Chat(), read)

    def _address(self, model: str, path: str) -> str:
        return self._base_url + path

    def _posting(self, request: ModelRequest, *, stream: bool) -> Posting:
        as_it_came = original_body(request, _Chat.name, model=request.model, stream=stream)
        if as_it_came is None:
            translated = mistral_chat.request_to_wire(request, stream=stream)
        else:
            translated = Translated(body=as_it_came)
        call = self._call(request.model, "/chat/completions", translated, strict=request.strict)
        return Posting(call, _Chat(), translated.notes)
