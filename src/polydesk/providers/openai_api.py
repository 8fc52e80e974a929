"""What every host of OpenAI's API has: Chat Completions, Responses and embeddings, by whatever address and key.

A model is spoken to in the one dialect that the catalog names for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from polydesk.core.embeddings import EmbeddingRequest, EmbeddingResponse
from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.providers.http import HttpClient
from polydesk.providers.vendor import VendorDialect, original_body
from polydesk.providers.vendor_provider import KeyedProvider, Posting
from polydesk.wire import openai_chat, openai_responses, openai_vectors
from polydesk.wire.notes import Notes, Translated
from polydesk.wire.sse import ServerEvent


class ChatDialect(VendorDialect):
    """Chat Completions."""

    name = "openai_chat"
    request_id_header = "x-request-id"

    def read_response(self, body: dict[str, Any], *, request_id: str | None) -> ModelResponse:
        return openai_chat.response_from_wire(body, request_id=request_id)

    def read_usual(self, data: bytes, *, request_id: str | None) -> ModelResponse | None:
        return openai_chat.usual_response_from_json(data, request_id=request_id)

    def stream_reader(self, *, request_id: str | None) -> openai_chat.ChatStreamReader:
        return openai_chat.ChatStreamReader(request_id=request_id)

    def is_end(self, event: ServerEvent) -> bool:
        return event.data == openai_chat.DONE


class ResponsesDialect(VendorDialect):
    """Responses."""

    name = openai_responses.DIALECT
    request_id_header = "x-request-id"

    def read_response(self, body: dict[str, Any], *, request_id: str | None) -> ModelResponse:
        return openai_responses.response_from_wire(body, request_id=request_id)

    def stream_reader(self, *, request_id: str | None) -> openai_responses.ResponsesStreamReader:
        return openai_responses.ResponsesStreamReader(request_id=request_id)

    def is_end(self, event: ServerEvent) -> bool:
        return event.name in openai_responses.ENDS


class HostFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a host and of its models."""

    dialect: str = ChatDialect.name
    """In which models are spoken to that `dialects` does not name."""
    dialects: Mapping[str, str] = {}
    """Dialects by the names of models."""
    reasoning_models: frozenset[str] = frozenset()
    """Those that refuse temperature and top_p unless the effort is `none`: they are asked without
    (https://developers.openai.com/api/docs/guides/deployment-checklist, checked 2026-11-24)."""
    quirks: frozenset[str] = frozenset()
    """Names out of `openai_chat.QUIRKS`."""
    model_quirks: Mapping[str, frozenset[str]] = {}
    """Quirks of single models beyond those of the host, by their names."""
    prefix_path: str = ""
    """What stands before the path of a chat that ends within an assistant's message, where the host wants another
    address for it."""

    def quirks_of(self, model: str) -> frozenset[str]:
        """How the host departs from Chat Completions when it is asked for `model`."""
        return self.quirks | self.model_quirks.get(model, frozenset())


class OpenAIApi(KeyedProvider):
    """One host, as the provider named `provider`. A subclass says where its paths are and how the key travels."""

    def __init__(
        self, http: HttpClient, *, provider: str, api_key: str | None = None, facts: HostFacts | None = None
    ) -> None:
        super().__init__(http, provider=provider, api_key=api_key)
        self._facts = facts or HostFacts()

    async def embed(self, request: EmbeddingRequest) -> EmbeddingResponse:
        """A vector for each text. Raises ProviderError."""

        def read(body: dict[str, Any], request_id: str | None) -> EmbeddingResponse:
            return openai_vectors.response_from_wire(body, count=len(request.inputs), request_id=request_id)

        encoding = None if "float_vectors" in self._facts.quirks_of(request.model) else "base64"
        translated = openai_vectors.request_to_wire(request, encoding_format=encoding)
        return await self._read(request, "/embeddings", translated, self._judged(ChatDialect()), read)

    def _judged(self, dialect: VendorDialect) -> VendorDialect:
        """`dialect` as this host words errors."""
        return dialect

    def _posting(self, request: ModelRequest, *, stream: bool) -> Posting:
        if self._facts.dialects.get(request.model, self._facts.dialect) == ResponsesDialect.name:
            translated = self._as_responses(request, stream=stream)
            call = self._call(request.model, "/responses", translated, strict=request.strict)
            return Posting(call, self._judged(ResponsesDialect()), translated.notes)
        translated = self._as_chat(request, stream=stream)
        messages: list[dict[str, Any]] = translated.body["messages"]
        before = self._facts.prefix_path if messages and messages[-1].get("prefix") else ""
        call = self._call(request.model, f"{before}/chat/completions", translated, strict=request.strict)
        return Posting(call, self._judged(ChatDialect()), translated.notes)

    def _as_chat(self, request: ModelRequest, *, stream: bool) -> Translated:
        quirks = self._facts.quirks_of(request.model)
        as_it_came = original_body(request, ChatDialect.name, model=request.model)
        if as_it_came is None:
            sampling = request.model not in self._facts.reasoning_models or request.reasoning_effort == "none"
            return openai_chat.request_to_wire(request, stream=stream, sampling=sampling, quirks=quirks)
        notes = Notes()
        body = openai_chat.streamed(as_it_came) if stream else as_it_came
        return notes.on(openai_chat.adapted(body, quirks, notes))

    def _as_responses(self, request: ModelRequest, *, stream: bool) -> Translated:
        as_it_came = original_body(request, ResponsesDialect.name, model=request.model)
        if as_it_came is None:
            reasons = request.model in self._facts.reasoning_models
            return openai_responses.request_to_wire(request, stream=stream, reasons=reasons)
        return Translated(body=openai_responses.streamed(as_it_came) if stream else as_it_came)
