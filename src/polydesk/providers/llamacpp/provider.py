"""The embedded provider: `send` and `stream` answered by a model in this process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec

from polydesk.core.embeddings import EmbeddingRequest, EmbeddingResponse
from polydesk.core.errors import ModelNotFoundError, ProviderError, ProviderUnavailableError, WeightsError
from polydesk.core.messages import ModelRequest, ModelResponse
from polydesk.core.streams import Finished, StreamEvent, response_of
from polydesk.providers.base import Load
from polydesk.providers.llamacpp.chat import PROVIDER, AnswerReader, body_of, error_of
from polydesk.providers.llamacpp.engine import Engine, EngineError, EngineSize
from polydesk.providers.llamacpp.jobs import Job, JobDroppedError, JobQueue, QueueFullError, Result, results_of
from polydesk.providers.llamacpp.load import Timings, Workload, prompt_of
from polydesk.providers.llamacpp.vectors import vectors_of

FindWeights = Callable[[str], Path | None]
"""The GGUF file of a model by its name; None when there is none here."""

_COUNTS_AT_ONCE = 2


class LlamaCpp:
    """GGUF models run in this process. Each is loaded when it is first asked, once, and stays until `close`.

    All work is done in threads of its own; the event loop only receives events. While a model loads, the interpreter
    stands still for about a second per gigabyte of weights (see `engine`), so a server should `load` before it opens.
    What a slow reader leaves waiting is bounded by the context window.
    """

    def __init__(self, find_weights: FindWeights, size: EngineSize | None = None) -> None:
        """`find_weights` is asked at every first use, so that weights pulled later are found."""
        self._find_weights = find_weights
        self._size = size or EngineSize()
        self._lock = threading.Lock()
        self._models: dict[str, _Model] = {}

    async def send(self, request: ModelRequest) -> ModelResponse:
        """The whole answer to `request`. Raises ProviderError; cancelling the call ends the work within a token."""
        async with aclosing(self.stream(request)) as events:
            return response_of([event async for event in events])

    async def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent]:
        """The answer as it comes. Raises ProviderError; closing the iterator ends the work within a token.

        A long prompt is given up between two of its batches. While too many wait already, the error is a
        ProviderUnavailableError whose code is `busy`.
        """
        body = body_of(request)
        model = self._model(request.model)
        prompt = prompt_of(request)

        def answer(job: Job, emit: Callable[[StreamEvent], None]) -> None:
            reader = AnswerReader(request)

            def on_chunk(chunk: bytes) -> bool:
                for event in reader.read(chunk):
                    emit(event)
                return job.is_cancelled

            engine = model.engine()
            with model.workload.answering(prompt):
                _answer(engine, body, on_chunk, request.model)
                last = None if job.is_cancelled else reader.end()
                if last is None:
                    raise JobDroppedError
            model.workload.learn(_timings(last))
            emit(last)

        async with aclosing(_worked(model, model.answers, answer)) as events:
            async for event in events:
                yield event

    async def embed(self, request: EmbeddingRequest) -> EmbeddingResponse:
        """A vector for each text, from a model that makes vectors. Raises ProviderError.

        They have the model's own length: what is asked of another is noted as dropped.
        """
        model = self._model(request.model)

        def embed(job: Job, emit: Callable[[dict[str, Any]], None]) -> None:
            try:
                emit(model.engine().embed(request.inputs))
            except EngineError as exc:
                raise error_of(exc.refusal, request.model) from exc

        async with aclosing(_worked(model, model.answers, embed)) as replies:
            return vectors_of(await anext(replies), request)

    async def count_tokens(self, request: ModelRequest) -> int:
        """How many tokens `request` is to its model, exactly, the chat template included. Raises ProviderError."""
        body = body_of(request)
        model = self._model(request.model)

        def count(job: Job, emit: Callable[[int], None]) -> None:
            try:
                emit(model.engine().count(body))
            except EngineError as exc:
                raise error_of(exc.refusal, request.model) from exc

        async with aclosing(_worked(model, model.counts, count)) as counts:
            return await anext(counts)

    async def load(self, name: str) -> None:
        """Load the model called `name` now rather than at its first request. Raises ProviderError."""
        model = self._model(name)

        def load(job: Job, emit: Callable[[None], None]) -> None:
            model.engine()

        async with aclosing(_worked(model, model.counts, load)) as nothing:
            async for _ in nothing:
                pass

    def running(self, name: str) -> int:
        """How many requests the model called `name` is answering now; those that wait their turn are not counted."""
        with self._lock:
            return self._models[name].answers.running if name in self._models else 0

    def load_of(self, request: ModelRequest) -> Load:
        """How busy the request's model is; one that has not been asked yet is idle."""
        with self._lock:
            model = self._models.get(request.model)
        if model is None:
            return Load(running=0, waiting=0, slots=self._size.parallel, wait_s=0.0, saved_s=0.0)
        queue = model.answers
        return model.workload.load(prompt_of(request), running=queue.running, waiting=queue.waiting)

    async def close(self) -> None:
        """End all requests and free all models. The provider can be used again, and then loads anew."""
        with self._lock:
            models = list(self._models.values())
            self._models.clear()
        for model in models:
            await asyncio.to_thread(model.close)

    def _model(self, name: str) -> _Model:
        with self._lock:
            if name not in self._models:
                weights = self._find_weights(name)
                if weights is None:
                    raise ModelNotFoundError(
                        f"The weights of {name} are not on this machine. Get them with `polydesk models pull {name}`.",
                        provider=PROVIDER,
                        model=name,
                    )
                self._models[name] = _Model(name, weights, self._size)
            return self._models[name]


