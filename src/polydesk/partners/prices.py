"""What a call costs at public prices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from polydesk.catalog.card import ProviderCard
from polydesk.core.usage import Usage
from polydesk.partners.tariffs import Tariff
from polydesk.partners.tokens import TokenBuckets, token_buckets

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import PriceCalculation


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """The cost of one call."""

    cost_usd: Decimal | None
    """None when it is unknown; zero only where it is known to be free."""
    source: str | None
    """Where the price comes from, with its date; None when the cost is unknown."""


_KEPT_TARIFFS = 2_000
_NONE = dict.fromkeys(TokenBuckets.__struct_fields__, 0)
_ONE_MILLION = {kind: TokenBuckets(**{**_NONE, kind: 1_000_000}) for kind in TokenBuckets.__struct_fields__}
UNKNOWN = Price(cost_usd=None, source=None)


class PublicPrices:
    """List prices of the `genai-prices` package, as installed: nothing is fetched.

    Source: https://github.com/pydantic/genai-prices (checked 2026-11-24). Providers without an address run inside the
    process and cost nothing per call.
    """

    def __init__(self, providers: Sequence[ProviderCard]) -> None:
        self._free = frozenset(card.name for card in providers if card.base_url is None)
        self._snapshot: DataSnapshot | None = None
        self._tariffs: dict[tuple[str, str, int], Tariff | None] = {}

    def price(self, *, provider: str, models: Sequence[str], usage: Usage, at: datetime) -> Price:
        """The cost of `usage` at `provider` at the time `at`, which has a zone.

        `models` are names of the model, the surest first; the first that has a price counts. A kind of token that has
        no price of its own is billed as the kind that contains it, as vendors do.
        """
        if provider in self._free:
            return Price(cost_usd=Decimal(0), source="runs on this machine")
        buckets = token_buckets(usage)
        if buckets is None:
            return UNKNOWN
        for model in models:
            tariff = self._tariff(provider, model, at)
            if tariff is not None:
                return Price(cost_usd=tariff.cost_usd(buckets), source=tariff.source)
            found = self._calculation(provider, model, buckets, at)
            if found is not None:
                return Price(cost_usd=found.total_price, source=_source(found, at))
        return UNKNOWN

    def _tariff(self, provider: str, model: str, at: datetime) -> Tariff | None:
        """The model's prices for each token; None where they depend on the number of tokens or are not all known.

        Looking a price up takes a quarter of a millisecond, so that of a minute is kept: some change with the hour.
        """
        key = (provider, model, int(at.timestamp()) // 60)
        if key not in self._tariffs:
            if len(self._tariffs) >= _KEPT_TARIFFS:
                self._tariffs.clear()
            self._tariffs[key] = self._looked_up(provider, model, at)
        return self._tariffs[key]

    def _looked_up(self, provider: str, model: str, at: datetime) -> Tariff | None:
        costs: list[Decimal] = []
        source = ""
        for kind in TokenBuckets.__struct_fields__:
            found = self._calculation(provider, model, _ONE_MILLION[kind], at)
            if found is None or _depends_on_length(found):
                return None
            costs.append(found.total_price / 1_000_000)
            source = _source(found, at)
        read, cached, created, written = costs
        return Tariff(
            input_usd=read, cache_read_usd=cached, cache_creation_usd=created, output_usd=written, source=source
        )

    def _calculation(self, provider: str, model: str, buckets: TokenBuckets, at: datetime) -> PriceCalculation | None:
        # Imported here because its tables take a tenth of a second, which commands without a model call need not pay.
        from genai_prices import Usage as PricedUsage

        usage = PricedUsage(
            input_tokens=buckets.total - buckets.output_tokens,
            cache_read_tokens=buckets.cache_read_input_tokens,
            cache_write_tokens=buckets.cache_creation_input_tokens,
            output_tokens=buckets.output_tokens,
        )
        try:
            found = self._prices().calc(usage, model, provider, None, at)
        except (LookupError, ValueError):  # the provider or model is not listed, or not billed by such tokens
            return None
        return found if _bills(found, buckets) else None

    def _prices(self) -> DataSnapshot:
        # A snapshot of our own, for the package's global one may be replaced or updated by another library.
        if self._snapshot is None:
            from genai_prices.data import providers
            from genai_prices.data_snapshot import DataSnapshot

            self._snapshot = DataSnapshot(providers=providers, from_auto_update=False)
        return self._snapshot


def _bills(found: PriceCalculation, buckets: TokenBuckets) -> bool:
    """Whether tokens have prices at all: the package counts a missing price as zero, and we must not."""
    reads = buckets.total > buckets.output_tokens
    return not (
        (reads and found.model_price.input_mtok is None)
        or (buckets.output_tokens and found.model_price.output_mtok is None)
    )


def _depends_on_length(found: PriceCalculation) -> bool:
    """Whether a long request pays another price for each token than a short one."""
    from genai_prices.types import TieredPrices

    return any(isinstance(price, TieredPrices) for price in vars(found.model_price).values())


def _source(found: PriceCalculation, at: datetime) -> str:
    from genai_prices import __version__

    return (
        f"genai-prices {__version__}, {found.provider.id}/{found.model.id}, "
        f"list price on {at.astimezone(UTC).date().isoformat()}"
    )
