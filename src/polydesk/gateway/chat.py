"""Answers to a conversation: whole or streamed, by whichever door it came."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from polydesk.catalog.card import ModelCard
from polydesk.core.errors import PolydeskError
from polydesk.core.ids import time_sortable_id
from polydesk.core.messages import ModelResponse
from polydesk.core.notes import Note
from polydesk.core.receipts import CallReceipt, ReceiptId
from polydesk.core.streams import Started
from polydesk.core.usage import Usage
from polydesk.gateway.callers import secret_of, wishes_of
from polydesk.gateway.desk import Desk
from polydesk.gateway.doors.base import Asked, Door
from polydesk.gateway.failures import Failure, RefusedRequestError, failure_of
from polydesk.gateway.pings import Pings
from polydesk.gateway.server.request import ClientGoneError, Reply, Request
from polydesk.gateway.signatures import sealed_events, sealed_response, unsealed
from polydesk.governance.admission import Admitted, Ticket
from polydesk.inference.answers import same_request
from polydesk.inference.call import CallContext
from polydesk.routing.needs import Needs, needs_of
from polydesk.routing.plans import Plan
from polydesk.wire.notes import WireError

EVENTS = b"text/event-stream; charset=utf-8"
NOTES_LIMIT = 2_000
"""Characters of notes in a header; the receipt has them all."""
PURPOSE = "gateway.chat"
_BODY = msgspec.json.Decoder(dict[str, Any])


class Exchange:
    """One request at one door, from its key to its last byte."""

    def __init__(self, desk: Desk, door: Door, request: Request, reply: Reply) -> None:
        self._desk = desk
        self._door = door
        self._request = request
        self._reply = reply
        self._at = desk.clock()
        self.id = ReceiptId(time_sortable_id("rcp", self._at))
        self._receipt: CallReceipt | None = None
        self._ticket: Ticket | None = None
        self._headers: dict[str, str] = {door.request_id_header: self.id, "x-polydesk-receipt": self.id}
        self._over = False
        self._refusal: Exception | None = None
        self._trace = desk.watcher.begin(request.header(b"traceparent"), request.header(b"tracestate"))

    async def answer(self) -> None:
        """Answer the request, well or not."""
        try:
            admitted = self._desk.admission.admit(secret_of(self._request))
            asked, plan, needs, context = self._planned(admitted)
            self._ticket = admitted.begin(
                needs.input_tokens + (needs.output_tokens or 0), self._desk.worst_cost_usd(plan, needs)
            )
            self._headers |= admitted.headers()
            if asked.stream:
                await self._stream(asked, plan, context)
            else:
                await self._whole(asked, plan, context)
        except (ClientGoneError, asyncio.CancelledError):
            raise
        except Exception as error:  # the door: whatever it is, its client gets an answer
            self._fail(error)
        finally:
            self._over = True
            self._tell()

    def _planned(self, admitted: Admitted) -> tuple[Asked, Plan, Needs, CallContext]:
        """What is asked, who may be asked, and on whose behalf."""
        wishes = wishes_of(self._request)
        asked = self._door.read(decoded(self._request.body))
        request = unsealed(asked.request)
        resolved = self._desk.resolve(request.model)
        if wishes.strict or resolved.strict:
            request = msgspec.structs.replace(request, strict=True)
        asked = msgspec.structs.replace(asked, request=request)
        choice = self._desk.choice(resolved, admitted, wishes)
        needs = needs_of(request)
        plan = self._desk.inference.plan(needs, choice)
        self._deadline_s = self._desk.deadline_s(wishes)
        context = CallContext(
            caller=admitted.caller,
            data_class=choice.data_class,
            receipt_id=self.id,
            on_end=self._settle,
            hedge=resolved.hedge,
            trace=self._trace,
        )
        return asked, plan, needs, context

    async def _whole(self, asked: Asked, plan: Plan, context: CallContext) -> None:
        answer = await self._desk.inference.send(
            same_request(asked.request), plan=plan, purpose=PURPOSE, deadline_s=self._deadline_s, context=context
        )
        response = self._sealed(answer.response, answer.card)
        body = self._door.whole(response, asked=asked, created=int(self._at.timestamp()))
        self._reply.whole(200, body, headers=self._told(answer.card, response.notes))

    async def _stream(self, asked: Asked, plan: Plan, context: CallContext) -> None:
        stream = self._desk.inference.stream(
            same_request(asked.request), plan=plan, purpose=PURPOSE, deadline_s=self._deadline_s, context=context
        )
        writer = self._door.writer(asked, created=int(self._at.timestamp()))
        reply = self._reply
        async with stream:
            pieces = stream.pieces()
            events = await anext(pieces)
            assert stream.speaking is not None
            first = events[0]
            notes = first.notes if isinstance(first, Started) else ()
            reply.start(200, content_type=EVENTS, headers=self._told(stream.speaking, notes) | NO_BUFFERING)
            with Pings(reply, self._door.keep_alive) as pings:
                try:
                    while True:
                        dialect = self._desk.dialect_of(stream.speaking)
                        if dialect != self._door.dialect:
                            events = sealed_events(events, dialect)
                        pings.write(writer.write(events))
                        await reply.drain()
                        events = await anext(pieces, None)
                        if events is None:
                            break
                except PolydeskError as error:
                    reply.end(writer.error(failure_of(error)))
                else:
                    reply.end()

    def _sealed(self, response: ModelResponse, card: ModelCard) -> ModelResponse:
        dialect = self._desk.dialect_of(card)
        return response if dialect == self._door.dialect else sealed_response(response, dialect)

    def _told(self, card: ModelCard, notes: tuple[Note, ...]) -> dict[str, str]:
        """The headers of a good answer: who gave it, and what it was not told."""
        headers = {**self._headers, "x-polydesk-model": card.id}
        if notes:
            words = "; ".join(f"{note.action} {note.parameter}" for note in notes)
            headers["x-polydesk-notes"] = words.encode("ascii", "replace").decode("ascii")[:NOTES_LIMIT]
        return headers

    def _settle(self, receipt: CallReceipt | None) -> None:
        """Count what the call used. It may end after its client has gone, and after this exchange."""
        assert self._ticket is not None
        if receipt is None:
            self._ticket.cancel()
            return
        self._receipt = receipt
        self._ticket.settle(_tokens(receipt.usage), receipt.cost_usd)
        if self._over:
            self._tell()

    def _fail(self, error: Exception) -> None:
        failure = failure_of(error)
        self._refusal = error
        if failure.status == 500:
            self._desk.watcher.fault(error, request_id=self.id)
        if not self._reply.started:
            body = self._door.error(failure, request_id=self.id)
            self._reply.whole(failure.status, body, headers=self._headers | failure.headers)

    def _tell(self) -> None:
        """Tell who watches, once the request is over and what it made has been written down."""
        status, door = self._reply.status, self._door.dialect
        if self._receipt is not None:
            self._desk.watcher.call_ended(self._receipt, door=door, status=status, trace=self._trace)
        elif self._refusal is not None and self._ticket is None:
            self._desk.watcher.refused(self._refusal, door=door, status=status, request_id=self.id)


def _tokens(usage: Usage) -> int | None:
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    return usage.input_tokens + usage.output_tokens


NO_BUFFERING = {"cache-control": "no-cache", "x-accel-buffering": "no"}
"""Proxies in between must not collect a stream (https://nginx.org/en/docs/http/ngx_http_proxy_module.html)."""


def decoded(body: bytes) -> dict[str, Any]:
    """A request's JSON object. Raises WireError and RefusedRequestError."""
    try:
        return _BODY.decode(body)
    except msgspec.ValidationError as exc:
        raise WireError(f"the body is no JSON object: {exc}") from exc
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        words = f"The body is not valid JSON: {exc}."
        raise RefusedRequestError(Failure(status=400, kind="invalid_request", message=words)) from exc
