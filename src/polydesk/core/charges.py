"""One line of the ledger, in the columns that a finance team already loads.

Column names and meanings: FOCUS 1.2, https://focus.finops.org/focus-specification/v1-2/ (checked 2026-11-24).
Columns that begin with `x_` are ours, as FOCUS asks of additions.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from polydesk.core.receipts import ReceiptId


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
