"""One attempt at one provider: in time, whole, and closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from polydesk.catalog.card import ModelCard
from polydesk.core.deadlines import Deadlines
from polydesk.core.errors import MalformedResponseError, ProviderUnavailableError
from polydesk.core.messages import ModelResponse
from polydesk.core.streams import Finished, Started, StreamEvent
from polydesk.inference.call import OpenAttempt
from polydesk.inference.delivery import says_something
from polydesk.providers.base import Piece, Provider

Ask = Callable[[Provider, OpenAttempt], Awaitable[ModelResponse]]
"""Asks a provider what the attempt says, and gives the answer as it is to be recorded. Raises ProviderError."""


async def ask_chat(provider: Provider, attempt: OpenAttempt) -> ModelResponse:
    """The whole answer to the attempt's request. Raises ProviderError, also for an answer that is none."""
    response = await provider.send(attempt.request)
    attempt.usage = response.usage
    refuse_broken(attempt.card, response)
    return response


async def whole_answer(
    ask: Ask, provider: Provider, attempt: OpenAttempt, deadlines: Deadlines, *, limit_s: float, last: bool
) -> ModelResponse:
    """What `ask` gives within `limit_s`; `last` tells that this is the call's own deadline. Raises ProviderError."""
    limit = deadlines.limit()
    try:
        response = await limit.within(limit_s, ask(provider, attempt))
    except TimeoutError as exc:
        raise _late(attempt.card, limit_s, last=last) from exc
    finally:
        limit.close()
    attempt.response = response
    attempt.usage = response.usage
    attempt.begun = True
    return response


def refuse_broken(card: ModelCard, answer: ModelResponse) -> None:
    """Raise ProviderError for an answer that says that it broke off, or says nothing at all."""
    if answer.finish_reason == "error":
        raise unavailable(card, "broke off its answer")
    if not answer.parts and answer.finish_reason in ("stop", "tool_call"):
        raise malformed(card, "an answer with nothing in it")


class LiveAttempt:
    """A streamed answer that is coming. `begin` once, `more` until Finished has come, `close` always."""

    def __init__(
        self, provider: Provider, attempt: OpenAttempt, deadlines: Deadlines, elapsed_s: Callable[[], float]
    ) -> None:
        self.attempt = attempt
        self._limit = deadlines.limit()
        self._pieces = pieces_of(provider, attempt)
        self._elapsed_s = elapsed_s
        self._last_s = elapsed_s()

    @property
    def card(self) -> ModelCard:
        """The model that is asked."""
        return self.attempt.card

    async def begin(self, *, limit_s: float, last: bool) -> Piece:
        """The first events, Started before all, once the model has said something. Raises ProviderError.

        What says nothing is held back, so that a provider that accepts and fails can still be replaced by another.
        """
        began_s = self._elapsed_s()
        events: Piece = ()
        while not says_something(events):
            left_s = limit_s - (self._last_s - began_s)
            try:
                events += await self._limit.within(left_s, self._pieces.__anext__())
            except StopAsyncIteration:
                raise unavailable(self.card, "broke off its answer") from None
            except TimeoutError as exc:
                raise _late(self.card, left_s, last=last) from exc
            self._last_s = self._elapsed_s()
            if events:
                self.attempt.started = self._beginning(events[0])
        self.attempt.begun = True
        self.attempt.first_token_s = self._last_s - self.attempt.began_s
        return events

    def _beginning(self, event: StreamEvent) -> Started:
        if isinstance(event, Started):
            return event
        raise malformed(self.card, "its stream does not begin as one must")

    async def more(self, *, limit_s: float, last: bool) -> Piece:
        """The next events. Raises ProviderError, also when the stream ends without Finished."""
        self._limit.begin(limit_s)
        try:
            piece = await self._pieces.__anext__()
        except StopAsyncIteration:
            raise unavailable(self.card, "broke off its answer") from None
        except asyncio.CancelledError as exc:
            if self._limit.has_expired():
                raise _late(self.card, limit_s, last=last, begun=True) from exc
            raise
        finally:
            self._limit.end()
        now_s = self._elapsed_s()
        gap_s = now_s - self._last_s
        if gap_s > self.attempt.longest_gap_s:
            self.attempt.longest_gap_s = gap_s
        self._last_s = now_s
        return piece

    async def close(self) -> None:
        """Let go of the stream; a provider that is still at work is told to stop."""
        self._limit.close()
        # Generators have it; an iterator without it holds nothing that needs to be let go.
        close = getattr(self._pieces, "aclose", None)
        if close is not None:
            await close()


def pieces_of(provider: Provider, attempt: OpenAttempt) -> AsyncIterator[Piece]:
    """The answer in the pieces in which it arrives, or event by event from a provider that knows no pieces."""
    pieces = getattr(provider, "pieces", None)
    return _one_by_one(provider.stream(attempt.request)) if pieces is None else pieces(attempt.request)


async def _one_by_one(events: AsyncIterator[StreamEvent]) -> AsyncIterator[Piece]:
    try:
        async for event in events:
            yield (event,)
    finally:
        close = getattr(events, "aclose", None)
        if close is not None:
            await close()


def _late(card: ModelCard, limit_s: float, *, last: bool, begun: bool = False) -> ProviderUnavailableError:
    late = f"fell silent for {limit_s:.3g} s" if begun else f"did not begin to answer within {limit_s:.3g} s"
    words = "did not answer before the call's deadline" if last else late
    return unavailable(card, words, code="timeout")


def unavailable(card: ModelCard, what: str, *, code: str | None = "stream_cut") -> ProviderUnavailableError:
    """The error for a model that broke off."""
    return ProviderUnavailableError(f"{card.id} {what}.", provider=card.provider, model=card.name, code=code)


def malformed(card: ModelCard, what: str) -> MalformedResponseError:
    """The error for an answer that is not as one must be."""
    return MalformedResponseError(
        f"{card.id} answered with something it should not: {what}.", provider=card.provider, model=card.name
    )


def finished_in(events: Piece) -> Finished | None:
    """The end of the answer, when `events`, of which there are some, hold it."""
    last = events[-1]
    return last if type(last) is Finished else None
