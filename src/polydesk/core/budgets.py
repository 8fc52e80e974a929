"""What may be spent, by whom, in which span of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

Period = Literal["day", "week", "month", "quarter", "year", "total"]
"""Spans of the calendar in UTC; a week begins on Monday (ISO 8601), and `total` never begins anew."""

BudgetScope = Literal["all", "team", "key"]


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """A limit on what may be spent. Without `hard_usd` it only warns."""

    name: str
    scope: str = "all"
    """`all`, `team:NAME`, or `key:` and the id or the name of a key."""
    period: Period = "month"
    soft_usd: Decimal | None = None
    """From here on it warns; None never does."""
    hard_usd: Decimal | None = None
    """What is spent and reserved together never goes beyond; None does not bound."""
    unpriced: Literal["refuse", "allow"] = "refuse"
    """What becomes of a call whose cost cannot be known before, where `hard_usd` is set."""

    @property
    def counts(self) -> BudgetScope:
        """What kind of caller it is for."""
        kind = self.scope.partition(":")[0]
        return kind if kind in ("team", "key") else "all"

    @property
    def counted(self) -> str:
        """The team or the key that it is for; empty where it is for all."""
        return self.scope.partition(":")[2]


def period_start(period: Period, at: datetime) -> datetime | None:
    """First instant of the period that holds `at`, in UTC; None for `total`."""
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    match period:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(day=1, month=day.month - (day.month - 1) % 3)
        case "year":
            return day.replace(day=1, month=1)
        case "total":
            return None


_LONGEST = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}


def period_end(period: Period, at: datetime) -> datetime | None:
    """First instant after the period that holds `at`, in UTC; None for `total`."""
    start = period_start(period, at)
    if start is None:
        return None
    # As long as the longest of its kind: a shorter one has ended by then, and the next has not.
    return period_start(period, start + timedelta(days=_LONGEST[period]))
