"""Clocks that tests turn by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class HandClock:
    """A calendar and a stop-watch that move together."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at
        self.ns = 5_000_000_000

    def now(self) -> datetime:
        return self.at

    def monotonic_ns(self) -> int:
        return self.ns

    def turn(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.ns += round(seconds * 1e9)
