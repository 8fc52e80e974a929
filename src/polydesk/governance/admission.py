"""Who is let in, and how much each may still use: keys, limits and budgets behind one door."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import cast

import msgspec

from polydesk.catalog.card import DataClass
from polydesk.core.budgets import Budget, period_start
from polydesk.core.errors import KeyRefusedError, StoreError
from polydesk.core.keys import GatewayKey
from polydesk.core.money import nano_usd
from polydesk.core.receipts import Caller
from polydesk.governance.budgets import BudgetState, Meter, Reservation, reserve
from polydesk.governance.headers import budget_headers, limit_headers
from polydesk.governance.keys import refuse_unusable, secret_sha256
from polydesk.governance.limits import KeyLimits, Limiter
from polydesk.store.store import Store

_LOOK_EVERY_NS = 1_000_000_000
"""How soon a new or revoked key is noticed."""
_STALE_NS = 5 * _LOOK_EVERY_NS
"""How long keys hold whose database does not answer."""
_LOG = logging.getLogger("polydesk.gateway")


class Ticket:
    """A request that was let in, until what it used is known."""

    __slots__ = ("_admitted", "_open", "_reservation", "_tokens")

    def __init__(self, admitted: Admitted, tokens: int, reservation: Reservation | None) -> None:
        self._admitted = admitted
        self._tokens = tokens
        self._reservation = reservation
        self._open = True

    def settle(self, tokens: int | None, cost_usd: Decimal | None) -> None:
        """Count what was really used; None is unknown, and what was reserved stays counted. Only the first counts."""
        self._end(self._tokens if tokens is None else tokens, None if cost_usd is None else nano_usd(cost_usd))

    def cancel(self) -> None:
        """Free what was reserved. Nothing after `settle`."""
        self._end(0, 0)

    def end_as(self, tokens: int, nano: int | None) -> None:
        """Count so many tokens and billionths of a US dollar, as `settle` does."""
        self._end(tokens, nano)

    def headers(self) -> dict[str, str]:
        """What is left of its key's limits, and budgets whose soft limit has been reached, as headers of the answer."""
        return self._admitted.headers()

    def _end(self, tokens: int, nano: int | None) -> None:
        with self._admitted.lock:
            if not self._open:
                return
            self._open = False
            self._admitted.limiter.leave(tokens - self._tokens)
            if self._reservation is not None:
                self._reservation.settle(nano)


class Admitted:
    """A caller whose key is good, or one that needs none."""

    __slots__ = (
        "_clock",
        "_monotonic_ns",
        "caller",
        "data_class",
        "key",
        "limiter",
        "lock",
        "meters",
        "permitted_models",
        "permitted_providers",
    )

    def __init__(
        self,
        key: GatewayKey | None,
        *,
        limiter: Limiter,
        meters: tuple[Meter, ...],
        lock: threading.Lock,
        clock: Callable[[], datetime],
        monotonic_ns: Callable[[], int],
    ) -> None:
        self.key = key
        """None for a program on this machine while there are no keys."""
        self.limiter = limiter
        self.meters = meters
        self.lock = lock
        self._clock = clock
        self._monotonic_ns = monotonic_ns
        self.caller = None if key is None else Caller(key_id=key.id, team=key.team, user=key.user)
        self.permitted_models = _names(key and key.permitted_models)
        self.permitted_providers = _names(key and key.permitted_providers)
        # Whoever works at this machine may send what its user may.
        self.data_class = cast("DataClass", "confidential" if key is None else key.data_class)

    def begin(self, tokens: int, worst_cost_usd: Decimal | None) -> Ticket:
        """Let a request in that may use so many tokens and cost so much; None is a cost that nobody knows.

        Raises RateExceededError, BudgetExceededError, and NotPermittedError for an unknown cost that a budget does not
        take. What is raised has taken nothing.
        """
        nano = None if worst_cost_usd is None else nano_usd(worst_cost_usd)
        with self.lock:
            self.limiter.check(tokens, self._monotonic_ns())
            reservation = reserve(self.meters, nano, self._clock()) if self.meters else None
            self.limiter.take(tokens)
        return Ticket(self, tokens, reservation)

    def headers(self) -> dict[str, str]:
        """What is left of its limits, and budgets whose soft limit has been reached, as headers of the answer."""
        with self.lock:
            return limit_headers(self.limiter, self._monotonic_ns()) | budget_headers(self.meters)

    def budgets(self) -> list[BudgetState]:
        """How the budgets stand that its requests count towards."""
        with self.lock:
            return [meter.state(self._clock()) for meter in self.meters]


