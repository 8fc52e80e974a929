"""The ledger's line for one attempt at one provider."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from polydesk.catalog.card import ModelCard, ProviderCard
from polydesk.core.charges import Charge
from polydesk.core.ids import time_sortable_id
from polydesk.core.receipts import Attempt, ReceiptId
from polydesk.core.usage import Usage
from polydesk.partners.tokens import token_buckets


def charge_for(
    attempt: Attempt,
    *,
    receipt_id: ReceiptId,
    purpose: str,
    model: ModelCard,
    provider: ProviderCard,
    price_source: str | None,
) -> Charge:
    """The charge of `attempt`, at its cost; what is unknown in the attempt is None in the charge."""
    started = attempt.started_at.astimezone(UTC)
    month = started.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    buckets = token_buckets(attempt.usage or Usage())
    return Charge(
        id=time_sortable_id("chg", started),
        receipt_id=receipt_id,
        charge_description=f"{purpose} by {model.id}",
        charge_period_start=started,
        charge_period_end=started + max(timedelta(milliseconds=attempt.duration_ms), timedelta(microseconds=1)),
        billing_period_start=month,
        billing_period_end=_next_month(month),
        billed_cost=attempt.cost_usd,
        effective_cost=attempt.cost_usd,
        contracted_cost=attempt.cost_usd,
        list_cost=attempt.cost_usd,
        consumed_quantity=None if buckets is None else Decimal(buckets.total),
        service_name=provider.title,
        provider_name=provider.title,
        publisher_name=model.developer,
        invoice_issuer_name=None if provider.base_url is None else provider.title,
        sku_id=model.id,
        purpose=purpose,
        input_tokens=None if buckets is None else buckets.input_tokens,
        cache_read_input_tokens=None if buckets is None else buckets.cache_read_input_tokens,
        cache_creation_input_tokens=None if buckets is None else buckets.cache_creation_input_tokens,
        output_tokens=None if buckets is None else buckets.output_tokens,
        price_source=price_source,
    )


def _next_month(month: datetime) -> datetime:
    return (month + timedelta(days=31)).replace(day=1)
