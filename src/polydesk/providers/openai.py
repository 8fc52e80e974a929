"""OpenAI, and every endpoint that speaks its Chat Completions."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection
from typing import Any

import msgspec

from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.notes import Note
from polydesk.core.streams import StreamEvent
from polydesk.providers.base import Piece
from polydesk.providers.failures import Asked
from polydesk.providers.http import Call, HttpClient
from polydesk.providers.vendor import VendorDialect, original_body, refuse_losses, send_call, stream_call, stream_pieces
from polydesk.wire import openai_chat
from polydesk.wire.notes import Translated
from polydesk.wire.sse import ServerEvent


class _Chat(VendorDialect):
    name = "openai_chat"
    request_id_header = "x-request-id"

    def read_response(self, body: dict[str, Any], *, request_id: str | None) -> ModelResponse:
        return openai_chat.response_from_wire(body, request_id=request_id)

    def stream_reader(self, *, request_id: str | None) -> openai_chat.ChatStreamReader:
        return openai_chat.ChatStreamReader(request_id=request_id)

    def is_end(self, event: ServerEvent) -> bool:
        return event.data == openai_chat.DONE


class OpenAI:
    """Chat Completions at `base_url`, such as `https://api.openai.com/v1`, as the provider named `provider`.

    `api_key` None sends no credential, as servers of one's own need none. `reasoning_models` are those that refuse
    temperature and top_p unless the effort is `none`: they are asked without
    (https://developers.openai.com/api/docs/guides/deployment-checklist, checked 2026-11-24).
    """

    def __init__(
        self,
        http: HttpClient,
        *,
        base_url: str,
        api_key: str | None = None,
        provider: str = "openai",
        reasoning_models: Collection[str] = (),
    ) -> None:
        self._http = http
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._api_key = api_key
        self._reasoning_models = frozenset(reasoning_models)
        self._provider = provider

    def __repr__(self) -> str:
        return f"OpenAI(url={self._url!r}, provider={self._provider!r})"

    async def send(self, request: ModelRequest) -> ModelResponse:
        """The whole answer. Raises ProviderError."""
        call, notes = self._call(request, stream=False)
        return await send_call(self._http, call, _Chat(), notes)

    def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent]:
        """The answer as it comes. Raises ProviderError; closing the iterator closes the connection."""
        call, notes = self._call(request, stream=True)
        return stream_call(self._http, call, _Chat(), notes)

    def pieces(self, request: ModelRequest) -> AsyncGenerator[Piece]:
        """As `stream`, several events at a time."""
        call, notes = self._call(request, stream=True)
        return stream_pieces(self._http, call, _Chat(), notes)

    def _call(self, request: ModelRequest, *, stream: bool) -> tuple[Call, tuple[Note, ...]]:
        asked = Asked(provider=self._provider, model=request.model, secret=self._api_key or "")
        translated = self._translated(request, stream=stream)
        refuse_losses(asked, translated.notes, strict=request.strict)
        call = Call(
            asked=asked,
            url=self._url,
            headers={} if self._api_key is None else {"authorization": f"Bearer {self._api_key}"},
            body=msgspec.json.encode(translated.body),
        )
        return call, translated.notes

    def _translated(self, request: ModelRequest, *, stream: bool) -> Translated:
        as_it_came = original_body(request, _Chat.name, model=request.model)
        if as_it_came is not None:
            return Translated(body=openai_chat.streamed(as_it_came) if stream else as_it_came)
        sampling = request.model not in self._reasoning_models or request.reasoning_effort == "none"
        return openai_chat.request_to_wire(request, stream=stream, sampling=sampling)