class Admission:
    """Knows the keys, and counts what each uses. Threads may share it.

    Limits and budgets are counted exactly within one process; several that serve one store each count their own.
    """

    def __init__(
        self,
        store: Store,
        *,
        budgets: Sequence[Budget] = (),
        limits: KeyLimits | None = None,
        open: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """`budgets` are those of the configuration, to which each key may add its own; `limits` are those of keys that
        do not say. `open` lets programs in without a key while no key has ever been made. Raises StoreError.
        """
        self._store = store
        self._limits = limits or KeyLimits()
        self._is_open = open
        self._clock = clock
        self._monotonic_ns = monotonic_ns
        self.lock = threading.Lock()
        self._reading = threading.Lock()
        now = clock()
        self._meters = [Meter(budget, spent_nano=self._spent(budget, now), now=now) for budget in budgets]
        self._by_sha256: dict[bytes, Admitted] = {}
        self._anyone = self._admitted(None, self._meters_for(None))
        self._version = -1
        self._looked_ns = monotonic_ns()
        self._look_every_ns = _LOOK_EVERY_NS
        self._read_keys()

    def admit(self, secret: str | None, /) -> Admitted:
        """The caller that shows `secret`. Raises KeyRefusedError, and StoreError when the keys cannot be read."""
        if self._monotonic_ns() - self._looked_ns >= self._look_every_ns:
            self._look_due()
        if not self._by_sha256:
            if self._is_open:
                return self._anyone
            raise KeyRefusedError("No key has been made yet; `polydesk keys create` makes one.")
        if secret is None:
            raise KeyRefusedError("There is no key; send one as `Authorization: Bearer …` or `x-api-key`.")
        admitted = self._by_sha256.get(secret_sha256(secret))
        if admitted is None:
            raise KeyRefusedError("The key is not known here.")
        assert admitted.key is not None
        if admitted.key.revoked_at is not None or admitted.key.expires_at is not None:
            refuse_unusable(admitted.key, self._clock())
        return admitted

    @property
    def has_keys(self) -> bool:
        """Whether any key has been made, revoked ones included."""
        return bool(self._by_sha256)

    def budgets(self) -> list[BudgetState]:
        """How every budget stands: those of the configuration, then those of keys."""
        own = [meter for one in self._by_sha256.values() for meter in one.meters if meter not in self._meters]
        with self.lock:
            return [meter.state(self._clock()) for meter in (*self._meters, *own)]

    async def keep_looking(self) -> None:
        """Look for new and revoked keys in a thread, so that nobody waits for a database elsewhere; until cancelled.

        Keys that could not be read for some seconds are taken for unknown: one of them may have been revoked.
        """
        self._look_every_ns = _STALE_NS
        while True:
            await asyncio.sleep(_LOOK_EVERY_NS / 1e9)
            try:
                await asyncio.to_thread(self._look_aside)
            except StoreError as error:
                _LOG.warning("keys cannot be read", extra={"error": str(error)})

    def _look_due(self) -> None:
        if self._look_every_ns == _LOOK_EVERY_NS:
            self._look()
            return
        raise StoreError(
            "The keys have not been read for too long, for the records do not answer; let the database run.",
            path=str(self._store.place),
        )

    def _look_aside(self) -> None:
        began_ns = self._monotonic_ns()
        with self._reading:
            if self._store.keys.version() != self._version:
                self._read_keys()
        self._looked_ns = began_ns

    def _look(self) -> None:
        """Read the keys again if any has changed."""
        # Set first: while the store cannot be read, one request in a second finds out, and the others wait for nothing.
        self._looked_ns = self._monotonic_ns()
        with self._reading:
            if self._store.keys.version() != self._version:
                self._read_keys()

    def _read_keys(self) -> None:
        version = self._store.keys.version()
        known = {one.key.id: one for one in self._by_sha256.values() if one.key is not None}
        keys = self._store.keys.by_sha256()
        fresh = [key for key in keys.values() if key.id not in known]
        own = self._own_meters(fresh)
        self._by_sha256 = {sha256: self._again(key, known, own) for sha256, key in keys.items()}
        self._version = version

    def _again(self, key: GatewayKey, known: Mapping[str, Admitted], own: Mapping[str, Meter]) -> Admitted:
        """The caller with `key`; what it has used stays counted when the key was known before."""
        before = known.get(key.id)
        if before is None:
            meters = self._meters_for(key)
            return self._admitted(key, (*meters, own[key.id]) if key.id in own else meters)
        before.key = key
        return before

    def _admitted(self, key: GatewayKey | None, meters: tuple[Meter, ...]) -> Admitted:
        return Admitted(
            key,
            limiter=Limiter(self._limits_for(key), self._monotonic_ns()),
            meters=meters,
            lock=self.lock,
            clock=self._clock,
            monotonic_ns=self._monotonic_ns,
        )

    def _limits_for(self, key: GatewayKey | None) -> KeyLimits:
        return self._limits if key is None else _limits_of(key, self._limits)

    def _meters_for(self, key: GatewayKey | None) -> tuple[Meter, ...]:
        return tuple(meter for meter in self._meters if counts_towards(meter.budget, key))

    def _own_meters(self, keys: Sequence[GatewayKey]) -> dict[str, Meter]:
        """The meters of keys that have a budget of their own, by the key's id."""
        now = self._clock()
        spent: dict[datetime | None, dict[str, int]] = {}
        meters: dict[str, Meter] = {}
        for key in keys:
            if key.budget is None:
                continue
            since = period_start(key.budget.period, now)
            if since not in spent:
                spent[since] = self._store.spent_nano_usd_by_key(since)
            meters[key.id] = Meter(key.budget, spent_nano=spent[since].get(key.id, 0), now=now)
        return meters

    def _spent(self, budget: Budget, now: datetime) -> int:
        return self._store.spent_nano_usd(budget.counts, budget.counted, period_start(budget.period, now))


def counts_towards(budget: Budget, key: GatewayKey | None) -> bool:
    """Whether calls with `key`, or without any, count towards `budget`."""
    match budget.counts:
        case "all":
            return True
        case "team":
            return key is not None and key.team == budget.counted
        case "key":
            return key is not None and budget.counted in (key.id, key.name)


def _limits_of(key: GatewayKey, otherwise: KeyLimits) -> KeyLimits:
    own = {name: getattr(key, name) for name in KeyLimits.__struct_fields__ if getattr(key, name) is not None}
    return msgspec.structs.replace(otherwise, **own)


def _names(names: tuple[str, ...] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)
