"""The cache as an exchange uses it: questions looked up for a caller, and answers given again with a receipt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

from polydesk.core.embeddings import EmbeddingRequest
from polydesk.core.errors import PolydeskError
from polydesk.core.ids import time_sortable_id
from polydesk.core.messages import ModelResponse
from polydesk.core.receipts import CallReceipt, ReceiptId
from polydesk.core.usage import Usage
from polydesk.gateway.cache.cache import AnswerCache, Hit, Search
from polydesk.gateway.cache.questions import Scope, question_of
from polydesk.gateway.doors.base import Asked
from polydesk.governance.admission import Admitted
from polydesk.inference.call import CallContext, sha256_of
from polydesk.inference.inference import Inference
from polydesk.inference.vectors import recorded_as
from polydesk.routing.needs import Choice, Needs, estimated_tokens
from polydesk.routing.plans import Plan

PURPOSE = "gateway.cache"
EMBEDDING_DEADLINE_S = 5.0
"""A vector that takes longer is not waited for: the model is asked instead."""
_NOTHING_USED = Usage(input_tokens=0, output_tokens=0)


class CacheDesk:
    """Looks questions up, and gives answers again."""

    def __init__(
        self,
        cache: AnswerCache,
        inference: Inference,
        *,
        embedding_model: str | None,
        elapsed_s: Callable[[], float],
    ) -> None:
        """`embedding_model` is what compares questions; None where only the very same ones are."""
        self._cache = cache
        self._inference = inference
        self._embedding_model = embedding_model
        self._elapsed_s = elapsed_s

    async def search(
        self,
        asked: Asked,
        *,
        dialect: str,
        wish: Literal["use", "renew", "pass"],
        plan: Plan,
        context: CallContext,
        admitted: Admitted,
        spent: Callable[[CallReceipt], None],
    ) -> Search | None:
        """Look up what is asked; None where the cache has nothing to do with it.

        `spent` is told of a call to the model that compares questions. That it fails is no failure of the request.
        """
        if wish == "pass":
            return None
        key_id = None if context.caller is None else context.caller.key_id
        scope = Scope(key_id=key_id, data_class=context.data_class, dialect=dialect)

        async def embed(text: str) -> Sequence[float] | None:
            return await self._vector(text, context, admitted, spent)

        return await self._cache.search(question_of(asked, scope), plan=plan, embed=embed, read=wish == "use")

    async def give_again(
        self, hit: Hit, asked: Asked, *, purpose: str, plan: Plan, context: CallContext, at: datetime, began_s: float
    ) -> ModelResponse:
        """The answer, once the receipt of its being given again has been written down. Raises StoreError."""
        response = hit.kept.response
        card = hit.kept.card
        duration_ms = round((self._elapsed_s() - began_s) * 1000, 3)
        receipt = CallReceipt(
            id=context.receipt_id or ReceiptId(time_sortable_id("rcp", at)),
            at=at,
            purpose=purpose,
            provider=card.provider,
            model=card.name,
            response_model=response.model,
            host=hit.kept.host,
            why=hit.why,
            usage=_NOTHING_USED,
            cost_usd=Decimal(0),
            price_source="answered from the cache",
            duration_ms=duration_ms,
            time_to_first_chunk_ms=duration_ms if asked.stream else None,
            input_sha256=sha256_of(asked.request.messages),
            output_sha256=sha256_of(response.parts),
            attempts=(),
            rejections=plan.rejections,
            notes=response.notes,
            caller=context.caller,
            data_class=context.data_class,
            cached=hit.kind,
        )
        await self._inference.keep(receipt, context)
        return response

    async def _vector(
        self, text: str, context: CallContext, admitted: Admitted, spent: Callable[[CallReceipt], None]
    ) -> Sequence[float] | None:
        request = EmbeddingRequest(model=self._embedding_model or "", inputs=(text,), purpose="similarity")
        needs = Needs(input_tokens=estimated_tokens(recorded_as(request)), output_tokens=0, kind="embedding")
        choice = Choice(
            model=self._embedding_model,
            # Vectors of two models cannot be compared.
            max_steps=1,
            permitted_models=admitted.permitted_models,
            permitted_providers=admitted.permitted_providers,
            data_class=context.data_class,
        )
        beside = CallContext(
            caller=context.caller,
            data_class=context.data_class,
            trace=context.trace,
            on_end=lambda receipt: None if receipt is None else spent(receipt),
        )
        try:
            given = await self._inference.embed(
                request,
                plan=self._inference.plan(needs, choice),
                purpose=PURPOSE,
                deadline_s=EMBEDDING_DEADLINE_S,
                context=beside,
            )
        except PolydeskError:  # not permitted, not reachable: the model that was asked for can still answer
            return None
        return given.response.vectors[0] if given.response.vectors else None
