"""Texts into vectors, and documents into order."""

from __future__ import annotations

from typing import Any

import msgspec

from polydesk.core.embeddings import EmbeddingRequest, RerankRequest
from polydesk.gateway.callers import Wishes
from polydesk.gateway.exchange import Exchange, decoded
from polydesk.governance.admission import Admitted
from polydesk.inference.vectors import recorded_as
from polydesk.routing.needs import Needs, estimated_tokens
from polydesk.wire import cohere_vectors, openai_vectors
from polydesk.wire.notes import WireError


class Embeddings(Exchange):
    """`POST /v1/embeddings`, as OpenAI's clients speak it."""

    async def perform(self, admitted: Admitted, wishes: Wishes) -> None:
        """Give a vector for each text."""
        body = decoded(self.request.body)
        asked = openai_vectors.request_from_wire(body)
        form = body.get("encoding_format") or "float"
        if form not in ("float", "base64"):
            raise WireError("expected float or base64 - at `$.encoding_format`")
        asked = msgspec.structs.replace(asked, options_dialect=openai_vectors.DIALECT)
        plan, context, strict = await self.plan(asked.model, _needs(asked), admitted, wishes)
        given = await self.desk.inference.embed(
            msgspec.structs.replace(asked, strict=strict),
            plan=plan,
            purpose="gateway.embeddings",
            deadline_s=self.desk.deadline_s(wishes),
            context=context,
        )
        answer = openai_vectors.response_to_wire(given.response, encoding_format=form).body
        self.reply.whole(200, msgspec.json.encode(answer), headers=self.told(given.card, given.response.notes))


class Rerank(Exchange):
    """`POST /v2/rerank` (and `/v1/rerank`), as Cohere's clients speak it."""

    async def perform(self, admitted: Admitted, wishes: Wishes) -> None:
        """Put documents in order."""
        asked = cohere_vectors.rerank_request_from_wire(decoded(self.request.body))
        asked = msgspec.structs.replace(asked, options_dialect=cohere_vectors.DIALECT)
        plan, context, strict = await self.plan(asked.model, _needs(asked), admitted, wishes)
        given = await self.desk.inference.rerank(
            msgspec.structs.replace(asked, strict=strict),
            plan=plan,
            purpose="gateway.rerank",
            deadline_s=self.desk.deadline_s(wishes),
            context=context,
        )
        answer: dict[str, Any] = cohere_vectors.rerank_response_to_wire(given.response).body
        self.reply.whole(200, msgspec.json.encode(answer), headers=self.told(given.card, given.response.notes))


def _needs(asked: EmbeddingRequest | RerankRequest) -> Needs:
    kind = "embedding" if isinstance(asked, EmbeddingRequest) else "rerank"
    return Needs(input_tokens=estimated_tokens(recorded_as(asked)), output_tokens=0, kind=kind)
