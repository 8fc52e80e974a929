"""Answers to a conversation: whole or streamed, by whichever door it came."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from polydesk.catalog.card import ModelCard
from polydesk.core.errors import PolydeskError
from polydesk.core.messages import ModelResponse
from polydesk.core.replay import events_of
from polydesk.core.streams import Finished, Started, StreamEvent
from polydesk.gateway.cache.cache import Hit, Search
from polydesk.gateway.cache.desk import CacheDesk
from polydesk.gateway.callers import Wishes, cache_wish_of
from polydesk.gateway.doors.base import Asked
from polydesk.gateway.exchange import Exchange, decoded
from polydesk.gateway.failures import failure_of
from polydesk.gateway.pings import Pings
from polydesk.gateway.signatures import sealed_events, sealed_response, unsealed
from polydesk.governance.admission import Admitted
from polydesk.inference.answers import AnswerStream, same_request
from polydesk.inference.call import CallContext
from polydesk.routing.needs import needs_of
from polydesk.routing.plans import Plan

EVENTS = b"text/event-stream; charset=utf-8"
PURPOSE = "gateway.chat"
DELTA_CHARACTERS = 1_024
"""Of a streamed answer that is already whole."""
NO_BUFFERING = {"cache-control": "no-cache", "x-accel-buffering": "no"}
"""Proxies in between must not collect a stream (https://nginx.org/en/docs/http/ngx_http_proxy_module.html)."""


class Chat(Exchange):
    """A conversation."""

    async def perform(self, admitted: Admitted, wishes: Wishes) -> None:
        """Answer it, whole or streamed."""
        asked = self.door.read(decoded(self.request.body))
        request = unsealed(asked.request)
        plan, context, strict = await self.plan(request.model, needs_of(request), admitted, wishes)
        if strict:
            request = msgspec.structs.replace(request, strict=True)
        if request is not asked.request:
            asked = msgspec.structs.replace(asked, request=request)
        cache = self.desk.cache
        search = None if cache is None else await self._search(cache, asked, plan, context, admitted)
        deadline_s = self.desk.deadline_s(wishes)
        if cache is not None and search is not None and search.hit is not None:
            await self._again(cache, search.hit, asked, plan, context)
        elif asked.stream:
            await self._stream(asked, plan, context, deadline_s, search)
        else:
            await self._whole(asked, plan, context, deadline_s, search)

    async def _search(
        self, cache: CacheDesk, asked: Asked, plan: Plan, context: CallContext, admitted: Admitted
    ) -> Search | None:
        try:
            search = await cache.search(
                asked,
                dialect=self.door.dialect,
                wish=cache_wish_of(self.request),
                plan=plan,
                context=context,
                admitted=admitted,
                spent=self._beside.append,
            )
        except BaseException:
            self.release()
            raise
        if search is not None:
            kind = None if search.hit is None else search.hit.kind
            self._headers["x-polydesk-cache"] = "miss" if kind is None else "hit" if kind == "exact" else kind
        return search

    async def _again(self, cache: CacheDesk, hit: Hit, asked: Asked, plan: Plan, context: CallContext) -> None:
        card = hit.kept.card
        response = await cache.give_again(
            hit, asked, purpose=PURPOSE, plan=plan, context=context, at=self.at, began_s=self.began_s
        )
        response = self._sealed(response, card)
        created = int(self.at.timestamp())
        headers = self.told(card, response.notes)
        if asked.stream:
            self.reply.start(200, content_type=EVENTS, headers=headers | NO_BUFFERING)
            events = list(events_of(response, delta_characters=DELTA_CHARACTERS))
            self.reply.end(self.door.writer(asked, created=created).write(events))
        else:
            self.reply.whole(200, self.door.whole(response, asked=asked, created=created), headers=headers)

    async def _whole(
        self, asked: Asked, plan: Plan, context: CallContext, deadline_s: float, search: Search | None
    ) -> None:
        answer = await self.desk.inference.send(
            same_request(asked.request), plan=plan, purpose=PURPOSE, deadline_s=deadline_s, context=context
        )
        if search is not None:
            search.keep(answer.response, answer.card, answer.receipt)
        response = self._sealed(answer.response, answer.card)
        body = self.door.whole(response, asked=asked, created=int(self.at.timestamp()))
        self.reply.whole(200, body, headers=self.told(answer.card, response.notes))

    async def _stream(
        self, asked: Asked, plan: Plan, context: CallContext, deadline_s: float, search: Search | None
    ) -> None:
        stream = self.desk.inference.stream(
            same_request(asked.request), plan=plan, purpose=PURPOSE, deadline_s=deadline_s, context=context
        )
        writer = self.door.writer(asked, created=int(self.at.timestamp()))
        reply = self.reply
        async with stream:
            pieces = stream.pieces()
            events = await anext(pieces)
            assert stream.speaking is not None
            first = events[0]
            notes = first.notes if isinstance(first, Started) else ()
            if isinstance(first, Started) and not first.id:
                events = [msgspec.structs.replace(first, id=self.id), *events[1:]]
            reply.start(200, content_type=EVENTS, headers=self.told(stream.speaking, notes) | NO_BUFFERING)
            with Pings(reply, self.door.keep_alive) as pings:
                try:
                    while type(events[-1]) is not Finished:
                        pings.write(writer.write(self._sealed_events(events, stream.speaking)))
                        if reply.is_behind:
                            await reply.drain()
                        events = await anext(pieces)
                except PolydeskError as error:
                    reply.end(writer.error(failure_of(error)))
                else:
                    reply.end(writer.write(self._sealed_events(events, stream.speaking)))
                    _keep(search, stream)

    def _sealed_events(self, events: Sequence[StreamEvent], card: ModelCard) -> Sequence[StreamEvent]:
        dialect = card.dialect or self.desk.dialect_of(card)
        return events if dialect == self.door.dialect else sealed_events(events, dialect)

    def _sealed(self, response: ModelResponse, card: ModelCard) -> ModelResponse:
        dialect = self.desk.dialect_of(card)
        if not response.id:  # clients take an answer without one for none
            response = msgspec.structs.replace(response, id=self.id, original=None)
        return response if dialect == self.door.dialect else sealed_response(response, dialect)


def _keep(search: Search | None, stream: AnswerStream) -> None:
    if search is not None and stream.response is not None and stream.card is not None and stream.receipt is not None:
        search.keep(stream.response, stream.card, stream.receipt)
