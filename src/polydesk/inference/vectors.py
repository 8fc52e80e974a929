"""Calls that are no conversation: texts into vectors, and documents into order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import msgspec

from polydesk.catalog.card import ModelCard
from polydesk.core.embeddings import EmbeddingRequest, EmbeddingResponse, RerankRequest, RerankResponse
from polydesk.core.errors import ModelNotFoundError
from polydesk.core.messages import ModelRequest, ModelResponse, user_message
from polydesk.core.receipts import CallReceipt
from polydesk.inference.call import OpenAttempt
from polydesk.providers.base import Provider

RequestT = TypeVar("RequestT", EmbeddingRequest, RerankRequest)
ResponseT = TypeVar("ResponseT", EmbeddingResponse, RerankResponse)


class Given(Generic[ResponseT]):
    """What a call gave, and the record of how it came about."""

    def __init__(self, response: ResponseT, card: ModelCard, receipt: CallReceipt) -> None:
        self.response = response
        self.card = card
        self.receipt = receipt


class Asking(Generic[RequestT, ResponseT]):
    """Asks each provider by its method called `method`, and remembers what each model gave."""

    def __init__(self, request: RequestT, method: str) -> None:
        self._request = request
        self._method = method
        self._given: dict[str, ResponseT] = {}

    async def __call__(self, provider: Provider, attempt: OpenAttempt) -> ModelResponse:
        """The answer as it is recorded: with its tokens, but without its numbers. Raises ProviderError."""
        card = attempt.card
        ask: Callable[[RequestT], Awaitable[ResponseT]] | None = getattr(provider, self._method, None)
        if ask is None:
            words = f"{card.provider} has no {self._method} in this version of Polydesk."
            raise ModelNotFoundError(words, provider=card.provider, model=card.name)
        given = await ask(msgspec.structs.replace(self._request, model=card.name))
        self._given[card.id] = given
        return ModelResponse(
            id=given.id,
            model=given.model,
            parts=(),
            finish_reason="stop",
            usage=given.usage,
            request_id=given.request_id,
            notes=given.notes,
        )

    def by(self, card: ModelCard) -> ResponseT:
        """What the model gave."""
        return self._given[card.id]


def recorded_as(request: EmbeddingRequest | RerankRequest) -> ModelRequest:
    """The request as it is hashed for the receipt and counted where the provider does not count."""
    texts = request.inputs if isinstance(request, EmbeddingRequest) else (request.query, *request.documents)
    return ModelRequest(model=request.model, messages=tuple(map(user_message, texts)))
