"""Periods of the calendar in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.core.budgets import Budget, Period, period_end, period_start

TUESDAY = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)


def _day(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "at", "start", "end"),
    [
        ("day", TUESDAY, _day(2026, 11, 24), _day(2026, 11, 25)),
        ("week", TUESDAY, _day(2026, 11, 23), _day(2026, 11, 30)),
        ("month", TUESDAY, _day(2026, 11, 1), _day(2026, 12, 1)),
        ("month", _day(2027, 2, 28), _day(2027, 2, 1), _day(2027, 3, 1)),
        ("month", _day(2026, 12, 31), _day(2026, 12, 1), _day(2027, 1, 1)),
        ("quarter", TUESDAY, _day(2026, 10, 1), _day(2027, 1, 1)),
        ("quarter", _day(2027, 1, 1), _day(2027, 1, 1), _day(2027, 4, 1)),
        ("year", TUESDAY, _day(2026, 1, 1), _day(2027, 1, 1)),
        ("year", _day(2028, 12, 31), _day(2028, 1, 1), _day(2029, 1, 1)),
        ("total", TUESDAY, None, None),
    ],
)
def test_a_period_is_of_the_calendar(
    period: Period, at: datetime, start: datetime | None, end: datetime | None
) -> None:
    assert (period_start(period, at), period_end(period, at)) == (start, end)


def test_a_moment_counts_in_utc_whatever_its_zone() -> None:
    at = datetime(2026, 12, 1, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    assert period_start("day", at) == _day(2026, 11, 30)


PERIODS: tuple[Period, ...] = ("day", "week", "month", "quarter", "year")


MOMENTS = st.integers(0, 7 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(st.sampled_from(PERIODS), MOMENTS)
def test_every_moment_is_in_one_period_and_the_next_begins_where_it_ends(period: Period, at: datetime) -> None:
    start, end = period_start(period, at), period_end(period, at)
    assert start is not None
    assert end is not None
    assert start <= at < end
    assert period_start(period, end) == end
    assert period_end(period, start) == end


@pytest.mark.parametrize(
    ("scope", "counts", "counted"),
    [("all", "all", ""), ("team:red: one", "team", "red: one"), ("key:key_01", "key", "key_01")],
)
def test_a_scope_names_whom_it_counts(scope: str, counts: str, counted: str) -> None:
    budget = Budget(name="b", scope=scope)
    assert (budget.counts, budget.counted) == (counts, counted)
