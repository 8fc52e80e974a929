"""Mistral: chat completions and embeddings."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import msgspec

from polydesk.core.embeddings import EmbeddingRequest, EmbeddingResponse
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


class Mistral:
    """Chat completions and embeddings at `base_url`, such as `https://api.mistral.ai/v1`, as `provider`."""

    def __init__(
        self, http: HttpClient, *, base_url: str, api_key: str | None = None, provider: str = "mistral"
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key
        self._provider = provider

    def __repr__(self) -> str:
        return f"Mistral(url={self._base_url!r}, provider={self._provider!r})"

    async def send(self, request: ModelRequest) -> ModelResponse:
        """The whole answer. Raises ProviderError."""
        call, notes = self._chat(request, stream=False)
        return await send_call(self._http, call, _Chat(), notes)

    def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent]:
        """The answer as it comes. Raises ProviderError; closing the iterator closes the connection."""
        call, notes = self._chat(request, stream=True)
        return stream_call(self._http, call, _Chat(), notes)

    def pieces(self, request: ModelRequest) -> AsyncGenerator[Piece]:
        """As `stream`, several events at a time."""
        call, notes = self._chat(request, stream=True)
        return stream_pieces(self._http, call, _Chat(), notes)

    async def embed(self, request: EmbeddingRequest) -> EmbeddingResponse:
        """A vector for each text. Raises ProviderError."""
        translated = mistral_chat.embeddings_request_to_wire(request)
        call = self._call(request.model, "/embeddings", translated, strict=request.strict)

        def read(body: dict[str, Any], answer: Answer) -> EmbeddingResponse:
            count = len(request.inputs)
            return mistral_chat.embeddings_from_wire(body, count=count, request_id=answer.request_id)

        response = await read_call(self._http, call, _Chat(), read)
        return msgspec.structs.replace(response, notes=translated.notes)

    def _chat(self, request: ModelRequest, *, stream: bool) -> tuple[Call, tuple[Note, ...]]:
        as_it_came = original_body(request, _Chat.name, model=request.model, stream=stream)
        if as_it_came is None:
            translated = mistral_chat.request_to_wire(request, stream=stream)
        else:
            translated = Translated(body=as_it_came)
        return self._call(request.model, "/chat/completions", translated, strict=request.strict), translated.notes

    def _call(self, model: str, path: str, translated: Translated, *, strict: bool) -> Call:
        asked = Asked(provider=self._provider, model=model, secret=self._api_key or "")
        refuse_losses(asked, translated.notes, strict=strict)
        return Call(
            asked=asked,
            url=self._base_url + path,
            headers={} if self._api_key is None else {"authorization": f"Bearer {self._api_key}"},
            body=msgspec.json.encode(translated.body),
        )
