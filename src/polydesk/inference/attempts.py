"""One attempt at one provider: in time, whole, and closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from polydesk.catalog.card import ModelCard
from polydesk.core.errors import MalformedResponseError, ProviderUnavailableError
from polydesk.core.messages import ModelResponse
from polydesk.core.streams import Finished, Started, StreamEvent, response_of
from polydesk.inference.call import OpenAttempt
from polydesk.providers.base import Provider

_T = TypeVar("_T")


async def whole_answer(provider: Provider, attempt: OpenAttempt, deadline: float) -> ModelResponse:
    """The answer to the attempt's request. `deadline` is a time of the event loop. Raises ProviderError."""
    response = await _in_time(provider.send(attempt.request), attempt.card, deadline)
    return _taken(attempt, response)


async def events_of(provider: Provider, attempt: OpenAttempt, deadline: float) -> AsyncGenerator[StreamEvent]:
    """The events of the answer, beginning with Started once the model speaks, and ending with Finished.

    Started is held back until then, so that a provider that accepts and fails can still be replaced by another.
    Raises ProviderError, also for a stream that does not begin or end as one must.
    """
    seen: list[StreamEvent] = []
    async with _closing(provider.stream(attempt.request)) as events:
        while (event := await _in_time(anext(events, None), attempt.card, deadline)) is not None:
            seen.append(event)
            if len(seen) == 1 and not isinstance(event, Started):
                raise _malformed(attempt.card, "its stream does not begin as one must")
            if isinstance(event, Finished):
                _taken(attempt, _whole(seen, attempt, event))
            if len(seen) == 2:
                attempt.begun = True
                yield seen[0]
            if len(seen) > 1:
                yield event
    if attempt.response is None:
        raise _unavailable(attempt.card, "broke off its answer")


def _whole(seen: Sequence[StreamEvent], attempt: OpenAttempt, finished: Finished) -> ModelResponse:
    attempt.usage = finished.usage
    try:
        return response_of(seen)
    except ValueError as exc:
        raise _malformed(attempt.card, "the pieces of its stream do not fit together") from exc


def _taken(attempt: OpenAttempt, response: ModelResponse) -> ModelResponse:
    attempt.response = response
    attempt.usage = response.usage
    if response.finish_reason == "error":
        raise _unavailable(attempt.card, "broke off its answer")
    return response


async def _in_time(answer: Awaitable[_T], card: ModelCard, deadline: float) -> _T:
    try:
        async with asyncio.timeout_at(deadline):
            return await answer
    except TimeoutError as exc:
        raise _unavailable(card, "did not answer before the call's deadline") from exc


@asynccontextmanager
async def _closing(events: AsyncIterator[StreamEvent]) -> AsyncGenerator[AsyncIterator[StreamEvent]]:
    try:
        yield events
    finally:
        # Generators have it; an iterator without it holds nothing that needs to be let go.
        close = getattr(events, "aclose", None)
        if close is not None:
            await close()


def _unavailable(card: ModelCard, what: str) -> ProviderUnavailableError:
    return ProviderUnavailableError(f"{card.id} {what}.", provider=card.provider, model=card.name)


def _malformed(card: ModelCard, what: str) -> MalformedResponseError:
    return MalformedResponseError(
        f"{card.id} answered with something it should not: {what}.", provider=card.provider, model=card.name
    )
