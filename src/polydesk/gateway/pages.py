"""Addresses that are no conversation: models, counts of tokens, receipts, and the health of the gateway itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from inspect import isawaitable
from typing import Any
from urllib.parse import unquote

import msgspec

from polydesk.catalog.card import ModelCard
from polydesk.core.errors import PolydeskError, ProviderError, RecordNotFoundError
from polydesk.core.ids import time_sortable_id
from polydesk.core.messages import ModelRequest
from polydesk.core.receipts import CallReceipt
from polydesk.gateway.callers import caller_of, wishes_of
from polydesk.gateway.desk import Desk
from polydesk.gateway.doors.base import Door
from polydesk.gateway.exchange import decoded
from polydesk.gateway.failures import failure_of, is_fault
from polydesk.gateway.server.request import Reply, Request
from polydesk.governance.admission import Admitted
from polydesk.providers.base import Provider
from polydesk.routing.needs import estimated_tokens, needs_of

TEXT = b"text/plain; charset=utf-8"


class Pages:
    """What the gateway answers beside conversations."""

    def __init__(
        self,
        desk: Desk,
        *,
        near: Callable[[str], Door],
        models: Callable[[], Sequence[ModelCard]],
        virtual: Sequence[str],
        providers: Mapping[str, Provider],
        receipt: Callable[[str], CallReceipt],
        ready: Callable[[], str | None],
        metrics: Callable[[], tuple[bytes, bytes]] | None,
    ) -> None:
        """`near` gives the door in whose form a client at a path is answered; `models` those that can be used now.

        `virtual` are the names of plans; `receipt` finds one, or raises RecordNotFoundError; `ready` says why no
        request should come, or None; `metrics` gives a body and its content type, and is None where there are none.
        """
        self._desk = desk
        self._near = near
        self._models = models
        self._virtual = virtual
        self._providers = providers
        self._receipt = receipt
        self._ready = ready
        self._metrics = metrics

    def table(self) -> dict[tuple[str, str], Callable[[Request, Reply], Any]]:
        """The pages by method and path."""
        table: dict[tuple[str, str], Callable[[Request, Reply], Any]] = {
            ("GET", "/healthz"): self.healthz,
            ("GET", "/readyz"): self.readyz,
            ("GET", "/v1/models"): self.models,
            ("GET", "/v1/models/"): self.model,
            ("GET", "/v1/receipts/"): self.receipt,
            ("POST", "/v1/messages/count_tokens"): self.count_tokens,
        }
        if self._metrics is not None:
            table[("GET", "/metrics")] = self.metrics
        return table

    async def healthz(self, request: Request, reply: Reply) -> None:
        """Whether the process answers."""
        reply.whole(200, b"ok\n", content_type=TEXT, headers={})

    async def readyz(self, request: Request, reply: Reply) -> None:
        """Whether requests should be sent here."""
        reason = self._ready()
        reply.whole(200 if reason is None else 503, f"{reason or 'ready'}\n".encode(), content_type=TEXT, headers={})

    async def metrics(self, request: Request, reply: Reply) -> None:
        """Counts for Prometheus. They name no caller, so they need no key."""
        assert self._metrics is not None
        body, content_type = self._metrics()
        reply.whole(200, body, content_type=content_type, headers={})

    async def models(self, request: Request, reply: Reply) -> None:
        """The models that the key may ask now, in the form of both dialects at once."""
        await self._answered(request, reply, lambda admitted: self._list(admitted))

    async def model(self, request: Request, reply: Reply) -> None:
        """One of them."""
        name = unquote(request.path.removeprefix("/v1/models/"))  # clients write the `/` in it as `%2F`

        def one(admitted: Admitted) -> dict[str, Any]:
            found = [row for row in self._rows(admitted) if row["id"] == name]
            if not found:
                raise RecordNotFoundError(f"No model is called {name!r}, or the key does not permit it.")
            return found[0]

        await self._answered(request, reply, one)

    async def receipt(self, request: Request, reply: Reply) -> None:
        """What happened in one call that was made with the same key."""
        wanted = request.path.removeprefix("/v1/receipts/")

        async def one(admitted: Admitted) -> CallReceipt:
            found = await asyncio.to_thread(self._receipt, wanted)  # the records may be on another machine
            if found.caller != admitted.caller:
                raise RecordNotFoundError(f"No call of this key has the receipt {wanted}.")
            return found

        await self._answered(request, reply, one)

    async def count_tokens(self, request: Request, reply: Reply) -> None:
        """How many tokens a request to `/v1/messages` would be: exact where the provider counts, else an estimate."""
        door = self._near(request.path)
        request_id = time_sortable_id("req", self._desk.clock())
        try:
            admitted = caller_of(self._desk.admission, request)
            body = {"max_tokens": 1, **decoded(request.body)}
            asked = door.read(body).request
            choice = self._desk.choice(self._desk.resolve(asked.model), admitted, wishes_of(request))
            plan = self._desk.inference.plan(needs_of(asked), choice)
            tokens = await self._count(plan.first, asked)
        except Exception as error:  # the door: whatever it is, its client gets an answer
            self._fail(reply, door, error, request_id)
        else:
            reply.whole(
                200, msgspec.json.encode({"input_tokens": tokens}), headers={door.request_id_header: request_id}
            )

    async def _count(self, card: ModelCard, request: ModelRequest) -> int:
        count = getattr(self._providers.get(card.provider), "count_tokens", None)
        if count is None:
            return estimated_tokens(request)
        try:
            return await count(msgspec.structs.replace(request, model=card.name))
        except ProviderError:
            return estimated_tokens(request)

    async def _answered(self, request: Request, reply: Reply, answer: Callable[[Admitted], Any]) -> None:
        door = self._near(request.path)
        request_id = time_sortable_id("req", self._desk.clock())
        try:
            body = answer(caller_of(self._desk.admission, request))
            if isawaitable(body):
                body = await body
        except PolydeskError as error:
            self._fail(reply, door, error, request_id)
        else:
            reply.whole(200, msgspec.json.encode(body), headers={door.request_id_header: request_id})

    def _fail(self, reply: Reply, door: Door, error: Exception, request_id: str) -> None:
        failure = failure_of(error)
        if is_fault(error):
            self._desk.watcher.fault(error, request_id=request_id)
        headers = {door.request_id_header: request_id} | failure.headers
        reply.whole(failure.status, door.error(failure, request_id=request_id), headers=headers)

    def _list(self, admitted: Admitted) -> dict[str, Any]:
        rows = self._rows(admitted)
        ends = {"first_id": rows[0]["id"], "last_id": rows[-1]["id"]} if rows else {"first_id": None, "last_id": None}
        return {"object": "list", "data": rows, "has_more": False, **ends}

    def _rows(self, admitted: Admitted) -> list[dict[str, Any]]:
        """Rows that OpenAI's and Anthropic's clients both read: each ignores the fields of the other."""
        permitted, providers = admitted.permitted_models, admitted.permitted_providers
        names = [(name, "polydesk") for name in self._virtual if permitted is None or name in permitted]
        cards = [
            (card.id, card.developer)
            for card in self._models()
            if (permitted is None or not permitted.isdisjoint((card.id, card.name)))
            and (providers is None or card.provider in providers)
        ]
        return [
            {
                "id": name,
                "object": "model",
                "created": 0,
                "owned_by": owner,
                "type": "model",
                "display_name": name,
                "created_at": "1970-01-01T00:00:00Z",
            }
            for name, owner in [*names, *cards]
        ]
