"""What one token of each kind costs, where that does not depend on how many there are."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from polydesk.catalog.card import ModelPrices
from polydesk.core.tokens import TokenBuckets


class Tariff(msgspec.Struct, frozen=True, kw_only=True):
    """Prices in USD of a single token."""

    input_usd: Decimal
    cache_read_usd: Decimal
    cache_creation_usd: Decimal
    output_usd: Decimal
    source: str

    def cost_usd(self, tokens: TokenBuckets) -> Decimal:
        """The cost of `tokens`."""
        cost = tokens.input_tokens * self.input_usd + tokens.output_tokens * self.output_usd
        if tokens.cache_read_input_tokens:
            cost += tokens.cache_read_input_tokens * self.cache_read_usd
        if tokens.cache_creation_input_tokens:
            cost += tokens.cache_creation_input_tokens * self.cache_creation_usd
        return _plain(cost)


def tariff_of(prices: ModelPrices) -> Tariff:
    """The prices of a card, for each token."""
    read, created = prices.cache_read_usd_per_mtok, prices.cache_creation_usd_per_mtok
    return Tariff(
        input_usd=prices.input_usd_per_mtok / _MILLION,
        cache_read_usd=(prices.input_usd_per_mtok if read is None else read) / _MILLION,
        cache_creation_usd=(prices.input_usd_per_mtok if created is None else created) / _MILLION,
        output_usd=prices.output_usd_per_mtok / _MILLION,
        source=prices.source,
    )


def _plain(cost: Decimal) -> Decimal:
    """`cost` without zeros behind its last digit, and never as 1E+2."""
    short = cost.normalize()
    return short.quantize(_ONE) if short == short.to_integral_value() else short


_ONE = Decimal(1)
_MILLION = Decimal(1_000_000)
