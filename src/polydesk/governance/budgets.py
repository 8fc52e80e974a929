"""Budgets kept exactly: what is spent and what is reserved never go beyond a hard limit together.

Reservations live in memory alone. What was spent is the sum of the calls that are written down, read when the gateway
starts: so the end of a process, however sudden, frees what was reserved and forgets nothing that was spent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from polydesk.core.budgets import Budget, period_end, period_start
from polydesk.core.errors import BudgetExceededError, NotPermittedError
from polydesk.core.money import nano_usd, usd_of_nano


class BudgetState(msgspec.Struct, frozen=True, kw_only=True):
    """How a budget stands."""

    budget: Budget
    period_start: datetime | None
    """None for `total`."""
    resets_at: datetime | None
    """None for `total`."""
    spent_usd: Decimal
    reserved_usd: Decimal
    """By calls under way."""
    left_usd: Decimal | None
    """Of the hard limit, never below zero; None without one."""
    warns: bool
    """Whether the soft limit has been reached."""


class Meter:
    """One budget with what is spent and reserved of it, in billionths of a US dollar. Not for several threads."""

    __slots__ = ("_hard", "_soft", "budget", "ends_at", "period", "reserved", "spent", "starts_at")

    def __init__(self, budget: Budget, *, spent_nano: int, now: datetime) -> None:
        """`spent_nano` is what was spent since `period_start(budget.period, now)`."""
        self.budget = budget
        self._hard = None if budget.hard_usd is None else nano_usd(budget.hard_usd)
        self._soft = None if budget.soft_usd is None else nano_usd(budget.soft_usd)
        self.spent = spent_nano
        self.reserved = 0
        self.period = 0
        """Counts the periods that have begun."""
        self.starts_at = period_start(budget.period, now)
        self.ends_at = period_end(budget.period, now)

    @property
    def warns(self) -> bool:
        """Whether the soft limit has been reached."""
        return self._soft is not None and self.spent >= self._soft

    def check(self, nano: int | None, now: datetime) -> None:
        """Raise BudgetExceededError when `nano` does not fit, NotPermittedError when it must be known and is not."""
        if self.ends_at is not None and now >= self.ends_at:
            self._begin_anew(now)
        if self._hard is None:
            return
        if nano is None:
            refuse_unpriced(self.budget)
        elif self.spent + self.reserved + nano > self._hard:
            left = max(0, self._hard - self.spent - self.reserved)
            raise budget_exceeded(self.budget, nano=nano, left_nano=left, resets_at=self.ends_at)

    def state(self, now: datetime) -> BudgetState:
        """How the budget stands now."""
        if self.ends_at is not None and now >= self.ends_at:
            self._begin_anew(now)
        left = None if self._hard is None else max(0, self._hard - self.spent - self.reserved)
        return BudgetState(
            budget=self.budget,
            period_start=self.starts_at,
            resets_at=self.ends_at,
            spent_usd=usd_of_nano(self.spent),
            reserved_usd=usd_of_nano(self.reserved),
            left_usd=None if left is None else usd_of_nano(left),
            warns=self.warns,
        )

    def restate(self, spent_nano: int, now: datetime) -> None:
        """Take what was spent in the period of `now` from the ledger."""
        if self.ends_at is not None and now >= self.ends_at:
            self._begin_anew(now)
        self.spent = spent_nano

    def _begin_anew(self, now: datetime) -> None:
        # What is still under way began in the period before, and is counted there, as the records count it.
        self.spent = self.reserved = 0
        self.period += 1
        self.starts_at = period_start(self.budget.period, now)
        self.ends_at = period_end(self.budget.period, now)


def refuse_unpriced(budget: Budget) -> None:
    """Raise NotPermittedError when `budget` takes no calls of unknown cost."""
    if budget.hard_usd is not None and budget.unpriced == "refuse":
        raise NotPermittedError(
            f"The price of the model is unknown, and the budget “{budget.name}” takes no such calls.",
            rule="unknown_price",
        )


def budget_exceeded(budget: Budget, *, nano: int, left_nano: int, resets_at: datetime | None) -> BudgetExceededError:
    """What to say to a request that may cost `nano` when so much is left."""
    until = "" if resets_at is None else f" It begins anew at {resets_at:%Y-%m-%d %H:%M} UTC."
    return BudgetExceededError(
        f"The request may cost up to ${usd_of_nano(nano):f}, and ${usd_of_nano(left_nano):f} of the budget "
        f"“{budget.name}” is left.{until}",
        budget=budget.name,
        resets_at=resets_at,
    )


class Reservation:
    """What one request has reserved of several budgets, until it is known what it cost."""

    __slots__ = ("_held", "_nano")

    def __init__(self, meters: Sequence[Meter], nano: int) -> None:
        self._held = [(meter, meter.period) for meter in meters]
        self._nano = nano

    def settle(self, nano: int | None) -> None:
        """Count what it cost; None is unknown, and then what was reserved counts as spent. Once only."""
        spent = self._nano if nano is None else nano
        for meter, period in self._held:
            if meter.period == period:
                meter.reserved -= self._nano
                meter.spent += spent


def reserve(meters: Sequence[Meter], nano: int | None, now: datetime) -> Reservation:
    """Reserve `nano` of each of `meters`, or of none. None is a cost that nobody knows, and reserves nothing.

    Raises BudgetExceededError and NotPermittedError.
    """
    for meter in meters:
        meter.check(nano, now)
    amount = nano or 0
    for meter in meters:
        meter.reserved += amount
    return Reservation(meters, amount)
