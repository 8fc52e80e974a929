"""The attempts of one call, one after another or two side by side, until one has answered."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from polydesk.core.deadlines import Deadlines
from polydesk.core.errors import PolydeskError
from polydesk.core.limits import RateLimits
from polydesk.core.messages import ModelResponse
from polydesk.core.streams import Finished, StreamEvent
from polydesk.inference.answers import Build
from polydesk.inference.attempts import Ask, LiveAttempt, ask_chat, finished_in, malformed, refuse_broken, whole_answer
from polydesk.inference.call import AttemptKind, Call, OpenAttempt
from polydesk.inference.delivery import Delivery, Leg, says_something
from polydesk.inference.fallback import STEP_ERRORS
from polydesk.inference.going_on import going_on
from polydesk.inference.health import HealthBook
from polydesk.inference.hedging import hedged
from polydesk.inference.seams import Seam, SeamError
from polydesk.inference.steps import Steps
from polydesk.inference.survival import Survival
from polydesk.providers.base import Piece, Provider
from polydesk.routing.ranking import Ranked

HeardT = TypeVar("HeardT")
Ended = Callable[[BaseException | None], Awaitable[None]]
"""Told that a streamed answer has ended, well or for that reason."""


class _StepFailedError(Exception):
    """One step's error on its way to the walk, which decides what is asked next."""

    def __init__(self, error: PolydeskError, turn: _Turn) -> None:
        super().__init__(str(error))
        self.error = error
        self.turn = turn


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """A step with the request that it is asked."""

    step: Ranked
    opened: OpenAttempt
    seam: Seam | None = None
    prefilled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answered:
    turn: _Turn
    response: ModelResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    turn: _Turn
    live: LiveAttempt
    first: Piece


