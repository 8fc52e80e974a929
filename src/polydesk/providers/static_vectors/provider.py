"""`embed` and `rerank` by static models: the mean of the vectors of a text's tokens, brought to length one."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from operator import mul
from pathlib import Path
from typing import TypeVar

from polydesk.catalog.own_models import PROVIDER
from polydesk.catalog.weights.manifest import WeightsManifest
from polydesk.core.embeddings import EmbeddingRequest, EmbeddingResponse, Relevance, RerankRequest, RerankResponse
from polydesk.core.errors import (
    ModelNotFoundError,
    ProviderUnavailableError,
    RequestRejectedError,
    WeightsError,
)
from polydesk.core.notes import Note
from polydesk.core.usage import Usage
from polydesk.providers.failures import Asked
from polydesk.providers.static_vectors.table import StaticModel
from polydesk.providers.vendor import refuse_losses

Vector = tuple[float, ...]
Result = TypeVar("Result")


class StaticVectors:
    """Static models of this machine. Each is opened when it is first asked, in the one thread that does all the work.

    More threads would not be faster, and would leave the event loop less.
    """

    def __init__(
        self, manifest_of: Callable[[str], WeightsManifest | None], find_weights: Callable[[str], Path | None]
    ) -> None:
        """Both are asked by a model's name, and give None when there is nothing of that name."""
        self._manifest_of = manifest_of
        self._find_weights = find_weights
        self._lock = threading.Lock()
        self._models: dict[Path, StaticModel] = {}
        self._thread: ThreadPoolExecutor | None = None

    def has(self, name: str) -> bool:
        """Whether the model called `name` is a static one, pulled or not."""
        manifest = self._manifest_of(name)
        return manifest is not None and manifest.format == "static_vectors"

    async def embed(self, request: EmbeddingRequest) -> EmbeddingResponse:
        """A vector of length one for each text. Raises ProviderError.

        The model gives its own number of dimensions and those shorter ones that it was trained for; what is asked of
        another is noted as dropped.
        """
        manifest, path = self._found(request.model)
        lengths = (*manifest.shorter_dimensions, manifest.dimensions)
        dimensions = request.dimensions if request.dimensions in lengths else None
        notes = _notes(request, lengths)
        refuse_losses(Asked(provider=PROVIDER, model=request.model, secret=""), notes, strict=request.strict)

        def embedded() -> EmbeddingResponse:
            model = self._opened(path, request.model)
            ids = [model.tokenizer.ids(text) for text in request.inputs]
            if not all(ids):
                words = "An empty text has no vector. Leave it out."
                raise RequestRejectedError(words, provider=PROVIDER, model=request.model, param="input")
            return EmbeddingResponse(
                model=request.model,
                vectors=tuple(_of_length_one(model.mean(one)[:dimensions]) for one in ids),
                usage=_usage(ids),
                notes=notes,
            )

        return await self._worked(embedded)

    async def rerank(self, request: RerankRequest) -> RerankResponse:
        """The documents by the cosine of their vectors and the query's; below zero it scores zero.

        Raises ProviderError. It compares what texts are about, word by word, and does not read them.
        """
        _, path = self._found(request.model)
        notes = tuple(_unknown(name) for name in request.provider_options)
        refuse_losses(Asked(provider=PROVIDER, model=request.model, secret=""), notes, strict=request.strict)

        def reranked() -> RerankResponse:
            model = self._opened(path, request.model)
            ids = [model.tokenizer.ids(text) for text in (request.query, *request.documents)]
            query, *documents = [_of_length_one(model.mean(one)) for one in ids]
            cosines = [sum(map(mul, query, document)) for document in documents]
            best = sorted(range(len(cosines)), key=lambda index: -cosines[index])[: request.top_n]
            return RerankResponse(
                model=request.model,
                results=tuple(Relevance(index=index, score=min(max(cosines[index], 0.0), 1.0)) for index in best),
                usage=_usage(ids),
                notes=notes,
            )

        return await self._worked(reranked)

    async def load(self, name: str) -> None:
        """Open the model called `name` now rather than at its first request. Raises ProviderError."""
        _, path = self._found(name)
        await self._worked(lambda: self._opened(path, name))

    async def close(self) -> None:
        """End all requests and forget all models. It can be used again, and then opens anew."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._models.clear()
        if thread is not None:
            await asyncio.to_thread(thread.shutdown, cancel_futures=True)

    def _found(self, name: str) -> tuple[WeightsManifest, Path]:
        manifest, path = self._manifest_of(name), self._find_weights(name)
        if manifest is None or path is None:
            words = f"The weights of {name} are not on this machine. Get them with `polydesk models pull {name}`."
            raise ModelNotFoundError(words, provider=PROVIDER, model=name)
        return manifest, path

    def _opened(self, path: Path, name: str) -> StaticModel:
        """The open model; called in the one thread only."""
        if path not in self._models:
            try:
                self._models[path] = StaticModel(path)
            except WeightsError as exc:
                raise ProviderUnavailableError(str(exc), provider=PROVIDER, model=name) from exc
        return self._models[path]

    async def _worked(self, work: Callable[[], Result]) -> Result:
        with self._lock:
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, thread_name_prefix="static-vectors")
            working = asyncio.get_running_loop().run_in_executor(self._thread, work)
        return await working


def _notes(request: EmbeddingRequest, lengths: Sequence[int | None]) -> tuple[Note, ...]:
    notes = [_unknown(name) for name in request.provider_options]
    if request.dimensions not in (None, *lengths):
        words = ", ".join(str(length) for length in lengths)
        reason = f"the model's vectors have one of these numbers of dimensions: {words}"
        notes.append(Note(parameter="dimensions", action="dropped", reason=reason))
    return tuple(notes)


def _unknown(option: str) -> Note:
    return Note(parameter=option, action="dropped", reason="models of this machine have no such option")


def _of_length_one(vector: Sequence[float]) -> Vector:
    length = math.hypot(*vector)
    return tuple(number / length for number in vector) if length else tuple(vector)


def _usage(ids: Sequence[Sequence[int]]) -> Usage:
    return Usage(input_tokens=sum(map(len, ids)), output_tokens=0)
