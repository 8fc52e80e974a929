"""One line of the ledger, in the columns that a finance team already loads.

Column names and meanings: FOCUS 1.2, https://focus.finops.org/focus-specification/v1-2/ (checked 2026-11-24).
Columns that begin with `x_` are ours, as FOCUS asks of additions.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from polydesk.core.ids import time_sortable_id
from polydesk.core.receipts import Attempt, CallReceipt, ReceiptId
from polydesk.core.tokens import token_buckets
from polydesk.core.usage import Usage


class Charge(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """What one attempt at one provider costs. Encoded names are the FOCUS columns.

    FOCUS wants every cost filled; here None is unknown and stays so, for a guess would be added up as if it were a
    price.
    """

    id: str = msgspec.field(name="x_ChargeId")
    """`chg_` and 26 characters that sort by time."""
    receipt_id: ReceiptId = msgspec.field(name="x_ReceiptId")
    charge_category: Literal["Usage"] = "Usage"
    charge_frequency: Literal["Usage-Based"] = "Usage-Based"
    charge_description: str
    """Purpose and model, for a reader; never content."""
    charge_period_start: datetime
    charge_period_end: datetime
    """Exclusive, and later than the start."""
    billing_period_start: datetime
    billing_period_end: datetime
    """First instant of the next calendar month, UTC."""
    billing_currency: str = "USD"
    billed_cost: Decimal | None
    """What the invoice will say; None when the price or the usage is unknown."""
    effective_cost: Decimal | None
    """Cost after the share of anything paid in advance."""
    contracted_cost: Decimal | None
    """At the contract's prices, which are the list prices until there is a contract."""
    list_cost: Decimal | None
    """At public prices."""
    consumed_quantity: Decimal | None
    """Tokens read and written; None when the provider did not say."""
    consumed_unit: Literal["Tokens"] = "Tokens"
    service_category: Literal["AI and Machine Learning"] = "AI and Machine Learning"
    service_subcategory: Literal["Generative AI"] = "Generative AI"
    service_name: str
    """The provider as a reader calls it."""
    provider_name: str
    """Who serves the model."""
    publisher_name: str
    """Who made the model."""
    invoice_issuer_name: str | None
    """Who sends the invoice; None where nobody does, as for a model of one's own machine."""
    sku_id: str
    """`provider/model`."""
    purpose: str = msgspec.field(name="x_Purpose")
    input_tokens: int | None = msgspec.field(name="x_InputTokens")
    """Read at the ordinary price: without the two below."""
    cache_read_input_tokens: int | None = msgspec.field(name="x_CacheReadInputTokens")
    cache_creation_input_tokens: int | None = msgspec.field(name="x_CacheCreationInputTokens")
    output_tokens: int | None = msgspec.field(name="x_OutputTokens")
    """Written, reasoning included."""
    price_source: str | None = msgspec.field(name="x_PriceSource")
    """Where the price comes from, with its date; None when the cost is unknown."""


def charges_of(receipt: CallReceipt) -> list[Charge]:
    """The charges of a call, one for each attempt that may be billed; what an attempt does not know is None.

    The same receipt has the same charges, ids included, whoever asks and whenever.
    """
    billed = [(index, one) for index, one in enumerate(receipt.attempts) if one.is_billable]
    return [_charge(attempt, receipt, _entropy(receipt.id, index)) for index, attempt in billed]


def _charge(attempt: Attempt, receipt: CallReceipt, entropy: bytes) -> Charge:
    started = attempt.started_at.astimezone(UTC)
    month = started.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    buckets = token_buckets(attempt.usage or Usage())
    sku = f"{attempt.provider}/{attempt.model}"
    service = attempt.service or attempt.provider
    return Charge(
        id=time_sortable_id("chg", started, entropy),
        receipt_id=receipt.id,
        charge_description=f"{receipt.purpose} by {sku}",
        charge_period_start=started,
        charge_period_end=started + max(timedelta(milliseconds=attempt.duration_ms), timedelta(microseconds=1)),
        billing_period_start=month,
        billing_period_end=(month + timedelta(days=31)).replace(day=1),
        billed_cost=attempt.cost_usd,
        effective_cost=attempt.cost_usd,
        contracted_cost=attempt.cost_usd,
        list_cost=attempt.cost_usd,
        consumed_quantity=None if buckets is None else Decimal(buckets.total),
        service_name=service,
        provider_name=service,
        publisher_name=attempt.publisher or service,
        invoice_issuer_name=attempt.invoice_issuer,
        sku_id=sku,
        purpose=receipt.purpose,
        input_tokens=None if buckets is None else buckets.input_tokens,
        cache_read_input_tokens=None if buckets is None else buckets.cache_read_input_tokens,
        cache_creation_input_tokens=None if buckets is None else buckets.cache_creation_input_tokens,
        output_tokens=None if buckets is None else buckets.output_tokens,
        price_source=attempt.price_source,
    )


def _entropy(receipt_id: ReceiptId, index: int) -> bytes:
    # Drawn from the receipt, so that a charge made twice has one id, and the ledger takes it once.
    return hashlib.sha256(f"{receipt_id}/{index}".encode()).digest()[:10]