class Walk:
    """Walks the steps of a call's plan. Used once, by one task."""

    def __init__(
        self,
        call: Call,
        build: Build,
        steps: Steps,
        *,
        providers: Mapping[str, Provider],
        health: HealthBook,
        survival: Survival,
        deadlines: Deadlines,
        ask: Ask = ask_chat,
    ) -> None:
        """`ask` is how a provider is asked for a whole answer."""
        self._ask = ask
        self._deadlines = deadlines
        self._call = call
        self._build = build
        self._steps = steps
        self._providers = providers
        self._health = health
        self._survival = survival
        self._delivery = Delivery()
        self._asked = False
        self._usual_s = health.usual_first_token_s

    async def whole(self) -> None:
        """Get a whole answer, which is then the call's. Raises what the call's conclusion is when no step answers."""
        self._usual_s = self._health.usual_whole_s
        while (step := self._steps.next()) is not None:
            try:
                answered = await self._heard(step, self._answer, _forget)
            except _StepFailedError as failed:
                await self._note(failed)
            else:
                self._call.answer, self._call.response = answered.turn.opened, answered.response
                return
        raise self._call.conclusion()

    async def pieces(self, ended: Ended) -> AsyncGenerator[Sequence[StreamEvent]]:
        """The answer as it comes, whoever writes it; Finished is the last event. Raises what `whole` raises.

        `ended` is awaited before Finished is given, and also, with the reason, when the answer fails or is left. It is
        told here, and not by a generator around this one, since each costs its share of every piece.
        """
        last: Sequence[StreamEvent] = ()
        try:
            while not last:
                step = self._steps.next()
                if step is None:
                    raise self._call.conclusion()
                try:
                    begun = await self._heard(step, self._begin, self._discard)
                    idle_s = self._health.idle_s(begun.turn.step.card)
                    async with self._hearing(begun) as leg:
                        piece = begun.first
                        while (finished := finished_in(piece)) is None:
                            if given := leg.take(piece):
                                self._call.note_first_chunk()
                                yield given
                            remaining_s = self._steps.remaining_s
                            limit_s = idle_s if idle_s < remaining_s else remaining_s
                            piece = await begun.live.more(limit_s=limit_s, last=remaining_s <= idle_s)
                        given = self._last_of(leg, piece, finished, begun.turn)
                except _StepFailedError as failed:
                    await self._note(failed)
                else:
                    self._call.note_first_chunk()
                    last = [*given, self._end(finished, begun.turn)]
        except BaseException as error:
            await ended(error)
            raise
        await ended(None)
        yield last

    # One step.

    def _heard(
        self,
        step: Ranked,
        ask: Callable[[Ranked, AttemptKind], Coroutine[Any, Any, HeardT]],
        discard: Callable[[HeardT], Awaitable[None]],
    ) -> Coroutine[Any, Any, HeardT]:
        """What `step` answers, or the next step where that is asked too since this one is slow."""
        after_s = self._hedge_after_s(step) if self._steps.has_more else None
        if after_s is None:
            return ask(step, self._kind(step))

        def second() -> Coroutine[Any, Any, HeardT] | None:
            other = self._steps.next()
            return None if other is None else ask(other, "hedge")

        return hedged(
            ask(step, self._kind(step)),
            after_s=after_s,
            second=second,
            on_failure=self._note_beside,
            discard=discard,
        )

    async def _answer(self, step: Ranked, kind: AttemptKind) -> _Answered:
        turn = self._turn(step, kind)
        opened = turn.opened
        try:
            limit_s, last = self._first_limit()
            response = await whole_answer(
                self._ask, self._provider(step), opened, self._deadlines, limit_s=limit_s, last=last
            )
        except STEP_ERRORS as error:
            raise self._step_failed(turn, error) from error
        except BaseException as error:
            self._note_end(turn, error)
            raise
        opened.whole_s = self._call.elapsed_s() - opened.began_s
        self._ended_well(turn, response.rate_limits)
        return _Answered(turn=turn, response=response)

    async def _begin(self, step: Ranked, kind: AttemptKind) -> _Begun:
        turn = self._turn(step, kind)
        turn.opened.delivered_characters = 0
        live = LiveAttempt(self._provider(step), turn.opened, self._deadlines, self._call.elapsed_s)
        try:
            limit_s, last = self._first_limit(self._survival.first_token_s)
            first = await live.begin(limit_s=limit_s, last=last)
        except STEP_ERRORS as error:
            await live.close()
            raise self._step_failed(turn, error) from error
        except BaseException as error:
            await live.close()
            self._note_end(turn, error)
            raise
        return _Begun(turn=turn, live=live, first=first)

    @asynccontextmanager
    async def _hearing(self, begun: _Begun) -> AsyncGenerator[Leg]:
        """The leg of one model's stream. However the block ends, the stream is closed and the attempt noted."""
        turn, opened = begun.turn, begun.turn.opened
        before = self._delivery.characters
        hold = self._survival.hold_tool_calls and self._steps.has_more
        self._call.speaking = turn.step.card
        leg = self._delivery.leg(seam=turn.seam, hold_tool_calls=hold)
        try:
            try:
                yield leg
            finally:
                await begun.live.close()
                opened.delivered_characters = self._delivery.characters - before
                opened.written_characters = leg.written_characters
        except SeamError as error:
            words = "it starts the answer over instead of going on"
            raise self._step_failed(turn, malformed(turn.step.card, words)) from error
        except ValueError as error:
            words = "the pieces of its stream do not fit together"
            raise self._step_failed(turn, malformed(turn.step.card, words)) from error
        except STEP_ERRORS as error:
            raise self._step_failed(turn, error) from error
        except BaseException as error:
            self._note_end(turn, error)
            raise

    async def _discard(self, begun: _Begun) -> None:
        await begun.live.close()
        self._call.end(begun.turn.opened, "cancelled", None)
        self._health.left(begun.turn.step.card)

    def _last_of(self, leg: Leg, piece: Piece, finished: Finished, turn: _Turn) -> Sequence[StreamEvent]:
        """What the caller is given before `finished`. Raises ProviderError for an answer that is none."""
        turn.opened.usage = finished.usage
        silent = not (leg.written_characters or self._delivery.said or says_something(piece[:-1]))
        if finished.finish_reason == "error" or silent:
            said = ModelResponse(id="", model="", parts=(), finish_reason=finished.finish_reason, usage=finished.usage)
            refuse_broken(turn.step.card, said)
        return leg.take(piece)[:-1]

    def _end(self, finished: Finished, turn: _Turn) -> Finished:
        """The answer's end, with the tokens of everyone who wrote at it."""
        self._call.answer = turn.opened
        response = self._delivery.response(finished)
        started = turn.opened.started
        self._ended_well(turn, started and started.rate_limits)
        if self._call.has_legs:
            finished = msgspec.structs.replace(finished, usage=self._call.total_usage())
            response = msgspec.structs.replace(response, usage=finished.usage)
        self._call.response = response
        return finished

    # How attempts begin and end.

    def _turn(self, step: Ranked, kind: AttemptKind) -> _Turn:
        request = self._build(step.card)
        self._asked = True
        said = self._delivery.said
        if not said.strip():
            # White space alone cannot be gone on from; the model that starts afresh may write it again.
            seam = Seam(said, prefilled="") if said else None
            return _Turn(step=step, opened=self._call.begin(step.card, request, kind), seam=seam)
        way = going_on(request, said, step.card, prefill=self._steps.takes_prefill(step))
        opened = self._call.begin(step.card, way.request, kind)
        return _Turn(step=step, opened=opened, seam=way.seam, prefilled=way.way == "prefill")

    def _kind(self, step: Ranked) -> AttemptKind:
        if self._delivery.begun:
            return "continuation" if self._delivery.said.strip() else "restart"
        if self._steps.was_asked(step):
            return "retry"
        return "fallback" if self._asked else "first"

    def _step_failed(self, turn: _Turn, error: PolydeskError) -> _StepFailedError:
        """Note that a step failed, and what to tell the walk, for its caller to raise.

        Nobody raises an error that a variable of its own names: the frame and the error would keep each other, and with
        them all that the call knows, until the collector comes by.
        """
        self._call.end(turn.opened, "failed", error)
        self._health.failed(turn.step.card, error)
        return _StepFailedError(error, turn)

    def _note_end(self, turn: _Turn, error: BaseException) -> None:
        """Note an attempt that ended in what no step is answerable for: a caller that went away, or our own fault."""
        if isinstance(error, asyncio.CancelledError | GeneratorExit):
            self._call.end(turn.opened, "cancelled", None)
            self._health.left(turn.step.card)
        else:
            self._call.end(turn.opened, "failed", error)
            self._health.failed(turn.step.card, error)

    def _ended_well(self, turn: _Turn, limits: RateLimits | None) -> None:
        opened = turn.opened
        self._call.end(opened, "answered", None)
        gap_s = opened.longest_gap_s or None
        self._health.answered(
            turn.step.card, first_token_s=opened.first_token_s, longest_gap_s=gap_s, whole_s=opened.whole_s
        )
        if limits is not None:
            self._health.limits(turn.step.card, limits)

    async def _note(self, failed: _StepFailedError) -> None:
        """Note that a step failed. Raises its error where a tool call was given away: no other can go on from there."""
        failed.error.__traceback__ = None  # its frames know the call, which keeps its errors
        self._call.errors.append(failed.error)
        if self._delivery.gave_tool_call:
            raise failed.error
        await self._steps.failed(failed.error, failed.turn.step, prefilled=failed.turn.prefilled)

    def _note_beside(self, error: BaseException) -> None:
        if isinstance(error, _StepFailedError):
            error.error.__traceback__ = None
            self._call.errors.append(error.error)
            self._steps.rule_out(error.error, error.turn.step, prefilled=error.turn.prefilled)

    # How long.

    def _first_limit(self, most_s: float = math.inf) -> tuple[float, bool]:
        """How long a model may take to begin, and whether that is all the time there is: who may come after it keeps
        half of what is left."""
        remaining_s = self._steps.remaining_s
        if self._steps.has_more:
            return min(most_s, remaining_s / 2), False
        return remaining_s, True

    def _hedge_after_s(self, step: Ranked) -> float | None:
        hedge = self._call.context.hedge
        match self._survival.hedge if hedge is None else hedge:
            case "off":
                return None
            case "auto":
                return self._usual_s(step.card)
            case seconds:
                return seconds

    def _provider(self, step: Ranked) -> Provider:
        return self._providers[step.card.provider]


async def _forget(answered: _Answered) -> None:
    """A whole answer that came too late holds nothing."""
