"""Every model call, whole or streamed, from needs to receipt."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

from polydesk.catalog.card import ModelCard, ProviderCard
from polydesk.core.deadlines import Deadlines
from polydesk.core.embeddings import EmbeddingRequest, EmbeddingResponse, RerankRequest, RerankResponse
from polydesk.core.errors import PolydeskError
from polydesk.core.messages import ModelRequest
from polydesk.core.receipts import CallReceipt
from polydesk.core.usage import Usage
from polydesk.inference.answers import Answer, AnswerStream, Build, same_request
from polydesk.inference.attempts import Ask, ask_chat
from polydesk.inference.call import Call, CallContext
from polydesk.inference.health import HealthBook
from polydesk.inference.plan_cache import PlanCache
from polydesk.inference.recording import Recorder, StoreRecorder
from polydesk.inference.spilling import Queues
from polydesk.inference.steps import Steps
from polydesk.inference.survival import Survival
from polydesk.inference.vectors import Asking, Given, RequestT, ResponseT, recorded_as
from polydesk.inference.walk import Walk
from polydesk.partners.prices import PublicPrices
from polydesk.providers.base import Provider
from polydesk.routing.needs import Available, Choice, Needs
from polydesk.routing.plans import Plan, route
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
        survival: Survival | None = None,
        recorder: Recorder | None = None,
        observers: Sequence[Callable[[CallReceipt], None]] = (),
    ) -> None:
        """`providers` are those that can be used now, by name; `weights` gives the card ids of models that are pulled.

        `clock` gives aware times; `elapsed_s` seconds from any fixed moment. `recorder` None writes to the store call
        by call. `observers` are told of each call after it was written down.
        """
        self._recorder = recorder or StoreRecorder(store)
        self._observers = tuple(observers)
        self._survival = survival or Survival()
        self._deadlines: Deadlines | None = None
        self._queues = Queues(providers, self._survival.queue_wait_s)
        self._plans = PlanCache(self._made_plan, elapsed_s)
        self.health = HealthBook(self._survival, elapsed_s)
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
        return self._plans.plan(needs, choice or Choice())

    def _made_plan(self, needs: Needs, choice: Choice) -> Plan:
        usage = Usage(
            input_tokens=needs.input_tokens,
            output_tokens=EXPECTED_OUTPUT_TOKENS if needs.output_tokens is None else needs.output_tokens,
        )
        return route(
            needs,
            choice,
            self._models,
            self._provider_cards,
            Available(providers=frozenset(self._providers), weights=self._weights()),
            lambda card: self._expected_cost_usd(card, usage),
            latency_s=self.health.usual_latency_s,
        )

    async def send(
        self,
        build: Build,
        *,
        plan: Plan,
        purpose: str,
        deadline_s: float = DEADLINE_S,
        context: CallContext | None = None,
    ) -> Answer:
        """The first answer that a step of `plan` gives.

        `purpose` says in the records what the call was for, such as `edit.paragraph`. Raises the cause itself when one
        model was asked, or all called the request wrong, or a content filter refused it; else PlanExhaustedError. Each
        carries a note with the receipt's id. StoreError when the call cannot be written down: then no answer is given.
        """
        call = self._call(plan, purpose, context)
        receipt = await self._whole(call, build, deadline_s)
        assert call.answer is not None
        assert call.response is not None
        return Answer(response=call.response, card=call.answer.card, receipt=receipt)

    def stream(
        self,
        build: Build,
        *,
        plan: Plan,
        purpose: str,
        deadline_s: float = DEADLINE_S,
        context: CallContext | None = None,
    ) -> AnswerStream:
        """The answer as it comes; raises what `send` raises, while it is iterated.

        Falls back as `send` does. When a model breaks off after it has begun to speak, the next one goes on from
        there, and the caller hears one answer; but for a tool call that was given away, which cannot be taken back.
        """
        call = self._call(plan, purpose, context)
        walk = self._walk(call, build, deadline_s)
        return AnswerStream(walk.pieces(partial(self._ended, call)), call)

    async def embed(
        self,
        request: EmbeddingRequest,
        *,
        plan: Plan,
        purpose: str,
        deadline_s: float = DEADLINE_S,
        context: CallContext | None = None,
    ) -> Given[EmbeddingResponse]:
        """A vector for each text, from the first step of `plan` that gives them. Raises what `send` raises.

        Vectors of different models cannot be compared: plans for a store of vectors name one model.
        """
        asking: Asking[EmbeddingRequest, EmbeddingResponse] = Asking(request, "embed")
        return await self._given(asking, recorded_as(request), plan, purpose, deadline_s, context)

    async def rerank(
        self,
        request: RerankRequest,
        *,
        plan: Plan,
        purpose: str,
        deadline_s: float = DEADLINE_S,
        context: CallContext | None = None,
    ) -> Given[RerankResponse]:
        """The documents in order, from the first step of `plan` that gives them. Raises what `send` raises."""
        asking: Asking[RerankRequest, RerankResponse] = Asking(request, "rerank")
        return await self._given(asking, recorded_as(request), plan, purpose, deadline_s, context)

    async def _given(
        self,
        asking: Asking[RequestT, ResponseT],
        recorded: ModelRequest,
        plan: Plan,
        purpose: str,
        deadline_s: float,
        context: CallContext | None,
    ) -> Given[ResponseT]:
        call = self._call(plan, purpose, context)
        receipt = await self._whole(call, same_request(recorded), deadline_s, asking)
        assert call.answer is not None
        return Given(asking.by(call.answer.card), call.answer.card, receipt)

    def _expected_cost_usd(self, card: ModelCard, usage: Usage) -> Decimal | None:
        return self._prices.price(provider=card.provider, models=[card.name], usage=usage, at=self._clock()).cost_usd

    def _call(self, plan: Plan, purpose: str, context: CallContext | None) -> Call:
        return Call(
            purpose=purpose,
            plan=plan,
            providers=self._cards_by_name,
            prices=self._prices,
            clock=self._clock,
            elapsed_s=self._elapsed_s,
            at=self._clock(),
            began_s=self._elapsed_s(),
            context=context or CallContext(),
        )

    def _walk(self, call: Call, build: Build, deadline_s: float, ask: Ask = ask_chat) -> Walk:
        arranged, call.queueing = self._queues.arranged(call.plan.steps, build)
        steps = Steps(
            arranged,
            health=self.health,
            survival=self._survival,
            sleep=self._sleep,
            deadline_s=deadline_s,
        )
        return Walk(
            call,
            build,
            steps,
            providers=self._providers,
            health=self.health,
            survival=self._survival,
            deadlines=self._watch(),
            ask=ask,
        )

    def _watch(self) -> Deadlines:
        if self._deadlines is None:
            self._deadlines = Deadlines()
        return self._deadlines

    async def _whole(self, call: Call, build: Build, deadline_s: float, ask: Ask = ask_chat) -> CallReceipt:
        try:
            await self._walk(call, build, deadline_s, ask).whole()
        except BaseException as error:
            await self._write_failed(call, error)
            raise
        return await self._write(call)

    async def _ended(self, call: Call, error: BaseException | None) -> None:
        """Write down a stream that has ended, well or for a reason."""
        if error is None:
            await self._write(call)
        else:
            await self._write_failed(call, error)

    async def _write_failed(self, call: Call, error: BaseException) -> None:
        """Write down a call that nobody answered, or whose caller went away, and name its receipt to who is told."""
        receipt = await self._write(call)
        if isinstance(error, PolydeskError):
            error.add_note(f"Receipt: {receipt.id}")

    async def _write(self, call: Call) -> CallReceipt:
        receipt, charges = call.records()
        await self._recorder.record(receipt, charges, partial(self._told, call, call.context, receipt))
        return receipt

    async def keep(self, receipt: CallReceipt, context: CallContext) -> None:
        """Write down a call that was answered without asking a model, so that nothing is charged. Raises StoreError."""
        await self._recorder.record(receipt, tuple, partial(self._told, None, context, receipt))

    def _told(self, call: Call | None, context: CallContext, receipt: CallReceipt, kept: bool) -> None:
        """Tell whoever wants to know that the call has been written down, or could not be."""
        if kept and call is not None:
            call.receipt = receipt
        if context.on_end is not None:
            context.on_end(receipt if kept else None)
        for observe in self._observers if kept else ():
            observe(receipt)
