"""What a call costs at public prices, or at one's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import msgspec

from polydesk.catalog.card import ModelCard, ProviderCard
from polydesk.core.tokens import TokenBuckets, token_buckets
from polydesk.core.usage import Usage
from polydesk.partners.tariffs import Tariff, tariff_of

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
    process and cost nothing per call. What a model's card says of its prices goes before the list.
    """

    def __init__(self, providers: Sequence[ProviderCard], models: Sequence[ModelCard] = ()) -> None:
        self._free = frozenset(card.name for card in providers if card.base_url is None)
        self._lists = {card.name: card.price_list for card in providers if card.price_list is not None}
        self._own = {(card.provider, card.name): tariff_of(card.prices) for card in models if card.prices is not None}
        self._snapshot: DataSnapshot | None = None
        self._tariffs: dict[tuple[str, str, int], Tariff | Literal["depends", "unlisted"]] = {}

    def price(self, *, provider: str, models: Sequence[str], usage: Usage, at: datetime) -> Price:
        """The cost of `usage` at `provider` at the time `at`, which has a zone.

        `models` are names of the model, the surest first; the first that has a price counts. A kind of token that has
        no price of its own is billed as the kind that contains it, as vendors do.
        """
        own = self._own_tariff(provider, models) if self._own else None
        if own is None and provider in self._free:
            return Price(cost_usd=Decimal(0), source="runs on this machine")
        buckets = token_buckets(usage)
        if buckets is None:
            return UNKNOWN
        if own is not None:
            return Price(cost_usd=own.cost_usd(buckets), source=own.source)
        for model in models:
            tariff = self._tariff(provider, model, at)
            if isinstance(tariff, Tariff):
                return Price(cost_usd=tariff.cost_usd(buckets), source=tariff.source)
            found = None if tariff == "unlisted" else self._calculation(provider, model, buckets, at)
            if found is not None:
                return Price(cost_usd=found.total_price, source=_source(found, at))
        return UNKNOWN

    def _own_tariff(self, provider: str, models: Sequence[str]) -> Tariff | None:
        return next((self._own[provider, model] for model in models if (provider, model) in self._own), None)

    def _tariff(self, provider: str, model: str, at: datetime) -> Tariff | Literal["depends", "unlisted"]:
        """The model's prices for each token; `depends` where the number of tokens matters or not all are known.

        Looking a price up takes a quarter of a millisecond, so that of a minute is kept: some change with the hour.
        """
        key = (provider, model, int(at.timestamp()) // 60)
        if key not in self._tariffs:
            if len(self._tariffs) >= _KEPT_TARIFFS:
                self._tariffs.clear()
            self._tariffs[key] = self._looked_up(provider, model, at)
        return self._tariffs[key]

    def _looked_up(self, provider: str, model: str, at: datetime) -> Tariff | Literal["depends", "unlisted"]:
        found = {kind: self._calculation(provider, model, tokens, at) for kind, tokens in _ONE_MILLION.items()}
        known = {kind: one for kind, one in found.items() if one is not None and not _depends_on_length(one)}
        if len(known) < len(found):
            return "depends" if any(found.values()) else "unlisted"
        each = {kind: one.total_price / 1_000_000 for kind, one in known.items()}
        return Tariff(
            input_usd=each["input_tokens"],
            cache_read_usd=each["cache_read_input_tokens"],
            cache_creation_usd=each["cache_creation_input_tokens"],
            output_usd=each["output_tokens"],
            source=_source(known["input_tokens"], at),
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
        listed = self._lists.get(provider, provider)
        try:
            found = self._prices().calc(usage, model, listed, None, at)
        except (LookupError, ValueError):  # the provider or model is not listed, or not billed by such tokens
            return None
        # The package also takes ids that only look like a vendor's, such as that of a server of one's own.
        return found if found.provider.id == listed and _bills(found, buckets) else None

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
