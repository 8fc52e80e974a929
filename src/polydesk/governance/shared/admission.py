"""Who is let in, where limits and budgets are counted together with other workers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from polydesk.core.budgets import Budget, period_start
from polydesk.core.errors import GovernanceError, LimitsUnavailableError
from polydesk.core.keys import GatewayKey
from polydesk.core.money import nano_usd
from polydesk.governance.admission import Admission, Admitted, Ticket
from polydesk.governance.budgets import Meter, budget_exceeded, refuse_unpriced
from polydesk.governance.headers import shared_limit_headers, warning_headers
from polydesk.governance.limits import KeyLimits, Limiter, parallel_exceeded, rate_exceeded
from polydesk.governance.shared.counts import Refused, Reserved, SharedCounts
from polydesk.store.store import Store


class SharedTicket(Ticket):
    """A request that was let in for all workers, until what it used is known."""

    __slots__ = ("_counts", "_limits", "_reserved")

    def __init__(self, admitted: SharedAdmitted, counts: SharedCounts, reserved: Reserved) -> None:
        super().__init__(admitted, reserved.tokens, None)
        self._counts = counts
        self._limits = admitted.limits
        self._reserved = reserved

    def headers(self) -> dict[str, str]:
        """What was left when it was let in, as headers of the answer."""
        reserved = self._reserved
        warned = [
            meter.budget.name
            for meter, spent in zip(reserved.meters, reserved.spent, strict=True)
            if meter.budget.soft_usd is not None and spent >= nano_usd(meter.budget.soft_usd)
        ]
        limits = shared_limit_headers(self._limits, reserved.requests, reserved.left_tokens)
        return limits | warning_headers(warned)

    def _end(self, tokens: int, nano: int | None) -> None:
        if self._open:
            self._open = False
            self._counts.settle(self._reserved, tokens, self._reserved.nano if nano is None else nano)


class _MeantimeTicket(Ticket):
    """A request that this process let in by itself while nobody could ask the shared limits."""

    __slots__ = ("_counts", "_local")

    def __init__(self, admitted: Admitted, counts: SharedCounts, local: Ticket) -> None:
        super().__init__(admitted, 0, None)
        self._counts = counts
        self._local = local

    def _end(self, tokens: int, nano: int | None) -> None:
        if not self._open:
            return
        self._open = False
        self._local.end_as(tokens, nano)
        self._counts.forget = True


class SharedAdmitted(Admitted):
    """A caller whose key is good, and whose limits all workers count together."""

    __slots__ = ("_admission", "limits")

    def __init__(
        self,
        key: GatewayKey | None,
        admission: SharedAdmission,
        *,
        limits: KeyLimits,
        meters: tuple[Meter, ...],
        clock: Callable[[], datetime],
        monotonic_ns: Callable[[], int],
    ) -> None:
        super().__init__(
            key,
            limiter=Limiter(limits, monotonic_ns()),
            meters=meters,
            lock=admission.lock,
            clock=clock,
            monotonic_ns=monotonic_ns,
        )
        self.limits = limits
        self._admission = admission

    async def begin_shared(
        self, tokens: int, worst_cost_usd: Decimal | None, *, receipt_id: str, at: datetime
    ) -> Ticket:
        """Let a request in as `begin` does; its receipt will have that id and time.

        Raises what `begin` raises, LimitsUnavailableError, and StoreError when a budget's ledger cannot be read.
        """
        nano = None if worst_cost_usd is None else nano_usd(worst_cost_usd)
        if nano is None:
            for meter in self.meters:
                refuse_unpriced(meter.budget)
        counts = self._admission.counts
        try:
            found = await counts.reserve(
                receipt_id,
                counts.state_key(None if self.key is None else self.key.id),
                self.limits,
                [counts.meter(meter.budget, at) for meter in self.meters],
                tokens,
                nano,
            )
        except LimitsUnavailableError:
            if self._admission.when_away == "refuse":
                raise
            await self._admission.restate()
            return _MeantimeTicket(self, counts, self.begin(tokens, worst_cost_usd))
        if isinstance(found, Refused):
            raise self._refusal(found, nano or 0)
        return SharedTicket(self, counts, found)

    def _refusal(self, refused: Refused, nano: int) -> GovernanceError:
        if refused.meter is not None:
            meter = refused.meter
            return budget_exceeded(meter.budget, nano=nano, left_nano=refused.amount, resets_at=meter.until)
        if refused.limit == "max_parallel":
            return parallel_exceeded(self.limits.max_parallel or 0)
        return rate_exceeded(refused.limit, getattr(self.limits, refused.limit), refused.amount * 1_000)


class SharedAdmission(Admission):
    """Knows the keys, and counts what each uses together with all workers of all machines."""

    def __init__(
        self,
        store: Store,
        counts: SharedCounts,
        *,
        when_away: Literal["refuse", "local"],
        budgets: Sequence[Budget] = (),
        limits: KeyLimits | None = None,
        open: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`when_away` says what becomes of requests while `counts` cannot be asked: refused, or let in by what this
        process counts for itself. The rest is as in Admission. Raises StoreError.
        """
        self.counts = counts
        self.when_away = when_away
        self._restated = 0
        self._restating = asyncio.Lock()
        super().__init__(store, budgets=budgets, limits=limits, open=open, clock=clock)

    async def restate(self) -> None:
        """Take what was spent from the ledger, once in each outage, for this process to count on by itself."""
        async with self._restating:
            if self._restated == self.counts.outages:
                return
            now = self._clock()
            own = [meter for one in self._by_sha256.values() for meter in one.meters]
            for meter in dict.fromkeys([*self._meters, *own]):
                since = period_start(meter.budget.period, now)
                spent = await asyncio.to_thread(
                    self._store.spent_nano_usd, meter.budget.counts, meter.budget.counted, since
                )
                with self.lock:
                    meter.restate(spent, now)
            self._restated = self.counts.outages

    def _admitted(self, key: GatewayKey | None, meters: tuple[Meter, ...]) -> Admitted:
        return SharedAdmitted(
            key,
            self,
            limits=self._limits_for(key),
            meters=meters,
            clock=self._clock,
            monotonic_ns=self._monotonic_ns,
        )
