"""Money as whole billionths."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.core.money import nano_usd, usd_of_nano


@pytest.mark.parametrize(
    ("usd", "nano"), [("0", 0), ("1", 1_000_000_000), ("0.000000001", 1), ("0.0000000001", 1), ("1E-7", 100)]
)
def test_fractions_of_a_billionth_are_rounded_up(usd: str, nano: int) -> None:
    assert nano_usd(Decimal(usd)) == nano


@given(st.integers(0, 10**18))
def test_billionths_survive_the_way_there_and_back(nano: int) -> None:
    assert nano_usd(usd_of_nano(nano)) == nano
