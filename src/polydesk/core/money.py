"""Money as whole numbers: billionths of a US dollar, so that sums are exact and quick."""

from __future__ import annotations

from decimal import Decimal

_NANO = Decimal(1_000_000_000)


def nano_usd(usd: Decimal) -> int:
    """`usd` in billionths, rounded up: a bound on what is spent must not leak away in fractions."""
    exact = usd * _NANO
    whole = int(exact)
    return whole + 1 if whole < exact else whole


def usd_of_nano(nano: int) -> Decimal:
    """The dollars that `nano` billionths are."""
    return Decimal(nano) / _NANO
