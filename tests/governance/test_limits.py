"""Requests, tokens and calls at once are bounded exactly."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.core.errors import RateExceededError
from polydesk.governance.limits import Bucket, KeyLimits, Limiter

SECOND = 1_000_000_000


def refused(limiter: Limiter, tokens: int, now_ns: int) -> RateExceededError:
    with pytest.raises(RateExceededError) as caught:
        limiter.check(tokens, now_ns)
    return caught.value


def test_so_many_requests_pass_at_once_and_no_more() -> None:
    limiter = Limiter(KeyLimits(requests_per_minute=3), 0)
    for _ in range(3):
        limiter.check(0, 0)
        limiter.take(0)
    error = refused(limiter, 0, 0)
    assert (error.limit, error.retry_after_s) == ("requests_per_minute", 20.0)


def test_the_wait_that_is_told_is_enough_and_no_less_is() -> None:
    limiter = Limiter(KeyLimits(requests_per_minute=7), 0)
    for _ in range(7):
        limiter.take(0)
    wait_ns = round(refused(limiter, 0, 0).retry_after_s * SECOND)
    refused(limiter, 0, wait_ns - 2)
    limiter.check(0, wait_ns + 1)


def test_tokens_are_taken_by_estimate_and_corrected() -> None:
    limiter = Limiter(KeyLimits(tokens_per_minute=600), 0)
    limiter.check(600, 0)
    limiter.take(600)
    assert refused(limiter, 1, 0).limit == "tokens_per_minute"
    limiter.leave(-500)
    limiter.check(500, 0)
    refused(limiter, 501, 0)


def test_more_tokens_than_were_estimated_leave_a_debt() -> None:
    limiter = Limiter(KeyLimits(tokens_per_minute=60), 0)
    limiter.take(10)
    limiter.leave(110)
    assert limiter.tokens is not None
    assert limiter.tokens.remaining == 0
    assert refused(limiter, 0, 0).retry_after_s == 60.0
    limiter.check(0, 60 * SECOND)
    assert refused(limiter, 1, 60 * SECOND).retry_after_s == 1.0


def test_a_request_larger_than_the_limit_passes_when_nothing_else_was_used() -> None:
    limiter = Limiter(KeyLimits(tokens_per_minute=100), 0)
    limiter.check(5_000, 0)
    limiter.take(5_000)
    refused(limiter, 1, 60 * SECOND)
    fresh = Limiter(KeyLimits(tokens_per_minute=100), 0)
    fresh.take(1)
    refused(fresh, 5_000, 0)


def test_calls_under_way_are_bounded() -> None:
    limiter = Limiter(KeyLimits(max_parallel=2), 0)
    limiter.take(0)
    limiter.take(0)
    assert refused(limiter, 0, 0).limit == "max_parallel"
    limiter.leave(0)
    limiter.check(0, 0)


def test_without_limits_everything_passes() -> None:
    limiter = Limiter(KeyLimits(), 0)
    for _ in range(10_000):
        limiter.check(10**9, 0)
        limiter.take(10**9)


def test_a_clock_that_stands_or_goes_back_fills_nothing() -> None:
    bucket = Bucket(60, 10 * SECOND)
    bucket.take(60)
    bucket.fill(10 * SECOND)
    bucket.fill(5 * SECOND)
    assert (bucket.remaining, bucket.full_in_ns) == (0, 60 * SECOND)


@given(
    st.integers(1, 50),
    st.lists(st.tuples(st.integers(0, 20 * SECOND), st.integers(0, 30)), max_size=200),
)
def test_no_stretch_of_time_sees_more_than_a_full_bucket_and_its_filling(
    per_minute: int, asked: list[tuple[int, int]]
) -> None:
    bucket, now = Bucket(per_minute, 0), 0
    taken: deque[tuple[int, int]] = deque()
    for pause, amount in asked:
        now += pause
        bucket.fill(now)
        amount = min(amount, per_minute)
        if bucket.wait_ns(amount) == 0:
            bucket.take(amount)
            taken.append((now, amount))
    for first, (start, _) in enumerate(taken):
        total = 0
        for at, amount in list(taken)[first:]:
            total += amount
            assert total * 60 * SECOND <= per_minute * (60 * SECOND + at - start)
