"""Budgets are kept exactly, whatever happens in whatever order."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from polydesk.core.budgets import Budget
from polydesk.core.errors import BudgetExceededError, NotPermittedError
from polydesk.governance.budgets import Meter, Reservation, reserve
from tests.governance.clocks import NOON

CENT = 10_000_000


def meter(*, hard: str | None = "1", soft: str | None = None, spent: int = 0, **fields: str) -> Meter:
    budget = Budget(
        name=fields.pop("name", "b"),
        hard_usd=None if hard is None else Decimal(hard),
        soft_usd=None if soft is None else Decimal(soft),
        **fields,  # type: ignore[arg-type] - words that the fields take
    )
    return Meter(budget, spent_nano=spent, now=NOON)


def test_what_is_reserved_and_spent_never_goes_beyond_the_hard_limit() -> None:
    one = meter()
    first = reserve([one], 60 * CENT, NOON)
    with pytest.raises(BudgetExceededError) as caught:
        reserve([one], 41 * CENT, NOON)
    assert (caught.value.budget, caught.value.resets_at) == ("b", datetime(2026, 12, 1, tzinfo=NOON.tzinfo))
    first.settle(10 * CENT)
    reserve([one], 90 * CENT, NOON)


def test_the_refusal_says_how_much_is_left_and_until_when() -> None:
    with pytest.raises(BudgetExceededError, match=r"up to \$0\.5, and \$0\.25 of the budget “b” is left.*2026-12-01"):
        reserve([meter(spent=75 * CENT)], 50 * CENT, NOON)


def test_several_budgets_are_reserved_together_or_not_at_all() -> None:
    wide, narrow = meter(hard="10"), meter(hard="0.1", name="narrow")
    with pytest.raises(BudgetExceededError) as caught:
        reserve([wide, narrow], 20 * CENT, NOON)
    assert caught.value.budget == "narrow"
    assert (wide.reserved, narrow.reserved) == (0, 0)


def test_an_unknown_cost_is_refused_where_the_limit_is_hard() -> None:
    with pytest.raises(NotPermittedError) as caught:
        reserve([meter()], None, NOON)
    assert caught.value.rule == "unknown_price"


@pytest.mark.parametrize("one", [meter(unpriced="allow"), meter(hard=None, soft="1")], ids=["allowed", "soft"])
def test_an_unknown_cost_is_taken_where_the_budget_allows_it(one: Meter) -> None:
    reservation = reserve([one], None, NOON)
    assert one.reserved == 0
    reservation.settle(5 * CENT)
    assert one.spent == 5 * CENT


def test_what_is_not_known_afterwards_counts_as_it_was_reserved() -> None:
    one = meter()
    reserve([one], 30 * CENT, NOON).settle(None)
    assert (one.spent, one.reserved) == (30 * CENT, 0)


def test_more_than_was_reserved_is_counted_as_it_was_and_nothing_passes_after_it() -> None:
    one = meter()
    reserve([one], 90 * CENT, NOON).settle(130 * CENT)
    assert one.state(NOON).left_usd == 0
    with pytest.raises(BudgetExceededError):
        reserve([one], 1, NOON)


def test_the_soft_limit_warns_and_lets_pass() -> None:
    one = meter(hard=None, soft="0.5")
    assert not one.warns
    reserve([one], 60 * CENT, NOON).settle(60 * CENT)
    assert one.warns
    reserve([one], 60 * CENT, NOON)


def test_a_period_begins_anew_and_what_was_under_way_stays_in_the_old_one() -> None:
    one = meter(period="day", spent=50 * CENT)
    before = reserve([one], 50 * CENT, NOON)
    tomorrow = NOON + timedelta(hours=12)
    reserve([one], 100 * CENT, tomorrow).settle(70 * CENT)
    before.settle(50 * CENT)
    state = one.state(tomorrow)
    assert (state.spent_usd, state.reserved_usd, state.left_usd) == (Decimal("0.7"), 0, Decimal("0.3"))
    assert state.resets_at == tomorrow + timedelta(days=1)


def test_a_state_is_told_for_the_period_of_now() -> None:
    one = meter(period="day", spent=50 * CENT)
    assert one.state(NOON + timedelta(days=9)).spent_usd == 0


def test_a_total_never_begins_anew() -> None:
    one = meter(period="total", spent=100 * CENT)
    with pytest.raises(BudgetExceededError) as caught:
        reserve([one], 1, NOON + timedelta(days=9_999))
    assert caught.value.resets_at is None


class Spending(RuleBasedStateMachine):
    """Requests begin and end in any order, over two budgets at once, while days pass."""

    open = Bundle("open")

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.daily = meter(hard="1", period="day", name="daily")
        self.total = meter(hard="5", period="total", name="total")
        self.real = 0
        """What was really spent so far."""
        self.held: dict[int, int] = {}

    @rule(target=open, nano=st.integers(0, 120 * CENT))
    def begin(self, nano: int) -> tuple[Reservation, int] | None:
        before = (self.daily.spent + self.daily.reserved, self.total.spent + self.total.reserved)
        try:
            reservation = reserve([self.daily, self.total], nano, self.now)
        except BudgetExceededError:
            new_day = self.daily.spent + self.daily.reserved != before[0]
            assert new_day or nano + before[0] > 100 * CENT or nano + before[1] > 500 * CENT
            return None
        self.held[id(reservation)] = nano
        return reservation, nano

    @rule(one=consumes(open), share=st.fractions(0, 1), known=st.booleans())
    def end(self, one: tuple[Reservation, int] | None, share: float, known: bool) -> None:
        if one is None:
            return
        reservation, nano = one
        actual = int(nano * share)
        reservation.settle(actual if known else None)
        self.real += actual if known else nano
        del self.held[id(reservation)]

    @rule(hours=st.integers(1, 40))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @invariant()
    def nothing_goes_beyond_a_limit(self) -> None:
        assert 0 <= self.daily.spent + self.daily.reserved <= 100 * CENT
        assert self.daily.reserved >= 0
        assert self.total.spent == self.real
        assert self.total.reserved == sum(self.held.values())
        assert self.total.spent + self.total.reserved <= 500 * CENT


Spending.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestSpending = Spending.TestCase
