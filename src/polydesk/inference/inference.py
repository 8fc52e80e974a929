"""Every model call, whole or streamed, from needs to receipt."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal

from polydesk.catalog.card import ModelCard, ProviderCard
from polydesk.core.errors import PolydeskError
from polydesk.core.receipts import CallReceipt
from polydesk.core.streams import Finished, StreamEvent
from polydesk.core.usage import Usage
from polydesk.inference.answers import Answer, AnswerStream, Build
from polydesk.inference.attempts import events_of, whole_answer
from polydesk.inference.call import Call
from polydesk.inference.fallback import STEP_ERRORS
from polydesk.partners.prices import PublicPrices
from polydesk.providers.base import Provider
from polydesk.routing.needs import Available, Choice, Needs
from polydesk.routing.plans import Plan, route
from polydesk.routing.ranking import Ranked
from polydesk.store.store import Store

DEADLINE_S = 900.0
"""For all attempts of a call together; a small model on a small machine needs minutes for a long answer."""
EXPECTED_OUTPUT_TOKENS = 1_000
"""What an answer is taken to write, for ranking, when the needs do not bound it."""


class Inference:
    """The one path to models. Several asyncio tasks may use it at once.

    First `plan`, whose first step shows who will be asked and how it is best asked; then `send` or `stream`, which walk
    the plan until a model answers. One receipt and the charges are written before the answer is given, and also when
    nobody answered or the caller went away.
    """

    def __init__(
        self,
        *,
        store: Store,
        models: Sequence[ModelCard],
        provider_cards: Sequence[ProviderCard],
        providers: Mapping[str, Provider],
        prices: PublicPrices,
        weights: Callable[[], frozenset[str]] = frozenset,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        elapsed_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`providers` are those that can be used now, by name; `weights` gives the card ids of models that are pulled.

        `clock` gives aware times; `elapsed_s` seconds from any fixed moment.
        """
        self._store = store
        self._models = tuple(models)
        self._provider_cards = tuple(provider_cards)
        self._cards_by_name = {card.name: card for card in provider_cards}
        self._providers = providers
        self._prices = prices
        self._weights = weights
        self._clock = clock
        self._elapsed_s = elapsed_s
        self._sleep = sleep

    def plan(self, needs: Needs, choice: Choice | None = None) -> Plan:
        """Who would be asked, in order. Nothing is sent.

        Raises UsageError for an unknown chosen model, and NoCandidateError with every model and its reason.
        """
        usage = Usage(
            input_tokens=needs.input_tokens,
            output_tokens=EXPECTED_OUTPUT_TOKENS if needs.output_tokens is None else needs.output_tokens,
        )
        return route(
            needs,
            choice or Choice(),
            self._models,
            self._provider_cards,
            Available(providers=frozenset(self._providers), weights=self._weights()),
            lambda card: self._expected_cost_usd(card, usage),
        )

    async def send(self, build: Build, *, plan: Plan, purpose: str, deadline_s: float = DEADLINE_S) -> Answer:
        """The first answer that a step of `plan` gives.

        `purpose` says in the records what the call was for, such as `edit.paragraph`. Raises the cause itself when one
        model was asked, or all called the request wrong, or a content filter refused it; else PlanExhaustedError. Each
        carries a note with the receipt's id. StoreError when the call cannot be written down: then no answer is given.
        """
        call = self._call(plan, purpose)
        deadline = asyncio.get_running_loop().time() + deadline_s
        async with self._recorded(call):
            await self._walk(call, build, deadline)
        assert call.receipt is not None
        assert call.answer is not None
        assert call.answer.response is not None
        return Answer(response=call.answer.response, card=call.answer.card, receipt=call.receipt)

    def stream(self, build: Build, *, plan: Plan, purpose: str, deadline_s: float = DEADLINE_S) -> AnswerStream:
        """The answer as it comes; raises what `send` raises, while it is iterated.

        Falls back as `send` does until a model has begun to speak; what fails after that is raised as it is.
        """
        call = self._call(plan, purpose)
        return AnswerStream(self._events(call, build, deadline_s), call)

    def _expected_cost_usd(self, card: ModelCard, usage: Usage) -> Decimal | None:
        return self._prices.price(provider=card.provider, models=[card.name], usage=usage, at=self._clock()).cost_usd

    def _call(self, plan: Plan, purpose: str) -> Call:
        return Call(
            purpose=purpose,
            plan=plan,
            providers=self._cards_by_name,
            prices=self._prices,
            clock=self._clock,
            elapsed_s=self._elapsed_s,
            at=self._clock(),
            began_s=self._elapsed_s(),
        )

    async def _walk(self, call: Call, build: Build, deadline: float) -> None:
        steps = list(call.plan.steps)
        while steps:
            step = steps.pop(0)
            request = build(step.card)
            try:
                with call.attempt(step.card, request) as attempt:
                    await whole_answer(self._providers[step.card.provider], attempt, deadline)
                return
            except STEP_ERRORS as error:
                steps = await self._left(call, error, step, steps, deadline)
        raise call.conclusion()

    async def _events(self, call: Call, build: Build, deadline_s: float) -> AsyncGenerator[StreamEvent]:
        finished: Finished | None = None
        deadline = asyncio.get_running_loop().time() + deadline_s
        async with self._recorded(call), aclosing(self._walk_stream(call, build, deadline)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    finished = event
                else:
                    yield event
        assert finished is not None
        yield finished

    async def _walk_stream(self, call: Call, build: Build, deadline: float) -> AsyncGenerator[StreamEvent]:
        steps = list(call.plan.steps)
        while steps:
            step = steps.pop(0)
            request = build(step.card)
            try:
                with call.attempt(step.card, request) as attempt:
                    async with aclosing(events_of(self._providers[step.card.provider], attempt, deadline)) as events:
                        async for event in events:
                            call.note_first_chunk()
                            yield event
                return
            except STEP_ERRORS as error:
                if call.first_chunk_ms is not None:
                    raise  # words were given away, and another model's would not follow on from them
                steps = await self._left(call, error, step, steps, deadline)
        raise call.conclusion()

    async def _left(
        self, call: Call, error: PolydeskError, step: Ranked, steps: Sequence[Ranked], deadline: float
    ) -> list[Ranked]:
        """The steps to go on with after `step` failed: none when the time is up.

        The last one that could answer is waited for and asked once more, when it says how long that takes.
        """
        able = call.failed(error, step, steps)
        remaining_s = deadline - asyncio.get_running_loop().time()
        if remaining_s <= 0:
            return []
        wait_s = None if able else call.patience_s(error, step)
        if wait_s is None or wait_s >= remaining_s:
            return able
        await self._sleep(wait_s)
        return [step]

    @asynccontextmanager
    async def _recorded(self, call: Call) -> AsyncGenerator[None]:
        """Write the call down when the block ends, however it ends."""
        try:
            yield
        except PolydeskError as error:
            receipt = await self._write(call)
            error.add_note(f"Receipt: {receipt.id}")
            raise
        except BaseException:  # cancelled, or what should not happen: written down all the same
            await self._write(call)
            raise
        await self._write(call)

    async def _write(self, call: Call) -> CallReceipt:
        receipt, charges = call.records()
        # In a thread, for a commit waits for the disk; shielded, for a caller who goes away does not undo the call.
        await asyncio.shield(asyncio.to_thread(self._store.record_call, receipt, charges))
        call.receipt = receipt
        return receipt