class _Model:
    """A model that may not be loaded yet, and the work that it is given."""

    def __init__(self, name: str, weights: Path, size: EngineSize) -> None:
        self.answers = JobQueue(size.parallel, size.max_waiting)
        self.workload = Workload(size.parallel)
        self.counts = JobQueue(_COUNTS_AT_ONCE)
        self._name = name
        self._weights = weights
        self._size = size
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._closed = False

    def engine(self) -> Engine:
        """The loaded model; the first to ask loads it while the others wait. Raises ProviderError."""
        with self._lock:
            if self._closed:
                raise self.closed_error()
            if self._engine is None:
                try:
                    self._engine = Engine(self._weights, self._size)
                except (WeightsError, OSError) as exc:
                    raise ProviderUnavailableError(str(exc), provider=PROVIDER, model=self._name) from exc
            return self._engine

    def closed_error(self) -> ProviderUnavailableError:
        """What those are told who still wait when the engine is closed."""
        return ProviderUnavailableError("The embedded engine was closed.", provider=PROVIDER, model=self._name)

    def busy_error(self) -> ProviderUnavailableError:
        """What is said when too many wait already."""
        return ProviderUnavailableError(
            f"The embedded model {self._name} is busy, and {self._size.max_waiting} requests wait for it already. "
            "Ask again later, or another model.",
            provider=PROVIDER,
            model=self._name,
            code="busy",
        )

    def close(self) -> None:
        """End all work and free the model."""
        with self._lock:
            self._closed = True
        self.answers.end()
        self.counts.end()
        with self._lock:
            if self._engine is not None:
                self._engine.close()
                self._engine = None


async def _worked(
    model: _Model, queue: JobQueue, work: Callable[[Job, Callable[[Result], None]], None]
) -> AsyncGenerator[Result]:
    """`results_of`, with the end of the engine as a ProviderError."""
    try:
        async with aclosing(results_of(queue, work)) as results:
            async for result in results:
                yield result
    except QueueFullError as exc:
        raise model.busy_error() from exc
    except JobDroppedError as exc:
        raise model.closed_error() from exc


def _timings(last: Finished) -> Timings:
    return msgspec.convert(last.provider_details.get("timings", {}), Timings)


def _answer(engine: Engine, body: bytes, on_chunk: Callable[[bytes], bool], model: str) -> None:
    """Run the engine; an error that our own reading raises inside its callback is raised again here.

    The engine swallows what a callback raises.
    """
    errors: list[ProviderError] = []

    def guarded(chunk: bytes) -> bool:
        try:
            return on_chunk(chunk)
        except ProviderError as exc:
            errors.append(exc)
            return True

    try:
        engine.answer(body, guarded)
    except EngineError as exc:
        raise error_of(exc.refusal, model) from exc
    if errors:
        raise errors[0]
