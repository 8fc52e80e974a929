"""Charges: FOCUS columns that agree with the attempt."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest

from polydesk.catalog.card import ModelCard, ProviderCard, Source
from polydesk.core.charges import Charge
from polydesk.core.receipts import Attempt, ReceiptId
from polydesk.core.usage import Usage
from polydesk.partners.charges import charge_for

SOURCE = Source(url="https://example.com", checked=date(2026, 11, 24))
NORTH = ProviderCard(
    dialect="openai_chat",
    name="north",
    title="North",
    host="North",
    base_url="https://example.com",
    key_variable="K",
    source=SOURCE,
)
MODEL = ModelCard(
    provider="north",
    name="m",
    developer="Northern",
    context_window_tokens=1000,
    max_output_tokens=100,
    inputs=frozenset({"text"}),
    tools=False,
    output_schema=False,
    reasoning=False,
    edit_style="structured",
    quality=0.5,
    source=SOURCE,
)
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def _charge(
    *, at: datetime = NOON, usage: Usage | None, cost: Decimal | None, provider: ProviderCard = NORTH
) -> Charge:
    attempt = Attempt(
        provider="north", model="m", started_at=at, duration_ms=250, outcome="answered", usage=usage, cost_usd=cost
    )
    return charge_for(
        attempt,
        receipt_id=ReceiptId("rcp_1"),
        purpose="edit.paragraph",
        model=MODEL,
        provider=provider,
        price_source=None if cost is None else "a list",
    )


def test_a_charge_has_the_columns_a_finance_team_loads() -> None:
    usage = Usage(input_tokens=10, cache_read_input_tokens=4, output_tokens=5)
    row = msgspec.to_builtins(_charge(usage=usage, cost=Decimal("0.25")))
    assert row.pop("x_ChargeId").startswith("chg_")
    assert row == {
        "x_ReceiptId": "rcp_1",
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "ChargeDescription": "edit.paragraph by north/m",
        "ChargePeriodStart": "2026-11-24T12:00:00Z",
        "ChargePeriodEnd": "2026-11-24T12:00:00.250000Z",
        "BillingPeriodStart": "2026-11-01T00:00:00Z",
        "BillingPeriodEnd": "2026-12-01T00:00:00Z",
        "BillingCurrency": "USD",
        "BilledCost": "0.25",
        "EffectiveCost": "0.25",
        "ContractedCost": "0.25",
        "ListCost": "0.25",
        "ConsumedQuantity": "15",
        "ConsumedUnit": "Tokens",
        "ServiceCategory": "AI and Machine Learning",
        "ServiceSubcategory": "Generative AI",
        "ServiceName": "North",
        "ProviderName": "North",
        "PublisherName": "Northern",
        "InvoiceIssuerName": "North",
        "SkuId": "north/m",
        "x_Purpose": "edit.paragraph",
        "x_InputTokens": 6,
        "x_CacheReadInputTokens": 4,
        "x_CacheCreationInputTokens": 0,
        "x_OutputTokens": 5,
        "x_PriceSource": "a list",
    }


@pytest.mark.parametrize("usage", [None, Usage(), Usage(input_tokens=4)])
def test_unknown_tokens_and_costs_stay_unknown(usage: Usage | None) -> None:
    charge = _charge(usage=usage, cost=None)
    assert (charge.billed_cost, charge.effective_cost, charge.list_cost) == (None, None, None)
    assert (charge.consumed_quantity, charge.input_tokens, charge.output_tokens) == (None, None, None)


def test_nobody_invoices_what_runs_on_this_machine() -> None:
    local = msgspec.structs.replace(NORTH, base_url=None)
    assert _charge(usage=None, cost=Decimal(0), provider=local).invoice_issuer_name is None


@pytest.mark.parametrize(
    ("at", "start", "end"),
    [
        (
            datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
            datetime(2026, 12, 1, tzinfo=UTC),
            datetime(2027, 1, 1, tzinfo=UTC),
        ),
        (datetime(2027, 2, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)),
        (
            datetime(2027, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=2))),
            datetime(2026, 12, 1, tzinfo=UTC),
            datetime(2027, 1, 1, tzinfo=UTC),
        ),
    ],
    ids=["end of year", "first instant", "another zone"],
)
def test_the_billing_period_is_the_calendar_month_in_utc(at: datetime, start: datetime, end: datetime) -> None:
    charge = _charge(at=at, usage=None, cost=None)
    assert (charge.billing_period_start, charge.billing_period_end) == (start, end)
    assert charge.charge_period_start < charge.charge_period_end
