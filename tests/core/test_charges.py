"""Charges: FOCUS columns that agree with the attempt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest

from polydesk.core.charges import Charge, charges_of
from polydesk.core.receipts import Attempt, CallReceipt
from polydesk.core.usage import Usage
from tests.store.samples import call_receipt

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
USAGE = Usage(input_tokens=10, output_tokens=5)


def _attempt(*, at: datetime = NOON, usage: Usage | None = None, cost: Decimal | None = None) -> Attempt:
    return Attempt(
        provider="north",
        model="m",
        started_at=at,
        duration_ms=250,
        outcome="answered",
        usage=usage,
        cost_usd=cost,
        price_source=None if cost is None else "a list",
        service="North",
        publisher="Northern",
        invoice_issuer="North",
    )


def _receipt(*attempts: Attempt) -> CallReceipt:
    return msgspec.structs.replace(call_receipt("rcp_1"), attempts=attempts)


def _charge(*, at: datetime = NOON, usage: Usage | None, cost: Decimal | None) -> Charge:
    (charge,) = charges_of(_receipt(_attempt(at=at, usage=usage, cost=cost)))
    return charge


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
    local = msgspec.structs.replace(_attempt(cost=Decimal(0)), invoice_issuer=None)
    assert [charge.invoice_issuer_name for charge in charges_of(_receipt(local))] == [None]


def test_a_refusal_before_the_first_word_is_not_charged() -> None:
    refused = msgspec.structs.replace(_attempt(), outcome="failed")
    broken = msgspec.structs.replace(_attempt(usage=USAGE), outcome="failed")
    assert len(charges_of(_receipt(refused, broken, _attempt()))) == 2


def test_the_same_receipt_has_the_same_charges() -> None:
    receipt = _receipt(_attempt(usage=USAGE, cost=Decimal(1)), _attempt(usage=USAGE, cost=Decimal(1)))
    assert charges_of(receipt) == charges_of(receipt)
    assert len({charge.id for charge in charges_of(receipt)}) == 2


@pytest.mark.parametrize(
    ("attempts", "spent", "known"),
    [
        ((), (0, 0), (0, 0)),
        ((msgspec.structs.replace(_attempt(), outcome="failed"),), (0, 0), (0, 0)),
        ((_attempt(usage=USAGE, cost=Decimal(2)),), (Decimal(2), 15), (Decimal(2), 15)),
        ((_attempt(usage=USAGE, cost=Decimal(2)), _attempt()), (None, None), (Decimal(2), 15)),
    ],
    ids=["nobody was asked", "refused", "answered", "one is unknown"],
)
def test_what_a_call_spent_is_the_sum_of_what_may_be_billed(
    attempts: tuple[Attempt, ...], spent: tuple[Decimal | None, int | None], known: tuple[Decimal, int]
) -> None:
    receipt = _receipt(*attempts)
    assert (receipt.spent_usd, receipt.spent_tokens) == spent
    assert (receipt.known_cost_usd, receipt.known_tokens) == known


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
