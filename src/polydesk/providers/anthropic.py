"""Anthropic, and every endpoint that speaks its Messages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

import msgspec

from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.providers.failures import Asked
from polydesk.providers.http import Answer, Call, HttpClient
from polydesk.providers.vendor import Opened, VendorDialect, original_body, read_call, refuse_losses
from polydesk.providers.vendor_provider import OpenedProvider, Posting
from polydesk.wire import anthropic_messages
from polydesk.wire.anthropic_messages.request import DEFAULT_MAX_TOKENS
from polydesk.wire.notes import Translated, WireError
from polydesk.wire.sse import ServerEvent

VERSION = "2026-10-21"
"""https://platform.claude.com/docs/en/api/versioning (checked 2026-11-24)."""
COUNTED = ("model", "messages", "system", "tools", "tool_choice", "thinking", "output_config")
"""What a request for a count may say (https://platform.claude.com/docs/en/api/messages/count_tokens, checked
2026-11-24)."""


class _Messages(VendorDialect):
    name = "anthropic_messages"
    request_id_header = "request-id"

    def read_response(self, body: dict[str, Any], *, request_id: str | None) -> ModelResponse:
        return anthropic_messages.response_from_wire(body, request_id=request_id)

    def stream_reader(self, *, request_id: str | None) -> anthropic_messages.MessagesStreamReader:
        return anthropic_messages.MessagesStreamReader(request_id=request_id)

    def is_end(self, event: ServerEvent) -> bool:
        return event.name == "message_stop"


class MessagesHost(Protocol):
    """Where Messages is spoken, and what opens the door."""

    @property
    def dialect(self) -> str:
        """A `Dialect` of the catalog; signatures of another are not understood here."""
        ...

    def asking(self, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Address and body of a request."""
        ...

    def counting(self, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Address and body of a request whose tokens are counted."""
        ...

    async def opened(self) -> Opened:
        """What is to be sent along. Raises ProviderError."""
        ...


class MessagesApi:
    """Messages at `base_url`, such as `https://api.anthropic.com`."""

    dialect = "anthropic_messages"

    def __init__(self, *, base_url: str, api_key: str | None) -> None:
        self._url = base_url.rstrip("/") + "/v1/messages"
        key = {} if api_key is None else {"x-api-key": api_key}
        self._opened = Opened({"anthropic-version": VERSION, **key}, api_key or "")

    def __repr__(self) -> str:
        return f"MessagesApi({self._url})"

    def asking(self, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The one address, and the body as it is."""
        return self._url, body

    def counting(self, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The address for counting, and the body as it is."""
        return f"{self._url}/count_tokens", body

    async def opened(self) -> Opened:
        """The key, where there is one."""
        return self._opened


class Anthropic(OpenedProvider):
    """Messages at `base_url` or, in its place, at `host`, as the provider named `provider`.

    `max_output_tokens` says for each model what a request without a limit asks for, since Messages demands a limit;
    `quirks` are those of the models, by name.
    """

    def __init__(
        self,
        http: HttpClient,
        *,
        base_url: str = "https://api.anthropic.com",
        api_key: str | None = None,
        host: MessagesHost | None = None,
        provider: str = "anthropic",
        max_output_tokens: Mapping[str, int] | None = None,
        quirks: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        super().__init__(http, provider=provider)
        self._host = host or MessagesApi(base_url=base_url, api_key=api_key)
        self._max_output_tokens = dict(max_output_tokens or {})
        self._quirks = dict(quirks or {})

    def __repr__(self) -> str:
        return f"Anthropic(host={self._host!r}, provider={self._provider!r})"

    async def count_tokens(self, request: ModelRequest) -> int:
        """How many tokens the model reads in `request`. Raises ProviderError."""
        body = self._translated(request, stream=False).body
        url, counted = self._host.counting({name: body[name] for name in COUNTED if name in body})
        opened = await self._host.opened()
        with opened:
            return await read_call(self._http, self._call(request.model, url, counted, opened), _Messages(), _total)

    async def _posting(self, request: ModelRequest, *, stream: bool) -> Posting:
        translated = self._translated(request, stream=stream)
        asked = Asked(provider=self._provider, model=request.model)
        refuse_losses(asked, translated.notes, strict=request.strict)
        url, body = self._host.asking(translated.body)
        opened = await self._host.opened()
        return Posting(self._call(request.model, url, body, opened), _Messages(), translated.notes, opened)

    def _call(self, model: str, url: str, body: dict[str, Any], opened: Opened) -> Call:
        asked = Asked(provider=self._provider, model=model, secret=opened.secret)
        return Call(asked=asked, url=url, headers=opened.headers, body=msgspec.json.encode(body))

    def _translated(self, request: ModelRequest, *, stream: bool) -> Translated:
        as_it_came = original_body(request, _Messages.name, model=request.model, stream=stream)
        if as_it_came is not None:
            return Translated(body=as_it_came)
        return anthropic_messages.request_to_wire(
            request,
            stream=stream,
            default_max_tokens=self._max_output_tokens.get(request.model, DEFAULT_MAX_TOKENS),
            quirks=self._quirks.get(request.model, ()),
            signer=self._host.dialect,
        )


def _total(body: dict[str, Any], answer: Answer) -> int:
    total = body.get("input_tokens")
    if not isinstance(total, int):
        raise WireError("expected a number - at `$.input_tokens`")
    return total
