"""Answers to a conversation: whole or streamed, by whichever door it came."""

from __future__ import annotations

import msgspec

from polydesk.catalog.card import ModelCard
from polydesk.core.errors import PolydeskError
from polydesk.core.messages import ModelResponse
from polydesk.core.streams import Started
from polydesk.gateway.callers import Wishes
from polydesk.gateway.doors.base import Asked
from polydesk.gateway.exchange import Exchange, decoded
from polydesk.gateway.failures import failure_of
from polydesk.gateway.pings import Pings
from polydesk.gateway.signatures import sealed_events, sealed_response, unsealed
from polydesk.governance.admission import Admitted
from polydesk.inference.answers import same_request
from polydesk.inference.call import CallContext
from polydesk.routing.needs import needs_of
from polydesk.routing.plans import Plan

EVENTS = b"text/event-stream; charset=utf-8"
PURPOSE = "gateway.chat"
NO_BUFFERING = {"cache-control": "no-cache", "x-accel-buffering": "no"}
"""Proxies in between must not collect a stream (https://nginx.org/en/docs/http/ngx_http_proxy_module.html)."""


class Chat(Exchange):
    """A conversation."""

    async def perform(self, admitted: Admitted, wishes: Wishes) -> None:
        """Answer it, whole or streamed."""
        asked = self.door.read(decoded(self.request.body))
        request = unsealed(asked.request)
        plan, context, strict = self.plan(request.model, needs_of(request), admitted, wishes)
        if strict:
            request = msgspec.structs.replace(request, strict=True)
        asked = msgspec.structs.replace(asked, request=request)
        deadline_s = self.desk.deadline_s(wishes)
        if asked.stream:
            await self._stream(asked, plan, context, deadline_s)
        else:
            await self._whole(asked, plan, context, deadline_s)

    async def _whole(self, asked: Asked, plan: Plan, context: CallContext, deadline_s: float) -> None:
        answer = await self.desk.inference.send(
            same_request(asked.request), plan=plan, purpose=PURPOSE, deadline_s=deadline_s, context=context
        )
        response = self._sealed(answer.response, answer.card)
        body = self.door.whole(response, asked=asked, created=int(self.at.timestamp()))
        self.reply.whole(200, body, headers=self.told(answer.card, response.notes))

    async def _stream(self, asked: Asked, plan: Plan, context: CallContext, deadline_s: float) -> None:
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
            reply.start(200, content_type=EVENTS, headers=self.told(stream.speaking, notes) | NO_BUFFERING)
            with Pings(reply, self.door.keep_alive) as pings:
                try:
                    while events is not None:
                        dialect = self.desk.dialect_of(stream.speaking)
                        if dialect != self.door.dialect:
                            events = sealed_events(events, dialect)
                        pings.write(writer.write(events))
                        await reply.drain()
                        events = await anext(pieces, None)
                except PolydeskError as error:
                    reply.end(writer.error(failure_of(error)))
                else:
                    reply.end()

    def _sealed(self, response: ModelResponse, card: ModelCard) -> ModelResponse:
        dialect = self.desk.dialect_of(card)
        return response if dialect == self.door.dialect else sealed_response(response, dialect)
