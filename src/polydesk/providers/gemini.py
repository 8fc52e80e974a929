"""Google's Gemini models, by the Gemini API and by Vertex AI."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol
from urllib.parse import quote

import msgspec

from polydesk.core.embeddings import EmbeddingRequest, EmbeddingResponse
from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.providers.failures import Asked
from polydesk.providers.http import Answer, Call, HttpClient
from polydesk.providers.vendor import Opened, VendorDialect, original_body, read_call, refuse_losses
from polydesk.providers.vendor_provider import OpenedProvider, Posting
from polydesk.wire import gemini, gemini_vectors
from polydesk.wire.notes import Translated, WireError


class _Gemini(VendorDialect):
    name = gemini.DIALECT
    # Google names no request; an answer's own id is what its support asks for.
    request_id_header = ""
    ends_at_close = True

    def read_response(self, body: dict[str, Any], *, request_id: str | None) -> ModelResponse:
        return gemini.response_from_wire(body, request_id=request_id)

    def stream_reader(self, *, request_id: str | None) -> gemini.GeminiStreamReader:
        return gemini.GeminiStreamReader(request_id=request_id)

    def error_in(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> Mapping[str, Any] | None:
        return gemini.error_in(body)


class GeminiHost(Protocol):
    """Where Gemini models are asked, and what opens the door."""

    @property
    def dialect(self) -> str:
        """A `Dialect` of the catalog; signatures of another are not understood here."""
        ...

    def url(self, model: str, method: str) -> str: ...

    async def opened(self) -> Opened:
        """What is to be sent along. Raises ProviderError."""
        ...

    def counting(self, model: str, body: dict[str, Any]) -> dict[str, Any]:
        """The body that has the tokens of `body` counted."""
        ...


class GeminiApi:
    """The Gemini API at `base_url`, such as `https://generativelanguage.googleapis.com/v1beta`."""

    dialect = "gemini"

    def __init__(self, *, base_url: str, api_key: str | None) -> None:
        self._models_url = base_url.rstrip("/") + "/models"
        self._api_key = api_key

    def __repr__(self) -> str:
        return f"GeminiApi({self._models_url})"

    def url(self, model: str, method: str) -> str:
        """The address of one of the model's methods."""
        return f"{self._models_url}/{quote(model, safe='')}:{method}"

    async def opened(self) -> Opened:
        """The key, where there is one."""
        return Opened() if self._api_key is None else Opened({"x-goog-api-key": self._api_key}, self._api_key)

    def counting(self, model: str, body: dict[str, Any]) -> dict[str, Any]:
        """The whole request, inside."""
        return {"generateContentRequest": {"model": f"models/{model}", **body}}


class Gemini(OpenedProvider):
    """Gemini models at `host` as the provider named `provider`; `quirks` are those of the models, by name."""

    def __init__(
        self,
        http: HttpClient,
        *,
        host: GeminiHost,
        provider: str = "gemini",
        quirks: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        super().__init__(http, provider=provider)
        self._host = host
        self._quirks = dict(quirks or {})

    def __repr__(self) -> str:
        return f"Gemini(host={self._host!r}, provider={self._provider!r})"

    async def count_tokens(self, request: ModelRequest) -> int:
        """How many tokens the model reads in `request`. Raises ProviderError."""
        body = self._host.counting(request.model, self._translated(request).body)
        call, opened = await self._call(request.model, "countTokens", body)
        with opened:
            return await read_call(self._http, call, _Gemini(), _total)

    async def embed(self, request: EmbeddingRequest) -> EmbeddingResponse:
        """A vector for each text. Raises ProviderError."""
        quirks = self._quirks.get(request.model, ())
        translated = gemini_vectors.embeddings_request_to_wire(request, quirks=quirks)
        refuse_losses(self._asked(request.model, ""), translated.notes, strict=request.strict)
        call, opened = await self._call(request.model, "batchEmbedContents", translated.body)

        def read(body: dict[str, Any], answer: Answer) -> EmbeddingResponse:
            return gemini_vectors.embeddings_from_wire(body, model=request.model, count=len(request.inputs))

        with opened:
            response = await read_call(self._http, call, _Gemini(), read)
        return msgspec.structs.replace(response, notes=translated.notes)

    async def _posting(self, request: ModelRequest, *, stream: bool) -> Posting:
        translated = self._translated(request)
        method = "streamGenerateContent?alt=sse" if stream else "generateContent"
        call, opened = await self._call(request.model, method, translated.body)
        return Posting(call, _Gemini(), translated.notes, opened)

    def _translated(self, request: ModelRequest) -> Translated:
        as_it_came = original_body(request, gemini.DIALECT)
        if as_it_came is not None:
            return Translated(body=as_it_came)
        quirks = self._quirks.get(request.model, ())
        translated = gemini.request_to_wire(request, quirks=quirks, signer=self._host.dialect)
        refuse_losses(self._asked(request.model, ""), translated.notes, strict=request.strict)
        return translated

    async def _call(self, model: str, method: str, body: dict[str, Any]) -> tuple[Call, Opened]:
        opened = await self._host.opened()
        call = Call(
            asked=self._asked(model, opened.secret),
            url=self._host.url(model, method),
            headers=opened.headers,
            body=msgspec.json.encode(body),
        )
        return call, opened

    def _asked(self, model: str, secret: str) -> Asked:
        return Asked(provider=self._provider, model=model, secret=secret)


def _total(body: dict[str, Any], answer: Answer) -> int:
    total = body.get("totalTokens", 0)
    if not isinstance(total, int):
        raise WireError("expected a number - at `$.totalTokens`")
    return total
