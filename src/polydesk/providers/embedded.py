"""All models of this machine as one provider: GGUF models in the engine, and static vectors beside it."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from polydesk.core.embeddings import EmbeddingRequest, EmbeddingResponse, RerankRequest, RerankResponse
from polydesk.core.errors import ModelNotFoundError
from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.streams import StreamEvent
from polydesk.providers.base import Load
from polydesk.providers.llamacpp.chat import PROVIDER
from polydesk.providers.llamacpp.provider import LlamaCpp
from polydesk.providers.static_vectors.provider import StaticVectors


class Embedded:
    """Asks for each request whichever of the two runs its model."""

    def __init__(self, engine: LlamaCpp, vectors: StaticVectors) -> None:
        self._engine = engine
        self._vectors = vectors

    async def send(self, request: ModelRequest) -> ModelResponse:
        """As `LlamaCpp.send`."""
        return await self._engine.send(request)

    def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent]:
        """As `LlamaCpp.stream`."""
        return self._engine.stream(request)

    async def count_tokens(self, request: ModelRequest) -> int:
        """As `LlamaCpp.count_tokens`."""
        return await self._engine.count_tokens(request)

    async def embed(self, request: EmbeddingRequest) -> EmbeddingResponse:
        """A vector for each text. Raises ProviderError."""
        able = self._vectors if self._vectors.has(request.model) else self._engine
        return await able.embed(request)

    async def rerank(self, request: RerankRequest) -> RerankResponse:
        """The documents, best first, by a static model. Raises ProviderError."""
        if not self._vectors.has(request.model):
            words = f"{request.model} puts no documents in order."
            raise ModelNotFoundError(words, provider=PROVIDER, model=request.model)
        return await self._vectors.rerank(request)

    async def load(self, name: str) -> None:
        """Load the model called `name` now rather than at its first request. Raises ProviderError."""
        await (self._vectors if self._vectors.has(name) else self._engine).load(name)

    def load_of(self, request: ModelRequest) -> Load:
        """As `LlamaCpp.load_of`."""
        return self._engine.load_of(request)

    async def close(self) -> None:
        """End all requests and free all models."""
        await self._engine.close()
        await self._vectors.close()
