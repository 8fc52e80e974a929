"""Anthropic, and every endpoint that speaks its Messages."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import msgspec

from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.notes import Note
from polydesk.core.streams import StreamEvent
from polydesk.providers.base import Piece
from polydesk.providers.failures import Asked
from polydesk.providers.http import Call, HttpClient
from polydesk.providers.vendor import VendorDialect, original_body, refuse_losses, send_call, stream_call, stream_pieces
from polydesk.wire import anthropic_messages
from polydesk.wire.anthropic_messages.request import DEFAULT_MAX_TOKENS
from polydesk.wire.notes import Translated
from polydesk.wire.sse import ServerEvent

VERSION = "2026-10-21"
"""https://platform.claude.com/docs/en/api/versioning (checked 2026-11-24)."""


class _Messages(VendorDialect):
    name = "anthropic_messages"
    request_id_header = "request-id"

    def read_response(self, body: dict[str, Any], *, request_id: str | None) -> ModelResponse:
        return anthropic_messages.response_from_wire(body, request_id=request_id)

    def stream_reader(self, *, request_id: str | None) -> anthropic_messages.MessagesStreamReader:
        return anthropic_messages.MessagesStreamReader(request_id=request_id)

    def is_end(self, event: ServerEvent) -> bool:
        return event.name == "message_stop"


class Anthropic:
    """Messages at `base_url`, such as `https://api.anthropic.com`, as the provider named `provider`.

    `max_output_tokens` says for each model what a request without a limit asks for, since Messages demands a limit.
    """

    def __init__(
        self,
        http: HttpClient,
        *,
        base_url: str,
        api_key: str | None = None,
        provider: str = "anthropic",
        max_output_tokens: Mapping[str, int] | None = None,
    ) -> None:
        self._http = http
        self._url = base_url.rstrip("/") + "/v1/messages"
        self._api_key = api_key
        self._provider = provider
        self._max_output_tokens = dict(max_output_tokens or {})

    def __repr__(self) -> str:
        return f"Anthropic(url={self._url!r}, provider={self._provider!r})"

    async def send(self, request: ModelRequest) -> ModelResponse:
        """The whole answer. Raises ProviderError."""
        call, notes = self._call(request, stream=False)
        return await send_call(self._http, call, _Messages(), notes)

    def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent]:
        """The answer as it comes. Raises ProviderError; closing the iterator closes the connection."""
        call, notes = self._call(request, stream=True)
        return stream_call(self._http, call, _Messages(), notes)

    def pieces(self, request: ModelRequest) -> AsyncGenerator[Piece]:
        """As `stream`, several events at a time."""
        call, notes = self._call(request, stream=True)
        return stream_pieces(self._http, call, _Messages(), notes)

    def _call(self, request: ModelRequest, *, stream: bool) -> tuple[Call, tuple[Note, ...]]:
        asked = Asked(provider=self._provider, model=request.model, secret=self._api_key or "")
        translated = self._translated(request, stream=stream)
        refuse_losses(asked, translated.notes, strict=request.strict)
        call = Call(
            asked=asked,
            url=self._url,
            headers={
                "anthropic-version": VERSION,
                **({} if self._api_key is None else {"x-api-key": self._api_key}),
            },
            body=msgspec.json.encode(translated.body),
        )
        return call, translated.notes

    def _translated(self, request: ModelRequest, *, stream: bool) -> Translated:
        as_it_came = original_body(request, _Messages.name, model=request.model, stream=stream)
        if as_it_came is not None:
            return Translated(body=as_it_came)
        limit = self._max_output_tokens.get(request.model, DEFAULT_MAX_TOKENS)
        return anthropic_messages.request_to_wire(request, stream=stream, default_max_tokens=limit)
