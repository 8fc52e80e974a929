"""One request at one door, from its key to its last byte, whatever it asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from polydesk.catalog.card import ModelCard
from polydesk.core.ids import time_sortable_id
from polydesk.core.notes import Note
from polydesk.core.receipts import CallReceipt, ReceiptId
from polydesk.gateway.callers import Wishes, caller_of, wishes_of
from polydesk.gateway.desk import Desk
from polydesk.gateway.doors.base import Door
from polydesk.gateway.failures import Failure, RefusedRequestError, failure_of, is_fault
from polydesk.gateway.server.request import ClientGoneError, Reply, Request
from polydesk.governance.admission import Admitted, Ticket
from polydesk.governance.headers import BUDGET_WARNING
from polydesk.governance.shared.admission import SharedAdmitted
from polydesk.inference.call import CallContext
from polydesk.routing.needs import Needs
from polydesk.routing.plans import Plan
from polydesk.wire.notes import WireError

NOTES_LIMIT = 2_000
"""Characters of notes in a header; the receipt has them all."""
AmountT = TypeVar("AmountT", int, Decimal)
DEEPEST = 200
"""Levels of JSON in a request. What is deeper can be read, but not written again from further down the program."""
_BODY = msgspec.json.Decoder(dict[str, Any])


class Exchange:
    """One request. A subclass says in `perform` what is asked of which model, and answers."""

    def __init__(self, desk: Desk, door: Door, request: Request, reply: Reply) -> None:
        self.desk = desk
        self.door = door
        self.request = request
        self.reply = reply
        self.at = desk.clock()
        self.id = ReceiptId(time_sortable_id("rcp", self.at))
        self._receipt: CallReceipt | None = None
        self._beside: list[CallReceipt] = []
        """Calls that were made on the way to the answer, such as one that compares questions."""
        self._ticket: Ticket | None = None
        self._headers: dict[str, str] = {door.request_id_header: self.id, "x-polydesk-receipt": self.id}
        self._over = False
        self._refusal: Exception | None = None
        self.began_s = desk.elapsed_s()
        self._trace = desk.watcher.begin(request)

    async def perform(self, admitted: Admitted, wishes: Wishes) -> None:
        """Answer the request of a caller whose key is good. What is raised is told to the client."""
        raise NotImplementedError

    async def answer(self) -> None:
        """Answer the request, well or not."""
        try:
            admitted = caller_of(self.desk.admission, self.request)
            await self.perform(admitted, wishes_of(self.request))
        except (ClientGoneError, asyncio.CancelledError):
            raise
        except Exception as error:  # the door: whatever it is, its client gets an answer
            self._fail(error)
        finally:
            self._over = True
            self._tell()

    async def plan(
        self, model: str, needs: Needs, admitted: Admitted, wishes: Wishes
    ) -> tuple[Plan, CallContext, bool]:
        """Who is asked, on whose behalf, and whether nothing may be lost on the way; the limits let it in.

        Raises UsageError, NoCandidateError and GovernanceError.
        """
        resolved = self.desk.resolve(model)
        choice = self.desk.choice(resolved, admitted, wishes)
        plan = self.desk.inference.plan(needs, choice)
        tokens = needs.input_tokens + (needs.output_tokens or 0)
        worst_cost_usd = self.desk.worst_cost_usd(plan, needs)
        if isinstance(admitted, SharedAdmitted):
            ticket = await admitted.begin_shared(tokens, worst_cost_usd, receipt_id=self.id, at=self.at)
        else:
            ticket = admitted.begin(tokens, worst_cost_usd)
        self._ticket = ticket
        left = ticket.headers()
        if BUDGET_WARNING in left:
            self.desk.watcher.warned()
        self._headers |= left
        context = CallContext(
            caller=admitted.caller,
            data_class=choice.data_class,
            receipt_id=self.id,
            on_end=self._settle,
            hedge=resolved.hedge,
            trace=self._trace,
        )
        return plan, context, wishes.strict or resolved.strict

    def told(self, card: ModelCard, notes: tuple[Note, ...]) -> dict[str, str]:
        """The headers of a good answer: who gave it, and what it was not told."""
        headers = {**self._headers, "x-polydesk-model": card.id}
        if notes:
            words = "; ".join(f"{note.action} {note.parameter}" for note in notes)
            headers["x-polydesk-notes"] = words.encode("ascii", "replace").decode("ascii")[:NOTES_LIMIT]
        return headers

    def _settle(self, receipt: CallReceipt | None) -> None:
        """Count what the call used. It may end after its client has gone, and after this exchange."""
        assert self._ticket is not None
        if receipt is None:  # nobody wrote it down, but a vendor may bill it: what was reserved stays counted
            self._ticket.settle(None, None)
            return
        self._receipt = receipt
        if self._beside:
            self._settle_all([receipt, *self._beside])
        else:
            self._ticket.settle(receipt.spent_tokens, receipt.spent_usd)
        if self._over:
            self._tell()

    def release(self) -> None:
        """Count what calls on the way used, where the answer itself was never asked for."""
        self._settle_all(self._beside)

    def _settle_all(self, spent: Sequence[CallReceipt]) -> None:
        assert self._ticket is not None
        self._ticket.settle(
            _sum([one.spent_tokens for one in spent], start=0),
            _sum([one.spent_usd for one in spent], start=Decimal(0)),
        )

    def _fail(self, error: Exception) -> None:
        failure = failure_of(error)
        self._refusal = error
        if is_fault(error):
            self.desk.watcher.fault(error, request_id=self.id)
        if not self.reply.started:
            body = self.door.error(failure, request_id=self.id)
            self.reply.whole(failure.status, body, headers=self._headers | failure.headers)

    def _tell(self) -> None:
        """Tell who watches, once the request is over and what it made has been written down."""
        status, door = self.reply.status, self.door.dialect
        if self._receipt is not None:
            self.desk.watcher.call_ended(self._receipt, door=door, status=status, trace=self._trace)
        elif self._refusal is not None and self._ticket is None:
            self.desk.watcher.refused(self._refusal, door=door, status=status, request_id=self.id)


def _sum(parts: Sequence[AmountT | None], *, start: AmountT) -> AmountT | None:
    """The sum; None when a part is unknown."""
    known = [part for part in parts if part is not None]
    return sum(known, start=start) if len(known) == len(parts) else None


def decoded(body: bytes) -> dict[str, Any]:
    """A request's JSON object. Raises WireError and RefusedRequestError."""
    try:
        decoded = _BODY.decode(body)
    except msgspec.ValidationError as exc:
        raise WireError(f"the body is no JSON object: {exc}") from exc
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        words = f"The body is not valid JSON: {exc}."
        raise RefusedRequestError(Failure(status=400, kind="invalid_request", message=words)) from exc
    # Most bodies have too few brackets for it, and counting these takes next to no time.
    if body.count(b"[") + body.count(b"{") > DEEPEST and _is_deep(decoded):
        words = f"The body is nested deeper than {DEEPEST} levels."
        raise RefusedRequestError(Failure(status=400, kind="invalid_request", message=words))
    return decoded


def _is_deep(value: dict[str, Any]) -> bool:
    level: list[dict[str, Any] | list[Any]] = [value]
    for _ in range(DEEPEST):
        level = [each for one in level for each in _values(one) if isinstance(each, dict | list)]
        if not level:
            return False
    return True


def _values(container: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container
